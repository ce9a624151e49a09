import Bus
import Following
import Runtime
import Services

/// A room's events, in order and without gap, over restarts of the broker and the coordinator: the follower's questions
/// and answers carried over the bus.
public final class RoomFeed {
    private let bus: BusClient
    private let loop: EventLoop
    private let onEvent: (RoomEvent) -> Void
    private var follower: RoomFollower

    /// Called after news, when everything that is known to exist has been delivered.
    public var onComplete: () -> Void = {}
    /// Called when the coordinator refuses the history.
    public var onRefused: (ServiceFailure) -> Void = { _ in }

    /// The number of the last event delivered.
    public var last: Int { follower.last ?? 0 }

    /// Begins to follow; subscribes first and asks for the history then.
    ///
    /// - Parameters:
    ///   - after: Delivers only events behind this one.
    public init(
        _ bus: BusClient, _ loop: EventLoop, room: String, after: Int, onEvent: @escaping (RoomEvent) -> Void
    ) {
        self.bus = bus
        self.loop = loop
        self.onEvent = onEvent
        follower = RoomFollower(room: room, after: after)
        bus.subscribe(
            toRoom: room, onEvent: { [unowned self] in take(follower.receive(event: $0)) },
            onHead: { [unowned self] in take(follower.receive(head: $0.head)) })
        bus.onConnect = { [unowned self] in take(follower.connected()) }
        if bus.isConnected { take(follower.connected()) }
        retry()
    }

    /// There are events up to this number at least.
    public func catchUp(to head: Int) { take(follower.receive(head: head)) }

    private func retry() {
        loop.schedule(after: .seconds(1)) { [weak self] in
            guard let self else { return }
            if bus.isConnected { take(follower.retry()) }
            retry()
        }
    }

    private func take(_ step: RoomFollower.Step) {
        step.events.forEach(onEvent)
        if let question = step.question { ask(question) }
        if follower.isComplete { onComplete() }
    }

    private func ask(_ question: Coordinator.History.Request) {
        bus.request(Coordinator.History.self, question) { [weak self] result in
            guard let self else { return }
            switch result {
            case .success(let page): take(follower.receive(page: page))
            case .failure(let failure):
                if let step = follower.receive(failure: failure) { return take(step) }
                if failure.code != .unavailable, failure.code != .timeout { onRefused(failure) }
            }
        }
    }
}
