import Services

/// Follows one room without gap and without repetition, over restarts of the broker and the coordinator.
///
/// Live events are delivered at most once and may be lost; the room's history contains all of them. A follower
/// therefore subscribes before it requests the history. A live event whose number is not the next one is held until the
/// gap is filled.
///
///     connected ──► ask history after the last number ──► page ──► more behind it? ask again
///     live event n ──► n = last + 1: deliver │ n ≤ last: drop │ n > last + 1: hold, ask history
///     head n     ──► n > last: ask history
///
/// A room may be dropped and created again with the same name. It is then followed from its first event:
///
///     head 0, or no such room ──► the next event is the first
///     event 1, or a page, of a room that began at another time, or a page or head below last ──► start over
public struct RoomFollower: Sendable, Hashable {
    /// What is to be done after the follower has received something.
    public struct Step: Sendable, Hashable {
        /// The next events of the room, in their order.
        public var events: [RoomEvent]
        /// A question for the coordinator; its answer goes to `receive(page:)`, its failure to `receive(failure:)`.
        public var question: Coordinator.History.Request?

        /// A step; by default it delivers nothing and asks nothing.
        public init(events: [RoomEvent] = [], question: Coordinator.History.Request? = nil) {
            self.events = events
            self.question = question
        }
    }

    /// The most live events that are held while a gap is filled. Further ones are dropped and read from the history.
    public static let heldEventsMax = 256
    /// The highest number of an event that is followed: after every other one there is a next.
    private static let numberMax = Int.max - 1

    /// The room.
    public let room: RoomName
    /// The number of the last event delivered; nil before the first answer.
    public private(set) var last: Int?
    /// When the room whose events were delivered began, RFC 3339; nil before it is known.
    public private(set) var began: String?
    /// Whether everything that is known to exist has been delivered.
    public var isComplete: Bool { last.map { $0 >= head } ?? false }

    private let firstQuestion: Coordinator.History.Request
    private var head = 0
    private var held: [RoomEvent] = []
    private var isAsking = false

    /// A follower that delivers the events of a room from a number on.
    ///
    /// - Parameters:
    ///   - after: The number of the event before the first one delivered; 0 starts with the first event of the room.
    public init(room: RoomName, after: Int) {
        self.room = room
        firstQuestion = .init(room: room, after: after, limit: Coordinator.History.eventsMax)
    }

    /// A follower that continues where an earlier one has ended.
    ///
    /// - Parameters:
    ///   - last: The number of the last event that was delivered; 0 if there was none.
    ///   - began: When the room began from which it is; nil if that is not known.
    public init(room: RoomName, last: Int, began: String?) {
        self.init(room: room, after: last)
        self.last = last
        self.began = began
    }

    /// A follower that starts with the newest events.
    ///
    /// - Parameter count: The number of events in the first page, at least 1.
    public init(room: RoomName, newest count: Int) {
        self.room = room
        firstQuestion = .init(room: room, limit: count)
    }

    /// The client has connected, for the first time or again, and the subscription is active.
    public mutating func connected() -> Step {
        isAsking = false
        return Step(question: ask())
    }

    /// A live event has arrived.
    public mutating func receive(event: RoomEvent) -> Step {
        if event.number == 1 {
            if let began, began != event.at { startOver() }
            began = event.at
        }
        head = max(head, event.number)
        hold(event)
        let events = deliverHeld()
        return Step(events: events, question: askIfBehind())
    }

    /// The coordinator has published the number of the newest event; 0 if the room does not exist any more.
    public mutating func receive(head number: Int) -> Step {
        if number == 0, last != nil {
            startOver()
            last = 0
            return Step()
        }
        if let last, number < last { return Step(question: isAsking ? nil : ask()) }
        head = max(head, number)
        return Step(question: askIfBehind())
    }

    /// The answer to the question has arrived.
    public mutating func receive(page: Coordinator.History.Reply) -> Step {
        isAsking = false
        let isShorter = last.map { page.head < $0 } ?? false
        let isAnother = began.map { $0 != page.began ?? $0 } ?? false
        if isShorter || isAnother {
            startOver()
            head = page.head
            return Step(question: askIfBehind())
        }
        began = page.began ?? began
        head = page.head
        let before = page.events.first.map { max($0.number, 1) - 1 } ?? page.head
        // What was before the first event that is kept is in records.
        let gone = min(max(page.first ?? 1, 1) - 1, page.head, Self.numberMax)
        let events = deliver(page, after: max(gone, last ?? max(0, min(before, Self.numberMax))))
        head = max(head, held.last?.number ?? 0)
        // After a page without a new event the question is repeated by `retry()`, not at once.
        return Step(events: events, question: events.isEmpty ? nil : askIfBehind())
    }

    /// The question got no answer. `retry()` repeats it.
    public mutating func questionFailed() { isAsking = false }

    /// The question was refused or got no answer.
    ///
    /// - Returns: A step if a room that was followed does not exist any more; it may be created again. Nil after any
    ///   other failure.
    public mutating func receive(failure: ServiceFailure) -> Step? {
        questionFailed()
        return failure.code == .notFound && last != nil ? receive(head: 0) : nil
    }

    /// Asks again for what is missing, if anything is. To be called about once a second while the client is connected.
    public mutating func retry() -> Step { Step(question: askIfBehind()) }

    /// Another room has the name now. A follower that started with the newest events does so again.
    private mutating func startOver() {
        last = firstQuestion.after == nil ? nil : 0
        (head, held, began) = (0, [], nil)
    }

    private mutating func askIfBehind() -> Coordinator.History.Request? { isAsking || isComplete ? nil : ask() }

    private mutating func ask() -> Coordinator.History.Request {
        isAsking = true
        return last.map { .init(room: room, after: $0, limit: Coordinator.History.eventsMax) } ?? firstQuestion
    }

    /// Holds an event, in the order of the numbers and without duplicates.
    private mutating func hold(_ event: RoomEvent) {
        guard event.number > last ?? 0, event.number <= Self.numberMax,
            held.count < Self.heldEventsMax || event.number == (last ?? 0) + 1
        else { return }
        let place = held.firstIndex { $0.number >= event.number } ?? held.count
        if place < held.count, held[place].number == event.number { return }
        held.insert(event, at: place)
    }

    /// Delivers the events of a page behind a number, and the held ones that follow them.
    private mutating func deliver(_ page: Coordinator.History.Reply, after before: Int) -> [RoomEvent] {
        var events: [RoomEvent] = [], last = before
        for event in page.events {
            if event.number == last + 1, last < Self.numberMax {
                events.append(event)
                last += 1
            } else {
                hold(event)
            }
        }
        self.last = last
        return events + deliverHeld()
    }

    private mutating func deliverHeld() -> [RoomEvent] {
        guard var next = last.map({ $0 + 1 }) else { return [] }
        var events: [RoomEvent] = []
        let reached = held.prefix { event in
            guard event.number <= next else { return false }
            if event.number == next {
                events.append(event)
                next += 1
            }
            return true
        }
        held.removeFirst(reached.count)
        last = next - 1
        return events
    }
}
