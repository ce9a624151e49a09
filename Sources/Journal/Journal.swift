import FoundationEssentials

/// The text of a write-ahead journal: what a commit looks like on the disk, and what a file of commits says.
///
/// ```
/// line   = checksum SP entries LF
/// checksum  CRC-32C of the entries' bytes, 8 lower-case hexadecimal digits
/// entries   a JSON array of entries; JSON escapes line feeds, so a commit is one line
/// ```
///
/// One line is one commit: its entries stand or fall together.
public enum Journal {
    /// The line of one commit. The entries hold only what JSON can always write: text, whole numbers, truth values.
    public static func line<Entry: Encodable>(of entries: [Entry]) -> [UInt8] {
        func write<Direct: DirectlyCodedEntry>(_ type: Direct.Type) -> [UInt8]? {
            (entries as? [Direct]).flatMap(Direct.json)
        }
        if let type = Entry.self as? any DirectlyCodedEntry.Type, let json = write(type) {
            return CheckedLine.line(of: json)
        }
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = (try? encoder.encode(entries)).map({ Array($0) }) else {
            preconditionFailure("a journal entry holds only text and whole numbers, which JSON can always write")
        }
        return CheckedLine.line(of: json)
    }

    /// What a journal's bytes say. Blocks never; reads some 50,000 entries a second.
    ///
    /// - Parameter accepts: Whether a whole commit, after those that were accepted before it, can be applied. One that
    ///   cannot is as unreadable as a damaged one.
    public static func read<Entry: Decodable>(
        _ bytes: [UInt8], as type: Entry.Type, accepts: ([Entry]) -> Bool = { _ in true }
    ) -> JournalReading<Entry> {
        var reader = JournalReader<Entry>(), read: [Entry] = []
        reader.read(bytes[...]) { commit in
            guard accepts(commit) else { return false }
            read += commit
            return true
        }
        let tornTail = reader.finish()
        return JournalReading(entries: read, unreadable: reader.unreadable, tornTail: tornTail)
    }
}

/// What was found in a journal.
public struct JournalReading<Entry> {
    /// The entries of every whole commit, in order.
    public var entries: [Entry]
    /// Parts, in bytes, that cannot be read: the disk's fault, as whole commits come after them, or one of their lines
    /// was written whole.
    public var unreadable: [Range<Int>]
    /// What comes after the last whole commit: a write that never ended, so nobody was told of it.
    public var tornTail: Range<Int>?

    /// A reading.
    public init(entries: [Entry], unreadable: [Range<Int>], tornTail: Range<Int>?) {
        self.entries = entries
        self.unreadable = unreadable
        self.tornTail = tornTail
    }
}

extension JournalReading: Equatable where Entry: Equatable {}
