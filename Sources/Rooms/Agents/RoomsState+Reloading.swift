import Services

// Agents whose records have changed.
extension RoomsState {
    /// Tells an agent's rooms what has changed in its record, once that is in force, and what is wrong with it.
    mutating func tellReload(of id: AgentID, _ now: Moment) {
        let news = agents.takeNews(of: id, at: now.elapsed)
        if let problem = news.problem {
            for room in rooms(of: id) { say(.notice, "@\(id) keeps its previous record: \(problem)", in: room, now) }
        }
        if !news.changedKeys.isEmpty {
            let text = "reloaded: \(news.changedKeys.joined(separator: ", ")) changed"
            for room in rooms(of: id) { say(.action, text, from: .agent(id), in: room, now) }
        }
    }

    /// The rooms that an agent's changes concern: it has spoken there, or has a turn.
    private func rooms(of agent: AgentID) -> [RoomName] {
        ledger.rooms.filter { room in
            guard !room.absent.contains(agent), isOpen(room.name) else { return false }
            return room.agentsHeard.contains(agent)
                || room.openTurns.contains { $0.agent == agent }
        }.map(\.name)
    }
}
