import Services

// Rooms that become records.
extension RoomsState {
    /// A save that waits for the store.
    struct Save: Hashable {
        /// The number by which the shell names it.
        let number: Int
        /// What the journal says of it.
        let start: StartedSave
        /// The ids of the records.
        let records: [RecordID]
        /// Whether the room is gone when the store has the records.
        let drops: Bool
        /// Whoever waits for the answer; a repeated request waits as well.
        var askers: [Asker]
    }

    /// A person wants a room's transcript in records.
    mutating func save(_ request: Coordinator.Save.Request, _ caller: Principal, _ asker: Asker, _ now: Moment) {
        if let records = ledger.answer(to: request.request, of: caller, in: request.room)?.records {
            return act(.answer(asker, .saved(records)))
        }
        if waitsAlready(request, caller, asker) { return }
        do throws(ServiceFailure) {
            let room = try roomToSave(request, caller, "save")
            // The same head as before, though more may have been said: it is the same request.
            let known = room.saves.last { $0.isOf(request.request, by: caller) }
            try beginSave(of: room, request, caller, known: known, drops: false, asker, now)
        } catch {
            act(.answer(asker, .refused(error)))
        }
    }

    /// The room that a request is about.
    ///
    /// - Throws: Why it cannot be saved.
    func roomToSave(
        _ request: Coordinator.RoomRequest, _ caller: Principal, _ verb: String
    ) throws(ServiceFailure) -> RoomLedger {
        let attempt = "\(verb) room \(request.room)"
        if let refusal = Self.refusal(ofRequestID: request.request) { throw refusal }
        guard caller.isPerson else {
            throw ServiceFailure(.denied, "\(attempt): \(caller) is no person; only people \(verb) rooms")
        }
        guard let room = ledger[request.room] else {
            throw ServiceFailure(.notFound, "\(attempt): there is no such room. See: egghead rooms")
        }
        guard room.head > 0 else {
            throw ServiceFailure(.invalid, "\(attempt): nothing has been said in it yet; say something first")
        }
        if isClosing(room.name) { throw Self.isClosing(attempt) }
        guard saves.count < RoomsLimits.savesMax else {
            throw ServiceFailure(
                .unavailable, "\(attempt): \(saves.count) rooms wait for the store already; try again")
        }
        return room
    }

    /// Whether a request is a repetition of one that waits for the store; it waits as well then.
    mutating func waitsAlready(_ request: Coordinator.RoomRequest, _ caller: Principal, _ asker: Asker) -> Bool {
        let waiting = saves.firstIndex {
            $0.start.room == request.room && $0.start.isOf(request.request, by: caller)
        }
        if let waiting { saves[waiting].askers.append(asker) }
        return waiting != nil
    }

    /// Gives the store a room's transcript.
    ///
    /// - Parameters:
    ///   - known: What the journal knows of an earlier try of this request.
    ///   - drops: Whether the room is to be gone then.
    /// - Throws: When the transcript is too long.
    mutating func beginSave(
        of room: RoomLedger, _ request: Coordinator.RoomRequest, _ caller: Principal, known: StartedSave?, drops: Bool,
        _ asker: Asker, _ now: Moment
    ) throws(ServiceFailure) {
        let start =
            known
            ?? StartedSave(
                room: room.name, caller: caller, request: request.request, head: room.head, at: now.timestamp)
        let records = TranscriptRecord.records(of: room, head: start.head, at: start.at)
        guard records.count <= RoomsLimits.transcriptPartsMax else {
            throw ServiceFailure(
                .exhausted,
                "save room \(room.name): it would be \(records.count) records, and a transcript has at most"
                    + " \(RoomsLimits.transcriptPartsMax); copy state/rooms/journal instead")
        }
        if known == nil { record(.saving(start)) }
        lastSave += 1
        saves.append(Save(number: lastSave, start: start, records: records.map(\.id), drops: drops, askers: [asker]))
        act(.storeRecords(save: lastSave, records.enumerated().map { Self.creation(of: $1, part: $0 + 1, start) }))
    }

    /// The store's request ids come from the caller's and from the journal, so that none is ever made anew.
    private static func creation(
        of record: TranscriptRecord, part: Int, _ start: StartedSave
    ) -> Store.Create.Request {
        Store.Create.Request(
            request: "\(start.request) \(start.at) \(part)", id: record.id, fields: record.fields, body: record.body)
    }

    /// The store has the records, or has refused one of them.
    mutating func recordsStored(_ number: Int, _ failure: ServiceFailure?, _ now: Moment) {
        guard let place = saves.firstIndex(where: { $0.number == number }) else { return }
        let save = saves.remove(at: place), start = save.start
        if let failure {
            // Not as `unavailable`, which would be repeated unseen: the store was asked for as long as it may take.
            let refusal = ServiceFailure(
                .failed,
                "\(save.drops ? "drop" : "save") room \(start.room): the store does not take it: \(failure.message)")
            if save.drops { keepOpen(start.room, because: refusal.message, now) }
            for asker in save.askers { act(.answer(asker, .refused(refusal))) }
            return
        }
        if save.drops {
            end(start, records: save.records)
        } else if ledger[start.room] != nil {  // else it was dropped meanwhile, and no fact must make it again
            record(
                .answered(
                    AnsweredRequest(
                        room: start.room, caller: start.caller, request: start.request, post: nil,
                        records: save.records)))
        }
        for asker in save.askers { act(.answer(asker, .saved(save.records))) }
    }
}
