import Services

extension MarkdownText {
    /// See `RecordText`.
    public func retargetingLinks(_ move: RecordMove) -> (text: MarkdownText, left: [String]) {
        let newBody = LinkPlace.retarget(TextMarks(in: body, .markdown, path: move.path).links, of: body[...], move)
        var (text, left) = retargetingKeys(move)
        text.body = newBody
        return (text, left)
    }

    /// The text with updated links in the frontmatter. Only the values of `links` are links without brackets.
    private func retargetingKeys(_ move: RecordMove) -> (text: MarkdownText, left: [String]) {
        guard !lines.isEmpty, let old = try? frontmatter() else { return (self, []) }
        var text = self, left: [String] = []
        for (index, entry) in old.entries.enumerated() where entry.key != "links" {
            let end = index + 1 < old.entries.count ? old.entries[index + 1].line : lines.count
            for line in entry.line..<end { text.lines[line] = Self.retarget(lines[line], move) }
        }
        // A target may need quotes that are not there.
        if (try? text.frontmatter())?.entries.map(\.key) != old.entries.map(\.key) {
            left += zip(lines, text.lines).filter { $0 != $1 }.map { $0.0.trimmingLineEnd }
            text.lines = lines
        }
        guard let links = old.fields["links"], let changed = move.renamed(links) else { return (text, left) }
        do throws(RecordEditError) { text = try text.updating(fields: ["links": changed], body: nil) } catch {
            left.append("links: \(error)")
        }
        return (text, left)
    }

    private static func retarget(_ line: String, _ move: RecordMove) -> String {
        let marks = TextMarks(inParagraph: line[...], .markdown, path: move.path)
        return marks.links.isEmpty ? line : LinkPlace.retarget(marks.links, of: line[...], move)
    }
}

extension String {
    /// Without blanks and a line end at either end.
    fileprivate var trimmingLineEnd: String { String(Substring(self).trimmed()) }
}
