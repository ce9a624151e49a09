import Foundation
import Testing

/// The formatter has the last word on how the code looks.
@Suite struct `Formatting` {
    @Test func `swift format finds nothing to change`() throws {
        let formatter = Process(), output = Pipe()
        formatter.executableURL = URL(filePath: "/usr/bin/env")
        formatter.arguments = [
            "swift", "format", "lint", "--strict", "--recursive", "Sources", "Tests", "Package.swift",
        ]
        formatter.currentDirectoryURL = URL(filePath: Project.directory)
        formatter.standardError = output
        try formatter.run()
        let complaints = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
        formatter.waitUntilExit()
        #expect(complaints == "")
        #expect(formatter.terminationStatus == 0)
    }
}
