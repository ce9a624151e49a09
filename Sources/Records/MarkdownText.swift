/// A record in Markdown, split into parts. Joined again they are the same bytes.
///
///     <byte order mark>---          opening
///     title: Broker outage          lines
///     tags: [ops]
///     ---                           closing
///     <one empty line>              separator
///     The text …                    body
///
/// A text has frontmatter if its first line is `---` and a later one is `---` or `...`.
public struct MarkdownText: RecordText, Hashable {
    /// The byte order mark, if any, and the first line with its end, if there is frontmatter.
    public var opening: String
    /// The frontmatter's lines, with their ends.
    public var lines: [String]
    /// The closing line with its end.
    public var closing: String
    /// The empty line after the closing one, if there is one.
    public var separator: String
    /// The rest.
    public var body: String

    /// Whether there is frontmatter; it may be empty or broken.
    public var hasFrontmatter: Bool { !opening.isEmpty && !closing.isEmpty }

    /// The end of line that the frontmatter uses.
    public var lineEnd: String { opening.hasSuffix("\r\n") ? "\r\n" : "\n" }

    /// The text for the YAML parser.
    public var yaml: String { lines.joined() }

    /// Splits a text.
    public init(_ text: String) {
        var rest = Substring(text)
        let mark = rest.unicodeScalars.first == "\u{feff}" ? "\u{feff}" : ""
        rest.unicodeScalars.removeFirst(mark.isEmpty ? 0 : 1)
        let first = rest.takeLine() ?? ""
        guard Self.isFence(first, "---"), let parts = Self.splitFrontmatter(rest) else {
            self.init(
                opening: mark, lines: [], closing: "", separator: "", body: String(first.base[first.startIndex...]))
            return
        }
        rest = parts.rest
        var separator = ""
        if rest.unicodeScalars.first == "\n" || rest.unicodeScalars.starts(with: "\r\n".unicodeScalars) {
            separator = String(rest.takeLine() ?? "")
        }
        self.init(
            opening: mark + first, lines: parts.lines, closing: parts.closing, separator: separator, body: String(rest))
    }

    /// Parts that together are one text.
    public init(opening: String, lines: [String], closing: String, separator: String, body: String) {
        self.opening = opening
        self.lines = lines
        self.closing = closing
        self.separator = separator
        self.body = body
    }

    /// The whole text.
    public var text: String { opening + lines.joined() + closing + separator + body }

    private static func splitFrontmatter(
        _ text: Substring
    ) -> (lines: [String], closing: String, rest: Substring)? {
        var rest = text, lines: [String] = []
        while let line = rest.takeLine() {
            if isFence(line, "---") || isFence(line, "...") { return (lines, String(line), rest) }
            lines.append(String(line))
        }
        return nil
    }

    private static func isFence(_ line: Substring, _ fence: String) -> Bool {
        guard line.hasPrefix(fence) else { return false }
        return line.unicodeScalars.dropFirst(3).allSatisfy { $0 == " " || $0 == "\t" || $0 == "\r" || $0 == "\n" }
    }
}
