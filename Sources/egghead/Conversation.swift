import Bus
import Glibc
import LinuxSystem
import Runtime
import Services
import Terminal

/// One message and what comes of it.
///
///     post, in a room or in an agent's own, with the same request id until it is acknowledged
///       └─ with --wait: follow the room from there ──► ask whether it is settled, after each event and every second
///            └─ settled, and everything up to its head seen ──► the end
final class Conversation {
    private let session: NodeSession
    private let request: Coordinator.Post.Request
    private let waits: Bool, isJSON: Bool
    /// Whether answers are printed while they are written.
    private let streams: Bool
    private var answers: StreamedAnswers?
    private let timeout: Duration
    private var posted: Coordinator.Post.Reply?
    private var feed: RoomFeed?
    private var isAskingSettled = false
    /// The coordinator's last word that everything is settled.
    private var settled: Coordinator.Settled.Reply?

    /// How long one try may take, and the wait before the next.
    private static let tryWait = Duration.seconds(5), pause = Duration.milliseconds(250)

    /// A conversation that has not begun.
    init(_ session: NodeSession, room: String?, text: String, waits: Bool, isJSON: Bool, timeout: Duration) {
        self.session = session
        self.waits = waits
        self.isJSON = isJSON
        self.timeout = timeout
        streams = false
        request = .init(request: RequestID.make(), room: room, text: text)
    }

    /// A conversation with one agent in its own room, that has not begun.
    init(_ session: NodeSession, agent: String, text: String, isJSON: Bool, timeout: Duration) {
        self.session = session
        self.isJSON = isJSON
        self.timeout = timeout
        waits = true
        streams = !isJSON
        request = .init(request: RequestID.make(), room: nil, agent: agent, text: text)
    }

    /// Posts the message as soon as there is a connection.
    func begin() {
        session.loop.schedule(after: timeout) { [unowned self] in expire() }
        post()
    }

    private func post() {
        session.bus.request(Coordinator.Post.self, request, deadline: Self.tryWait, retry: .untilDeadline) {
            [unowned self] in
            switch $0 {
            case .success(let reply): acknowledged(reply)
            case .failure(let failure): again(failure) { [unowned self] in post() }
            }
        }
    }

    /// Tries again what a restart may have swallowed; what is refused for good ends the command.
    private func again(_ failure: ServiceFailure, _ attempt: @escaping () -> Void) {
        guard failure.code == .unavailable || failure.code == .timeout else { return session.fail(failure) }
        session.loop.schedule(after: Self.pause, attempt)
    }

    private func acknowledged(_ reply: Coordinator.Post.Reply) {
        guard posted == nil else { return }
        posted = reply
        guard waits else {
            if isJSON { Output.print(json: reply) }
            return session.end()
        }
        if streams { followWords(of: reply) }
        let feed = RoomFeed(session, room: reply.room, after: reply.number) { [unowned self] in show($0) }
        feed.onComplete = { [unowned self] in endIfSettled() }
        feed.onRefused = { [unowned self] in session.fail($0) }
        self.feed = feed
        askSettledRegularly()
    }

    /// Words that come before the subscription stands are printed with the whole answer.
    private func followWords(of reply: Coordinator.Post.Reply) {
        answers = StreamedAnswers(turns: reply.turns)
        session.bus.subscribe(.roomDeltas(reply.room)) { [unowned self] message in
            guard let delta = try? message.decode(RoomDelta.self), let words = answers?.receive(delta) else { return }
            Output.write(raw: SafeText.block(words))
        }
    }

    private func show(_ event: RoomEvent) {
        if isJSON {
            Output.print(json: event)
        } else {
            let isPersons = event.type == .message && !event.from.hasPrefix("agent:")
            if !isPersons { showWords(event) }
            if event.type == .notice { Output.complain(event.text) }
        }
        askSettled()
    }

    private func showWords(_ event: RoomEvent) {
        if let words = answers?.receive(event) { return Output.write(raw: SafeText.block(words)) }
        if event.type == .message { Output.print(SafeText.block(event.text)) }
    }

    private func askSettledRegularly() {
        askSettled()
        session.loop.schedule(after: .seconds(1)) { [unowned self] in askSettledRegularly() }
    }

    private func askSettled() {
        guard let posted, settled == nil, !isAskingSettled else { return }
        isAskingSettled = true
        let question = Coordinator.Settled.Request(room: posted.room, number: posted.number)
        session.bus.request(Coordinator.Settled.self, question, deadline: Self.tryWait) { [unowned self] result in
            isAskingSettled = false
            switch result {
            case .success(let reply) where reply.settled:
                settled = reply
                feed?.catchUp(to: reply.head)
            case .success: break
            case .failure(let failure): again(failure) { [unowned self] in askSettled() }
            }
        }
    }

    private func endIfSettled() {
        guard let settled, let feed, feed.last >= settled.head else { return }
        // A notice, or the lack of any answer, has no more to say than what is on standard error.
        if settled.answered { session.end() } else { session.fail(CommandFailure(.failure)) }
    }

    private func expire() {
        let what = posted == nil ? "posting: no acknowledgement" : "waiting for the answers: not settled"
        session.fail(
            CommandFailure(
                .temporaryFailure, "\(what) within \(timeout.components.seconds) s; `egghead ps` shows what is down"))
    }
}
