/// The kinds of blocks of HTML in Markdown.
///
/// See: CommonMark 0.31 §4.6, start conditions 1 to 6; the seventh, a single tag of any other name, is text
enum MarkdownHTML: Equatable {
    /// `<pre>` and `<textarea>`, whose text is shown as it is.
    case verbatim
    /// `<script>` and `<style>`.
    case script
    /// `<!-- … -->`.
    case comment
    /// `<? … ?>`.
    case instruction
    /// `<!DOCTYPE …>` and `<![CDATA[ … ]]>`.
    case declaration(isCharacterData: Bool)
    /// A tag that makes a block, such as `<div>`: up to the next blank line.
    case block

    /// The block that begins at a place; nil if there is none.
    init?(_ cursor: MarkdownCursor) {
        guard cursor.byte == UInt8(ascii: "<") else { return nil }
        let rest = cursor.rest.dropFirst()
        if rest.starts(with: "!--".utf8) {
            self = .comment
        } else if rest.first == UInt8(ascii: "?") {
            self = .instruction
        } else if rest.starts(with: "![CDATA[".utf8) {
            self = .declaration(isCharacterData: true)
        } else if rest.first == UInt8(ascii: "!"), let letter = rest.dropFirst().first, Self.isLetter(letter) {
            self = .declaration(isCharacterData: false)
        } else {
            let isEnd = rest.first == UInt8(ascii: "/"), tag = rest.dropFirst(isEnd ? 1 : 0)
            let name = tag.prefix { Self.isLetter($0) || (0x30...0x39).contains($0) }
            let after = tag.dropFirst(name.count).first ?? .space
            guard (1...10).contains(name.count), " \t\r/>".utf8.contains(after) else { return nil }
            switch String(decoding: name, as: UTF8.self).lowercased() {
            case "pre", "textarea": self = isEnd ? .block : .verbatim
            case "script", "style": self = isEnd ? .block : .script
            case let name where Self.blocks.contains(name): self = .block
            case _: return nil
            }
        }
    }

    /// The bytes at the beginning that cannot be the end.
    var openingLength: Int {
        switch self {
        case .comment: 4
        case .instruction, .declaration: 2
        case .verbatim, .script, .block: 0
        }
    }

    /// Whether the block ends in a line.
    ///
    /// - Parameter count: The bytes at the beginning of the line that are not examined.
    func ends(in line: MarkdownCursor, after count: Int = 0) -> Bool {
        switch self {
        case .verbatim, .script:
            line.holds("</pre>") || line.holds("</script>") || line.holds("</style>") || line.holds("</textarea>")
        // `<!-->` is a whole comment.
        case .comment: line.holds("-->", after: max(0, count - 2))
        case .instruction: line.holds("?>", after: count)
        case .declaration(let isCharacterData): line.holds(isCharacterData ? "]]>" : ">", after: count)
        case .block: false
        }
    }

    /// The kind of its lines.
    func kind(continues: Bool) -> MarkdownBlocks.LineKind {
        switch self {
        case .verbatim: .code
        case .script, .comment, .instruction, .declaration: .hidden
        case .block: .text(continues: continues)
        }
    }

    private static func isLetter(_ byte: UInt8) -> Bool { (0x61...0x7a).contains(byte | 0x20) }

    private static let blocks: Set<String> = [
        "address", "article", "aside", "base", "basefont", "blockquote", "body", "caption", "center", "col", "colgroup",
        "dd", "details", "dialog", "dir", "div", "dl", "dt", "fieldset", "figcaption", "figure", "footer", "form",
        "frame", "frameset", "h1", "h2", "h3", "h4", "h5", "h6", "head", "header", "hr", "html", "iframe", "legend",
        "li", "link", "main", "menu", "menuitem", "nav", "noframes", "ol", "optgroup", "option", "p", "param", "search",
        "section", "summary", "table", "tbody", "td", "tfoot", "th", "thead", "title", "tr", "track", "ul",
    ]
}
