import Foundation
import Testing

/// Compares lines with `Golden/<name>.txt`. With EGGHEAD_GOLDEN=write in the environment the file is written instead,
/// to be looked at before it is committed.
func expectGolden(_ name: String, _ lines: [String], sourceLocation: SourceLocation = #_sourceLocation) throws {
    let file = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appending(path: "Golden/\(name).txt")
    let text = lines.joined(separator: "\n") + "\n"
    if ProcessInfo.processInfo.environment["EGGHEAD_GOLDEN"] == "write" {
        try text.write(to: file, atomically: true, encoding: .utf8)
    }
    let golden = try String(contentsOf: file, encoding: .utf8)
    #expect(text == golden, "\(file.path) shows another screen:\n\(text)", sourceLocation: sourceLocation)
}
