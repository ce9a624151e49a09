import Services

/// Finds the marks that git and other programs leave in a file of which they could not merge two versions.
///
///     <<<<<<< HEAD
///     one version
///     =======
///     the other version
///     >>>>>>> branch
///
/// Code blocks do not count: a note about merging has such marks there.
///
/// See: git-merge(1), "How conflicts are presented"
struct MergeConflict: Hashable {
    /// The line of the first mark, from 1.
    let line: Int
    /// Whether the mark stands above the body: among the keys, or before them, so that they are not seen as keys.
    let isInKeys: Bool

    /// The first conflict of a text; nil if there is none.
    ///
    /// - Parameter body: The end of the text, below the keys.
    init?(in text: String, body: String, _ format: RecordFormat) {
        guard Self.holdsMark(text) else { return nil }
        var finder = Finder()
        let head = Substring(text.utf8.dropLast(body.utf8.count))
        finder.take(head, isCode: false)
        let headLines = finder.number
        format.visitLines(of: body) { line in
            finder.take(line.text, isCode: line.kind == .code)
            return finder.found == nil
        }
        guard let found = finder.found else { return nil }
        line = found
        isInKeys = found <= headLines || found == 1
    }

    /// What is told of it.
    var message: String {
        let effect =
            isInKeys ? "; the file is read as plain text until then, and an agent keeps its last valid record" : ""
        return
            "a merge conflict is left: keep one of the versions and delete the lines with <<<<<<<, ======= and >>>>>>>"
            + effect
    }

    /// Whether seven `<` and a blank stand anywhere; nearly all texts end here.
    private static func holdsMark(_ text: String) -> Bool {
        var text = text
        return text.withUTF8 { bytes in
            var position = 0
            while let next = bytes[position...].firstIndex(of: UInt8(ascii: "<")) {
                if bytes[next...].starts(with: Mark.begin.rawValue.utf8) { return true }
                position = next + 1
            }
            return false
        }
    }

    private enum Mark: String {
        case begin = "<<<<<<< "
        case middle = "======="
        case end = ">>>>>>> "

        /// The mark that comes after this one.
        var next: Mark? {
            switch self {
            case .begin: .middle
            case .middle: .end
            case .end: nil
            }
        }
    }

    private struct Finder {
        /// The number of lines so far.
        var number = 0
        /// The line of the first mark, when all three were seen.
        var found: Int?
        private var wanted = Mark.begin
        private var first = 0

        mutating func take(_ text: Substring, isCode: Bool) {
            var rest = text
            while let line = rest.takeLine() {
                number += 1
                if isCode || found != nil { continue }
                // A second beginning is a new one: the first was none.
                if line.utf8.starts(with: Mark.begin.rawValue.utf8) {
                    (wanted, first) = (.middle, number)
                } else if wanted != .begin, line.utf8.starts(with: wanted.rawValue.utf8) {
                    if let next = wanted.next { wanted = next } else { found = first }
                }
            }
        }
    }
}
