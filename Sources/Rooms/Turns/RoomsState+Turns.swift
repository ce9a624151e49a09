import Services

// Turns on their way to an agent, and back.
extension RoomsState {
    /// Does for a room whatever can be done now. A second call changes nothing.
    ///
    /// Called after every event that a turn of the room may have waited for, so that no list says who waits for what.
    mutating func advance(_ room: RoomName, _ now: Moment) {
        var hasEnded = true
        while hasEnded {  // a turn that ends here makes room for the next one
            hasEnded = false
            let turns = candidates(in: room)
            let new = turns.filter { floors[$0.id] == nil && !$0.losses.isExhausted }
            if !new.isEmpty {
                let ticket = inquireAgents()  // one question to the store for all of them
                for turn in new { floors.prepare(turn.id, of: turn.agent, ticket, at: now.elapsed) }
            }
            for turn in turns where advance(turn, in: room, now) { hasEnded = true }
        }
    }

    /// The turns that may have the floor: the one that has it, else the first one that is not held; and with it those
    /// of the same `@jam`.
    private func candidates(in name: RoomName) -> [OpenTurn] {
        guard let room = ledger[name],
            let first = room.openTurns.first(where: { floors[$0.id] != nil })
                ?? room.openTurns.first(where: { !isHeld($0, in: name) })
        else { return [] }
        guard let cause = room.event(first.cause), Self.isJam(cause) else { return [first] }
        return room.openTurns.filter { $0.cause == first.cause }
    }

    /// Whether an event asks all agents at once.
    private static func isJam(_ event: RoomEvent) -> Bool { isFromPerson(event, with: \.isJam) }

    private static func isFromPerson(_ event: RoomEvent, with kind: (Mention) -> Bool) -> Bool {
        event.from.agent == nil && Mention.scan(event.text).contains(where: kind)
    }

    /// - Returns: Whether the turn has ended.
    private mutating func advance(_ turn: OpenTurn, in room: RoomName, _ now: Moment) -> Bool {
        guard let floor = floors[turn.id] else {
            return turn.exhaustion.map { fail(turn, in: room, because: $0, now) } ?? false
        }
        switch prospect(of: turn, on: floor, now) {
        case .underWay: return false
        case .resumed(let incarnation): resume(turn, in: room, by: incarnation, now)
        case .ready(let process, let definition):
            if let reason = exhaustion(of: turn, in: room, before: process) {
                return fail(turn, in: room, because: reason, now)
            }
            offer(turn.id, in: room, to: process, as: definition, now)
        case .impossible(let reason): return fail(turn, in: room, because: reason, now)
        }
        return false
    }

    /// What can be done for a turn that has the floor.
    private enum Prospect {
        /// Nothing now: a process has it, or it waits.
        case underWay
        /// A process says that it has the turn already.
        case resumed(incarnation: Int)
        /// The process can be asked.
        case ready(Roster.Process, AgentDefinition)
        /// No process will take it. The reason ends in what to do.
        case impossible(String)
    }

    private func prospect(of turn: OpenTurn, on floor: Floor, _ now: Moment) -> Prospect {
        guard case .preparing(let ticket, let since) = floor.phase else { return .underWay }
        let agent = agents[turn.agent]
        if let process = agent?.process, process.claims.contains(turn.id) {
            return .resumed(incarnation: process.incarnation)
        }
        guard agents.isAnswered(ticket) else {
            guard now.elapsed - since >= RoomsLimits.agentWait else { return .underWay }
            return .impossible("the store has not said what its record holds. See: egghead ps")
        }
        guard let agent, let definition = agent.definition else {
            return .impossible("there is no agent record \(turn.agent) any more. See: egghead agents")
        }
        if let process = agent.process {
            // A process that takes no turn is about to leave, and its successor says hello.
            return agent.takesTurns ? .ready(process, definition) : .underWay
        }
        if let state = agent.outOfService { return .impossible(Self.advice(on: turn.agent, in: state)) }
        guard now.elapsed - max(since, agent.downSince) >= RoomsLimits.agentWait else { return .underWay }
        return .impossible("no process of it has come up in two minutes. See: egghead logs agent:\(turn.agent)")
    }

    private static func advice(on agent: AgentID, in state: ChildStatus.State) -> String {
        let logs = "egghead logs agent:\(agent)"
        return switch state {
        case .quarantined: "it crashed too often and is quarantined. See: \(logs); then: egghead restart agent:\(agent)"
        case .misconfigured: "its record is misconfigured. See: \(logs); then correct the record"
        case .stopped: "it was stopped. Start it: egghead start agent:\(agent)"
        case .starting, .ready, .stopping, .backoff: "it is \(state.rawValue). See: egghead ps"
        }
    }

    /// Takes note of it when the process that had a turn went unseen, because another one is there now.
    ///
    /// - Returns: Why the turn is not given to that one; nil when it is.
    private mutating func exhaustion(
        of turn: OpenTurn, in room: RoomName, before process: Roster.Process
    ) -> String? {
        guard turn.attempt > 0, !turn.isLost, turn.incarnation != process.incarnation else { return nil }
        let reason: LostLease.Reason = turn.isSuspended ? .stopped : .unseen
        record(.lost(LostLease(room: room, turn: turn.id, reason: reason)))
        return openTurn(turn.id)?.exhaustion
    }

    /// A turn as the journal has it now; nil when it has ended.
    func openTurn(_ id: TurnID) -> OpenTurn? { ledger[id.room]?.openTurns.first { $0.id == id } }

    /// Leases a turn to a process and offers it. To the same process it is offered again as the same attempt.
    private mutating func offer(
        _ id: TurnID, in room: RoomName, to process: Roster.Process, as definition: AgentDefinition, _ now: Moment
    ) {
        guard let turn = openTurn(id) else { return }
        if turn.isLost || turn.incarnation != process.incarnation {
            lease(turn, in: room, attempt: turn.attempt + 1, to: process.incarnation, now)
        } else if turn.isSuspended {
            lease(turn, in: room, attempt: turn.attempt, to: process.incarnation, now)
        }
        floors.offer(turn.id, to: process.incarnation, at: now.elapsed)
        guard let request = request(for: turn.id, in: room, as: definition) else { return }
        emit(.offer(request, incarnation: process.incarnation))
    }

    /// A process has the turn already: since before this coordinator, or since before it was taken for dead.
    private mutating func resume(_ turn: OpenTurn, in room: RoomName, by incarnation: Int, _ now: Moment) {
        if turn.isLost || turn.isSuspended || turn.incarnation != incarnation {
            lease(turn, in: room, attempt: max(1, turn.attempt), to: incarnation, now)
        }
        floors.run(turn.id, by: incarnation, at: now.elapsed)
    }

    private mutating func lease(_ turn: OpenTurn, in room: RoomName, attempt: Int, to incarnation: Int, _ now: Moment) {
        record(
            .attempt(
                TurnAttempt(
                    room: room, turn: turn.id, attempt: attempt, incarnation: incarnation, at: now.timestamp)))
    }

    private func request(for id: TurnID, in name: RoomName, as definition: AgentDefinition) -> TurnRequest? {
        guard let room = ledger[name], let turn = openTurn(id), let cause = room.event(turn.cause)
        else { return nil }
        let mentions = Mention.scan(cause.text)
        let own = mentions.filter {
            $0.isForAll || NameMatch.resolve($0.name, among: agents.definitions) == .agent(turn.agent)
        }
        return TurnRequest(
            turn: id, attempt: turn.attempt, room: name, number: cause.number, from: cause.from,
            text: Mention.strip(own, from: cause.text), answersBefore: room.answerCount, agent: definition,
            note: turn.note, mayPass: !Self.isFromPerson(cause, with: \.isEveryone), isBlind: Self.isJam(cause))
    }

    /// A deadline has come: asks again whoever has not answered, and ends the turns whose time is over.
    mutating func wake(_ now: Moment) {
        if agents.takeInquiry(dueAt: now.elapsed) { inquireAgentsAgain() }
        if agents.takeChildrenQuestion(dueAt: now.elapsed) { emit(.ask(.listChildren)) }
        for room in ledger.rooms {
            for turn in room.openTurns {
                guard let deadline = floors.deadline(of: turn.id, turnTimeout: turnTimeout, agents),
                    deadline <= now.elapsed, let floor = floors[turn.id]
                else { continue }
                switch floor.phase {
                case .running: expire(turn, in: room.name, now)
                case .failing: callsListed(turn.id, nil, now)
                case .preparing, .offered:
                    prepareAgain(turn, now)
                    advance(room.name, now)
                }
            }
        }
        for agent in agents.takeRestarts(dueAt: now.elapsed) { emit(.restart(agent: agent)) }
    }

    /// Takes a turn back from the process to which it was offered; it is offered again after a fresh answer of the
    /// store.
    mutating func prepareAgain(_ turn: OpenTurn, _ now: Moment) {
        guard floors[turn.id]?.incarnation != nil else { return }
        let ticket = inquireAgents()
        floors.prepare(turn.id, of: turn.agent, ticket, at: now.elapsed)
    }

    /// A process has gone: the turns that it had are lost to it.
    mutating func loseLeases(
        of agent: AgentID, incarnation: Int, reason: LostLease.Reason, detail: String?, _ now: Moment
    ) {
        let held = ledger.rooms.flatMap { room in room.openTurns.map { (room.name, $0) } }
        for (room, turn) in held where turn.agent == agent && floors[turn.id]?.incarnation == incarnation {
            record(.lost(LostLease(room: room, turn: turn.id, reason: reason, detail: detail)))
            floors.remove(turn.id)
            if reason == .died, openTurn(turn.id)?.exhaustion == nil {
                let how = detail.map { " (\($0))" } ?? ""
                say(
                    .action, "died in this turn\(how); its successor continues the turn",
                    from: .agent(agent), turn: turn.id, outcome: .died, in: room, now)
            }
            advance(room, now)
        }
    }
}
