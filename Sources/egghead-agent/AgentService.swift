import Bus
import BusClient
import JSON
import LinuxSystem
import Runtime
import Services
import Time

/// The shell round an `Agent`: it takes what arrives on the bus to the core with the time, does what the core wants,
/// and wakes it when it wants to be woken.
final class AgentService {
    private let process: ChildProcess
    private let client: BusClient
    private var agent: Agent
    private var streams: [ChatID: StreamHandle] = [:]
    private var wakeUp: (timer: Timer, at: Instant)?

    /// An agent's service.
    ///
    /// - Throws: `JSONProblem` when the settings are of another build.
    init(process: ChildProcess) throws {
        self.process = process
        client = BusClient(child: process)
        agent = Agent(
            settings: try process.settings(AgentSettings.self), incarnation: process.configuration.incarnation)
    }

    /// Takes its places on the bus. The process is ready with the first connection and does not wait for the
    /// coordinator's answer, on which the boot of the tree would hang.
    func start() {
        let id = agent.settings.id
        client.subscribe(requests: .agent(id, "turn"), as: TurnRequest.self, reply: TurnReply.self) {
            [unowned self] request, responder in offer(request, responder)
        }
        client.subscribe(SubjectPattern(.agent(id, "roll"))) { [unowned self] _ in handle(.rollCalled) }
        client.subscribe(requests: .agent(id, "handoff"), as: Empty.self, reply: HandoffReply.self) {
            [unowned self] _, responder in
            let (reply, actions) = agent.askForHandoff(at: client.loop.now)
            responder.reply(reply)
            perform(actions)
        }
        client.subscribe(SubjectPattern(.agent(id, "leave"))) { [unowned self] message in
            if let leave = try? message.decode(RoomLeave.self) { handle(.dismissed(room: leave.room)) }
        }
        client.subscribe(SubjectPattern(.agent(id, "cancel"))) { [unowned self] message in
            if let cancelled = try? message.decode(TurnCancellation.self) { handle(.cancelled(turn: cancelled.turn)) }
        }
        client.onConnect = { [unowned self] in
            process.notifier.ready()
            handle(.connected)
        }
        process.onDrain = { [unowned self] in handle(.drain) }
        process.onTerminate = { [unowned self] in handle(.terminate) }
        process.onReload = { [unowned self] in reload() }
        process.log.info("agent.started", ["agent": "\(id)", "incarnation": "\(agent.incarnation)"])
    }

    private func offer(_ request: TurnRequest, _ responder: Responder<TurnReply>) {
        let (accepted, actions) = agent.offer(request, at: client.loop.now)
        process.log.info(
            accepted ? "turn.accepted" : "turn.declined",
            ["turn": "\(request.turn)", "attempt": "\(request.attempt)", "room": "\(request.room)"])
        responder.reply(TurnReply(accepted: accepted))
        perform(actions)
    }

    private func reload() {
        do throws(JSONProblem) {
            agent.settings = try process.settings(AgentSettings.self)
        } catch {
            process.log.warning("settings.refused", ["error": "\(error)", "next": "the old ones stay in force"])
        }
    }

    private func handle(_ event: AgentEvent) { perform(agent.handle(event, at: client.loop.now)) }

    private func perform(_ actions: [AgentAction]) {
        for action in actions { perform(action) }
        setTimer()
        process.notifier.status(agent.status)
    }

    /// Sets the one timer. One that is too early stays: the core does nothing then, and the timer is set again.
    private func setTimer() {
        guard let next = agent.nextWakeUp else { return }
        if let wakeUp, wakeUp.timer.isPending, wakeUp.at <= next { return }
        wakeUp?.timer.cancel()
        let timer = client.loop.schedule(after: max(.zero, next - client.loop.now)) { [weak self] in
            self?.handle(.woke)
        }
        wakeUp = (timer, next)
    }
}

// MARK: Actions

extension AgentService {
    private func perform(_ action: AgentAction) {
        switch action {
        case .hello(let request, let number):
            send(Coordinator.Hello.self, request) { .helloAnswered(number: number, $0) }
        case .warnOfHello(let reason): process.log.warning("hello.failed", ["error": reason, "next": "again"])
        case .ask(let request):
            log(request)
            ask(request)
        case .askAgain(let request): ask(request)
        case .chat(let id, let request):
            streams.removeValue(forKey: id)?.cancel()
            streams[id] = client.stream(Gateway.Chat.self, request) { [weak self] in self?.receive($0, of: id) }
        case .cancelChat(let id):
            streams.removeValue(forKey: id)?.cancel()
            // The gateway ends the call by itself when this process is gone; nothing depends on the answer.
            client.request(Gateway.Cancel.self, Gateway.Cancel.Request(id: id.description)) { _ in }
        case .publish(let room, let delta):
            client.publish(delta, to: .roomDelta(room, .agent(agent.settings.id)))
        case .tellProgress(let request): client.tell(Coordinator.Progress.self, request)
        case .writeDeliberation(let request):
            send(Toolbox.WriteDeliberation.self, request) { .deliberationWritten(request, $0) }
        case .warn(let event, let subject, let reason):
            process.log.warning(event, ["subject": subject, "reason": reason])
        case .leave(let farewell): leave(farewell)
        }
    }

    private func leave(_ farewell: Farewell) {
        switch farewell {
        case .done: client.loop.stop(.success)
        case .handedOff:
            process.log.notice("handoff.done", ["next": "exit"])
            client.loop.stop(.handoff)
        }
    }

    private func receive(_ result: Result<ChatChunk, ServiceFailure>, of id: ChatID) {
        switch result {
        case .success(let chunk):
            if chunk.done != nil || chunk.error != nil { streams.removeValue(forKey: id)?.cancel() }
            handle(.chunk(chat: id, chunk))
        case .failure(let failure):
            streams.removeValue(forKey: id)
            handle(.chatBroken(chat: id, failure))
        }
    }
}

// MARK: Requests

extension AgentService {
    private func ask(_ request: AgentRequest) {
        switch request {
        case .readProviders(let turn): send(Gateway.Providers.self, Empty()) { .providers(turn: turn, $0) }
        case .readDeliberation(let turn, let room):
            send(Toolbox.ReadDeliberation.self, Toolbox.ReadDeliberation.Request(room: room)) {
                .deliberation(turn: turn, $0)
            }
        case .readHistory(let turn, let request): send(Coordinator.History.self, request) { .history(turn: turn, $0) }
        case .search(let turn, let request): send(Toolbox.SearchRecords.self, request) { .passages(turn: turn, $0) }
        case .quote(let turn, let request): send(Toolbox.SearchRecords.self, request) { .sentence(turn: turn, $0) }
        case .readMenu(let turn): send(Toolbox.Menu.self, Empty()) { .menu(turn: turn, $0) }
        case .readCalls(let turn, let attempt):
            send(Toolbox.Calls.self, Toolbox.Calls.Request(turn: turn, attempt: attempt)) { .calls(turn: turn, $0) }
        case .callTool(let request): send(Toolbox.Call.self, request) { .toolEnded(request, $0) }
        case .finish(let report):
            send(Coordinator.Finish.self, report) { [notifier = process.notifier] result in
                // A turn that failed is no progress: an agent that only fails and hands off is in a loop.
                if case .success = result, report.outcome != .failed { notifier.progress() }
                return .finished(report, result)
            }
        case .announceHandoff(let request): send(Coordinator.Handoff.self, request) { .handoffAnnounced($0) }
        }
    }

    /// Logs a request that changes the agent's state.
    private func log(_ request: AgentRequest) {
        switch request {
        case .finish(let report):
            let tokens = report.usage.map { "\($0.inputTokens)+\($0.outputTokens)" }
            process.log.info(
                "turn.ended", ["turn": "\(report.turn)", "outcome": report.outcome.rawValue, "tokens": tokens])
        case .announceHandoff(let request):
            process.log.notice(
                "handoff.started",
                ["room": "\(request.room)", "tokens": "\(request.tokens)", "window": "\(request.window)"])
        case .readProviders, .readDeliberation, .readHistory, .search, .quote, .readMenu, .readCalls, .callTool: break
        }
    }

    /// Makes one try of a request. The client repeats it within the deadline; the core decides what follows.
    private func send<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ request: Operation.Request,
        then event: @escaping (Result<Operation.Reply, ServiceFailure>) -> AgentEvent
    ) {
        client.request(operation, request, deadline: AgentLimits.requestDeadline, retry: .untilDeadline) {
            [weak self] result in self?.handle(event(result))
        }
    }
}
