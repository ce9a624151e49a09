import Services

// Rooms that become records.
extension RoomsState {
    /// A person wants a room's transcript in records.
    mutating func save(_ request: Coordinator.Save.Request, _ caller: Principal, _ asker: Asker, _ now: Moment) {
        if let records = ledger.answer(to: request.request, of: caller, in: request.room)?.records {
            return answer(asker, .saved(records))
        }
        if saves.wait(for: request, by: caller, asker) { return }
        do throws(ServiceFailure) {
            let room = try roomToSave(request, caller, "save")
            // The same head as before, though more may have been said: it is the same request.
            let known = room.saves.last { $0.isOf(request.request, by: caller) }
            try beginSave(of: room, request, caller, known: known, drops: false, asker, now)
        } catch {
            answer(asker, .refused(error))
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

    /// Gives the store a room's transcript.
    ///
    /// - Parameters:
    ///   - known: What the journal knows of an earlier try of this request.
    ///   - drops: Whether the room is dropped when the store has all records.
    /// - Throws: When the transcript is too long.
    mutating func beginSave(
        of room: RoomLedger, _ request: Coordinator.RoomRequest, _ caller: Principal, known: StartedSave?, drops: Bool,
        _ asker: Asker, _ now: Moment
    ) throws(ServiceFailure) {
        let start =
            known
            ?? StartedSave(
                room: room.name, caller: caller, request: request.request, head: room.head, at: now.timestamp)
        // A room that was not recalled is far too long.
        let records = room.needsRecall ? [] : TranscriptRecord.records(of: room, head: start.head, at: start.at)
        guard (1...RoomsLimits.transcriptPartsMax).contains(records.count) else {
            throw ServiceFailure(
                .exhausted,
                "save room \(room.name): it would be more than the \(RoomsLimits.transcriptPartsMax) records that a "
                    + "transcript has at most; copy state/rooms instead")
        }
        if known == nil { record(.saving(start)) }
        begin(start, records, drops ? .drop : .save, asker)
    }

    /// Gives the store the first of some records; the others follow.
    mutating func begin(
        _ start: StartedSave, _ records: [TranscriptRecord], _ purpose: Saves.Purpose, _ asker: Asker? = nil
    ) {
        let creations = records.enumerated().map { Self.creation(of: $1, part: $0 + 1, start) }
        let save = saves.begin(start, records: creations, purpose, asker)
        if let first = save.nextRecord { emit(.storeRecord(save: save.number, first)) }
    }

    /// The store's request ids come from the caller's and from the journal, so that a repetition makes the same ones.
    private static func creation(
        of record: TranscriptRecord, part: Int, _ start: StartedSave
    ) -> Store.Create.Request {
        Store.Create.Request(
            request: "\(start.request) \(start.at) \(part)", id: record.id, fields: record.fields, body: record.body)
    }

    /// The store has a record, or has refused it.
    mutating func recordStored(_ number: Int, _ result: Result<WriteReply, ServiceFailure>, _ now: Moment) {
        switch saves.receive(result, for: number) {
        case nil: break
        case .next(let record): emit(.storeRecord(save: number, record))
        case .stored(let save): finish(save)
        case .refused(let save, let failure): refuse(save, failure, now)
        }
    }

    private mutating func finish(_ save: Saves.Save) {
        let start = save.start
        switch save.purpose {
        case .drop: end(start, records: save.recordIDs)
        case .trim(let serial): endTrim(start, serial: serial, records: save.recordIDs)
        case .save:
            // If it was dropped meanwhile, no fact must make it again.
            guard ledger[start.room] != nil else { break }
            record(
                .answered(
                    AnsweredRequest(
                        room: start.room, caller: start.caller, request: start.request, post: nil,
                        records: save.recordIDs)))
        }
        for asker in save.askers { answer(asker, .saved(save.recordIDs)) }
    }

    private mutating func refuse(_ save: Saves.Save, _ failure: ServiceFailure, _ now: Moment) {
        // Not as `unavailable`, which clients repeat by themselves: the store was asked for as long as it may take.
        let room = save.start.room
        let refusal = ServiceFailure(
            .failed, "\(save.purpose.verb) room \(room): the store does not take it: \(failure.message)")
        switch save.purpose {
        case .save: break
        case .drop: keepOpen(room, because: refusal.message, now)
        case .trim: emit(.trimRefused(room, refusal))
        }
        for asker in save.askers { answer(asker, .refused(refusal)) }
    }
}
