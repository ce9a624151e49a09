import Bus
import BusClient
import Following
import Runtime
import Services

/// Delivers the events of a room in order and without gaps, across restarts of the broker and the coordinator. It
/// connects a `RoomFollower` to the bus.
public final class RoomFeed {
    private let bus: BusClient
    private let loop: EventLoop
    private let onEvents: ([RoomEvent]) -> Void
    private var follower: RoomFollower

    /// Called after each step after which all events that are known to exist have been delivered.
    public var onComplete: () -> Void = {}
    /// Called when the coordinator refuses the history for a reason that repeating the request does not change.
    public var onRefused: (ServiceFailure) -> Void = { _ in }

    /// The number of the last event delivered; 0 if there is none.
    public var last: Int { follower.last ?? 0 }

    /// Follows a room: subscribes first, then requests the history. It replaces `onConnect` of the client.
    ///
    /// - Parameters:
    ///   - after: The number of the event before the first one delivered.
    ///   - onEvents: Called with the next events, in order.
    public init(
        _ bus: BusClient, _ loop: EventLoop, room: RoomName, after: Int, onEvents: @escaping ([RoomEvent]) -> Void
    ) {
        self.bus = bus
        self.loop = loop
        self.onEvents = onEvents
        follower = RoomFollower(room: room, after: after)
        bus.subscribe(
            toRoom: room, onEvent: { [unowned self] in take(follower.receive(event: $0)) },
            onHead: { [unowned self] in take(follower.receive(head: $0.head)) })
        bus.onConnect = { [unowned self] in take(follower.connected()) }
        if bus.isConnected { take(follower.connected()) }
        retry()
    }

    /// Makes the feed deliver the events up to a number, which are known to exist.
    public func catchUp(to head: Int) { take(follower.receive(head: head)) }

    private func retry() {
        loop.schedule(after: .seconds(1)) { [weak self] in
            guard let self else { return }
            if bus.isConnected { take(follower.retry()) }
            retry()
        }
    }

    private func take(_ step: RoomFollower.Step) {
        // The coordinator reads the next page while this one is shown.
        if let question = step.question {
            ask(question)
            bus.flush()
        }
        if !step.events.isEmpty { onEvents(step.events) }
        if follower.isComplete { onComplete() }
    }

    private func ask(_ question: Coordinator.History.Request) {
        bus.request(Coordinator.History.self, question) { [weak self] result in
            guard let self else { return }
            switch result {
            case .success(let page): take(follower.receive(page: page))
            case .failure(let failure):
                if let step = follower.receive(failure: failure) { return take(step) }
                if !failure.code.isTransient { onRefused(failure) }
            }
        }
    }
}
