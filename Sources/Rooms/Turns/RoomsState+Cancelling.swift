import Services

// Turns that people end.
extension RoomsState {
    /// A person ends turns; their agents drop them.
    mutating func cancel(_ request: Coordinator.Cancel.Request, _ caller: Principal, _ asker: Asker, _ now: Moment) {
        let name = request.room
        if ledger.answer(to: request.request, of: caller, in: name) != nil { return answer(asker, .done) }
        do throws(ServiceFailure) {
            for turn in try cancelledTurns(request, caller) {
                dismiss(turn.id)
                say(
                    .action, "cancels @\(turn.agent)'s turn", from: caller, turn: turn.id, outcome: .dismissed,
                    in: name, now)
                emit(.cancel(agent: turn.agent, turn: turn.id))
            }
            record(.answered(AnsweredRequest(room: name, caller: caller, request: request.request, post: nil)))
            answer(asker, .done)
            advance(name, now)
        } catch {
            answer(asker, .refused(error))
        }
    }

    /// Ends a turn as people want it.
    ///
    /// - Returns: Whether it was under way.
    @discardableResult
    mutating func dismiss(_ turn: TurnID) -> Bool {
        end(turn, in: turn.room, .dismissed)
        return floors.remove(turn)
    }

    /// Ends a turn without its agent, and with it what the agent has called.
    ///
    /// - Parameter room: Where it is; in a journal that somebody edited that need not be the room of its id.
    mutating func end(_ id: TurnID, in room: RoomName, _ outcome: TurnOutcome) {
        let turn = ledger[room]?.openTurns.first { $0.id == id }
        if let turn, turn.attempt > 0 { emit(.endCalls(agent: turn.agent, turn: id)) }
        record(.ended(TurnEnd(room: room, turn: id, outcome: outcome)))
    }

    /// The turns that a request is about.
    ///
    /// - Throws: Why they cannot be ended; also when there are none.
    private func cancelledTurns(
        _ request: Coordinator.Cancel.Request, _ caller: Principal
    ) throws(ServiceFailure) -> [OpenTurn] {
        let attempt = "cancel in room \(request.room)"
        let room = try managedRoom(request.room, request: request.request, caller, attempt)
        let turns = room.openTurns.filter { turn in
            switch request.turns {
            case .all: true
            case .one(let wanted): turn.id == wanted
            case .causedBy(let message): room.event(turn.cause, followsFrom: message)
            }
        }
        guard turns.isEmpty else { return turns }
        let reason =
            switch request.turns {
            case .all: "no turn runs or waits there"
            case .one(let wanted): "turn \(wanted) neither runs nor waits"
            case .causedBy(let message): "no turn that event \(message) caused runs or waits"
            }
        throw ServiceFailure(.notFound, "\(attempt): \(reason). See: egghead rooms")
    }
}
