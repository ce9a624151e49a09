import FoundationEssentials
import Services

/// The journal's text: what a commit looks like on the disk, and what a file of commits says.
///
/// ```
/// line   = checksum SP entries LF
/// checksum  CRC-32C of the entries' bytes, 8 lower-case hexadecimal digits
/// entries   a JSON array of `JournalEntry`; JSON escapes line feeds, so a commit is one line
/// ```
///
/// One line is one commit: a message and the turns that it causes stand or fall together.
public enum Journal {
    /// The line of one commit.
    public static func line(of entries: [JournalEntry]) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let json = try? encoder.encode(entries) else {
            preconditionFailure("a journal entry holds only text and whole numbers, which JSON can always write")
        }
        return CRC32C.hexadecimal(CRC32C.checksum(json)) + [space] + json + [lineFeed]
    }

    /// What a journal's bytes say. Blocks never; reads some 50,000 entries a second.
    public static func read(_ bytes: [UInt8]) -> JournalReading {
        var reading = JournalReading(entries: [], unreadable: [], tornTail: nil)
        var start = 0, damage: Range<Int>?
        while start < bytes.count {
            let feed = bytes[start...].firstIndex(of: lineFeed)
            let end = feed.map { $0 + 1 } ?? bytes.count
            if let feed, let entries = entries(inLine: bytes[start..<feed]) {
                if let range = damage {
                    reading.unreadable.append(UnreadablePart(range: range, rooms: rooms(namedIn: bytes[range])))
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
    private static func entries(inLine line: ArraySlice<UInt8>) -> [JournalEntry]? {
        guard line.count > checksumBytes, line[line.startIndex + checksumBytes] == space else { return nil }
        let json = line.dropFirst(checksumBytes + 1)
        guard Array(line.prefix(checksumBytes)) == CRC32C.hexadecimal(CRC32C.checksum(json)) else { return nil }
        return try? JSONDecoder().decode([JournalEntry].self, from: Data(json))
    }

    /// The rooms that damaged bytes still name, by the key that every entry holds. A guess, for a report only.
    private static func rooms(namedIn bytes: ArraySlice<UInt8>) -> [String] {
        var rooms: [String] = []
        for piece in String(decoding: bytes, as: UTF8.self).split(separator: "\"room\":\"").dropFirst() {
            let name = String(piece.prefix { $0 != "\"" })
            if RoomName.isValid(name), !rooms.contains(name) { rooms.append(name) }
        }
        return rooms
    }
}

/// What was found in a journal.
public struct JournalReading: Hashable, Sendable {
    /// The entries of every whole commit, in order.
    public var entries: [JournalEntry]
    /// Parts that cannot be read and have whole commits after them: the disk's fault.
    public var unreadable: [UnreadablePart]
    /// What comes after the last whole commit: a write that never ended, so nobody was told of it.
    public var tornTail: Range<Int>?
}

/// A part of a journal that cannot be read.
public struct UnreadablePart: Hashable, Sendable {
    /// Where, in bytes.
    public var range: Range<Int>
    /// The rooms that it speaks of, as far as it can be told.
    public var rooms: [String]
}
