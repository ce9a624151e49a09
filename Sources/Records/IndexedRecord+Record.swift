import Services

extension Index.IndexedRecord {
    /// The part of a record for the index.
    public init(_ record: Record, stamp: FileStamp) {
        self.init(
            summary: record.summary(updated: stamp.updated), body: record.body, links: record.links,
            wikilinks: record.wikilinks, pathLinks: record.pathLinks, aliases: record.aliases,
            look: stamp.look.hexadecimal, wantsReading: Catalogue.Entry(record, stamp: stamp).wantsReading)
    }

    /// The most bytes that it takes in a request, exact enough to fill batches.
    public var payloadBytes: Int {
        let texts = [body, summary.id.rawValue, summary.path, summary.title] + summary.tags + links + wikilinks
        return (texts + pathLinks + aliases).reduce(512) { $0 + $1.payloadBytes }
    }
}

extension Index.Files.Reply {
    /// Every file with its path. A line that cannot be read is left out, so that file is read.
    public var entries: some Sequence<(path: String, entry: Catalogue.Entry)> {
        lines.utf8.split(separator: .newline).lazy.compactMap { line in
            let fields = line.split(separator: .tab, omittingEmptySubsequences: false).map(Substring.init)
            guard fields.count == 6, let recordClass = RecordClass(rawValue: String(fields[2])),
                let revision = Digest(hexadecimal: fields[3]), let look = Digest(hexadecimal: fields[4])
            else { return nil }
            return (
                String(fields[1]),
                Catalogue.Entry(
                    id: fields[0], path: fields[1], recordClass: recordClass, revision: revision, look: look,
                    wantsReading: fields[5] != "0")
            )
        }
    }
}

extension Catalogue.Entry {
    /// A file as the index knows it after it has applied the record.
    ///
    /// - Returns: Nil if the revision or the look is not sixteen hexadecimal digits.
    public init?(_ record: Index.IndexedRecord) {
        let summary = record.summary
        guard let revision = Digest(hexadecimal: summary.revision), let look = Digest(hexadecimal: record.look) else {
            return nil
        }
        self.init(
            id: summary.id.rawValue, path: summary.path, recordClass: summary.recordClass, revision: revision,
            look: look,
            wantsReading: record.wantsReading)
    }
}

extension AgentDefinition {
    /// The most bytes that it takes in an answer, exact enough to fill pages.
    public var payloadBytes: Int {
        let texts = [id.rawValue, title, disposition, provider ?? "", model ?? "", problem?.description ?? ""] + tags
        return texts.reduce(512) { $0 + $1.payloadBytes }
    }
}

extension RecordSummary {
    /// The most bytes that it takes in an answer, exact enough to fill pages.
    public var payloadBytes: Int {
        let texts = [id.rawValue, path, title, author ?? "", created ?? ""] + tags
        return texts.reduce(256) { $0 + $1.payloadBytes }
    }
}

extension String {
    /// The text's bytes with JSON's escapes, its quotes and a comma.
    ///
    /// See: RFC 8259 §7
    fileprivate var payloadBytes: Int {
        var text = self
        return text.withUTF8 { bytes in
            var count = bytes.count + 3
            for byte in bytes where byte < 0x20 || byte == .quote || byte == .backslash {
                switch byte {
                case .quote, .backslash, .newline, .tab, UInt8(ascii: "\r"): count += 1
                case _: count += 5
                }
            }
            return count
        }
    }
}
