import Bus
import BusClient
import Journal
import LinuxSystem
import Rooms
import Runtime
import Services

/// The shell round `RoomsState`: hands it what happens, and does what it decides.
///
/// All that one turn of the loop decides is one batch: one write and one fdatasync for every commit, and only then the
/// answers and the news. So fifty rooms that post at once wait for the disk once.
final class RoomService {
    let process: ChildProcess
    let client: BusClient
    private let journal: JournalFile<JournalEntry>
    private(set) var state: RoomsState

    /// The lines of this batch, and whether anybody must wait for the disk because of them.
    private var lines: [UInt8] = []
    private var waitsForDisk = false
    /// What follows once the lines are written: first whoever waits is answered, then the news is told, each in order.
    private var replies: [() -> Void] = [], effects: [() -> Void] = []
    private var answerers: [RoomsState.Asker: (RoomsState.Answer) -> Void] = [:]
    private var lastAsker = 0
    private var timer: Timer?
    /// Whether the state has changed since the timer was set: it may wait for another moment now, also when it had
    /// nothing to do.
    private var hasStepped = false
    private var hasFailed = false
    /// Which of the store's versions of the agents the state has.
    private var agentsVersion: String?
    /// What this batch is to say in the log, once everybody else has heard.
    private var logged: [JournalEntry] = []

    /// A service that has read its journal and said nothing yet.
    init(process: ChildProcess, journal: JournalFile<JournalEntry>, settings: CoordinatorSettings) {
        self.process = process
        self.journal = journal
        state = RoomsState(
            entries: journal.takeEntries(), defaultRoom: settings.defaultRoom, turnBudget: settings.turnBudget,
            turnTimeout: .milliseconds(settings.turnTimeoutMilliseconds))
        // The batch must be written before the client's own end of the turn, which sends what the batch says.
        var endTurn: () -> Void = {}
        process.loop.onTurnEnd { endTurn() }
        client = BusClient(child: process)
        endTurn = { [unowned self] in self.endTurn() }
    }

    /// Begins to serve.
    func start() {
        serveRequests()
        listen()
        step(.booted(unreadable: journal.unreadable.map(UnreadablePart.init)))
        endTurn()
        process.notifier.ready()
    }

    /// Lets the state decide what follows from an event. It is done at the end of the turn.
    func step(_ event: RoomsState.Event) {
        let now = Moment(elapsed: elapsed, timestamp: Clock.timestamp())
        hasStepped = true
        for action in state.handle(event, at: now) {
            if case .commit(let entries) = action {
                lines += Journal.line(of: entries)
                waitsForDisk = waitsForDisk || entries.contains { $0.outlivesPowerCut }
                logged += entries
            } else if case .listAgents = action {
                listAgents()  // a question tells nothing, and the answer comes while the disk works
            } else if case .answer(let asker, let answer) = action {
                afterCommit { [unowned self] in answerers.removeValue(forKey: asker)?(answer) }
            } else {
                effects.append { [unowned self] in perform(action) }
            }
        }
    }

    /// Answers after what is decided so far is on the disk.
    func afterCommit(_ reply: @escaping () -> Void) { replies.append(reply) }

    /// A number by which the state can name whoever waits for an answer.
    func asker(_ answerer: @escaping (RoomsState.Answer) -> Void) -> RoomsState.Asker {
        lastAsker += 1
        answerers[lastAsker] = answerer
        return lastAsker
    }

    /// Why nobody can post any more, if so.
    var fullness: ServiceFailure? {
        guard journal.bytes >= RoomsLimits.journalBytesMax else { return nil }
        return ServiceFailure(
            .exhausted,
            "posting: the rooms' journal has reached \(RoomsLimits.journalBytesMax >> 20) MiB; "
                + "stop the node and move state/rooms and state/tools away to begin anew")
    }

    // MARK: The end of a turn

    private func endTurn() {
        guard !hasFailed, hasStepped || !replies.isEmpty || !effects.isEmpty else { return }
        hasStepped = false
        if !lines.isEmpty {
            client.flush()
            do throws(SystemCallError) {
                try journal.append(lines, waits: waitsForDisk)
            } catch {
                // Nobody hears of this batch. A successor reads what the disk really holds; callers repeat what they
                // asked.
                process.log.error("journal.failed", ["error": "\(error)", "next": "exit"])
                hasFailed = true
                return process.loop.stop(.failure)
            }
        }
        let replies = self.replies, effects = self.effects
        (lines, waitsForDisk, self.replies, self.effects) = ([], false, [], [])
        for batch in [replies, effects] {
            for effect in batch { effect() }
            client.flush()
        }
        for entry in logged { log(entry) }
        logged = []
        scheduleWake()
        // What an effect has brought about at once is a batch of its own, for which no descriptor will wake the loop.
        if hasStepped { process.loop.schedule(after: .zero) {} }
        let (rooms, turns) = state.summary
        process.notifier.status("\(rooms) \(rooms == 1 ? "room" : "rooms"), \(turns) \(turns == 1 ? "turn" : "turns")")
    }

    private func scheduleWake() {
        timer?.cancel()
        timer = state.nextWake.map { wake in
            process.loop.schedule(after: wake - elapsed) { [unowned self] in step(.woke) }
        }
    }

    /// The loop's clock as a span since the machine booted.
    private var elapsed: Duration { .nanoseconds(process.loop.now.nanoseconds) }

    // MARK: Actions

    private func perform(_ action: RoomsState.Action) {
        switch action {
        case .commit, .answer: preconditionFailure("a commit and the answers are dealt with in the batch")
        case .publish(let event): client.publish(event, to: .roomEvent(event.room))
        case .publishHead(let head): client.publish(head, to: .roomHead(head.room))
        case .offer(let turn, let incarnation): offer(turn, incarnation)
        case .dismiss(let agent, let room): client.publish(RoomLeave(room: room), to: .agent(agent, "leave"))
        case .restart(let agent): restart(agent)
        case .askHandoff(let agent, let asker): askHandoff(agent, asker)
        case .callRoll(let agent): client.publish(RollCall(), to: .agent(agent, "roll"))
        case .listAgents: listAgents()
        case .listChildren: listChildren()
        case .listTree: listTree()
        case .storeRecords(let save, let records): store(records[...], of: save)
        case .readRecord(let join, let id): readRecord(id, for: join)
        }
    }

    private func offer(_ turn: TurnRequest, _ incarnation: Int) {
        client.request(
            subject: .agent(turn.agent.id, "turn"), turn, as: TurnReply.self, deadline: RoomsLimits.acceptance
        ) { [unowned self] result in
            let isAccepted = (try? result.get())?.accepted == true
            step(.offerAnswered(turn: turn.turn, incarnation: incarnation, isAccepted ? .accepted : .notAccepted))
        }
    }

    private func askHandoff(_ agent: AgentID, _ asker: RoomsState.Asker) {
        client.request(subject: .agent(agent, "handoff"), Empty(), as: HandoffReply.self) { [unowned self] result in
            let answer: RoomsState.Answer =
                switch result {
                case .success(let reply):
                    reply.refusal.map { .refused(ServiceFailure(.failed, "hand off: \($0)")) } ?? .done
                case .failure(let failure): .refused(failure)
                }
            answerers.removeValue(forKey: asker)?(answer)
        }
    }

    /// Page by page; as a rule nothing has changed. Pages read over a change are as stale as any answer: news of the
    /// change asks again.
    private func listAgents(after pages: [AgentDefinition] = [], version: String? = nil) {
        let request = Store.Agents.Request(after: pages.last?.id, known: pages.isEmpty ? agentsVersion : nil)
        client.request(Store.Agents.self, request) { [unowned self] result in
            switch result {
            case .success(let page) where pages.isEmpty && page.version == agentsVersion: step(.agentsUnchanged)
            case .success(let page) where page.more && !page.agents.isEmpty:
                listAgents(after: pages + page.agents, version: version ?? page.version)
            case .success(let page):
                agentsVersion = version ?? page.version
                step(.agentsListed(pages + page.agents, undecided: page.undecided))
            case .failure(let failure):
                process.log.debug("agents.unknown", ["error": failure.message])
                step(.agentsNotListed)
            }
        }
    }

    private func listChildren() {
        client.request(Broker.Children.self, Empty()) { [unowned self] result in
            // Without an answer the broker is away again, and its return asks again.
            if case .success(let reply) = result { step(.childrenListed(reply.children)) }
        }
    }

    private func listTree() {
        client.request(Supervisor.List.self, Empty()) { [unowned self] result in
            // Without an answer the broker is away again, and its return asks again.
            if case .success(let reply) = result { step(.treeListed(reply.children)) }
        }
    }

    private func restart(_ agent: AgentID) {
        let name = agent.child
        process.log.notice("agent.stuck", ["child": name, "next": "restart"])
        client.request(Supervisor.Restart.self, Supervisor.NameRequest(name: name), deadline: RoomsLimits.restartRetry)
        {
            [log = process.log] result in
            // As long as the process is there, the state asks again.
            guard case .failure(let failure) = result else { return }
            log.warning("agent.restart.failed", ["child": name, "error": failure.message, "next": "again"])
        }
    }

    private func log(_ entry: JournalEntry) {
        switch entry {
        case .event, .queued, .answered, .managed, .saving, .direct: break
        case .joined(let room): process.log.notice("room.joined", ["room": "\(room.room)", "events": "\(room.head)"])
        case .dropped(let drop):
            process.log.notice(
                "room.dropped",
                ["room": "\(drop.room)", "records": drop.records.map(\.rawValue).joined(separator: ",")])
        case .attempt(let lease):
            process.log.info(
                "turn.leased",
                ["turn": "\(lease.turn)", "attempt": "\(lease.attempt)", "incarnation": "\(lease.incarnation)"])
        case .lost(let loss):
            process.log.notice(
                "turn.lost", ["turn": "\(loss.turn)", "reason": loss.reason.rawValue, "detail": loss.detail])
        case .ended(let end):
            process.log.info("turn.ended", ["turn": "\(end.turn)", "outcome": end.outcome.rawValue])
        }
    }
}
