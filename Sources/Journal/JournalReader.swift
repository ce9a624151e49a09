import FoundationEssentials

/// Reads a journal piece by piece, in any pieces, so that a long one takes no more memory than its longest commit.
///
/// ```
/// read(piece) … read(piece) ── finish() ──▶ what cannot be read, and the torn end
///      │                │
///      └── take(commit) ┴── for every whole commit, in order
/// ```
public struct JournalReader<Entry: Decodable> {
    /// Parts, in bytes from the beginning of the journal, that cannot be read and are no torn end, as far as it was
    /// read.
    public private(set) var unreadable: [Range<Int>] = []
    /// How many bytes were read.
    public private(set) var bytes = 0

    /// The beginning of a line whose end is still to come; of one that cannot be a commit, only its first bytes.
    private var beginning: [UInt8] = []
    /// Where the line begins.
    private var start = 0
    private var damage: Range<Int>?
    /// Whether a line of the damage has the right checksum.
    private var holdsWrittenLine = false

    /// A reader at the beginning of a journal, or behind some bytes of it that end a commit.
    public init(behind bytes: Int = 0) {
        self.bytes = bytes
        start = bytes
    }

    /// Behind the last commit that was read, as long as everything before it could be read; else nil.
    public var position: Int? { damage == nil && unreadable.isEmpty ? start : nil }

    /// Reads on. Blocks never; reads some 50,000 entries a second.
    ///
    /// - Parameters:
    ///   - piece: The bytes that follow those that were read before.
    ///   - take: Takes a whole commit, after those that it took before, and says whether it can be applied. One that
    ///     cannot is as unreadable as a damaged one.
    public mutating func read(_ piece: ArraySlice<UInt8>, take: ([Entry]) -> Bool) {
        var rest = piece
        while let feed = rest.firstIndex(of: CheckedLine.lineFeed) {
            let end = bytes + feed + 1 - rest.startIndex
            if bytes == start {
                endLine(rest[..<feed], at: end, take)
            } else {
                hold(rest[..<feed])
                endLine(beginning[...], at: end, take)
                beginning = []
            }
            (bytes, rest) = (end, rest[(feed + 1)...])
        }
        hold(rest)
        bytes += rest.count
    }

    /// Ends the reading: no more bytes follow.
    ///
    /// - Returns: What comes after the last whole commit and was never written whole; nil when there is nothing.
    public mutating func finish() -> Range<Int>? {
        if start < bytes { damage = (damage?.lowerBound ?? start)..<bytes }
        // A line whose checksum is right was written whole, whatever it says: people may have been told of it.
        guard holdsWrittenLine, let part = damage else { return damage }
        unreadable.append(part)
        damage = nil
        return nil
    }

    private mutating func hold(_ bytes: ArraySlice<UInt8>) {
        // A damaged journal may hold any number of bytes without a line feed, such as those of a hole.
        if CheckedLine.canBegin(beginning) { beginning += bytes }
    }

    /// - Parameters:
    ///   - line: Without its line feed.
    ///   - end: Where the next line begins.
    private mutating func endLine(_ line: ArraySlice<UInt8>, at end: Int, _ take: ([Entry]) -> Bool) {
        let json = CheckedLine.text(of: line)
        if let json, let entries = Self.commit(of: json), take(entries) {
            if let part = damage { unreadable.append(part) }
            (damage, holdsWrittenLine) = (nil, false)
        } else {
            damage = (damage?.lowerBound ?? start)..<end
            holdsWrittenLine = holdsWrittenLine || json != nil
        }
        start = end
    }

    private static func commit(of json: ArraySlice<UInt8>) -> [Entry]? {
        func read<Direct: DirectlyCodedEntry>(_ type: Direct.Type) -> [Entry]? { Direct.commit(of: json) as? [Entry] }
        if let type = Entry.self as? any DirectlyCodedEntry.Type, let entries = read(type) { return entries }
        return try? JSONDecoder().decode([Entry].self, from: Data(json))
    }
}

/// An entry whose commits can be written and read faster than the general coders do.
public protocol DirectlyCodedEntry {
    /// The JSON text of a commit, keys in their order; nil when it needs the general encoder.
    static func json(of commit: [Self]) -> [UInt8]?

    /// The entries of a commit's JSON text, the same that the general decoder reads; nil when only that can tell.
    static func commit(of json: ArraySlice<UInt8>) -> [Self]?
}
