import Bus
import BusClient
import JSON
import LinuxSystem
import Runtime
import Services
import Time

/// The shell round an `Agent`: it takes what arrives on the bus to the core, and does what the core wants.
final class AgentService {
    private let process: ChildProcess
    private let client: BusClient
    private var agent: Agent
    private var streams: [String: ChatStream] = [:]
    private var hellos = 0
    private var progress = Progress()

    /// A chat stream and when it was last heard of.
    private struct ChatStream {
        var handle: StreamHandle
        var lastHeard: Instant
    }

    /// How long one try of a request may take.
    private static let deadline = Duration.seconds(5)
    /// How long after a refusal that may pass the next try begins.
    private static let pause = Duration.seconds(1)
    /// How long what a prompt needs is asked for; longer than a restart of the service takes.
    private static let patience = Duration.seconds(30)
    /// After this silence a chat stream is joined again: what was lost last leaves no gap to notice. Whether the
    /// provider itself has gone silent is for the gateway to judge.
    private static let streamSilence = Duration.seconds(30)

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
            let (reply, actions) = agent.askForHandoff()
            responder.reply(reply)
            perform(actions)
        }
        client.subscribe(SubjectPattern(.agent(id, "leave"))) { [unowned self] message in
            if let leave = try? message.decode(RoomLeave.self) { handle(.dismissed(room: leave.room)) }
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
        let (accepted, actions) = agent.offer(request)
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

    private func handle(_ event: AgentEvent) {
        if let turn = agent.turn(thatGetsOnWith: event), progress.isDue(turn.turn, at: client.loop.now) {
            let request = Coordinator.Progress.Request(
                turn: turn.turn, attempt: turn.attempt, incarnation: agent.incarnation)
            client.tell(Coordinator.Progress.self, request)
        }
        perform(agent.handle(event))
    }

    private func perform(_ actions: [AgentAction]) {
        for action in actions { perform(action) }
        process.notifier.status(agent.status)
    }
}

// MARK: Actions

extension AgentService {
    private func perform(_ action: AgentAction) {
        switch action {
        case .hello(let request): sayHello(request)
        case .readProviders(let turn): ask(Gateway.Providers.self, Empty()) { .providers(turn: turn, $0) }
        case .readDeliberation(let turn, let room):
            ask(Toolbox.ReadDeliberation.self, Toolbox.ReadDeliberation.Request(room: room)) {
                .deliberation(turn: turn, $0)
            }
        case .readHistory(let turn, let request): ask(Coordinator.History.self, request) { .history(turn: turn, $0) }
        case .search(let turn, let request): ask(Toolbox.SearchRecords.self, request) { .passages(turn: turn, $0) }
        case .readMenu(let turn): ask(Toolbox.Menu.self, Empty()) { .menu(turn: turn, $0) }
        case .readCalls(let turn):
            ask(Toolbox.Calls.self, Toolbox.Calls.Request(turn: turn)) { .calls(turn: turn, $0) }
        case .callTool(let request): insist(Toolbox.Call.self, request) { .toolEnded(request, $0) }
        case .chat(let request): chat(request)
        case .cancelChat(let id):
            streams.removeValue(forKey: id)?.handle.cancel()
            // The gateway ends the call by itself when this process is gone; nothing depends on the answer.
            client.request(Gateway.Cancel.self, Gateway.Cancel.Request(id: id)) { _ in }
        case .publish(let room, let delta):
            client.publish(delta, to: .roomDelta(room, .agent(agent.settings.id)))
        case .finish(let request): finish(request)
        case .announceHandoff(let request):
            process.log.notice(
                "handoff.started",
                ["room": "\(request.room)", "tokens": "\(request.tokens)", "window": "\(request.window)"])
            insist(Coordinator.Handoff.self, request) { .handoffAnnounced($0) }
        case .writeDeliberation(let request):
            client.request(
                Toolbox.WriteDeliberation.self, request, deadline: Self.deadline, retry: .untilDeadline
            ) { [weak self] in self?.handle(.deliberationWritten(request, $0)) }
        case .schedule(let deadline, let delay):
            client.loop.schedule(after: delay) { [weak self] in self?.handle(.due(deadline)) }
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

    private func finish(_ request: Coordinator.Finish.Request) {
        let tokens = request.usage.map { "\($0.inputTokens)+\($0.outputTokens)" }
        process.log.info(
            "turn.ended", ["turn": "\(request.turn)", "outcome": request.outcome.rawValue, "tokens": tokens])
        insist(Coordinator.Finish.self, request) { [notifier = process.notifier] result in
            // A turn that failed is no progress: an agent that only fails and hands off is in a loop.
            if case .success = result, request.outcome != .failed { notifier.progress() }
            return .finished(request, result)
        }
    }

    /// Only the newest hello is repeated: it alone tells how things are.
    private func sayHello(_ request: Coordinator.Hello.Request) {
        hellos += 1
        let number = hellos
        client.request(Coordinator.Hello.self, request, deadline: Self.deadline, retry: .untilDeadline) {
            [weak self] result in
            guard let self, number == hellos, case .failure(let failure) = result else { return }
            process.log.warning("hello.failed", ["error": failure.message, "next": "again"])
            client.loop.schedule(after: .seconds(1)) { [weak self] in
                if let self, number == hellos { handle(.rollCalled) }
            }
        }
    }

    /// Asks for something that is only read; gives up after a while.
    private func ask<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ request: Operation.Request,
        then event: @escaping (Result<Operation.Reply, ServiceFailure>) -> AgentEvent
    ) {
        send(operation, request, until: client.loop.now + Self.patience, then: event)
    }

    /// Asks until there is an answer: the request carries an id that its service recognises.
    private func insist<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ request: Operation.Request,
        then event: @escaping (Result<Operation.Reply, ServiceFailure>) -> AgentEvent
    ) {
        send(operation, request, until: nil, then: event)
    }

    private func send<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ request: Operation.Request, until end: Instant?,
        then event: @escaping (Result<Operation.Reply, ServiceFailure>) -> AgentEvent
    ) {
        client.request(operation, request, deadline: Self.deadline, retry: .untilDeadline) { [weak self] result in
            guard let self else { return }
            if case .failure(let failure) = result, failure.isPassing, end.map({ self.client.loop.now < $0 }) ?? true {
                client.loop.schedule(after: Self.pause) { [weak self] in
                    self?.send(operation, request, until: end, then: event)
                }
                return
            }
            handle(event(result))
        }
    }
}

// MARK: Chat streams

extension AgentService {
    private func chat(_ request: Gateway.Chat.Request) {
        streams.removeValue(forKey: request.id)?.handle.cancel()
        let handle = client.stream(Gateway.Chat.self, request) { [weak self] result in
            self?.heard(request.id, result)
        }
        streams[request.id] = ChatStream(handle: handle, lastHeard: client.loop.now)
        watchSilence(of: request.id, handle, for: Self.streamSilence)
    }

    private func heard(_ id: String, _ result: Result<ChatChunk, ServiceFailure>) {
        streams[id]?.lastHeard = client.loop.now
        switch result {
        case .success(let chunk):
            if chunk.done != nil || chunk.error != nil { streams.removeValue(forKey: id)?.handle.cancel() }
            handle(.chunk(chat: id, chunk))
        case .failure(let failure):
            streams.removeValue(forKey: id)
            handle(.chatBroken(chat: id, failure))
        }
    }

    private func watchSilence(of id: String, _ handle: StreamHandle, for span: Duration) {
        client.loop.schedule(after: span) { [weak self] in
            guard let self, let stream = streams[id], stream.handle === handle else { return }
            let left = Self.streamSilence - (client.loop.now - stream.lastHeard)
            if left > .zero {
                watchSilence(of: id, handle, for: left)
            } else {
                self.handle(.due(.rejoin(chat: id)))
            }
        }
    }
}

extension ServiceFailure {
    /// Whether the same request may succeed a little later.
    fileprivate var isPassing: Bool {
        switch code {
        case .unavailable, .timeout: true
        case .invalid, .notFound, .exists, .stale, .denied, .exhausted, .failed, .internalError: false
        }
    }
}
