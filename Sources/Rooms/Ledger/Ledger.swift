import Services

/// All rooms as the journal tells them. Nothing else is kept over a restart: the same entries give the same ledger.
public struct Ledger: Hashable, Sendable {
    /// The rooms in the order of their making.
    public private(set) var rooms: [RoomLedger] = []
    /// The names of the rooms that were dropped last, oldest first; one of them may have been made again.
    public private(set) var dropped: [RoomName] = []
    private var places: [RoomName: Int] = [:]
    /// The answers to requests about rooms that were dropped, also to the requests that dropped them.
    private var answers = RememberedAnswers<AnsweredRequest>()
    private var joins = RememberedAnswers<Coordinator.Join.Reply>()
    /// The highest number of a turn in a room that was dropped. New rooms count on from here, so that an id of a turn
    /// stays unique whatever rooms come after; a number for each name would grow without bound.
    private var turnsBefore = 0
    /// How many rooms were made, also of those that were dropped.
    private var roomsMade = 0

    /// The ledger that a journal's entries add up to.
    public init(defaultRoom: RoomName, entries: [JournalEntry] = []) {
        open(defaultRoom)
        for entry in entries { apply(entry) }
        open(defaultRoom)  // it may have been dropped when another one was the default
    }

    /// The room of a name, if it exists.
    public subscript(room: RoomName) -> RoomLedger? { places[room].map { rooms[$0] } }

    /// The first answer to a request about a room, if it is remembered, also when the room was dropped.
    public func answer(to request: String, of caller: Principal, in room: RoomName) -> AnsweredRequest? {
        self[room]?.answer(to: request, of: caller) ?? answerToDrop(request, of: caller, in: room)
    }

    /// The first answer to the request that dropped a room, or that was answered in it before.
    func answerToDrop(_ request: String, of caller: Principal, in room: RoomName) -> AnsweredRequest? {
        answers[caller: caller, request: request].flatMap { $0.room == room ? $0 : nil }
    }

    /// The first answer to the request that brought a room back, if it is remembered.
    func answerToJoin(_ request: String, of caller: Principal) -> Coordinator.Join.Reply? {
        joins[caller: caller, request: request]
    }

    /// Makes a room in which nothing was said, unless there is one of its name.
    mutating func open(_ room: RoomName) { _ = place(of: room) }

    /// Adds one fact. A room exists from its first fact.
    public mutating func apply(_ entry: JournalEntry) {
        if case .dropped(let drop) = entry { return remove(drop) }
        if case .joined(let join) = entry { joins.insert(join.reply, caller: join.caller, request: join.request) }
        rooms[place(of: entry.room)].apply(entry)
    }

    /// Everything that was said in a room until now is in its history: it leaves memory, except for what open turns
    /// need.
    public mutating func settle(_ room: RoomName) {
        if let place = places[room] { rooms[place].settle() }
    }

    /// Brings the settled events of a room back into memory, until it is settled again.
    ///
    /// - Parameter entries: All of them.
    mutating func recall(_ room: RoomName, _ entries: [HistoryEntry]) {
        if let place = places[room] { rooms[place].recall(entries) }
    }

    /// Adds an event of a room's history, after those with smaller numbers, when no snapshot can be read. Of two rooms
    /// of a name the one that was made later counts.
    ///
    /// - Parameter first: The number with which the room's history begins.
    public mutating func recover(_ entry: HistoryEntry, _ room: RoomName, serial: Int, first: Int) {
        let place = place(of: room)
        roomsMade = max(roomsMade, serial)
        if rooms[place].serial < serial || rooms[place].head == 0 {
            rooms[place] = RoomLedger(name: room, serial: serial, turnsBefore: turnsBefore)
        }
        guard rooms[place].serial == serial else { return }
        rooms[place].begin(at: first)
        rooms[place].apply(.event(entry.event))
    }

    private mutating func remove(_ drop: DroppedRoom) {
        if let place = places[drop.room] {
            let room = rooms.remove(at: place)
            places = Dictionary(uniqueKeysWithValues: rooms.enumerated().map { ($1.name, $0) })
            turnsBefore = max(turnsBefore, room.lastTurnNumber)
            for answer in room.answers.all { insert(answer) }
        }
        dropped = dropped.filter { $0 != drop.room }.suffix(RoomsLimits.droppedRoomsMax - 1) + [drop.room]
        insert(
            AnsweredRequest(
                room: drop.room, caller: drop.caller, request: drop.request, post: nil, records: drop.records))
    }

    private mutating func insert(_ answer: AnsweredRequest) {
        answers.insert(answer, caller: answer.caller, request: answer.request)
    }

    /// What is of no room.
    var withoutRooms: Ledger {
        var ledger = self
        (ledger.rooms, ledger.places) = ([], [:])
        return ledger
    }

    /// Puts a room back behind those that are there.
    mutating func restore(_ room: RoomLedger) {
        if places[room.name] == nil { places[room.name] = rooms.count }
        rooms.append(room)
    }

    private mutating func place(of room: RoomName) -> Int {
        if let place = places[room] { return place }
        roomsMade += 1
        rooms.append(RoomLedger(name: room, serial: roomsMade, turnsBefore: turnsBefore))
        places[room] = rooms.count - 1
        return rooms.count - 1
    }
}

extension Ledger: Codable {
    private enum CodingKeys: String, CodingKey {
        case rooms, dropped, answers, joins, turnsBefore, roomsMade
    }

    /// Reads what was written when every room was settled.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        rooms = try container.decode([RoomLedger].self, forKey: .rooms)
        places = Dictionary(rooms.enumerated().map { ($1.name, $0) }) { first, _ in first }
        dropped = try container.decode([RoomName].self, forKey: .dropped)
        answers = try container.decode(RememberedAnswers<AnsweredRequest>.self, forKey: .answers)
        joins = try container.decode(RememberedAnswers<Coordinator.Join.Reply>.self, forKey: .joins)
        turnsBefore = try container.decode(Int.self, forKey: .turnsBefore)
        roomsMade = try container.decode(Int.self, forKey: .roomsMade)
    }
}

extension JournalEntry {
    /// The room that the fact is about; every fact is about one.
    public var room: RoomName {
        switch self {
        case .event(let value): value.room
        case .queued(let value): value.room
        case .attempt(let value): value.room
        case .lost(let value): value.room
        case .suspended(let value): value.room
        case .ended(let value): value.room
        case .answered(let value): value.room
        case .managed(let value): value.room
        case .saving(let value): value.room
        case .trimmed(let value): value.room
        case .dropped(let value): value.room
        case .joined(let value): value.room
        case .direct(let value): value.room
        }
    }
}
