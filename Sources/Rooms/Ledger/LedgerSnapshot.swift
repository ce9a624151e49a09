import Journal

/// What the journal says up to a position, without the events, which are in the rooms' histories: the beginning of a
/// start.
///
/// On the disk it is a line for what is of no room, and one for each room, as commits of the journal are lines: so it
/// is whole or known not to be.
public struct LedgerSnapshot: Hashable, Sendable {
    /// The first position that is still to be read from the journal.
    public var position: JournalPosition
    /// How many events were missing in the journal before that.
    public var missing: Int
    /// What everything before adds up to; every room is settled.
    public var ledger: Ledger

    /// A snapshot; without a position, of a journal of which nothing was read.
    public init(position: JournalPosition = JournalPosition(), missing: Int = 0, ledger: Ledger) {
        self.position = position
        self.missing = missing
        self.ledger = ledger
    }

    /// Reads what `bytes` gives.
    ///
    /// - Returns: nil when the bytes are damaged or something else.
    public init?(_ bytes: [UInt8]) {
        let reading = Journal.read(bytes, as: SnapshotLine.self)
        guard reading.unreadable.isEmpty, reading.tornTail == nil, let first = reading.entries.first,
            case .head(var snapshot, let roomCount) = first
        else { return nil }
        for line in reading.entries.dropFirst() {
            guard case .room(let room) = line else { return nil }
            snapshot.ledger.restore(room)
        }
        guard roomCount ?? snapshot.ledger.rooms.count == snapshot.ledger.rooms.count else { return nil }
        self = snapshot
    }

    /// The text.
    public var bytes: [UInt8] {
        var text = SnapshotText(self)
        text.write(bytesMax: .max)
        return text.bytes
    }

    /// The audit of the commits that follow.
    public var audit: JournalAudit { JournalAudit(following: ledger, missing: missing) }
}

/// The text of a snapshot while it is written, some rooms at a time: all of them at once would hold up those who post
/// by a fifth of a second when fifty rooms remember a thousand answers each.
public struct SnapshotText: Sendable {
    /// The text so far.
    public private(set) var bytes: [UInt8]
    private let rooms: [RoomLedger]
    private var written = 0

    /// Begins the text.
    public init(_ snapshot: LedgerSnapshot) {
        rooms = snapshot.ledger.rooms
        var head = snapshot
        head.ledger = snapshot.ledger.withoutRooms
        bytes = Journal.line(of: [SnapshotLine.head(head, roomCount: rooms.count)])
    }

    /// Whether nothing is left to be written.
    public var isWhole: Bool { written == rooms.count }

    /// Writes the next rooms, as many as make so many bytes or a few more.
    public mutating func write(bytesMax: Int) {
        let before = bytes.count
        while !isWhole, bytes.count - before < bytesMax {
            bytes += Journal.line(of: [SnapshotLine.room(rooms[written])])
            written += 1
        }
    }
}

/// A line of a snapshot. Older ones have one line, with all rooms in it.
private enum SnapshotLine {
    case head(LedgerSnapshot, roomCount: Int?)
    case room(RoomLedger)
}

extension SnapshotLine: Codable {
    private enum CodingKeys: String, CodingKey { case position, missing, ledger, roomCount, room }

    init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        if let room = try fields.decodeIfPresent(RoomLedger.self, forKey: .room) {
            self = .room(room)
            return
        }
        let snapshot = LedgerSnapshot(
            position: try fields.decode(JournalPosition.self, forKey: .position),
            missing: try fields.decode(Int.self, forKey: .missing),
            ledger: try fields.decode(Ledger.self, forKey: .ledger))
        self = .head(snapshot, roomCount: try fields.decodeIfPresent(Int.self, forKey: .roomCount))
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .room(let room): try fields.encode(room, forKey: .room)
        case .head(let snapshot, let roomCount):
            try fields.encode(snapshot.position, forKey: .position)
            try fields.encode(snapshot.missing, forKey: .missing)
            try fields.encode(snapshot.ledger, forKey: .ledger)
            try fields.encodeIfPresent(roomCount, forKey: .roomCount)
        }
    }
}
