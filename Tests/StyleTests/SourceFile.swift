import Foundation

/// A Swift file of the project, as the style tests look at it.
struct SourceFile {
    /// The file, seen from the project's directory.
    let path: String
    /// The lines as they stand.
    let lines: [Substring]
    /// The same lines with blanks for everything in comments and strings, so that what is left is code.
    let codeLines: [Substring]

    /// The directory below `Sources` or `Tests` that the file is in: its module, its process, or its tests.
    var module: String { String(path.split(separator: "/")[1]) }

    /// The modules that the file imports.
    var imports: [String] {
        codeLines.compactMap { line in
            let words = line.split(separator: " ")
            guard let keyword = words.firstIndex(of: "import"), words[..<keyword].allSatisfy(Self.canPrecedeImport)
            else { return nil }
            return words.last.map(String.init)
        }
    }

    private static func canPrecedeImport(_ word: Substring) -> Bool {
        word.hasPrefix("@") || ["public", "package", "internal", "fileprivate", "private"].contains(word)
    }

    init(path: String, text: String) {
        self.path = path
        lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        codeLines = CodeText(text).text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    /// Every Swift file below `Sources`, in the order of their paths.
    static func sources() throws -> [SourceFile] { try readSources.get() }

    /// Every Swift file below `Sources` and `Tests`.
    static func all() throws -> [SourceFile] { try readSources.get() + readTests.get() }

    // Read once, for all tests.
    private static let readSources = Result { try read(below: "Sources") }
    private static let readTests = Result { try read(below: "Tests") }

    private static func read(below directory: String) throws -> [SourceFile] {
        let paths = try FileManager.default.subpathsOfDirectory(atPath: Project.directory + "/" + directory)
        return try paths.sorted().filter { $0.hasSuffix(".swift") }.map { path in
            let whole = directory + "/" + path
            let text = try String(contentsOfFile: Project.directory + "/" + whole, encoding: .utf8)
            return SourceFile(path: whole, text: text)
        }
    }
}

/// The project that these tests belong to.
enum Project {
    /// Its directory, where `Package.swift` is.
    static let directory = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .deletingLastPathComponent().path

    /// The names of the executables: the directories below `Sources` that hold a process.
    static func processes() throws -> [String] {
        try FileManager.default.contentsOfDirectory(atPath: directory + "/Sources")
            .filter { $0.hasPrefix("egghead") }.sorted()
    }
}
