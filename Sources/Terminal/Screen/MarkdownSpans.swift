/// Styles Markdown for a terminal, line by line. Headings, quotes and fences keep their marks. Lines are not joined, so
/// a passage that is quoted word for word is shown word for word.
enum MarkdownSpans {
    /// The spans of each line of a text.
    static func lines(of text: String, _ style: Style) -> [[Span]] {
        var isCode = false
        return text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
            let line = line.replacingTabs()
            if line.hasPrefix("```") {
                isCode.toggle()
                return [Span(line, .dim)]
            }
            if isCode { return [Span(line, style)] }
            if line.hasPrefix("> ") || line == ">" { return [Span(line, .dim)] }
            if line.hasPrefix("#") { return [Span(line, style.adding(.bold))] }
            return inline(line, style)
        }
    }

    /// The spans of a line in which `**bold**` is drawn bold, without the marks.
    private static func inline(_ line: String, _ style: Style) -> [Span] {
        var spans: [Span] = [], rest = line[...]
        while let open = rest.firstRange(of: "**"), let close = rest[open.upperBound...].firstRange(of: "**") {
            let marked = rest[open.upperBound..<close.lowerBound]
            if marked.isEmpty || marked.first == " " { break }
            spans += [Span(String(rest[..<open.lowerBound]), style), Span(String(marked), style.adding(.bold))]
            rest = rest[close.upperBound...]
        }
        return (spans + [Span(String(rest), style)]).filter { !$0.text.isEmpty }
    }
}

extension Style {
    fileprivate func adding(_ attributes: Attributes) -> Style {
        Style(self.attributes.union(attributes), color: color)
    }
}

extension Substring {
    /// The text with four blanks for each tab. A tab would move the cursor out of the pane.
    fileprivate func replacingTabs() -> String {
        reduce(into: "") { text, character in text += character == "\t" ? "    " : String(character) }
    }
}
