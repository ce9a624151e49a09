/// Follows the blocks of a Markdown text line by line: quotes and list items, and in them code, comments, headings,
/// tables and paragraphs. Link reference definitions count as paragraphs, and HTML blocks as text.
///
/// A line takes time in proportion to its length and to `depthMax`, whatever stands before it.
///
/// See: CommonMark 0.31 §4, §5 and the appendix, "Phase 1: block structure"; Obsidian help, "Comments"
struct MarkdownBlocks {
    /// What a line is.
    enum LineKind: Equatable {
        case blank
        /// A line of a paragraph, or text of another kind; whether it continues the paragraph of the line before.
        case text(continues: Bool)
        /// A line of a code block, its fences included.
        case code
        /// A line of a comment, a script or a style sheet.
        case hidden
        /// A heading outside of quotes and lists; the range of bytes is its text.
        case heading(level: Int, text: Range<Int>)
        /// The line below a paragraph outside of quotes and lists that makes it a heading.
        case underline(level: Int)
    }

    private enum Container {
        case quote
        /// A list item whose content is indented by so many columns more than the item's surroundings.
        case item(width: Int)
    }

    private enum Leaf: Equatable {
        case none, paragraph, table, indentedCode
        /// A code block between two lines of at least so many of these bytes.
        case fence(byte: UInt8, length: Int)
        case html(MarkdownHTML)
        /// A comment of Obsidian, which begins and ends with `%%`.
        case comment
        /// A formula over several lines of a paragraph, which begins and ends with `$$`: its lines open no blocks.
        case formula
    }

    /// Quotes and list items within each other beyond this number are text: each costs time in every line.
    private static let depthMax = 100

    private var containers: [Container] = []
    private var leaf = Leaf.none
    /// Whether the innermost list item has no content yet.
    private var isEmptyItem = false
    /// Whether an odd number of `%%` stands in the paragraph so far.
    private var isInComment = false

    /// At the start of a text.
    init() {}

    /// The kind of the next line.
    ///
    /// - Parameter line: The line without its end.
    mutating func take(_ line: UnsafeBufferPointer<UInt8>) -> LineKind {
        var cursor = MarkdownCursor(line)
        if leaf == .comment {
            if cursor.holds("%%") { leaf = .none }
            return .hidden
        }
        let matched = match(&cursor), isWhole = matched == containers.count
        if isWhole, let kind = continueLeaf(cursor) { return kind }
        if !isWhole && leaf != .paragraph { close(to: matched) }
        let opened = open(&cursor, below: matched)
        if let kind = opened.kind { return kind }
        if cursor.isBlank { return takeBlank(matched: opened.matched) }
        return takeText(cursor, matched: opened.matched)
    }

    /// Enters the open quotes and list items that the line continues.
    ///
    /// - Returns: How many these are.
    private mutating func match(_ cursor: inout MarkdownCursor) -> Int {
        for (depth, container) in containers.enumerated() {
            switch container {
            case .quote: if !cursor.takeQuoteMark() { return depth }
            case .item(let width):
                let isLast = depth == containers.count - 1
                if cursor.isBlank {
                    if isLast && isEmptyItem { return depth }
                } else if cursor.indent >= width {
                    cursor.margin += width
                    if isLast { isEmptyItem = false }
                } else {
                    return depth
                }
            }
        }
        return containers.count
    }

    /// A line within an open code block or HTML block.
    private mutating func continueLeaf(_ cursor: MarkdownCursor) -> LineKind? {
        switch leaf {
        case .fence(let byte, let length):
            if cursor.indent < 4, let run = cursor.fence(), run.byte == byte, run.length >= length, run.isBare {
                leaf = .none
            }
            return .code
        case .html(let html):
            if html == .block && cursor.isBlank { return nil }
            if html.ends(in: cursor) { leaf = .none }
            return html.kind(continues: true)
        case .indentedCode: return cursor.isBlank ? .code : nil
        case .formula:
            if cursor.isBlank { return nil }
            if cursor.holds("$$") { leaf = .paragraph }
            return .text(continues: true)
        case .none, .paragraph, .table, .comment: return nil
        }
    }

    /// Closes what is open within the first containers.
    private mutating func close(to matched: Int) {
        if matched < containers.count { containers.removeSubrange(matched...) }
        leaf = .none
        isInComment = false
    }

    private mutating func takeBlank(matched: Int) -> LineKind {
        close(to: matched)
        return .blank
    }

    private mutating func takeText(_ cursor: MarkdownCursor, matched: Int) -> LineKind {
        let isContinued = leaf == .paragraph || leaf == .table
        // Text that continues a paragraph of an inner quote or item needs no marks ("laziness").
        if !isContinued || leaf == .table && matched < containers.count {
            close(to: matched)
            leaf = .paragraph
            isInComment = cursor.hasOddCommentMarks
            return .text(continues: false)
        }
        if cursor.hasOddCommentMarks { isInComment.toggle() }
        if leaf == .paragraph && cursor.isTableDelimiter { leaf = .table }
        return .text(continues: leaf == .paragraph)
    }

    /// Opens the blocks that begin in the line, one within the other.
    ///
    /// - Returns: The line's kind when it needs no more reading, and the number of containers round the rest of it.
    private mutating func open(_ cursor: inout MarkdownCursor, below depth: Int) -> (kind: LineKind?, matched: Int) {
        var matched = depth
        while !cursor.isBlank {
            let isInParagraph = leaf == .paragraph && matched == containers.count
            if cursor.indent >= 4 {
                if leaf == .paragraph { break }
                close(to: matched)
                leaf = .indentedCode
                return (.code, matched)
            }
            if matched < Self.depthMax, cursor.byte == UInt8(ascii: ">") {
                close(to: matched)
                _ = cursor.takeQuoteMark()
                containers.append(.quote)
                matched += 1
                continue
            }
            if let kind = openLeaf(cursor, matched: matched, isInParagraph: isInParagraph) { return (kind, matched) }
            guard matched < Self.depthMax, let width = cursor.takeListMarker(interrupting: isInParagraph) else { break }
            close(to: matched)
            containers.append(.item(width: width))
            isEmptyItem = cursor.isBlank
            matched += 1
        }
        return (nil, matched)
    }

    /// A heading, rule, code block, comment or formula that begins in the line.
    private mutating func openLeaf(_ cursor: MarkdownCursor, matched: Int, isInParagraph: Bool) -> LineKind? {
        if let heading = cursor.heading() {
            close(to: matched)
            return matched == 0 ? .heading(level: heading.level, text: heading.text) : .text(continues: false)
        }
        if let fence = cursor.fence() {
            close(to: matched)
            leaf = .fence(byte: fence.byte, length: fence.length)
            return .code
        }
        if let html = MarkdownHTML(cursor) {
            close(to: matched)
            leaf = html.ends(in: cursor, after: html.openingLength) ? .none : .html(html)
            return html.kind(continues: false)
        }
        if isInParagraph, let level = cursor.underlineLevel {
            leaf = .none
            return matched == 0 ? .underline(level: level) : .text(continues: true)
        }
        if cursor.isRule {
            close(to: matched)
            return .text(continues: false)
        }
        if !isInComment, cursor.opens("%%") {
            close(to: matched)
            leaf = .comment
            return .hidden
        }
        if cursor.opens("$$") {
            if !isInParagraph { close(to: matched) }
            leaf = .formula
            return .text(continues: isInParagraph)
        }
        return nil
    }
}
