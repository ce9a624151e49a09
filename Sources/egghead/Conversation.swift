import BusClient
import Control
import Following
import Glibc
import LinuxSystem
import Runtime
import Services

/// Posts one message and follows the room until the answers are complete.
///
///     post, to a room or to an agent's direct room, with the same request id until it is acknowledged
///       └─ follow the room from this event ──► ask whether it is settled, after each event and every second
///            └─ settled, and all events up to the newest delivered ──► end
final class Conversation {
    /// The session that carries the requests, and that the end of the conversation ends.
    let session: NodeSession
    private let request: Coordinator.Post.Request
    private let timeout: Duration
    /// The acknowledgement of the message; nil before.
    private(set) var posted: Coordinator.Post.Reply?
    private var feed: RoomFeed?
    private var expiry: Timer?
    private var settlement: Settlement?
    private var isOver = false
    /// The end of the command after an interrupt, unless a second one comes before.
    private var leave: Timer?
    /// Whether it was told that the coordinator is silent.
    private var isSilenceTold = false
    /// Whether a second interrupt came.
    private var isCancelling = false

    /// The passes of agents, which are told if no agent answers.
    var passes: [RoomEvent] = []
    /// Whether standard error has said why there is no answer.
    var isReasonTold = false
    /// The newest of what people and agents did in the room.
    var lastAction: RoomEvent?

    /// Called once, when the coordinator has written the message to its journal.
    var onPosted: (Coordinator.Post.Reply) -> Void = { _ in }
    /// Called for each event of the room after the message, once `follow()` was called.
    var onEvent: (RoomEvent) -> Void = { _ in }
    /// Called once, when the answers are complete, with whether an agent has answered.
    var onSettled: (Bool) -> Void = { _ in }
    /// The end of the error message after the timeout.
    var advice = NodeSession.nextSteps[0]

    /// The deadline of one attempt, and the pause before the next.
    private static let tryWait = Duration.seconds(5), pause = Duration.milliseconds(250)
    /// How long a second interrupt is waited for.
    private static let secondInterruptWait = Duration.seconds(2)

    /// A conversation that `begin()` starts.
    ///
    /// - Parameter timeout: How long it may take until the answers are complete.
    init(_ session: NodeSession, _ request: Coordinator.Post.Request, timeout: Duration) {
        self.session = session
        self.request = request
        self.timeout = timeout
    }

    /// Posts the message when the client is connected.
    func begin() {
        expiry = session.loop.schedule(after: timeout) { [unowned self] in expire() }
        session.tellsWait(for: .coordinator) { [unowned self] in posted != nil }
        post()
    }

    /// Follows the room from the message until the answers are complete. Does nothing before `onPosted`.
    func follow() {
        guard let posted else { return }
        let feed = RoomFeed(session.bus, session.loop, room: posted.room, after: posted.number) {
            [unowned self] events in
            for event in events where !isOver {
                onEvent(event)
                askSettled()
            }
        }
        feed.onComplete = { [unowned self] in endIfSettled() }
        feed.onRefused = { [unowned self] in session.fail($0) }
        self.feed = feed
        askSettledRegularly()
        do throws(SystemCallError) {
            // A program that runs the command expects SIGINT to end it at once.
            if Output.errorsReachTerminal {
                try session.loop.onSignals([.interrupt]) { [unowned self] _ in interrupt() }
            }
        } catch {
            session.fail(error)
        }
    }

    private func post() {
        session.bus.request(Coordinator.Post.self, request, deadline: Self.tryWait, retry: .untilDeadline) {
            [unowned self] in
            switch $0 {
            case .success(let reply): acknowledged(reply)
            case .failure(let failure): repeatAttempt(after: failure) { [unowned self] in post() }
            }
        }
    }

    /// Repeats an attempt that may have been lost in a restart. Any other failure ends the command.
    private func repeatAttempt(after failure: ServiceFailure, _ attempt: @escaping () -> Void) {
        guard failure.code.isTransient else { return session.fail(failure) }
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
                tellSilence(failure)
                repeatAttempt(after: failure) { [unowned self] in askSettled() }
            }
        }
    }

    /// The coordinator did not say whether the answers are complete; it is told once that it is waited for.
    private func tellSilence(_ failure: ServiceFailure) {
        if isSilenceTold || failure.code != .timeout { return }
        isSilenceTold = true
        Output.complain(NodeSession.remark(waitingFor: .coordinator))
    }

    /// Ctrl-C: the first one ends the command soon, the second one ends the answer as well, and a third one ends the
    /// command at once.
    private func interrupt() {
        guard let posted, !isCancelling else { return session.fail(CommandFailure(.failure)) }
        if leave != nil { return cancel(posted) }
        let wait = Self.secondInterruptWait
        Output.complain(
            "the answer goes on; Ctrl-C again within \(wait.components.seconds) s cancels it, "
                + "or later: egghead cancel \(posted.room)")
        leave = session.loop.schedule(after: wait) { [unowned session] in session.fail(CommandFailure(.failure)) }
    }

    private func cancel(_ posted: Coordinator.Post.Reply) {
        leave?.cancel()
        isCancelling = true
        let request = Coordinator.Cancel.Request(
            request: RequestID.make(), room: posted.room, turns: .causedBy(posted.number))
        session.bus.request(Coordinator.Cancel.self, request, deadline: Self.tryWait, retry: .untilDeadline) {
            [unowned session] in
            // What was cancelled arrives as events of the room, which end the command.
            if case .failure(let failure) = $0 { session.fail(failure) }
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
            CommandFailure(
                .temporaryFailure,
                "\(what) within \(timeout.components.seconds) s; \(posted == nil ? NodeSession.nextSteps[0] : advice)"))
    }
}
