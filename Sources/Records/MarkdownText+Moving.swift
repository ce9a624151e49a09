import Services

extension MarkdownText {
    /// See `RecordText`.
    public func retargetingLinks(_ move: RecordMove) throws(RecordEditError) -> MarkdownText {
        var changes: [String: JSONValue] = [:]
        if let links = try? fields()["links"], let changed = move.renamed(links) { changes["links"] = changed }
        let newBody = LinkPlace.retarget(LinkPlace.all(in: body, .markdown, path: move.path), of: body[...], move)
        if changes.isEmpty && newBody == body { return self }
        var text = try updating(fields: changes, body: nil)
        text.body = newBody
        return text
    }
}
