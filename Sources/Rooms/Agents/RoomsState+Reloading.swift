import Services

// Agents whose records have changed.
extension RoomsState {
    /// Tells an agent's rooms what its record says anew, once that is in force, and what is wrong with it. Without
    /// news it does nothing.
    ///
    /// What needs a new process is in force when one has said hello that was started for it.
    mutating func tellReload(of id: AgentID, _ now: Moment) {
        guard let agent = roster[id], let definition = agent.definition, definition != agent.told else { return }
        guard let told = agent.told else {  // the store's first word is nothing new
            return roster.change(id, at: now.elapsed) { $0.told = definition }
        }
        if let problem = definition.problem, problem != told.problem {
            for room in rooms(of: id) { say(.notice, "@\(id) stays as it was: \(problem)", in: room, now) }
        }
        let isInForce = definition.digest == told.digest || definition.digest == agent.process?.digest
        guard isInForce else {
            return roster.change(id, at: now.elapsed) { $0.told?.problem = definition.problem }
        }
        let keys = definition.keysChanged(since: told).map(\.rawValue)
        if !keys.isEmpty {
            let text = "reloaded: \(keys.joined(separator: ", ")) changed"
            for room in rooms(of: id) { say(.action, text, from: .agent(id), in: room, now) }
        }
        roster.change(id, at: now.elapsed) { $0.told = definition }
    }

    /// The rooms that an agent's doings concern: it has spoken there, or has a turn.
    private func rooms(of agent: AgentID) -> [RoomName] {
        ledger.rooms.filter { room in
            guard !room.absent.contains(agent), isOpen(room.name) else { return false }
            return room.agentsHeard.contains(agent)
                || room.openTurns.contains { $0.agent == agent }
        }.map(\.name)
    }
}
