import Services

// Turns that get on, and those that do not.
extension RoomsState {
    /// Something of a turn has come to the process that has it: its clock begins anew.
    ///
    /// - Parameter incarnation: The process that says so, where it says which it is.
    mutating func progress(of id: TurnID, attempt: Int, _ caller: Principal, incarnation: Int?, _ now: Moment) {
        guard case .running(let running, _) = floors[id]?.phase, incarnation.map({ $0 == running }) ?? true,
            let turn = ledger[id.room]?.openTurns.first(where: { $0.id == id }),
            turn.attempt == attempt, caller.agent == turn.agent
        else { return }
        floors[id]?.phase = .running(incarnation: running, progressedAt: now.elapsed)
    }

    /// Ends a turn that has made no progress for its time, and has its process replaced. What the process says of the
    /// turn afterwards is refused.
    mutating func giveUp(_ turn: Turn, in room: RoomName, _ now: Moment) {
        floors[turn.id] = nil
        record(.ended(EndedTurn(room: room, turn: turn.id, outcome: .abandoned)))
        say(
            .notice,
            "@\(turn.agent) made no progress for \(turnTimeout.inWords): its turn has ended and its process is "
                + "restarted. See: egghead logs agent:\(turn.agent)", turn: turn.id, in: room, now)
        replaceProcess(of: turn.agent, now)
        advance(room, now)
    }

    /// Has the process replaced that an agent has; nothing is offered to it meanwhile.
    mutating func replaceProcess(of agent: AgentID, _ now: Moment) {
        guard let process = roster[agent]?.process, process.restartDueAt == nil, roster[agent]?.handoff == nil else {
            return
        }
        roster.change(agent, at: now.elapsed) { $0.process?.restartDueAt = now.elapsed + RoomsLimits.restartRetry }
        act(.restart(agent: agent))
    }

    /// A process that is still there was not replaced: the supervisor has not heard of it, or would not.
    mutating func restartAgain(_ now: Moment) {
        for agent in roster.agents {
            guard let due = agent.process?.restartDueAt, due <= now.elapsed else { continue }
            roster.change(agent.id, at: now.elapsed) { $0.process?.restartDueAt = due + RoomsLimits.restartRetry }
            act(.restart(agent: agent.id))
        }
    }
}

extension Duration {
    /// `5 minutes`, `90 seconds`: in the largest unit that leaves no rest.
    fileprivate var inWords: String {
        let seconds = components.seconds
        let units: KeyValuePairs<String, Int64> = ["hour": 3_600, "minute": 60]
        let (unit, size) = units.first { seconds % $0.value == 0 } ?? ("second", 1)
        let count = seconds / size
        return "\(count) \(unit)\(count == 1 ? "" : "s")"
    }
}
