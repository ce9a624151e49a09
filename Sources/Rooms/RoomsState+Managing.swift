import Services

// Who is in a room, and whether its agents may go on.
extension RoomsState {
    /// A person changes a room.
    mutating func manage(_ request: Coordinator.Manage.Request, _ caller: Principal, _ asker: Asker, _ now: Moment) {
        let name = request.room
        if ledger.answer(to: request.request, of: caller, in: name) != nil { return answer(asker, .done) }
        do throws(ServiceFailure) {
            let agent = try managedAgent(request, caller)
            if let words = change(request.change, agent, in: name) {
                record(.managed(ManagedRoom(room: name, change: request.change, agent: agent)))
                // The event ends the answer that is being shown to readers.
                let ended = request.change == .kick ? ledger[name]?.openTurns.first { isOnFloor($0, of: agent) } : nil
                say(
                    .action, words, from: caller, turn: ended?.id, outcome: ended == nil ? nil : .dismissed, in: name,
                    now)
            }
            if request.change == .kick, let agent { dismiss(agent, from: name) }
            record(.answered(AnsweredRequest(room: name, caller: caller, request: request.request, post: nil)))
            answer(asker, .done)
            advance(name, now)
        } catch {
            answer(asker, .refused(error))
        }
    }

    /// The agent that a change is about.
    ///
    /// - Throws: Why the change cannot be made.
    private func managedAgent(
        _ request: Coordinator.Manage.Request, _ caller: Principal
    ) throws(ServiceFailure) -> AgentID? {
        let attempt = "\(request.change.rawValue) in room \(request.room)"
        let room = try managedRoom(request.room, request: request.request, caller, attempt)
        if request.change == .continue { return nil }
        guard agents.isComplete else { throw Self.agentsUnknown(attempt) }
        guard let wanted = request.agent else {
            throw ServiceFailure(.invalid, "\(attempt): an agent is wanted; name one")
        }
        let agent = try agent(named: wanted, attempt)
        if let only = room.directAgent {
            throw ServiceFailure(.invalid, "\(attempt): it is the room of \(only) alone; drop it, or leave it as it is")
        }
        let others = agents.definitions.contains { $0.id != agent && !room.absent.contains($0.id) }
        if request.change == .kick, request.room == defaultRoom, !others {
            throw ServiceFailure(
                .invalid, "\(attempt): \(agent) is the last agent of the default room; invite another one first")
        }
        return agent
    }

    /// The room that a person wants to change.
    ///
    /// - Throws: Why it cannot be changed, or not by this caller.
    func managedRoom(
        _ name: RoomName, request: String, _ caller: Principal, _ attempt: String
    ) throws(ServiceFailure) -> RoomLedger {
        if let refusal = Self.refusal(ofRequestID: request) { throw refusal }
        guard caller.isPerson else {
            throw ServiceFailure(.denied, "\(attempt): \(caller) is no person; only people change rooms")
        }
        guard let room = ledger[name] else {
            throw ServiceFailure(.notFound, "\(attempt): there is no such room. See: egghead rooms")
        }
        if isClosing(name) { throw Self.isClosing(attempt) }
        return room
    }

    /// The agent that a person means.
    ///
    /// - Throws: When it is none, or could be several.
    func agent(named wanted: String, _ attempt: String) throws(ServiceFailure) -> AgentID {
        switch NameMatch.resolve(wanted, among: agents.definitions) {
        case .agent(let id): return id
        case .ambiguous(let ids):
            let choice = ids.prefix(3).map(\.rawValue).joined(separator: ", ")
            throw ServiceFailure(.invalid, "\(attempt): \(wanted.prefix(64)) could be \(choice); say which")
        case .unknown:
            throw ServiceFailure(
                .notFound, "\(attempt): no agent is called \(wanted.prefix(64)). See: egghead agents")
        }
    }

    /// The refusal of a request while the store has not answered yet.
    static func agentsUnknown(_ attempt: String) -> ServiceFailure {
        ServiceFailure(.unavailable, "\(attempt): the store has not yet said who the agents are; try again")
    }

    private func isOnFloor(_ turn: OpenTurn, of agent: AgentID?) -> Bool {
        turn.agent == agent && floors[turn.id] != nil
    }

    /// A change in words; nil when it changes nothing.
    private func change(_ change: Coordinator.Manage.Change, _ agent: AgentID?, in name: RoomName) -> String? {
        guard let room = ledger[name] else { return nil }
        let agent = agent ?? ""
        return switch change {
        case .invite: room.absent.contains(agent) ? "invites @\(agent)" : nil
        case .kick: room.absent.contains(agent) ? nil : "sends @\(agent) away"
        case .mute: room.muted.contains(agent) ? nil : "mutes @\(agent)"
        case .unmute: room.muted.contains(agent) ? "unmutes @\(agent)" : nil
        case .continue: room.agentMessagesInARow == 0 ? nil : "lets the agents go on"
        }
    }

    /// An agent is sent away from a room: its turns there end, and its process forgets the room.
    private mutating func dismiss(_ agent: AgentID, from name: RoomName) {
        for turn in ledger[name]?.openTurns ?? [] where turn.agent == agent { dismiss(turn.id) }
        emit(.dismiss(agent: agent, room: name))
    }
}
