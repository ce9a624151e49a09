import Services

extension Index.IndexedRecord {
    /// What the index needs of a record.
    public init(_ record: Record, updated: String) {
        self.init(
            summary: record.summary(updated: updated), body: record.body, links: record.links,
            wikilinks: record.wikilinks)
    }

    /// How many bytes it takes in a request at most, near enough to fill batches by.
    public var payloadBytes: Int {
        let texts = [body, summary.id, summary.path, summary.title] + summary.tags + links + wikilinks
        return texts.reduce(512) { $0 + $1.payloadBytes }
    }
}

extension AgentDefinition {
    /// How many bytes it takes in an answer at most, near enough to fill pages by.
    var payloadBytes: Int {
        let texts = [id, title, disposition, provider ?? "", model ?? ""] + tags
        return texts.reduce(512) { $0 + $1.payloadBytes }
    }
}

extension RecordSummary {
    /// How many bytes it takes in an answer at most, near enough to fill pages by.
    var payloadBytes: Int {
        let texts = [id, path, title, author ?? "", created ?? ""] + tags
        return texts.reduce(256) { $0 + $1.payloadBytes }
    }
}

extension String {
    /// The text's bytes with JSON's escapes, its quotes and a comma.
    ///
    /// See: RFC 8259 §7
    fileprivate var payloadBytes: Int {
        utf8.reduce(3) { sum, byte in
            switch byte {
            case .quote, UInt8(ascii: "\\"), .newline, .tab, UInt8(ascii: "\r"): sum + 2
            case ..<0x20: sum + 6
            case _: sum + 1
            }
        }
    }
}
