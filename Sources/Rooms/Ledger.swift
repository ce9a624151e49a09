import Services

/// All rooms as the journal tells them. Nothing else is kept over a restart: the same entries give the same ledger.
public struct Ledger: Hashable, Sendable {
    /// The rooms in the order of their making.
    public private(set) var rooms: [RoomLedger] = []
    private var places: [String: Int] = [:]

    /// The ledger that a journal's entries add up to.
    public init(defaultRoom: String, entries: [JournalEntry] = []) {
        open(defaultRoom)
        for entry in entries { apply(entry) }
    }

    /// The room of a name, if it exists.
    public subscript(room: String) -> RoomLedger? { places[room].map { rooms[$0] } }

    /// Makes a room that exists though nothing was said in it.
    mutating func open(_ room: String) { _ = place(of: room) }

    /// Adds one fact. A room exists from its first fact.
    public mutating func apply(_ entry: JournalEntry) {
        rooms[place(of: entry.room)].apply(entry)
    }

    private mutating func place(of room: String) -> Int {
        if let place = places[room] { return place }
        rooms.append(RoomLedger(name: room))
        places[room] = rooms.count - 1
        return rooms.count - 1
    }
}

extension JournalEntry {
    /// The room that the fact is about; every fact is about one.
    public var room: String {
        switch self {
        case .event(let value): value.room
        case .queued(let value): value.room
        case .attempt(let value): value.room
        case .lost(let value): value.room
        case .ended(let value): value.room
        case .answered(let value): value.room
        case .managed(let value): value.room
        case .saving(let value): value.room
        }
    }
}
