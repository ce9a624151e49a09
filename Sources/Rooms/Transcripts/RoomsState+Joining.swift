import Services

// Transcripts that become rooms again.
extension RoomsState {
    /// A join that waits for the store.
    struct Join: Hashable {
        /// The number by which the shell names it.
        let number: Int
        let request: Coordinator.Join.Request
        let caller: Principal
        /// What was read so far.
        var reading: TranscriptReading
        /// Whoever waits for the answer; a repeated request waits as well.
        var askers: [Asker]
    }

    /// A person wants a saved room back.
    mutating func join(_ request: Coordinator.Join.Request, _ caller: Principal, _ asker: Asker) {
        if let reply = ledger.answerToJoin(request.request, of: caller) { return act(.answer(asker, .joined(reply))) }
        if let waiting = joins.firstIndex(where: { $0.request == request && $0.caller == caller }) {
            return joins[waiting].askers.append(asker)
        }
        if let refusal = refusal(of: request, from: caller) { return act(.answer(asker, .refused(refusal))) }
        lastJoin += 1
        let reading = TranscriptReading(record: request.record)
        joins.append(Join(number: lastJoin, request: request, caller: caller, reading: reading, askers: [asker]))
        act(.readRecord(join: lastJoin, id: request.record))
    }

    private func refusal(of request: Coordinator.Join.Request, from caller: Principal) -> ServiceFailure? {
        if let refusal = Self.refusal(ofRequestID: request.request) { return refusal }
        let attempt = "join \(request.record.rawValue.prefix(200))"
        guard caller.isPerson else {
            return ServiceFailure(.denied, "\(attempt): \(caller) is no person; only people join rooms")
        }
        guard joins.count < RoomsLimits.joinsMax else {
            return ServiceFailure(
                .unavailable, "\(attempt): \(joins.count) transcripts are being read already; try again")
        }
        return nil
    }

    /// The store has answered for a record.
    mutating func recordRead(_ number: Int, _ result: Result<RecordReply, ServiceFailure>) {
        guard let place = joins.firstIndex(where: { $0.number == number }) else { return }
        var join = joins[place]
        do throws(ServiceFailure) {
            try join.reading.receive(result)
            if let next = join.reading.next {
                joins[place] = join
                return act(.readRecord(join: number, id: next))
            }
            joins.remove(at: place)
            let reply = try bringBack(join)
            for asker in join.askers { act(.answer(asker, .joined(reply))) }
        } catch {
            joins.removeAll { $0.number == number }
            for asker in join.askers { act(.answer(asker, .refused(error))) }
        }
    }

    /// Makes the room, in one commit. Nobody is asked for anything by it.
    ///
    /// - Throws: Why there cannot be such a room.
    private mutating func bringBack(_ join: Join) throws(ServiceFailure) -> Coordinator.Join.Reply {
        let (part, text) = try join.reading.joined()
        let attempt = "join \(join.request.record)"
        guard ledger[part.room]?.head ?? 0 == 0 else {
            let hint = "save and close it first: egghead room drop \(part.room)"
            throw ServiceFailure(.exists, "\(attempt): there is a room \(part.room) already; \(hint)")
        }
        guard ledger[part.room] != nil || ledger.rooms.count < RoomsLimits.roomsMax else {
            throw ServiceFailure(
                .exhausted, "\(attempt): there are \(RoomsLimits.roomsMax) rooms already; drop one of them")
        }
        let room = JoinedRoom(
            room: part.room, head: part.head, text: String(decoding: text, as: UTF8.self), agent: part.agent,
            caller: join.caller,
            request: join.request.request)
        record(.joined(room))
        act(.publishHead(RoomHead(room: room.room, head: room.head)))
        return room.reply
    }
}
