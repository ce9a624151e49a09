import Services

// Turns that their agents end.
extension RoomsState {
    /// An agent has ended its turn.
    mutating func finish(_ request: Coordinator.Finish.Request, _ caller: Principal, _ asker: Asker, _ now: Moment) {
        let name = request.turn.room
        if ledger.answer(to: request.request, of: caller, in: name) != nil { return answer(asker, .done) }
        guard let room = ledger[name] else {
            let reason = "finish turn \(request.turn): there is no such turn; forget it"
            return answer(asker, .refused(ServiceFailure(.notFound, reason)))
        }
        guard request.end != .answered || agents.isComplete else {
            // The agent has done its part; its turn must not expire because the store is silent.
            progress(.init(turn: request.turn, attempt: request.attempt), caller, now)
            let reason = "the store has not yet said who the agents are that it may name; try again"
            return answer(asker, .refused(ServiceFailure(.unavailable, "finish \(request.turn): \(reason)")))
        }
        if let refusal = refusal(of: request, from: caller, in: room) {
            return answer(asker, .refused(refusal))
        }
        let outcome = TurnOutcome(request.end)
        record(.ended(TurnEnd(room: name, turn: request.turn, outcome: outcome, usage: request.usage)))
        if let remark = request.remark { say(.action, remark.onOneLine, from: caller, in: name, now) }
        switch request.end {
        case .answered:
            let number = say(
                .message, request.text, from: caller, turn: request.turn, outcome: outcome, in: name, now)
            let turns = causeTurns(by: number, in: name, now)
            noteSpentBudget(in: name, newTurns: turns.count, now)
        case .passed: say(.action, "passes", from: caller, turn: request.turn, outcome: outcome, in: name, now)
        case .failed: say(.notice, request.text, from: caller, turn: request.turn, outcome: outcome, in: name, now)
        }
        record(.answered(AnsweredRequest(room: name, caller: caller, request: request.request, post: nil)))
        answer(asker, .done)
        floors.remove(request.turn)
        advance(name, now)
    }

    private func refusal(
        of request: Coordinator.Finish.Request, from caller: Principal, in room: RoomLedger
    ) -> ServiceFailure? {
        if let refusal = Self.refusal(ofRequestID: request.request) { return refusal }
        guard let turn = room.openTurns.first(where: { $0.id == request.turn }) else {
            return ServiceFailure(.stale, "finish turn \(request.turn): it has ended already; forget it")
        }
        guard caller.agent == turn.agent else {
            return ServiceFailure(.denied, "finish turn \(turn.id): it is agent:\(turn.agent)'s, not \(caller)'s")
        }
        guard request.attempt == turn.attempt, !turn.isLost else {
            return ServiceFailure(
                .stale, "finish turn \(turn.id): attempt \(request.attempt) is over, \(turn.attempt) is the newest")
        }
        return nil
    }
}

extension Coordinator.Finish.Request {
    /// The outcome that counts: an answer that is `/pass` alone, or of which nothing is seen, passes.
    fileprivate var end: Coordinator.Finish.Outcome {
        switch outcome {
        case .answered: text.allSatisfy(\.isUnseen) || PassWord.isPass(text) ? .passed : .answered
        case .passed: .passed
        case .failed: .failed
        }
    }
}

extension TurnOutcome {
    /// What an agent says of its turn's end.
    fileprivate init(_ outcome: Coordinator.Finish.Outcome) {
        self =
            switch outcome {
            case .answered: .answered
            case .passed: .passed
            case .failed: .failed
            }
    }
}
