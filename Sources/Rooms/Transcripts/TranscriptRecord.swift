import Journal
import Services

/// A record that holds a room's transcript or a part of it: `transcripts/<room>/<time>`, and with several parts
/// `transcripts/<room>/<time>-<part>`.
///
/// The keys say which room and which part; `links` names the parts before and after, and follows them when they move.
/// The checksum is over the keys that count and the events as `TranscriptText` writes them, so it does not matter how
/// the file has them.
public struct TranscriptRecord: Hashable, Sendable {
    /// The record's id.
    public var id: RecordID
    /// The frontmatter.
    public var fields: [String: JSONValue]
    /// The Markdown below it.
    public var body: String

    /// The records of a room's transcript.
    ///
    /// - Parameters:
    ///   - room: The room.
    ///   - events: What was said, from some event on; nil for all that the room holds.
    ///   - head: The last event of the transcript.
    ///   - time: When it is saved, RFC 3339; part of the id.
    ///   - bytesMax: The most bytes of events in one of them.
    public static func records(
        of room: RoomLedger, events: [RoomEvent]? = nil, head: Int, at time: String,
        bytesMax: Int = RoomsLimits.transcriptBytesMax
    ) -> [TranscriptRecord] {
        let kept = events ?? room.events.filter { $0.number > room.trimmedCount }
        let events = kept.filter { $0.number <= head }, first = events.first?.number ?? 1
        let texts = cut(events, bytesMax)
        let base = base(of: room.name, at: time)
        func id(_ part: Int) -> RecordID { texts.count == 1 ? base : Self.id(base: base, part: part) }
        return texts.enumerated().map { place, text in
            let part = TranscriptPart(
                room: room.name, first: first, head: head, part: place + 1, parts: texts.count, agent: room.directAgent)
            let neighbours = [place, place + 2].filter { (1...texts.count).contains($0) }.map(id)
            let count = texts.count == 1 ? "" : ", part \(part.part) of \(texts.count)"
            return TranscriptRecord(
                id: id(part.part),
                fields: [
                    "class": .string(RecordClass.transcript.rawValue),
                    "title": .string("\(room.name), \(time.prefix(10))\(count)"), "created": .string(time),
                    "room": .string(room.name.rawValue),
                    "agent": room.directAgent.map { .string($0.rawValue) } ?? .null,
                    "first": first > 1 ? .integer(first) : .null, "head": .integer(head), "part": .integer(part.part),
                    "parts": .integer(texts.count), "checksum": .string(part.checksum(of: text)),
                    "links": neighbours.isEmpty ? .null : .array(neighbours.map { .string($0.rawValue) }),
                ],
                body: "# \(room.name)\n\n" + String(decoding: text, as: UTF8.self))
        }
    }

    /// The id of a transcript without the part.
    static func base(of room: RoomName, at time: String) -> RecordID {
        RecordID("transcripts/\(room)/\(String(time.filter { !"-:.".contains($0) }))")
    }

    /// The id of one of several parts; ids sort as the parts do.
    static func id(base: RecordID, part: Int) -> RecordID {
        let digits = String(part)
        return RecordID("\(base)-\(String(repeating: "0", count: max(0, 3 - digits.count)))\(digits)")
    }

    /// The events' text in pieces that fit into a record each. No event is cut in two.
    private static func cut(_ events: some Sequence<RoomEvent>, _ bytesMax: Int) -> [[UInt8]] {
        var texts: [[UInt8]] = [], text: [UInt8] = []
        for event in events {
            let begin = text.count
            TranscriptText.write(event, to: &text)
            guard text.count > bytesMax, begin > 0 else { continue }
            texts.append(Array(text[..<begin]))
            text.removeFirst(begin)
        }
        return texts + [text]
    }
}

/// Which part of which transcript a record holds.
public struct TranscriptPart: Hashable, Sendable {
    /// The room.
    public var room: RoomName
    /// The number of the transcript's first event.
    public var first = 1
    /// The number of the transcript's last event.
    public var head: Int
    /// Which part, from 1.
    public var part: Int
    /// How many parts there are.
    public var parts: Int
    /// The agent that the room is for, if it is for one alone.
    public var agent: AgentID?

    /// The checksum of the part's events as text, eight hexadecimal digits.
    func checksum(of text: [UInt8]) -> String {
        let beginning = first > 1 ? " \(first)" : ""
        let bytes = Array("\(room) \(head) \(part) \(parts) \(agent?.rawValue ?? "")\(beginning)\n".utf8) + text
        return String(decoding: CRC32C.hexadecimal(CRC32C.checksum(bytes)), as: UTF8.self)
    }
}
