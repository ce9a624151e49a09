import Services
import Time

// The turns in their sessions.
extension Agent {
    /// Changes a turn that is under way; of another one, nothing.
    mutating func update(
        _ turn: TurnID, _ change: (inout AgentTurn, inout Transcript) -> [AgentAction]
    ) -> [AgentAction] {
        guard let index = sessions.firstIndex(where: { $0.turn?.request.turn == turn }) else { return [] }
        return update(at: index, change)
    }

    /// Changes the turn whose model answers in a call; without such a turn, nothing.
    mutating func update(
        chat: ChatID, _ change: (inout AgentTurn, inout Transcript) -> [AgentAction]
    ) -> [AgentAction] {
        guard let index = sessions.firstIndex(where: { $0.turn?.call?.id == chat }) else { return [] }
        return update(at: index, change)
    }

    private mutating func update(
        at index: Int, _ change: (inout AgentTurn, inout Transcript) -> [AgentAction]
    ) -> [AgentAction] {
        guard var turn = sessions[index].turn else { return [] }
        sessions[index].turn = nil  // one owner, or every word would copy the answer so far
        defer { sessions[index].turn = turn }
        return change(&turn, &sessions[index].transcript)
    }

    /// Keeps the record from which a turn's session goes on.
    mutating func remember(predecessor: RecordID, of turn: TurnID) {
        guard let index = sessions.firstIndex(where: { $0.turn?.request.turn == turn }) else { return }
        sessions[index].predecessor = predecessor
    }

    /// The coordinator has a turn's outcome, or refuses it.
    mutating func finished(
        _ report: Coordinator.Finish.Request, _ result: Result<Empty, ServiceFailure>, at now: Instant
    ) -> [AgentAction] {
        guard let index = sessions.firstIndex(where: { $0.turn?.report == report }) else { return [] }
        var actions: [AgentAction] = []
        if case .failure(let failure) = result {
            actions.append(.warn("turn.refused", subject: "\(report.turn)", reason: failure.message))
            if !failure.saysTurnIsOver, report.outcome != .failed {
                return actions + (sessions[index].turn?.reportRefused(failure) ?? [])
            }
        }
        if let reason = sessions[index].endTurn(report), handoff == nil {
            return actions + beginHandoff(of: sessions[index], after: report.turn, reason)
        }
        return actions + writeWhenAlone(at: now) + leaveWhenDrained()
    }

    /// Forgets a room. A session that is being written down already goes into its record all the same.
    mutating func dismiss(from room: RoomName, at now: Instant) -> [AgentAction] {
        guard let index = sessions.firstIndex(where: { $0.room == room }) else { return [] }
        let call = sessions[index].turn?.call
        sessions.remove(at: index)
        return afterDropping(call, at: now)
    }

    /// Drops a turn that a person has ended. The session keeps what it knew before, and which tools the turn called.
    mutating func cancel(_ turn: TurnID, at now: Instant) -> [AgentAction] {
        guard let index = sessions.firstIndex(where: { $0.turn?.request.turn == turn }) else { return [] }
        let call = sessions[index].turn?.call
        sessions[index].dropTurn()
        return afterDropping(call, at: now)
    }

    /// What follows when a turn has gone without an outcome: its call of the model ends, and what waited goes on.
    private mutating func afterDropping(_ call: ModelCall?, at now: Instant) -> [AgentAction] {
        let cancelled: [AgentAction] = call.map { [.cancelChat(id: $0.id)] } ?? []
        return cancelled + writeWhenAlone(at: now) + leaveWhenDrained()
    }

    /// Ends all calls of the model.
    func cancelAll() -> [AgentAction] {
        let calls = sessions.compactMap(\.turn?.call) + (handoff?.sessions ?? []).compactMap(\.noteCall)
        return calls.map { .cancelChat(id: $0.id) }
    }

    /// Leaves when nothing is left to do. A hand-off ends in leaving by itself, with a status of its own.
    func leaveWhenDrained() -> [AgentAction] {
        isDraining && handoff == nil && sessions.allSatisfy { $0.turn == nil } ? [.leave(.done)] : []
    }
}

extension ServiceFailure {
    /// Whether a refused outcome means that the coordinator does not wait for one.
    fileprivate var saysTurnIsOver: Bool { [.stale, .notFound, .denied].contains(code) }
}
