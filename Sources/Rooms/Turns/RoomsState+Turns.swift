import Services

// Turns on their way to an agent, and back.
extension RoomsState {
    /// Does for a room whatever can be done now; doing it twice changes nothing.
    ///
    /// Called after everything that could have removed an obstacle, so that no obstacle needs to remember whom it
    /// stopped.
    mutating func advance(_ room: RoomName, _ now: Moment) {
        var hasEnded = true
        while hasEnded {  // a turn that ends here makes room for the next one
            hasEnded = false
            let turns = candidates(in: room), new = turns.filter { floors[$0.id] == nil }
            if !new.isEmpty {
                // One question of the store for all of them.
                let floor = Floor(phase: .preparing(inquireAgents(), since: now.elapsed))
                for turn in new { floors[turn.id] = floor }
            }
            for turn in turns where advance(turn, in: room, now) { hasEnded = true }
        }
    }

    /// The turns that may have the floor: whoever has it keeps it, else the first one that is not held, and with it
    /// those of the same `@jam`.
    private func candidates(in name: RoomName) -> [Turn] {
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
    private mutating func advance(_ turn: Turn, in room: RoomName, _ now: Moment) -> Bool {
        guard let floor = floors[turn.id] else { return false }
        switch prospect(of: turn, on: floor, now) {
        case .underWay: return false
        case .resumed(let incarnation): resume(turn, in: room, by: incarnation, now)
        case .ready(let process, let definition): offer(turn, in: room, to: process, as: definition, now)
        case .hopeless(let reason):
            abandon(turn.id, in: room, because: reason, now)
            return true
        }
        return false
    }

    /// What can become of the turn that has the floor.
    private enum Prospect {
        /// Somebody works on it, or will.
        case underWay
        /// A process says that it has the turn already.
        case resumed(incarnation: Int)
        /// The process can be asked.
        case ready(Roster.Process, AgentDefinition)
        /// Nobody will take it. The reason ends in what to do.
        case hopeless(String)
    }

    private func prospect(of turn: Turn, on floor: Floor, _ now: Moment) -> Prospect {
        guard case .preparing(let ticket, let since) = floor.phase else { return .underWay }
        let agent = roster[turn.agent]
        if let process = agent?.process, process.claims.contains(turn.id) {
            return .resumed(incarnation: process.incarnation)
        }
        guard inquiry.satisfies(ticket) else {
            guard now.elapsed - since >= RoomsLimits.agentWait else { return .underWay }
            return .hopeless("the store has not said what its record holds. See: egghead ps")
        }
        guard let agent, let definition = agent.definition else {
            return .hopeless("there is no agent record \(turn.agent) any more. See: egghead agents")
        }
        if let budget = definition.budget {
            let spent = ledger.spending.tokens(of: turn.agent, on: now.timestamp)
            guard spent < budget else { return .hopeless(Self.spent(spent, of: budget)) }
        }
        if let process = agent.process {
            // Another digest, a full context or a turn that got stuck: this process leaves, and its successor says
            // hello.
            let isCurrent =
                process.digest == definition.digest && agent.handoff == nil && process.restartDueAt == nil
            return isCurrent ? .ready(process, definition) : .underWay
        }
        if let state = agent.outOfService { return .hopeless(Self.advice(on: turn.agent, in: state)) }
        guard now.elapsed - max(since, agent.downSince) >= RoomsLimits.agentWait else { return .underWay }
        return .hopeless("no process of it has come up in two minutes. See: egghead logs agent:\(turn.agent)")
    }

    private static func spent(_ tokens: Int, of budget: Int) -> String {
        "it has used \(tokens) tokens today, and its record's `budget` is \(budget) a day. Raise it, or wait for "
            + "midnight UTC"
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

    /// Leases a turn to a process and asks it. The same process is asked again under the same attempt.
    private mutating func offer(
        _ turn: Turn, in room: RoomName, to process: Roster.Process, as definition: AgentDefinition, _ now: Moment
    ) {
        if turn.isLost || turn.incarnation != process.incarnation {
            if turn.attempt > 0, !turn.isLost {
                record(.lost(LostLease(room: room, turn: turn.id, reason: .unseen)))
            }
            lease(turn, in: room, attempt: turn.attempt + 1, to: process.incarnation, now)
        }
        floors[turn.id]?.phase = .offered(incarnation: process.incarnation, at: now.elapsed, retryAt: nil)
        guard let request = request(for: turn.id, in: room, as: definition) else { return }
        act(.offer(request, incarnation: process.incarnation))
    }

    /// A process has the turn already: from before this coordinator, or from before a break that was taken for its end.
    private mutating func resume(_ turn: Turn, in room: RoomName, by incarnation: Int, _ now: Moment) {
        if turn.isLost || turn.incarnation != incarnation {
            lease(turn, in: room, attempt: max(1, turn.attempt), to: incarnation, now)
        }
        floors[turn.id]?.run(by: incarnation, at: now.elapsed)
    }

    private mutating func lease(_ turn: Turn, in room: RoomName, attempt: Int, to incarnation: Int, _ now: Moment) {
        record(
            .attempt(
                TurnAttempt(
                    room: room, turn: turn.id, attempt: attempt, incarnation: incarnation, at: now.timestamp)))
    }

    private func request(for id: TurnID, in name: RoomName, as definition: AgentDefinition) -> TurnRequest? {
        guard let room = ledger[name], let turn = room.openTurns.first(where: { $0.id == id }),
            let cause = room.event(turn.cause)
        else { return nil }
        let mentions = Mention.scan(cause.text)
        let own = mentions.filter {
            $0.isForAll || NameMatch.resolve($0.name, among: roster.definitions) == .agent(turn.agent)
        }
        return TurnRequest(
            turn: id, attempt: turn.attempt, room: name, number: cause.number, from: cause.from,
            text: Mention.strip(own, from: cause.text), answersBefore: room.answerCount, agent: definition,
            note: turn.note, mayPass: !Self.isFromPerson(cause, with: \.isEveryone), isBlind: Self.isJam(cause))
    }

    /// An agent has said whether it takes a turn.
    mutating func offerAnswered(_ turn: TurnID, _ incarnation: Int, _ answer: OfferAnswer, _ now: Moment) {
        // The answer may be to an offer that has been overtaken: then the floor speaks of something else.
        guard let floor = floors[turn], case .offered(incarnation, let at, _) = floor.phase else { return }
        switch answer {
        case .accepted: floors[turn]?.run(by: incarnation, at: now.elapsed)
        case .notAccepted:
            floors[turn]?.phase = .offered(incarnation: incarnation, at: at, retryAt: at + RoomsLimits.acceptance)
        }
    }

    /// When a turn that has the floor needs a look though nothing happens.
    func deadline(of id: TurnID, on floor: Floor) -> Duration? {
        switch floor.phase {
        case .running(_, let progressedAt): return isHandingOff(turn: id) ? nil : progressedAt + turnTimeout
        case .offered(_, _, let retryAt): return retryAt
        case .preparing(let ticket, let since):
            guard inquiry.satisfies(ticket) else { return since + RoomsLimits.agentWait }
            guard let turn = ledger[id.room]?.openTurns.first(where: { $0.id == id }), let agent = roster[turn.agent],
                agent.process == nil
            else { return nil }
            return max(since, agent.downSince) + RoomsLimits.agentWait
        }
    }

    /// Whether the process that has a turn is on its way to a successor, which gets the turn, too. What it writes down
    /// would be lost if it were stopped for the turn's sake.
    private func isHandingOff(turn id: TurnID) -> Bool {
        let agent = ledger[id.room]?.openTurns.first { $0.id == id }.flatMap { roster[$0.agent] }
        return agent?.handoff?.hasDied == false
    }

    /// Time has passed: asks again those who have not answered, and gives up on those who never will.
    mutating func wake(_ now: Moment) {
        if inquiry.wake(at: now.elapsed) { act(.listAgents) }
        if let due = childrenDueAt, due <= now.elapsed {
            childrenDueAt = nil
            act(.listChildren)
        }
        for room in ledger.rooms {
            for turn in room.openTurns {
                guard let floor = floors[turn.id], let deadline = deadline(of: turn.id, on: floor),
                    deadline <= now.elapsed
                else { continue }
                if case .running = floor.phase {
                    giveUp(turn, in: room.name, now)
                } else {
                    prepareAgain(turn.id, now)
                    advance(room.name, now)
                }
            }
        }
        restartAgain(now)
    }

    /// Puts an offered turn back, so that it is offered again on a fresh word of the store.
    mutating func prepareAgain(_ turn: TurnID, _ now: Moment) {
        guard let floor = floors[turn], floor.incarnation != nil else { return }
        let ticket = inquireAgents()
        floors[turn]?.phase = .preparing(ticket, since: now.elapsed)
    }

    /// Ends a turn that nobody will take, and says why.
    private mutating func abandon(_ turn: TurnID, in room: RoomName, because reason: String, _ now: Moment) {
        guard let agent = ledger[room]?.openTurns.first(where: { $0.id == turn })?.agent else { return }
        floors[turn] = nil
        record(.ended(EndedTurn(room: room, turn: turn, outcome: .abandoned)))
        say(.notice, "@\(agent) does not answer: \(reason)", turn: turn, in: room, now)
    }

    /// A process is gone, and with it the turns that it had.
    mutating func loseLeases(
        of agent: AgentID, incarnation: Int, reason: LostLease.Reason, detail: String?, _ now: Moment
    ) {
        let held = ledger.rooms.flatMap { room in room.openTurns.map { (room.name, $0) } }
        for (room, turn) in held where turn.agent == agent && floors[turn.id]?.incarnation == incarnation {
            record(.lost(LostLease(room: room, turn: turn.id, reason: reason, detail: detail)))
            floors[turn.id] = nil
            let how = detail.map { " (\($0))" } ?? ""
            if reason == .died, turn.deaths + 1 >= RoomsLimits.deathsPerTurnMax {
                abandon(
                    turn.id, in: room,
                    because: "its process died twice in this turn\(how). See: egghead logs agent:\(agent)", now)
            } else if reason == .died {
                say(
                    .action, "has died in this turn\(how): its successor takes it up",
                    from: .agent(agent), turn: turn.id, in: room, now)
            }
            advance(room, now)
        }
    }
}

// How turns end.
extension RoomsState {
    /// An agent has ended its turn.
    mutating func finish(_ request: Coordinator.Finish.Request, _ caller: Principal, _ asker: Asker, _ now: Moment) {
        let name = request.turn.room
        if ledger.answer(to: request.request, of: caller, in: name) != nil { return act(.answer(asker, .done)) }
        guard let room = ledger[name] else {
            let reason = "finish turn \(request.turn): there is no such turn; forget it"
            return act(.answer(asker, .refused(ServiceFailure(.notFound, reason))))
        }
        guard request.end != .answered || inquiry.isAnsweredOnce else {
            // The agent has done its part, and the answer shall not be lost to the store's silence.
            progress(of: request.turn, attempt: request.attempt, caller, incarnation: nil, now)
            let reason = "the store has not yet said who the agents are that it may name; try again"
            return act(.answer(asker, .refused(ServiceFailure(.unavailable, "finish \(request.turn): \(reason)"))))
        }
        if let refusal = refusal(of: request, from: caller, in: room) {
            return act(.answer(asker, .refused(refusal)))
        }
        record(.ended(EndedTurn(room: name, turn: request.turn, outcome: request.end, usage: request.usage)))
        if let denied = request.denied, !denied.isEmpty {
            let tools = denied.prefix(RoomsLimits.denialsPerTurnMax).map { $0.prefix(64).filter { !$0.isNewline } }
            let words = "was denied \(tools.joined(separator: ", ")): its record does not grant that"
            say(.action, words, from: caller, in: name, now)
        }
        switch request.end {
        case .answered:
            let number = say(.message, request.text, from: caller, turn: request.turn, in: name, now)
            let turns = causeTurns(by: number, in: name, now)
            noteSpentBudget(in: name, newTurns: turns.count, now)
        case .passed: say(.action, "passes", from: caller, turn: request.turn, in: name, now)
        case .failed, .abandoned, .dismissed:
            say(.notice, request.text, from: caller, turn: request.turn, in: name, now)
        }
        record(.answered(AnsweredRequest(room: name, caller: caller, request: request.request, post: nil)))
        act(.answer(asker, .done))
        floors[request.turn] = nil
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
    /// What the outcome comes to: a lone `/pass` passes whatever the agent calls it, and so does an empty answer.
    fileprivate var end: EndedTurn.Outcome {
        let words = text.split(whereSeparator: \.isWhitespace)
        return switch outcome {
        case .answered: words.isEmpty || words == ["/pass"] ? .passed : .answered
        case .passed: .passed
        case .failed: .failed
        }
    }
}

extension String {
    /// A text, or as many of its whole characters as fit and a mark.
    ///
    /// - Parameter bytesMax: The most bytes of UTF-8, the mark included.
    public init(cut text: String, to bytesMax: Int) {
        guard text.utf8.count > bytesMax else {
            self = text
            return
        }
        let mark = " […]"
        self = text.prefix(bytesMax: bytesMax - mark.utf8.count) + mark
    }
}
