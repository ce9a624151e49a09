import Services

extension Coordinator.Post.Request {
    /// Who speaks. An agent does so in its turns, and else through the toolbox, which looks whether it may.
    func speaker(for caller: Principal) -> Result<Principal, ServiceFailure> {
        let attempt = "post to room \(room.map { "\($0)" } ?? "")"
        if let speaker {
            if caller == .toolbox { return .success(.agent(speaker)) }
            return .failure(ServiceFailure(.denied, "\(attempt): \(caller) cannot speak for agent:\(speaker)"))
        }
        if caller.agent == nil { return .success(caller) }
        return .failure(ServiceFailure(.denied, "\(attempt): \(caller) speaks in its turns, or calls post_room"))
    }
}

// Messages, and the agents that they give a turn.
extension RoomsState {
    /// A message from a person, or from an agent outside its turns.
    mutating func post(_ request: Coordinator.Post.Request, _ caller: Principal, _ asker: Asker, _ now: Moment) {
        do throws(ServiceFailure) {
            // The agent that a repeated prompt names may have another name by now.
            if request.agent != nil, let first = firstPrompt(request.request, of: caller) {
                return answer(asker, .post(first))
            }
            guard let room = try room(of: request, from: caller) else { return try wait(request, caller, asker) }
            if let first = ledger.answer(to: request.request, of: caller, in: room.name)?.post {
                return answer(asker, .post(first))
            }
            if let refusal = refusal(of: request, in: room.name, from: caller) { throw refusal }
            guard agents.isComplete else { return try wait(request, caller, asker) }
            if let agent = room.agent, ledger[room.name]?.directAgent != agent {
                record(.direct(DirectRoom(room: room.name, agent: agent)))
            }
            let reply = post(request.text, from: caller, in: room.name, now)
            record(
                .answered(AnsweredRequest(room: room.name, caller: caller, request: request.request, post: reply)))
            answer(asker, .post(reply))
            advance(room.name, now)
        } catch {
            answer(asker, .refused(error))
        }
    }

    /// Whether a message is on the disk already, so that its repetition needs no room there.
    public func isAnswered(_ request: Coordinator.Post.Request, from caller: Principal) -> Bool {
        let caller = request.speaker.map { Principal.agent($0) } ?? caller
        return ledger.answer(to: request.request, of: caller, in: request.room ?? defaultRoom) != nil
            || firstPrompt(request.request, of: caller) != nil
    }

    private func firstPrompt(_ request: String, of caller: Principal) -> Coordinator.Post.Reply? {
        let rooms = ledger.rooms.lazy.filter { $0.directAgent != nil }
        return rooms.compactMap { $0.answer(to: request, of: caller)?.post }.first
    }

    private mutating func post(
        _ text: String, from caller: Principal, in room: RoomName, _ now: Moment
    ) -> Coordinator.Post.Reply {
        let number = say(.message, text, from: caller, in: room, now)
        let turns = causeTurns(by: number, in: room, now)
        noteSpentBudget(in: room, newTurns: turns.count, now)
        let open = ledger[room]?.openTurns ?? []
        let agents = turns.compactMap { id in open.last { $0.id == id }?.agent }
        return Coordinator.Post.Reply(room: room, number: number, turns: turns, agents: agents)
    }

    /// Keeps a message until the store has said who the agents are.
    private mutating func wait(
        _ request: Coordinator.Post.Request, _ caller: Principal, _ asker: Asker
    ) throws(ServiceFailure) {
        guard waitingPosts.add((request, caller, asker)) else {
            let reason = "the store has not yet said who the agents are; try again"
            throw ServiceFailure(
                .unavailable, "post to \(request.agent ?? "\(request.room ?? defaultRoom)"): \(reason)")
        }
    }

    /// The room that a message is for, and the agent whose own room it is; nil as long as the agents are not known.
    private func room(
        of request: Coordinator.Post.Request, from caller: Principal
    ) throws(ServiceFailure) -> (name: RoomName, agent: AgentID?)? {
        guard let wanted = request.agent else { return (request.room ?? defaultRoom, nil) }
        let attempt = "prompt \(wanted.prefix(64))"
        guard caller.isPerson || caller.agent != nil else {
            throw ServiceFailure(.denied, "\(attempt): \(caller) is no person and no agent; only they prompt agents")
        }
        guard request.room == nil else {
            throw ServiceFailure(.invalid, "\(attempt): a message is for a room or for an agent; name one of them")
        }
        guard agents.isComplete else { return nil }
        let agent = try agent(named: wanted, attempt), name = DirectRoom.name(ofAgent: agent)
        // An agent may ask those whose ids it was granted, and no other that has a name like one.
        if caller.agent != nil, agent.rawValue != wanted {
            throw ServiceFailure(.notFound, "\(attempt): there is no agent with this id; the nearest is \(agent)")
        }
        if let other = ledger[name]?.directAgent, other != agent {
            throw ServiceFailure(
                .exists, "\(attempt): the room \(name) is \(other)'s; drop it first: egghead room drop \(name)")
        }
        return (name, agent)
    }

    /// Why a message is not taken, if it is not.
    private func refusal(of request: Coordinator.Post.Request, in room: RoomName, from caller: Principal)
        -> ServiceFailure?
    {
        func refuse(_ code: ServiceFailure.Code, _ reason: String) -> ServiceFailure {
            ServiceFailure(code, "post to room \(room): \(reason)")
        }
        if let refusal = Self.refusal(ofRequestID: request.request) { return refusal }
        if isClosing(room) { return Self.isClosing("post to room \(room)") }
        guard request.text.contains(where: { !$0.isUnseen }) else {
            return refuse(.invalid, "the message is empty; say something")
        }
        guard request.text.utf8.count <= RoomsLimits.textBytesMax else {
            return refuse(.invalid, "the message is longer than 64 KiB; put it into a record and name that")
        }
        guard ledger[room] != nil || ledger.rooms.count < RoomsLimits.roomsMax else {
            return refuse(.exhausted, "there are \(RoomsLimits.roomsMax) rooms already; use one of them")
        }
        switch caller.kind {
        case .user, .client: return nil
        case .agent(let id):
            // A new room would have a budget of its own.
            if ledger[room] == nil, request.agent == nil { return refuse(.notFound, "there is no such room") }
            if let agent = ledger[room]?.directAgent, agent != id {
                return request.agent == nil ? refuse(.denied, "it is @\(agent)'s own room; use prompt_agent") : nil
            }
            if ledger[room]?.isWithout(id) == true { return refuse(.denied, "\(id) is not in it") }
            // Each turn that runs adds a message of its own.
            let running = ledger[room]?.openTurns.count { floors[$0.id]?.incarnation != nil } ?? 0
            guard budgetLeft(in: room) > running else {
                return refuse(.exhausted, "its budget of agent messages is used up; wait until a person speaks")
            }
            return nil
        case .server, .service: return refuse(.denied, "\(caller) is no person and no agent; only they speak in rooms")
        }
    }

    /// Why a request's id cannot be used, if it cannot.
    static func refusal(ofRequestID id: String) -> ServiceFailure? {
        guard (1...RoomsLimits.requestIDBytesMax).contains(id.utf8.count) else {
            return ServiceFailure(
                .invalid,
                "request id of \(id.utf8.count) bytes: 1 to \(RoomsLimits.requestIDBytesMax) are wanted; make a new one"
            )
        }
        return nil
    }

    /// Queues the turns that a message causes.
    ///
    /// - Returns: Their ids.
    mutating func causeTurns(by number: Int, in room: RoomName, _ now: Moment) -> [TurnID] {
        guard let event = ledger[room]?.event(number) else { return [] }
        let agents: [AgentID]
        switch event.from.kind {
        case .user, .client: agents = agentsAddressed(byPerson: event, now)
        case .agent(let own): agents = agentsAddressed(by: own, in: event, now)
        case .server, .service: agents = []
        }
        return agents.compactMap { queueTurn(of: $0, cause: event, now) }
    }

    /// The agents that a person's message is for; the room is told of names that mean none.
    private mutating func agentsAddressed(byPerson event: RoomEvent, _ now: Moment) -> [AgentID] {
        let room = ledger[event.room]
        if let agent = room?.directAgent { return [agent] }
        let mentioned = mentioned(in: event)
        for problem in mentioned.problems { say(.notice, problem, in: event.room, now) }
        if mentioned.isForAll {
            let everyone = agents.everyone(event.text, excluding: room?.absent ?? [])
            if everyone.isEmpty {
                say(.notice, "Nobody is in this room. See: egghead room invite", in: event.room, now)
            }
            return everyone
        }
        guard mentioned.isOpen else { return mentioned.agents }
        let excluded = (room?.absent ?? []).union(room?.muted ?? [])
        if let agent = agents.firstToAnswer(event.text, excluding: excluded) { return [agent] }
        say(
            .notice,
            "Nobody takes this message: no agent that answers open messages is in service. See: egghead agents",
            in: event.room, now)
        return []
    }

    /// The agents that an agent's message names, except one with which it would only continue for ever. Only people ask
    /// everyone. In the room of one agent every other speaks to that one, and waits for its answer.
    private mutating func agentsAddressed(by own: AgentID, in event: RoomEvent, _ now: Moment) -> [AgentID] {
        if let agent = ledger[event.room]?.directAgent, agent != own { return [agent] }
        return mentioned(in: event).agents.filter { agent in
            if agent == own { return false }
            guard let cycle = ledger[event.room]?.cycle(continuedBy: event.number, to: agent) else { return true }
            say(
                .notice, "\(Self.report(cycle)): @\(agent) gets no turn until somebody else asks it.", in: event.room,
                now)
            return false
        }
    }

    /// Who has asked each other in the same order for long; the round begins with whoever is asked next.
    private static func report(_ cycle: [AgentID]) -> String {
        if cycle.count == 2 {
            return "@\(cycle[1]) and @\(cycle[0]) have answered each other \(RoomsLimits.cycleMessagesMin) times"
        }
        let shown = cycle.prefix(8).map { "@\($0)" }.joined(separator: ", ")
        let rest = cycle.count > 8 ? " and \(cycle.count - 8) more" : ""
        return "\(shown)\(rest) have asked each other in this order again and again"
    }

    /// What the mentions of a message mean.
    private struct Addressed {
        var agents: [AgentID] = []
        var problems: [String] = []
        var isOpen = false
        var isForAll = false
    }

    private func mentioned(in event: RoomEvent) -> Addressed {
        let definitions = self.agents.definitions, room = ledger[event.room]
        let people = room?.people ?? []
        let mentions = Mention.scan(event.text)
        var agents: [AgentID] = [], problems: [String] = []
        for mention in mentions where !mention.isForAll {
            // A person of this name has spoken here. The person is meant, unless an agent has exactly this name.
            let isPerson = people.contains(mention.name)
            if isPerson, !definitions.contains(where: { NameMatch.isExactly(mention.name, $0) }) { continue }
            switch NameMatch.resolve(mention.name, among: definitions) {
            case .agent(let id) where room?.isWithout(id) == true:
                problems.append("@\(id) is not in this room. Invite it: egghead room invite \(event.room) \(id)")
            case .agent(let id): if !agents.contains(id) { agents.append(id) }
            case .ambiguous(let ids):
                problems.append("@\(mention.name) could be \(Self.choice(of: ids)); say which.")
            case .unknown(let nearest):
                let hint = nearest.isEmpty ? "there are no agents" : "the nearest are \(Self.choice(of: nearest))"
                problems.append("No agent is called @\(mention.name); \(hint).")
            }
        }
        return Addressed(
            agents: agents, problems: problems, isOpen: mentions.isEmpty,
            isForAll: mentions.contains(where: \.isForAll))
    }

    private static func choice(of ids: [AgentID]) -> String {
        ids.prefix(3).map { "@\($0)" }.joined(separator: ", ")
    }

    private mutating func queueTurn(of agent: AgentID, cause: RoomEvent, _ now: Moment) -> TurnID? {
        guard let room = ledger[cause.room] else { return nil }
        guard room.openTurns.count < RoomsLimits.openTurnsPerRoomMax else {
            say(
                .notice,
                "@\(agent) gets no turn: \(room.openTurns.count) turns wait in this room already. Ask again later.",
                in: cause.room, now)
            return nil
        }
        let turn = QueuedTurn(turn: room.nextTurnID, room: cause.room, agent: agent, cause: cause.number)
        record(.queued(turn))
        return turn.turn
    }

    /// How many agent messages may still follow in a room before a person must speak.
    ///
    /// In the room of one agent alone it is not used up: what that one says there gives nobody a turn, and how often
    /// other agents ask it is the toolbox's to bound.
    func budgetLeft(in room: RoomName) -> Int {
        if ledger[room]?.directAgent != nil { return turnBudget }
        return max(0, turnBudget - (ledger[room]?.agentMessagesInARow ?? 0))
    }

    /// Whether a turn waits until a person speaks: the budget is used up, and an agent asked for the turn. A turn that
    /// a person asked for does not wait.
    func isHeld(_ turn: OpenTurn, in room: RoomName) -> Bool {
        guard budgetLeft(in: room) == 0, let cause = ledger[room]?.event(turn.cause) else { return false }
        return cause.from.agent != nil
    }

    /// Says that the room pauses, in the step that causes it: its message uses up the budget, or its turns are the
    /// first to wait.
    ///
    /// - Parameter newTurns: How many turns this step has queued; nil when a smaller budget stops the room.
    mutating func noteSpentBudget(in room: RoomName, newTurns: Int?, _ now: Moment) {
        guard let ledger = ledger[room], budgetLeft(in: room) == 0 else { return }
        let waiting = ledger.openTurns.count { isHeld($0, in: room) }
        let isFirst = newTurns.map { $0 == waiting || ledger.agentMessagesInARow == turnBudget } ?? true
        guard waiting > 0, isFirst else { return }
        let turns = waiting == 1 ? "1 turn waits" : "\(waiting) turns wait"
        say(
            .notice, "\(turnBudget) agent messages in a row: \(turns) until a person says something.", in: room, now)
    }
}
