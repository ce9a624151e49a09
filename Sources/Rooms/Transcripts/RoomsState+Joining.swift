import Services

// Transcripts that become rooms again.
extension RoomsState {
    /// A person wants a saved room back.
    mutating func join(_ request: Coordinator.Join.Request, _ caller: Principal, _ asker: Asker) {
        if let reply = ledger.answerToJoin(request.request, of: caller) { return answer(asker, .joined(reply)) }
        if joins.wait(for: request, by: caller, asker) { return }
        if let refusal = refusal(of: request, from: caller) { return answer(asker, .refused(refusal)) }
        let number = joins.begin(request, caller, asker)
        emit(.ask(.readRecord(join: number, id: request.record)))
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
        switch joins.receive(result, for: number) {
        case nil: break
        case .next(let record): emit(.ask(.readRecord(join: number, id: record)))
        case .refused(let join, let failure):
            for asker in join.askers { answer(asker, .refused(failure)) }
        case .read(let join):
            let reply: Answer
            do throws(ServiceFailure) { reply = .joined(try bringBack(join)) } catch { reply = .refused(error) }
            for asker in join.askers { answer(asker, reply) }
        }
    }

    /// Makes the room, in one commit. No agent gets a turn by it.
    ///
    /// - Throws: Why there cannot be such a room.
    private mutating func bringBack(_ join: Joins.Join) throws(ServiceFailure) -> Coordinator.Join.Reply {
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
        emit(.publishHead(RoomHead(room: room.room, head: room.head)))
        return room.reply
    }
}
