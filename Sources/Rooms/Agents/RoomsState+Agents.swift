import Services

// Agents coming, going and reporting.
extension RoomsState {
    /// An agent's process is up, or says again that it is.
    mutating func greet(_ request: Coordinator.Hello.Request, _ caller: Principal, _ asker: Asker, _ now: Moment) {
        guard let agent = caller.agent else {
            let reason = "hello: \(caller) is no agent; only agents take turns"
            return answer(asker, .refused(ServiceFailure(.denied, reason)))
        }
        let former = agents[agent]?.process?.incarnation, isSuccessor = former != request.incarnation
        if let former, isSuccessor {
            // The supervisor starts a successor only after the end of the process before it.
            processGone(agent, former, .died, "not seen", now)
        }
        if isSuccessor, let handoff = agents[agent]?.handoff { tellEnd(of: handoff, caller, now) }
        agents.greet(
            agent, incarnation: request.incarnation, digest: request.digest, claims: request.turns, at: now.elapsed)
        // The process was started for a record that the store has not told yet.
        if agents[agent]?.definition?.digest != request.digest { _ = inquireAgents() }
        answer(asker, .done)
        // A process that was away may not have heard that its agent was sent away, or that a room was dropped.
        for room in ledger.rooms where room.absent.contains(agent) { emit(.dismiss(agent: agent, room: room.name)) }
        let claimed = request.turns
        for room in ledger.dropped where !claimed.contains(where: { isOpen($0, in: room) }) {
            emit(.dismiss(agent: agent, room: room))
        }
        for turn in claimed where ledger[turn.room]?.dismissedTurns.contains(turn.number) == true {
            emit(.dismiss(agent: agent, room: turn.room))
        }
        reconcile(agent, request, now)
        tellReload(of: agent, now)
        let isStuck = claimed.contains { ledger[$0.room]?.abandonedTurns.contains($0.number) == true }
        if isStuck { replaceProcess(of: agent, now) }
    }

    /// Whether a turn is one of a room's that have not ended.
    private func isOpen(_ turn: TurnID, in room: RoomName) -> Bool {
        turn.room == room
            && ledger[room]?.openTurns.contains { $0.id == turn } == true
    }

    /// Compares the turns that a process should have with those that it says it has.
    private mutating func reconcile(_ agent: AgentID, _ hello: Coordinator.Hello.Request, _ now: Moment) {
        for room in ledger.rooms where room.openTurns.contains(where: { $0.agent == agent }) {
            for turn in room.openTurns where turn.agent == agent && floors[turn.id]?.incarnation == hello.incarnation {
                // A turn that it does not name is offered again. If it has the turn all the same, it knows the id.
                if hello.turns.contains(turn.id) {
                    floors.run(turn.id, by: hello.incarnation, at: now.elapsed)
                } else {
                    prepareAgain(turn, now)
                }
            }
            advance(room.name, now)
        }
    }

    /// The successor of a process that has handed off is up: the room of the hand-off hears what it goes on from, and
    /// every room whose note is not as it should be.
    private mutating func tellEnd(of handoff: Roster.Handoff, _ agent: Principal, _ now: Moment) {
        let others = handoff.noteProblems.keys.filter { $0 != handoff.room }.sorted()
        for room in [handoff.room] + others where isOpen(room) {
            let source =
                handoff.noteProblems[room].map { "what it wrote down and the transcript; \($0)" }
                ?? "its note and the transcript"
            let words =
                handoff.hasDied
                ? "died before it had written everything down; a new process continues from the transcript"
                : "goes on as a new process, from \(source)"
            say(.action, words, from: agent, in: room, now)
        }
    }

    /// An agent's context is full: its process gets no new turn.
    mutating func requestHandoff(
        _ request: Coordinator.Handoff.Request, _ caller: Principal, _ asker: Asker, _ now: Moment
    ) {
        if ledger.answer(to: request.request, of: caller, in: request.room) != nil {
            return answer(asker, .done)
        }
        if let refusal = Self.refusal(ofRequestID: request.request) { return answer(asker, .refused(refusal)) }
        guard let agent = caller.agent, ledger[request.room] != nil else {
            let reason = "hand off in room \(request.room): only an agent can, in a room that exists"
            return answer(asker, .refused(ServiceFailure(.invalid, reason)))
        }
        guard agents[agent]?.process?.incarnation == request.incarnation else {
            let reason = "hand off as incarnation \(request.incarnation): it has not said hello; say hello first"
            return answer(asker, .refused(ServiceFailure(.stale, reason)))
        }
        if let problem = request.noteProblem {
            agents.remember(noteProblem: problem.onOneLine, for: request.room, of: agent, at: now.elapsed)
            return answer(asker, .done)
        }
        agents.beginHandoff(of: agent, in: request.room, at: now.elapsed)
        // The transcript of a room that is being closed would not have this event.
        guard !isClosing(request.room) else { return answer(asker, .done) }
        let why =
            switch request.reason {
            case .threshold: "has filled \(request.tokens) of its \(request.window) tokens"
            case .overflow: "has filled its window of \(request.window) tokens"
            case .asked: "was asked to hand off"
            }
        say(.action, "\(why): it writes down what it knows", from: caller, in: request.room, now)
        record(.answered(AnsweredRequest(room: request.room, caller: caller, request: request.request, post: nil)))
        answer(asker, .done)
    }

    /// A person wants an agent to write down what it knows and to go on as a new process.
    mutating func askHandoff(_ request: Coordinator.AskHandoff.Request, _ caller: Principal, _ asker: Asker) {
        let attempt = "hand off \(request.agent.prefix(64))"
        do throws(ServiceFailure) {
            guard caller.isPerson else {
                throw ServiceFailure(.denied, "\(attempt): \(caller) is no person; only people ask for it")
            }
            guard agents.isComplete else { throw Self.agentsUnknown(attempt) }
            let agent = try agent(named: request.agent, attempt)
            guard agents[agent]?.process != nil else {
                throw ServiceFailure(.unavailable, "\(attempt): no process of it is up. See: egghead ps")
            }
            emit(.askHandoff(agent: agent, asker))
        } catch {
            answer(asker, .refused(error))
        }
    }

    /// The agent has said whether it hands off.
    mutating func handoffAnswered(_ asker: Asker, _ result: Result<HandoffReply, ServiceFailure>) {
        switch result {
        case .success(let reply):
            guard let refusal = reply.refusal else { return answer(asker, .done) }
            answer(asker, .refused(ServiceFailure(.failed, "hand off: \(refusal)")))
        case .failure(let failure): answer(asker, .refused(failure))
        }
    }

    /// The store has said who the agents are.
    ///
    /// - Parameter isNews: Whether they are others than before.
    mutating func agentsKnown(isNews: Bool, _ now: Moment) {
        if agents.inquiryAnswered() { inquireAgentsAgain() }
        for agent in agents.takeRollCall() { emit(.callRoll(agent: agent)) }
        if isNews { for agent in agents.all { tellReload(of: agent.id, now) } }
        for waiting in waitingPosts.takeAll() { post(waiting.request, waiting.caller, waiting.asker, now) }
        advanceAll(now)
    }

    /// The supervisor has said what happened to a child.
    mutating func childChanged(_ child: ChildEvent, _ now: Moment) {
        if child.name == ServiceName.llm.rawValue { gatewayChanged(child) }
        guard let agent = child.agent else { return }
        switch child.event {
        case .started, .ready: agents.setOutOfService(agent, nil, at: now.elapsed)
        case .exited, .startFailed, .gaveUp:
            let loss = loss(child)
            processGone(agent, child.incarnation, loss.reason, loss.detail, now)
            if let state = child.state {
                // A stop may be an operator's, or that of all agents, which come back: the tree tells which.
                let isFinal = state.isFinal && state != .stopped
                agents.setOutOfService(agent, isFinal ? state : nil, at: now.elapsed)
                if state == .stopped { emit(.ask(.listTree)) }
            }
        }
        for room in ledger.rooms where room.openTurns.contains(where: { $0.agent == agent }) { advance(room.name, now) }
    }

    /// The broker has listed who is connected, some time after the bus was away: a process that is not in the list has
    /// gone unseen.
    mutating func childrenListed(_ children: [ChildIdentity], _ now: Moment) {
        for agent in agents.all {
            guard let process = agent.process else { continue }
            let isAlive = children.contains {
                $0.name == agent.id.child && $0.incarnation == process.incarnation
            }
            if !isAlive { processGone(agent.id, process.incarnation, .died, "not seen", now) }
        }
        advanceAll(now)
    }

    /// The supervisor has listed the tree: which agents were stopped or quarantined before this process could hear of
    /// it.
    ///
    /// Every child of a supervisor that is not up is stopped, and starts again with it.
    mutating func treeListed(_ children: [ChildStatus], _ now: Moment) {
        let up = children.filter { $0.kind == .supervisor && $0.state == .ready }.map(\.name)
        for child in children {
            guard let agent = child.agent else { continue }
            let isOut = child.state.isFinal && child.parent.map(up.contains) == true
            agents.setOutOfService(agent, isOut ? child.state : nil, at: now.elapsed)
        }
        advanceAll(now)
    }

    /// A process has gone. News of an incarnation that is not the known one changes nothing.
    private mutating func processGone(
        _ agent: AgentID, _ incarnation: Int, _ reason: LostLease.Reason, _ detail: String?, _ now: Moment
    ) {
        guard let reason = agents.lose(agent, incarnation: incarnation, because: reason, at: now.elapsed) else {
            return
        }
        loseLeases(of: agent, incarnation: incarnation, reason: reason, detail: detail, now)
    }

    /// What the supervisor's verdict on an end means for the turns of the process.
    private func loss(_ child: ChildEvent) -> (reason: LostLease.Reason, detail: String?) {
        let reason = child.lossReason
        if reason == .stopped, let gatewayEnd { return (.gatewayDied, gatewayEnd.words) }
        return (reason, child.reason?.detailOfLoss)
    }

    /// The gateway has died or is there again. When it dies, the supervisor stops the agents and this process, because
    /// they depend on it.
    private mutating func gatewayChanged(_ child: ChildEvent) {
        switch child.event {
        case .started, .ready: gatewayEnd = nil
        case .exited, .startFailed, .gaveUp:
            gatewayEnd = child.lossReason == .died ? GatewayEnd(words: child.reason?.detailOfLoss) : nil
        }
    }
}

extension ChildEvent {
    /// What the end of a process that it tells means, before anything else is known.
    fileprivate var lossReason: LostLease.Reason {
        switch verdict ?? reason?.presumedVerdict ?? .crash {
        case .handoff: .handedOff
        case .stopped: .stopped
        case .finished, .temporaryFailure, .misconfigured, .crash: .died
        }
    }
}

extension ExitReport {
    /// The end in words, as a lost lease tells it; nil where the loss says everything.
    fileprivate var detailOfLoss: String? {
        switch kind {
        case .exited: code.map { "exit status \($0)" }
        case .signaled: signal
        case .oomKilled: "out of memory"
        case .watchdog: "it hung"
        case .shutdown: nil
        case .failedToStart: detail
        }
    }

    /// The verdict where the event has none: an eggheadd of the version before has sent it. All agents are under
    /// `statuses: egghead`.
    fileprivate var presumedVerdict: ExitVerdict {
        switch kind {
        case .exited: code.map(ExitVerdict.init(exitCode:)) ?? .crash
        case .shutdown: .stopped
        case .signaled, .oomKilled, .watchdog, .failedToStart: .crash
        }
    }
}

extension ChildStatus.State {
    /// Whether nothing but an operator or a changed record brings the child back.
    fileprivate var isFinal: Bool {
        switch self {
        case .quarantined, .misconfigured, .stopped: true
        case .starting, .ready, .stopping, .backoff: false
        }
    }
}
