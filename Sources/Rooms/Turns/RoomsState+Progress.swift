import Services

// Turns that make progress, and those that do not.
extension RoomsState {
    /// The process that has a turn has made progress in it: the turn's timeout begins anew.
    ///
    /// The toolbox says so as well, of a turn that waits for a call; it knows of no attempts and processes.
    mutating func progress(_ request: Coordinator.Progress.Request, _ caller: Principal, _ now: Moment) {
        guard let turn = openTurn(request.turn) else { return }
        let isOwn = caller.agent == turn.agent && turn.attempt == request.attempt
        guard isOwn || caller == .toolbox && request.agent == turn.agent else { return }
        floors.progress(turn.id, by: request.incarnation, at: now.elapsed)
    }

    /// Ends a turn that has made no progress for `turnTimeout`, and has its process replaced. What the process says of
    /// the turn afterwards is refused.
    mutating func expire(_ turn: OpenTurn, in room: RoomName, _ now: Moment) {
        floors.remove(turn.id)
        end(turn.id, in: room, .abandoned)
        let span = Counted.words(seconds: Int(turnTimeout.components.seconds))
        say(
            .notice,
            "@\(turn.agent) made no progress for \(span): its turn has ended and its process is "
                + "restarted. See: egghead logs agent:\(turn.agent)", turn: turn.id, outcome: .abandoned, in: room, now)
        replaceProcess(of: turn.agent, now)
        advance(room, now)
    }

    /// Has an agent's process replaced, if it has one that is not being replaced already.
    mutating func replaceProcess(of agent: AgentID, _ now: Moment) {
        if agents.replaceProcess(of: agent, at: now.elapsed) { emit(.restart(agent: agent)) }
    }
}
