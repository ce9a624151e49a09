import Services

// What people are asked in a room, on behalf of a turn that waits for their answer, and told of what it waits for.
extension RoomsState {
    /// The toolbox tells the room of a turn something, once.
    mutating func tell(_ request: Coordinator.Tell.Request, _ caller: Principal, _ asker: Asker, _ now: Moment) {
        let room = request.turn.room
        guard caller == .toolbox else {
            let reason = "tell room \(room): \(caller) is not the toolbox; post a message instead"
            return answer(asker, .refused(ServiceFailure(.denied, reason)))
        }
        guard let turn = openTurn(request.turn), turn.agent == request.agent else {
            let reason = "tell room \(room): turn \(request.turn) of \(request.agent?.rawValue ?? "nobody") has ended"
            return answer(asker, .refused(ServiceFailure(.notFound, reason)))
        }
        if ledger.answer(to: request.request, of: caller, in: room) != nil { return answer(asker, .done) }
        if request.isAction == true {
            say(.action, request.text, from: .agent(turn.agent), turn: request.turn, in: room, now)
        } else {
            say(.notice, request.text, turn: request.turn, in: room, now)
        }
        record(.answered(AnsweredRequest(room: room, caller: caller, request: request.request, post: nil)))
        answer(asker, .done)
    }
}
