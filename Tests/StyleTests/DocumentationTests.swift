import Foundation
import Testing

/// What a reader finds beside the code.
@Suite struct `Documentation` {
    @Test func `every process has its page`() throws {
        let missing = try Project.processes().map { "docs/\($0).md" }
            .filter { !FileManager.default.fileExists(atPath: Project.directory + "/" + $0) }
        #expect(missing == [])
    }

    @Test func `every type that others can see says what it is`() throws {
        var silent: [String] = []
        for file in try SourceFile.sources() {
            var endOfPrivateType: String?
            for (number, line) in file.codeLines.enumerated() {
                if let end = endOfPrivateType {
                    if line.hasPrefix(end) { endOfPrivateType = nil }
                    continue
                }
                guard let type = TypeDeclaration(line) else { continue }
                if type.isPrivate {
                    if !line.contains("}") { endOfPrivateType = line.prefix(while: \.isWhitespace) + "}" }
                } else if type.name != "CodingKeys", !Self.isDocumented(file, line: number) {
                    silent.append("\(file.path):\(number + 1): \(type.name)")
                }
            }
        }
        #expect(silent == [])
    }

    @Test func `what is left to do has the number of its issue`() throws {
        var unnumbered: [String] = []
        for file in try SourceFile.all() where file.module != "StyleTests" {
            // A comment that begins so; org-mode has the word for its own headings.
            for (number, line) in file.lines.enumerated() where line.contains(#/\/\/+\s*(TODO|FIXME)/#) {
                if !line.contains(#/#\d/#) { unnumbered.append("\(file.path):\(number + 1)") }
            }
        }
        #expect(unnumbered == [])
    }

    /// Whether a comment stands right above a line, attributes apart.
    private static func isDocumented(_ file: SourceFile, line: Int) -> Bool {
        let above = file.lines[..<line].last { !$0.drop(while: \.isWhitespace).hasPrefix("@") }
        return above?.drop(while: \.isWhitespace).hasPrefix("///") ?? false
    }
}

/// A line that begins a type.
private struct TypeDeclaration {
    let name: Substring
    let isPrivate: Bool

    private static let keywords: [Substring] = ["struct", "class", "enum", "protocol", "actor"]

    /// Nil when the line begins none.
    init?(_ line: Substring) {
        let words = line.split { $0 == " " || $0 == ":" || $0 == "<" }
        guard let keyword = words.firstIndex(where: Self.keywords.contains),
            keyword + 1 < words.count, words[..<keyword].allSatisfy(Self.isModifier)
        else { return nil }
        name = words[keyword + 1]
        isPrivate = words[..<keyword].contains { $0 == "private" || $0 == "fileprivate" }
    }

    private static func isModifier(_ word: Substring) -> Bool {
        let modifiers = ["public", "package", "internal", "fileprivate", "private", "final", "indirect"]
        return word.hasPrefix("@") || modifiers.contains(String(word))
    }
}
