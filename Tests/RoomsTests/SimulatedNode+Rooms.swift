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

    /// Asks again for what was not answered.
    mutating func repeatSaves(mayDie: Bool) {
        for save in openSaves {
            step(.saveAsked(save, caller: "user:ann", asker: asker(for: save.request)), mayDie: mayDie)
        }
    }

    /// The store takes records, or some of them, or says nothing.
    mutating func create(_ records: [Store.Create.Request], of save: Int) {
        for record in records {
            if random.chance(1, in: 12) {
                return letters.append(.event(.recordsStored(save: save, ServiceFailure(.unavailable, "down"))))
            }
            guard let id = record.id else {
                fault = "a record without an id"
                return
            }
            if let known = store[id], known != record { fault = "\(id) was to be another record" }
            store[id] = record
        }
        letters.append(.event(.recordsStored(save: save, nil)))
    }

    /// A room is saved: what the store has is what was said.
    mutating func saved(_ records: [String], by request: String) {
        guard let place = openSaves.firstIndex(where: { $0.request == request }) else { return }
        let room = openSaves.remove(at: place).room
        guard let read = try? transcript(records, of: room), !read.isEmpty,
            state.ledger[room]?.events.starts(with: read) == true
        else {
            fault = "\(records) are not what was said in \(room)"
            return
        }
    }

    /// What records say.
    func transcript(_ records: [String], of room: String) throws -> [RoomEvent] {
        try records.flatMap { try TranscriptText.read(Array((store[$0]?.body ?? "").utf8), room: room) }
    }
}
