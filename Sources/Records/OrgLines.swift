/// Reads org-mode line by line, as far as links, headings and passages need it.
///
/// See: Org Syntax, "Headings", "Greater Blocks", "Drawers", "Keywords", "Comments", "Fixed-width areas"
struct OrgLines: Sequence, IteratorProtocol {
    private var rest: Substring
    /// The name of the block that is open: `src` after `#+begin_src`.
    private var block: String?
    private var isInDrawer = false
    /// No drawer ends before this offset.
    private var endless: Substring.Index?

    /// The lines of this body.
    init(_ body: some StringProtocol) { rest = Substring(body) }

    /// The next line.
    mutating func next() -> RecordLine? {
        guard let line = rest.takeLine() else { return nil }
        return RecordLine(kind: classify(line), text: line)
    }

    private mutating func classify(_ line: Substring) -> RecordLine.Kind {
        let content = line.trimmed()
        // A heading ends every block and drawer: an unclosed one is text.
        if let heading = Self.heading(line) {
            (block, isInDrawer) = (nil, false)
            return heading
        }
        if let open = block {
            if OrgLine.isKeyword(content, "end_\(open)") { block = nil }
            return open == "comment" ? .hidden : .code
        }
        if isInDrawer {
            if content.lowercased() == ":end:" { isInDrawer = false }
            return .hidden
        }
        if content.isEmpty { return .blank }
        for name in ["src", "example", "export", "comment"] where OrgLine.isKeyword(content, "begin_\(name)") {
            block = name
            return name == "comment" ? .hidden : .code
        }
        if content == ":" || content.hasPrefix(": ") { return .code }
        if OrgLine.drawer(content) != nil, endsDrawer() {
            isInDrawer = true
            return .hidden
        }
        if content == "#" || content.hasPrefix("# ") || content.hasPrefix("#+") { return .hidden }
        return .text
    }

    /// Whether `:end:` follows before the next heading; without it there is no drawer.
    private mutating func endsDrawer() -> Bool {
        if let endless, rest.startIndex < endless { return false }
        var ahead = rest
        while let line = ahead.takeLine() {
            if line.utf8.first == UInt8(ascii: "*"), Self.heading(line) != nil { break }
            if line.trimmed().lowercased() == ":end:" { return true }
        }
        endless = ahead.startIndex
        return false
    }

    /// A heading without its keyword, its priority and its tags: `** TODO [#A] Buy milk :home:` is `Buy milk`.
    private static func heading(_ line: Substring) -> RecordLine.Kind? {
        let stars = line.utf8.prefix { $0 == UInt8(ascii: "*") }
        guard !stars.isEmpty, line.utf8.count <= RecordLimits.headingBytesMax,
            line.utf8[stars.endIndex...].first == .space
        else { return nil }
        var text = line[stars.endIndex...].trimmed()
        for keyword in ["TODO ", "DONE "] where text.hasPrefix(keyword) { text = text.dropFirst(5).trimmingStart() }
        if text.hasPrefix("[#"), text.utf8.dropFirst(3).first == .rightBracket {
            text = text.dropFirst(4).trimmingStart()
        }
        if let blank = text.utf8.lastIndex(of: .space), OrgLine.isTags(text[blank...].trimmed()) {
            text = text[..<blank].trimmingEnd()
        }
        return .heading(level: stars.count, text: String(text))
    }
}

/// The syntax of single lines of org-mode.
enum OrgLine {
    /// Whether a line is `#+name`, alone or with something after it; case does not matter.
    static func isKeyword(_ content: Substring, _ name: String) -> Bool {
        let start = content.prefix(name.utf8.count + 2)
        guard start.lowercased() == "#+" + name else { return false }
        let next = content[start.endIndex...].utf8.first
        return next == nil || next == .space || next == .tab
    }

    /// The name of `#+name: value` in lower case, and the offset of the value.
    static func keyword(_ line: Substring) -> (name: String, value: Substring)? {
        guard line.hasPrefix("#+"), let colon = line.utf8.firstIndex(of: .colon) else { return nil }
        let name = line[..<colon].dropFirst(2)
        if name.isEmpty || name.utf8.contains(where: { $0 == .space || $0 == .tab }) { return nil }
        return (name.lowercased(), line[line.utf8.index(after: colon)...].trimmed())
    }

    /// The name in lower case of a line that is only `:name:`.
    static func drawer(_ content: Substring) -> String? {
        guard let (name, value) = property(content), value.isEmpty, !name.contains(":") else { return nil }
        return name
    }

    /// The name of `:name: value` in lower case, and the offset of the value.
    static func property(_ line: Substring) -> (name: String, value: Substring)? {
        let content = line.trimmed()
        guard content.utf8.first == .colon else { return nil }
        // A name may contain colons: `:header-args:python: :session`.
        let word = Substring(content.unicodeScalars.prefix { !$0.properties.isWhitespace })
        let name = word.dropFirst().dropLast()
        guard word.utf8.last == .colon, !name.isEmpty else { return nil }
        return (name.lowercased(), content[word.endIndex...].trimmed())
    }

    /// Whether a text is `:a:b:`.
    static func isTags(_ text: Substring) -> Bool {
        text.utf8.count > 2 && text.utf8.first == .colon && text.utf8.last == .colon
            && !text.unicodeScalars.contains(where: \.properties.isWhitespace)
    }
}
