import Services

@testable import Rooms

/// What people do to whole rooms, and the store that takes them.
extension SimulatedNode {
    /// A person wants a room saved in which something was said.
    mutating func save() {
        serial += 1
        let room = Self.rooms[random.below(Self.rooms.count)]
        guard openSaves.count < RoomsLimits.rememberedSavesPerRoom, state.ledger[room]?.head ?? 0 > 0 else { return }
        openSaves.append(.init(request: "s\(serial)", room: room))
    }

    /// A person wants a room closed.
    mutating func drop() {
        serial += 1
        guard openDrops.isEmpty, state.ledger["kitchen"]?.head ?? 0 > 0 else { return }
        openDrops.append(.init(request: "d\(serial)", room: "kitchen"))
    }

    /// Asks again for what was not answered.
    mutating func repeatSaves(mayDie: Bool) {
        for save in openSaves {
            step(.saveAsked(save, caller: "user:ann", asker: asker(for: save.request)), mayDie: mayDie)
        }
        for join in openJoins {
            step(.joinAsked(join, caller: "user:ann", asker: asker(for: join.request)), mayDie: mayDie)
        }
        for drop in openDrops {
            step(.dropAsked(drop, caller: "user:ann", asker: asker(for: drop.request)), mayDie: mayDie)
        }
    }

    /// The store takes a record, or is away.
    mutating func create(_ record: Store.Create.Request, of save: Int) {
        if random.chance(1, in: 12) {
            return letters.append(.event(.recordStored(save: save, .failure(ServiceFailure(.unavailable, "down")))))
        }
        guard let id = record.id else {
            fault = "a record without an id"
            return
        }
        if let known = store[id], known != record { fault = "\(id) was to be another record" }
        store[id] = record
        let reply = WriteReply(id: id, revision: "1", indexed: true)
        letters.append(.event(.recordStored(save: save, .success(reply))))
    }

    /// A room is saved: what the store has is what was said.
    mutating func saved(_ records: [RecordID], by request: String) {
        openDrops.removeAll { $0.request == request }
        guard let place = openSaves.firstIndex(where: { $0.request == request }) else { return }
        let room = openSaves.remove(at: place).room, read = transcript(records, of: room)
        if read.isEmpty || !lives(of: room).contains(where: { $0.starts(with: read) }) {
            fault = "\(records) are not what was said in \(room)"
        }
    }

    /// Whether a request is about a whole room.
    func isOfRoom(_ request: String) -> Bool {
        (openSaves + openDrops).contains { $0.request == request } || openJoins.contains { $0.request == request }
    }

    /// Such a request was refused. When there is no such room any more, or one already, nobody asks again.
    mutating func refused(_ request: String, _ failure: ServiceFailure) {
        guard failure.code == .notFound || failure.code == .exists else { return }
        openSaves.removeAll { $0.request == request }
        openDrops.removeAll { $0.request == request }
        openJoins.removeAll { $0.request == request }
    }

    /// A person wants a room back.
    mutating func join() {
        serial += 1
        guard let room = gone.last, openJoins.isEmpty else { return }
        let join = Coordinator.Join.Request(request: "j\(serial)", record: room.record)
        openJoins.append(join)
        step(.joinAsked(join, caller: "user:ann", asker: asker(for: join.request)), mayDie: true)
    }

    /// The store reads a record, or is away.
    mutating func read(_ id: RecordID, for join: Int) {
        let away = ServiceFailure(.unavailable, "down")
        let record = store[id].flatMap { Scene.replies([$0])[id] }
        let result = random.chance(1, in: 12) ? nil : record
        letters.append(.event(.recordRead(join: join, result.map { .success($0) } ?? .failure(away))))
    }

    /// A room is back: what was said in it is what the store has.
    mutating func welcome(_ room: JoinedRoom) {
        joined += 1
        trace.append("\(room.room) is back with \(room.head) events")
        guard let events = state.ledger[room.room]?.events, gone.contains(where: { $0.events == events }) else {
            fault = "\(room.room) is not what it was"
            return
        }
    }

    /// A room is no more: all that was said in it is in the store.
    mutating func bury(_ drop: DroppedRoom) {
        let events = transcript(drop.records, of: drop.room)
        if events.map(\.number) != Array(1...drop.head) { fault = "\(drop) is not whole" }
        gone.append((drop.room, drop.records.first ?? "", events))
        trace.append("\(drop.room) is dropped with \(drop.head) events")
    }

    /// What was said in each room of a name, or in any: the one that is there, and those that were dropped.
    func lives(of room: RoomName?) -> [[RoomEvent]] {
        let present = state.ledger.rooms.filter { room == nil || $0.name == room }.map(\.events)
        return present + gone.filter { room == nil || $0.room == room }.map(\.events)
    }

    /// What records say.
    private func transcript(_ records: [RecordID], of room: RoomName) -> [RoomEvent] {
        records.flatMap { id in
            (try? TranscriptText.read(Array((store[id]?.body ?? "").utf8), room: room)) ?? []
        }
    }
}
