import Bus
import Runtime
import Services
import Terminal

/// A room's events, in order and without gap, over restarts of the broker and the coordinator: the follower's questions
/// and answers carried over the bus.
final class RoomFeed {
    private let session: NodeSession
    private let onEvent: (RoomEvent) -> Void
    private var follower: RoomFollower

    /// Called after news, when everything that is known to exist has been delivered.
    var onComplete: () -> Void = {}
    /// Called when the coordinator refuses the history.
    var onRefused: (ServiceFailure) -> Void = { _ in }

    /// The number of the last event delivered.
    var last: Int { follower.last ?? 0 }

    /// Begins to follow; subscribes first and asks for the history then.
    ///
    /// - Parameters:
    ///   - after: Delivers only events behind this one.
    init(_ session: NodeSession, room: RoomName, after: Int, onEvent: @escaping (RoomEvent) -> Void) {
        self.session = session
        self.onEvent = onEvent
        follower = RoomFollower(room: room, after: after)
        session.bus.subscribe(SubjectPattern(.roomEvent(room))) { [unowned self] message in
            if let event = try? message.decode(RoomEvent.self) { take(follower.receive(event: event)) }
        }
        session.bus.subscribe(SubjectPattern(.roomHead(room))) { [unowned self] message in
            if let head = try? message.decode(RoomHead.self) { take(follower.receive(head: head.head)) }
        }
        session.bus.onConnect = { [unowned self] in take(follower.connected()) }
        if session.bus.isConnected { take(follower.connected()) }
        retry()
    }

    /// There are events up to this number at least.
    func catchUp(to head: Int) { take(follower.receive(head: head)) }

    private func retry() {
        session.loop.schedule(after: .seconds(1)) { [weak self] in
            guard let self else { return }
            if session.bus.isConnected { take(follower.retry()) }
            retry()
        }
    }

    private func take(_ step: RoomFollower.Step) {
        step.events.forEach(onEvent)
        if let question = step.question { ask(question) }
        if follower.isComplete { onComplete() }
    }

    private func ask(_ question: Coordinator.History.Request) {
        session.bus.request(Coordinator.History.self, question) { [weak self] result in
            guard let self else { return }
            switch result {
            case .success(let page): take(follower.receive(page: page))
            case .failure(let failure):
                follower.questionFailed()
                // A room that was there is no more; it may be made again.
                if failure.code == .notFound, follower.last != nil { return take(follower.receive(head: 0)) }
                if failure.code != .unavailable, failure.code != .timeout { onRefused(failure) }
            }
        }
    }
}
