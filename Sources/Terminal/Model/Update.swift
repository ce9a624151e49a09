import Following
import Services

extension Model {
    /// The state after a message, and what the shell must do, in this order.
    public static func update(_ model: Model, _ message: Message) -> (Model, [Effect]) {
        var next = model
        let effects = next.receive(message)
        return (next, effects)
    }

    private mutating func receive(_ message: Message) -> [Effect] {
        switch message {
        case .key(let key): return press(key)
        case .tick(let now): return tick(now)
        case .connected: return connected()
        case .disconnected: return disconnected()
        case .rooms(let result): return roomsCame(result)
        case .history(let result): return historyCame(result)
        case .event(let event): return follow { $0.receive(event: event) }
        case .head(let head): return follow { $0.receive(head: head.head) }
        case .delta(let from, let delta): return deltaCame(from, delta)
        case .posted(let request, let result): return posted(request, result)
        case .answered(.failure(let failure)), .cancelled(.failure(let failure)):
            remark = failure.message
            return []
        case .answered(.success), .cancelled(.success): return []
        case .tree(let result): return treeCame(result)
        case .child: return askRooms() + askTree()
        case .painted(let transcript, let side):
            (transcriptViewport, sideViewport) = (transcript, side)
            sideTop = min(sideTop, side.topMax)
            return []
        }
    }

    // MARK: The connection

    private mutating func connected() -> [Effect] {
        connection = .connected
        (isAskingRooms, isAskingTree) = (false, false)
        if let room, follower == nil { return begin(room) + askRooms() + askTree() }
        return follow { $0.connected() } + askRooms() + askTree() + sendPending()
    }

    private mutating func disconnected() -> [Effect] {
        connection = .lost
        (isAskingRooms, isAskingTree) = (false, false)
        follower?.questionFailed()
        for index in pending.indices where pending[index].state == .sent { pending[index].state = .waiting }
        return askTree()
    }

    private mutating func tick(_ now: String) -> [Effect] {
        self.now = now
        guard connection == .connected else { return askTree() }
        let isAnyoneBusy = roster.contains { $0.activity != .idle }
        return follow { $0.retry() } + sendPending() + (isAnyoneBusy || room == nil ? askRooms() : [])
            + (isTreeStale ? askTree() : [])
    }

    // MARK: The room

    /// Starts to show a room: subscribes first, then asks for its newest events.
    private mutating func begin(_ room: RoomName) -> [Effect] {
        self.room = room
        follower = RoomFollower(room: room, newest: 100)
        return [.follow(room: room)] + follow { $0.connected() } + sendPending()
    }

    private mutating func askRooms() -> [Effect] {
        guard connection == .connected, !isAskingRooms else { return [] }
        isAskingRooms = true
        return [.askRooms]
    }

    private mutating func roomsCame(_ result: Result<Coordinator.Rooms.Reply, ServiceFailure>) -> [Effect] {
        isAskingRooms = false
        guard case .success(let reply) = result else { return [] }  // the next tick asks again
        roster = (reply.rooms.first { $0.room == room } ?? reply.rooms.first)?.roster ?? roster
        if room == nil, let room = reply.defaultRoom { return begin(room) }
        return []
    }

    private mutating func historyCame(_ result: Result<Coordinator.History.Reply, ServiceFailure>) -> [Effect] {
        switch result {
        case .success(let page): return follow { $0.receive(page: page) }
        // The next tick asks again.
        case .failure(let failure): return follow { $0.receive(failure: failure) ?? .init() }
        }
    }

    /// Passes something to the follower and takes the events that it delivers.
    private mutating func follow(_ news: (inout RoomFollower) -> RoomFollower.Step) -> [Effect] {
        guard var follower else { return [] }
        let step = news(&follower)
        self.follower = follower
        for event in step.events { append(event) }
        return (step.question.map { [.askHistory($0)] } ?? []) + (step.events.isEmpty ? [] : askRooms())
    }

    private mutating func append(_ event: RoomEvent) {
        events.append(event)
        if events.count > Self.eventsMax { events.removeFirst(events.count - Self.eventsMax) }
        pending.removeAll { $0.state == .acknowledged(number: event.number) }
        guard let turn = event.turn, !event.isOfOpenTurn else { return }
        // If the agent has died, its successor writes the answer as a higher attempt.
        endedAttempts.append(EndedAttempt(turn: turn, attempt: partialAnswers.first { $0.turn == turn }?.attempt ?? 0))
        partialAnswers.removeAll { $0.turn == turn }
        if endedAttempts.count > Self.turnsMax { endedAttempts.removeFirst() }
    }

    private mutating func deltaCame(_ from: Principal, _ delta: RoomDelta) -> [Effect] {
        guard !endedAttempts.contains(where: { $0.turn == delta.turn && $0.attempt >= delta.attempt }) else {
            return []
        }
        if let index = partialAnswers.firstIndex(where: { $0.turn == delta.turn }) {
            partialAnswers[index].receive(delta)
            return []
        }
        partialAnswers.append(PartialAnswer(from: from, delta))
        if partialAnswers.count > Self.turnsMax { partialAnswers.removeFirst() }
        return askRooms()
    }

    // MARK: Posting

    /// Posts a line at once, or when the terminal is connected again.
    mutating func post(_ text: String) -> [Effect] {
        guard pending.count < Self.pendingMax else {
            remark = "too many messages wait for the broker; wait until they are sent"
            return []
        }
        let request = Coordinator.Post.Request(request: makeRequestID(), room: room, text: text)
        pending.append(Pending(request: request, state: .waiting))
        transcriptTop = nil
        return sendPending()
    }

    /// An id for a request of this terminal.
    mutating func makeRequestID() -> String {
        requestsMade += 1
        return "\(requestPrefix)-\(requestsMade)"
    }

    /// Sends the oldest post that waits, unless one was sent and is not acknowledged yet. So the order is kept.
    private mutating func sendPending() -> [Effect] {
        guard connection == .connected, let room, !pending.contains(where: { $0.state == .sent }),
            let index = pending.firstIndex(where: { $0.state == .waiting })
        else { return [] }
        pending[index].state = .sent
        pending[index].request.room = room
        return [.post(pending[index].request)]
    }

    private mutating func posted(
        _ request: String, _ result: Result<Coordinator.Post.Reply, ServiceFailure>
    ) -> [Effect] {
        guard let index = pending.firstIndex(where: { $0.request.request == request }) else { return [] }
        switch result {
        case .success(let reply):
            pending[index].state = .acknowledged(number: reply.number)
            if reply.number <= follower?.last ?? 0 { pending.remove(at: index) }
            return sendPending() + follow { $0.receive(head: reply.number) }
        case .failure(let failure) where failure.code.isTransient:
            pending[index].state = .waiting  // the next tick sends it again
            return []
        case .failure(let failure):
            pending.remove(at: index)
            remark = failure.message
            return sendPending()
        }
    }

    // MARK: The tree

    private mutating func askTree() -> [Effect] {
        isTreeStale = true
        guard !isAskingTree else { return [] }
        (isAskingTree, isTreeStale) = (true, false)
        return [.askTree(connection == .connected ? .bus : .controlSocket)]
    }

    private mutating func treeCame(_ result: Result<Supervisor.List.Reply, ServiceFailure>) -> [Effect] {
        isAskingTree = false
        switch result {
        case .success(let reply): tree = ProcessTree(reply.children)
        case .failure: isTreeStale = true  // the next tick asks again
        }
        return []
    }
}
