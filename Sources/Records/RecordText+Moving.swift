import Services

extension RecordText {
    /// The text with its links to a record that gets another id. A link by the last part of the id stays as it is when
    /// the new id ends with the same.
    ///
    /// - Throws: When the key `links` cannot be written anew.
    public func retargetingLinks(from old: String, to new: String) throws(RecordEditError) -> RecordText {
        let oldName = Self.lastPart(of: old), keepsName = oldName == Self.lastPart(of: new)
        let renamed = { (target: String) -> String? in
            if target == old { return new }
            return !keepsName && !target.contains("/") && target.lowercased() == oldName ? new : nil
        }
        var changes: [String: JSONValue] = [:]
        if let links = try? frontmatter().fields["links"], let changed = Self.retargeted(links, renamed) {
            changes["links"] = changed
        }
        let newBody = Wikilink.retargeting(body, renamed)
        if changes.isEmpty && newBody == body { return self }
        var text = try updating(fields: changes, body: nil)
        text.body = newBody
        return text
    }

    private static func lastPart(of id: String) -> String { (id.split(separator: "/").last ?? "").lowercased() }

    /// The value of `links` with other targets; nil when none of them changes.
    private static func retargeted(_ links: JSONValue, _ renamed: (String) -> String?) -> JSONValue? {
        switch links {
        case .string(let text):
            let isWikilink = text.hasPrefix("[[") && text.hasSuffix("]]")
            guard let link = Wikilink(inner: isWikilink ? text.dropFirst(2).dropLast(2) : text[...]),
                let target = renamed(link.target), let range = text.firstRange(of: link.target)
            else { return nil }
            return .string(text.replacingCharacters(in: range, with: target))
        case .array(let items):
            let changed = items.map { retargeted($0, renamed) }
            return changed.contains { $0 != nil } ? .array(zip(changed, items).map { $0 ?? $1 }) : nil
        case .null, .bool, .integer, .number, .object: return nil
        }
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + self[range.upperBound...]
    }
}
