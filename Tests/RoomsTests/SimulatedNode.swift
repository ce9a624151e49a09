import Journal
import SeededRandom
import Services

@testable import Rooms

/// A node in one value: a disk, a coordinator that may be killed at any moment, agents that die, restart, answer late
/// and say things twice, a store that fails, and people who repeat what was not answered. One seed, one history.
struct SimulatedNode {
    /// An agent's process: what it works on, and what it has told nobody yet.
    struct Process {
        var incarnation = 0
        var isUp = false
        var work: [TurnRequest] = []
        /// Turns that it has taken, so that none runs twice in it.
        var taken: Set<TurnID> = []
        /// Ends of turns that were not acknowledged; it repeats them.
        var ends: [Coordinator.Finish.Request] = []
        var isHandingOff = false
    }

    /// Something on its way to somebody.
    enum Letter {
        case event(RoomsState.Event)
        case offer(TurnRequest, incarnation: Int)
        case roll(AgentID)
        case restart(AgentID)
        case record(save: Int, Store.Create.Request)
        case read(join: Int, id: RecordID)
    }

    static let agents = ["index", "scout", "keeper"].map { agent(AgentID($0), tags: [$0]) }
    static let rooms: [RoomName] = ["lobby", "kitchen"]
    static let budget = 4

    var random: SplitMix64
    var state = RoomsState(defaultRoom: "lobby", turnBudget: budget)
    var disk: [UInt8] = []
    var now = Duration.zero
    var letters: [Letter] = []
    var processes: [AgentID: Process] = [:]
    /// The posts that were not answered yet, by their request's id.
    var openPosts: [Coordinator.Post.Request] = []
    /// What was answered: the request's id, the reply and the words.
    var acknowledged: [(text: String, reply: Coordinator.Post.Reply)] = []
    var acknowledgedEnds: [Coordinator.Finish.Request] = []
    /// The saves and drops that were not answered yet.
    var openSaves: [Coordinator.RoomRequest] = [], openDrops: [Coordinator.RoomRequest] = []
    var openJoins: [Coordinator.Join.Request] = []
    /// What was said in the rooms that were dropped, and the first record of each.
    var gone: [(room: RoomName, record: RecordID, events: [RoomEvent])] = []
    /// How many rooms came back.
    var joined = 0
    /// The store's records by their ids.
    var store: [RecordID: Store.Create.Request] = [:]
    var trace: [String] = []
    var fault: String?
    var serial = 0
    private var titles = 0
    /// When each turn was taken, or last got on.
    private var progressedAt: [TurnID: Duration] = [:]
    private var steps = 0
    /// Which incarnation took which attempt of which turn.
    private var leases: [String: Int] = [:]
    /// Who waits for an answer under which number.
    private var askers: [Int: String] = [:]

    /// Another coordinator, to which all the same happens.
    private(set) var twin: SettledTwin?

    init(seed: UInt64, twin: SettledTwin? = nil) {
        random = SplitMix64(state: seed)
        self.twin = twin
        for agent in Self.agents { processes[agent.id] = Process() }
        step(.connected)
    }

    // MARK: The coordinator

    /// Hands over an event. With some luck the coordinator dies after the commit, before anybody hears of it.
    mutating func step(_ event: RoomsState.Event, mayDie: Bool = false) {
        steps += 1
        let moment = Moment(elapsed: now, timestamp: "2026-11-22T08:30:00.\(steps)Z")
        let step = state.handle(event, at: moment)
        twin?.handle(event, at: moment, wanted: step, other: state)
        if !step.commit.isEmpty { disk += Journal.line(of: step.commit) }
        for case .dropped(let drop) in step.commit { bury(drop) }
        for case .joined(let room) in step.commit { welcome(room) }
        if mayDie, random.chance(1, in: 40) { return killCoordinator() }
        for query in step.queries { ask(query) }
        for reply in step.answers { receive(reply.answer, for: askers[reply.asker] ?? "") }
        for effect in step.effects { perform(effect) }
    }

    private mutating func perform(_ effect: RoomsState.Effect) {
        switch effect {
        case .publishHead, .removeTrimmed, .trimRefused, .endCalls: break
        case .publish(let event): judge(event)
        // The supervisor may not hear of it.
        case .restart(let agent): if random.chance(3, in: 4) { letters.append(.restart(agent)) }
        case .offer(let turn, let incarnation): letters.append(.offer(turn, incarnation: incarnation))
        case .dismiss(let agent, let room): processes[agent]?.work.removeAll { $0.room == room }
        case .cancel(let agent, let turn): processes[agent]?.work.removeAll { $0.turn == turn }
        case .askHandoff(let agent, let asker):
            handOff(agent)
            step(.handoffAnswered(asker: asker, .success(HandoffReply())))
        case .callRoll(let agent): letters.append(.roll(agent))
        case .storeRecord(let save, let record): letters.append(.record(save: save, record))
        case .ask(let query): ask(query)
        }
    }

    private mutating func ask(_ query: RoomsState.Query) {
        switch query {
        case .listTree: letters.append(.event(.treeListed([])))
        case .listChildren: letters.append(.event(.childrenListed(children)))
        case .listCalls(_, let turn):
            if random.chance(5, in: 6) { letters.append(.event(.callsListed(turn: turn, []))) }
        case .readRecord(let join, let id): letters.append(.read(join: join, id: id))
        case .listAgents:
            // While another list is on its way, "as they were" would speak of that one.
            let isListComing = letters.contains { if case .event(.agentsListed) = $0 { true } else { false } }
            let isKnown = !isListComing && state.agents.definitions == agentsNow.sorted { $0.id < $1.id }
            let isShort = isKnown && random.chance(1, in: 2)
            let answer = isShort ? RoomsState.Event.agentsUnchanged : .agentsListed(agentsNow)
            letters.append(.event(random.chance(1, in: 15) ? .agentsNotListed : answer))
        }
    }

    /// The records as they are: now and then somebody has edited one.
    private var agentsNow: [AgentDefinition] {
        mutating get {
            if random.chance(1, in: 10) { titles += 1 }
            return Self.agents.map { agent in
                var agent = agent
                if agent.id == "scout" { agent.title = "scout \(titles)" }
                return agent
            }
        }
    }

    private var children: [ChildIdentity] {
        Self.agents.compactMap { agent in
            guard let process = processes[agent.id], process.isUp else { return nil }
            return ChildIdentity(name: "agent:\(agent.id)", incarnation: process.incarnation, pid: 1)
        }
    }

    private mutating func receive(_ answer: RoomsState.Answer, for request: String) {
        switch answer {
        case .post(let reply):
            guard let place = openPosts.firstIndex(where: { $0.request == request }) else { return }
            acknowledged.append((openPosts.remove(at: place).text, reply))
        case .saved(let records): saved(records, by: request)
        case .joined: openJoins.removeAll { $0.request == request }
        case .refused(let failure) where failure.code == .unavailable: break  // it is told again
        case .refused(let failure) where isOfRoom(request): refused(request, failure)
        case .done, .refused:
            for agent in Self.agents {
                guard let end = processes[agent.id]?.ends.first(where: { $0.request == request }) else { continue }
                processes[agent.id]?.ends.removeAll { $0.request == request }
                if answer == .done { acknowledgedEnds.append(end) } else { refuse(end, answer) }
            }
        }
    }

    /// An end that took effect must be acknowledged however often it is told.
    private mutating func refuse(_ end: Coordinator.Finish.Request, _ answer: RoomsState.Answer) {
        trace.append("\(end.turn) attempt \(end.attempt): \(answer)")
        let isKept = lives(of: nil).contains { $0.contains { $0.text == end.text && $0.turn == end.turn } }
        if isKept { fault = "an end that took effect was refused: \(answer)" }
    }

    mutating func killCoordinator() {
        trace.append("coordinator killed")
        // A torn line at the end was never acknowledged, and must not come back as anything.
        let torn = Array(
            Journal.line(of: [JournalEntry.event(event(999, "torn", from: "user:ann"))]).dropLast(random.below(60) + 1))
        disk += torn
        state = RoomsState(
            entries: Journal.read(disk, as: JournalEntry.self).entries, defaultRoom: "lobby", turnBudget: Self.budget)
        disk.removeLast(torn.count)
        letters = []
        twin?.restart(other: state)
        step(.connected)
    }

    /// The coordinator is told to stop, and another one starts.
    mutating func stopCoordinator() {
        step(.stopping)
        killCoordinator()
    }

    /// The gateway dies, and the agents are stopped because of that.
    mutating func killGateway() {
        func news(_ kind: ChildEvent.Event, _ reason: ExitReport? = nil) -> RoomsState.Event {
            .childChanged(ChildEvent(at: at, event: kind, name: "llm", kind: .worker, incarnation: 1, reason: reason))
        }
        step(news(.exited, ExitReport(kind: .signaled, signal: "SIGKILL")))
        for agent in Self.agents { kill(agent.id, isAsked: true) }
        letters.append(.event(news(.started)))
    }

    mutating func asker(for request: String) -> Int {
        serial += 1
        askers[serial] = request
        return serial
    }

    // MARK: People

    mutating func post() {
        serial += 1
        let names = ["@scout ", "@keeper ", "@index ", "", "@scout @keeper ", "@everyone ", "@jam "]
        let text = names[random.below(names.count)] + "message \(serial)"
        if random.chance(1, in: 6) {
            let agent = Self.agents[random.below(3)].id
            return openPosts.append(.init(request: "p\(serial)", room: nil, agent: agent.rawValue, text: text))
        }
        openPosts.append(.init(request: "p\(serial)", room: Self.rooms[random.below(Self.rooms.count)], text: text))
    }

    /// A person sends an agent away, has it back, mutes it, lets a room go on or ends its turns; the answer is of no
    /// interest.
    mutating func manage(_ agent: AgentID) {
        serial += 1
        let room = Self.rooms[random.below(Self.rooms.count)], changes = Coordinator.Manage.Change.allCases
        let choice = random.below(changes.count + 1)
        guard choice < changes.count else {
            let request = Coordinator.Cancel.Request(request: "m\(serial)", room: room, turns: .all)
            step(.cancelAsked(request, caller: "user:ann", asker: asker(for: request.request)), mayDie: true)
            return
        }
        let change = changes[choice]
        let request = Coordinator.Manage.Request(
            request: "m\(serial)", room: room, change: change, agent: agent.rawValue)
        step(.managed(request, caller: "user:ann", asker: asker(for: request.request)), mayDie: true)
    }

    /// Sends everything again that was not answered.
    mutating func repeatPosts(mayDie: Bool) {
        for post in openPosts {
            step(.posted(post, caller: "user:ann", asker: asker(for: post.request)), mayDie: mayDie)
        }
    }

    // MARK: Agents

    mutating func start(_ agent: AgentID) {
        guard processes[agent]?.isUp == false else { return }
        processes[agent]?.incarnation += 1
        processes[agent]?.isUp = true
        trace.append("\(agent) starts")
        hello(agent)
    }

    mutating func hello(_ agent: AgentID) {
        guard let process = processes[agent], process.isUp else { return }
        // What it has ended but not been thanked for is still its turn.
        let turns = process.work.map(\.turn) + process.ends.map(\.turn)
        let hello = Coordinator.Hello.Request(digest: "d1", incarnation: process.incarnation, turns: turns)
        letters.append(.event(.greeted(hello, caller: .agent(agent), asker: 0)))
    }

    mutating func kill(_ agent: AgentID, code: Int? = nil, isAsked: Bool = false) {
        guard let process = processes[agent], process.isUp else { return }
        trace.append("\(agent) dies with \(process.work.map(\.turn))")
        processes[agent] = Process(incarnation: process.incarnation)
        let reason =
            isAsked
            ? ExitReport(kind: .shutdown)
            : code.map { ExitReport(kind: .exited, code: $0) } ?? ExitReport(kind: .signaled, signal: "SIGKILL")
        letters.append(
            .event(
                .childChanged(
                    ChildEvent(
                        at: at, event: .exited, name: "agent:\(agent)", kind: .worker, incarnation: process.incarnation,
                        reason: reason, state: .backoff))))
    }

    /// An agent takes a turn, or has it already, or is too late to be asked.
    mutating func take(_ turn: TurnRequest, _ incarnation: Int, isSlow: Bool) {
        let agent = turn.agent.id
        guard let process = processes[agent], process.isUp, process.incarnation == incarnation else { return }
        if process.isHandingOff {
            letters.append(.event(.offerAnswered(turn: turn.turn, incarnation: incarnation, .notAccepted)))
            return
        }
        if processes[agent]?.taken.insert(turn.turn).inserted == true {
            processes[agent]?.work.append(turn)
            trace.append("\(agent) takes \(turn.turn) attempt \(turn.attempt)")
            let lease = "\(turn.turn) attempt \(turn.attempt)"
            progressedAt[turn.turn] = now
            if leases.updateValue(incarnation, forKey: lease) != nil { fault = "\(lease) was given to two processes" }
        }
        let answer: RoomsState.OfferAnswer = isSlow ? .notAccepted : .accepted
        letters.append(.event(.offerAnswered(turn: turn.turn, incarnation: incarnation, answer)))
    }

    /// Something of a turn comes to its agent, which says so; an old attempt's word counts for nothing.
    mutating func progress(_ agent: AgentID) {
        guard let process = processes[agent], let turn = process.work.first else { return }
        let isHeard = state.floors[turn.turn]?.phase.isRunning(by: process.incarnation) == true
        let isNewest = state.ledger[turn.room]?.openTurns.contains { $0.id == turn.turn && $0.attempt == turn.attempt }
        if isHeard, isNewest == true { progressedAt[turn.turn] = now }
        let request = Coordinator.Progress.Request(
            turn: turn.turn, attempt: turn.attempt, incarnation: process.incarnation)
        step(.progressed(request, caller: .agent(agent)))
    }

    /// A turn that got on a moment ago is not ended for want of progress.
    private mutating func judge(_ event: RoomEvent) {
        guard event.text.contains("made no progress"), let turn = event.turn, let last = progressedAt[turn] else {
            return
        }
        trace.append("\(turn) made no progress")
        if now - last < state.turnTimeout { fault = "\(turn) got on at \(last) and was ended at \(now)" }
    }

    mutating func finish(_ agent: AgentID, mentions: Bool) {
        guard let turn = processes[agent]?.work.first else { return }
        processes[agent]?.work.removeFirst()
        serial += 1
        let others = Self.agents.map(\.id).filter { $0 != agent }
        let mention = mentions && random.chance(1, in: 2) ? "@\(others[random.below(others.count)]) " : ""
        let outcomes: [Coordinator.Finish.Outcome] = [.answered, .answered, .answered, .passed, .failed]
        processes[agent]?.ends.append(
            .init(
                request: "f\(serial)", turn: turn.turn, attempt: turn.attempt,
                outcome: outcomes[random.below(outcomes.count)], text: "\(mention)answer \(serial)"))
    }

    /// Says again what was not acknowledged; sometimes twice.
    mutating func repeatEnds(_ agent: AgentID, mayDie: Bool) {
        for end in processes[agent]?.ends ?? [] {
            for _ in 0...(random.chance(1, in: 5) ? 1 : 0) {
                step(.finished(end, caller: .agent(agent), asker: asker(for: end.request)), mayDie: mayDie)
            }
        }
    }

    mutating func handOff(_ agent: AgentID) {
        guard let process = processes[agent], process.isUp, !process.isHandingOff else { return }
        processes[agent]?.isHandingOff = true
        serial += 1
        let request = Coordinator.Handoff.Request(
            request: "h\(serial)", incarnation: process.incarnation, room: "lobby", tokens: 9, window: 10,
            reason: .threshold)
        step(.handedOff(request, caller: .agent(agent), asker: 0))
    }

    // MARK: Time and post

    /// Delivers one letter; those between the same two need not arrive in order, except what an agent's life tells.
    mutating func deliver(isSlow: Bool, mayDie: Bool) {
        guard !letters.isEmpty else { return }
        switch letters.removeFirst() {
        case .event(let event): step(event, mayDie: mayDie)
        case .offer(let turn, let incarnation): take(turn, incarnation, isSlow: isSlow)
        case .roll(let agent): hello(agent)
        case .restart(let agent): kill(agent, isAsked: true)
        case .record(let save, let record): create(record, of: save)
        case .read(let join, let id): read(id, for: join)
        }
    }

    mutating func wake() {
        guard let wake = state.nextWake else { return }
        now = max(now, wake)
        step(.woke)
    }
}

extension Floor.Phase {
    fileprivate func isRunning(by process: Int) -> Bool {
        if case .running(process, _) = self { true } else { false }
    }
}
