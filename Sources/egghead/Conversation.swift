import Bus
import Control
import Following
import Glibc
import LinuxSystem
import Runtime
import Services

/// One message and what comes of it.
///
///     post, in a room or in an agent's own, with the same request id until it is acknowledged
///       └─ follow: the room from there ──► ask whether it is settled, after each event and every second
///            └─ settled, and everything up to its head seen ──► the end
final class Conversation {
    let session: NodeSession
    private let request: Coordinator.Post.Request
    private let timeout: Duration
    private(set) var posted: Coordinator.Post.Reply?
    private var feed: RoomFeed?
    private var expiry: Timer?
    private var settlement: Settlement?
    private var isOver = false

    /// The message is on the coordinator's disk. Called once.
    var onPosted: (Coordinator.Post.Reply) -> Void = { _ in }
    /// What follows in the room, when it is followed.
    var onEvent: (RoomEvent) -> Void = { _ in }
    /// Nothing that the message caused runs or waits any more; whether an agent has answered. Called once.
    var onSettled: (Bool) -> Void = { _ in }
    /// What is said when the time is over, behind what was waited for and how long.
    var advice = "`egghead ps` shows what is down"

    /// How long one try may take, and the wait before the next.
    private static let tryWait = Duration.seconds(5), pause = Duration.milliseconds(250)

    /// A conversation that has not begun.
    init(_ session: NodeSession, _ request: Coordinator.Post.Request, timeout: Duration) {
        self.session = session
        self.request = request
        self.timeout = timeout
    }

    /// Posts the message as soon as there is a connection.
    func begin() {
        expiry = session.loop.schedule(after: timeout) { [unowned self] in expire() }
        post()
    }

    /// Follows the room behind the message until everything is settled.
    func follow() {
        guard let posted else { return }
        let feed = RoomFeed(session.bus, session.loop, room: posted.room, after: posted.number) {
            [unowned self] event in
            guard !isOver else { return }
            onEvent(event)
            askSettled()
        }
        feed.onComplete = { [unowned self] in endIfSettled() }
        feed.onRefused = { [unowned self] in session.fail($0) }
        self.feed = feed
        askSettledRegularly()
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
        settlement = Settlement(of: reply)
        onPosted(reply)
    }

    private func askSettledRegularly() {
        guard !isOver else { return }
        askSettled()
        session.loop.schedule(after: .seconds(1)) { [unowned self] in askSettledRegularly() }
    }

    private func askSettled() {
        guard let question = settlement?.ask() else { return }
        session.bus.request(Coordinator.Settled.self, question, deadline: Self.tryWait) { [unowned self] result in
            switch result {
            case .success(let reply): if let head = settlement?.receive(reply) { feed?.catchUp(to: head) }
            case .failure(let failure):
                settlement?.questionFailed()
                again(failure) { [unowned self] in askSettled() }
            }
        }
    }

    private func endIfSettled() {
        guard let feed, let isAnswered = settlement?.delivered(upTo: feed.last) else { return }
        isOver = true
        expiry?.cancel()
        onSettled(isAnswered)
    }

    private func expire() {
        let what = posted == nil ? "posting: no acknowledgement" : "waiting for the answers: not settled"
        session.fail(
            CommandFailure(.temporaryFailure, "\(what) within \(timeout.components.seconds) s; \(advice)"))
    }
}
