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
        guard let json = (try? encoder.encode(entries)).map({ Array($0) }) else {
            preconditionFailure("a journal entry holds only text and whole numbers, which JSON can always write")
        }
        return CRC32C.hexadecimal(CRC32C.checksum(json)) + [space] + json + [lineFeed]
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

    /// Ends a commit.
    static let lineFeed = UInt8(ascii: "\n")
    private static let space = UInt8(ascii: " ")
    private static let checksumBytes = 8

    /// Whether a line that begins with these bytes can have the form of a commit.
    static func canBegin(_ bytes: [UInt8]) -> Bool {
        let digits = UInt8(ascii: "0")...UInt8(ascii: "9"), letters = UInt8(ascii: "a")...UInt8(ascii: "f")
        return bytes.prefix(checksumBytes).allSatisfy { digits.contains($0) || letters.contains($0) }
            && (bytes.count <= checksumBytes || bytes[checksumBytes] == space)
    }

    /// The JSON text of a line without its line feed; nil when the checksum is wrong.
    static func checked(_ line: ArraySlice<UInt8>) -> ArraySlice<UInt8>? {
        guard line.count > checksumBytes, line[line.startIndex + checksumBytes] == space else { return nil }
        let json = line.dropFirst(checksumBytes + 1)
        return Array(line.prefix(checksumBytes)) == CRC32C.hexadecimal(CRC32C.checksum(json)) ? json : nil
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
