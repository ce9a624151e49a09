import Services

/// Follows one room without gap and without repetition, over restarts of the broker and the coordinator.
///
/// Live events come at most once and may be lost; the room's history has them all. So whoever follows subscribes first
/// and asks for the history then; a live event whose number is not the next one waits until the gap is filled.
///
///     connected ──► ask history after the last number ──► page ──► more behind it? ask again
///     live event n ──► n = last + 1: deliver │ n ≤ last: known already │ n > last + 1: keep, ask history
///     head n     ──► n > last: ask history
///
/// A room may be dropped and made again under its name; then it is followed from its beginning:
///
///     head 0, or no such room ──► the next event is the first
///     event 1, or a page, of a room that began at another time, or a page or head below last ──► begin anew
public struct RoomFollower: Sendable, Hashable {
    /// What news of the room has led to.
    public struct Step: Sendable, Hashable {
        /// The next events of the room, in their order.
        public var events: [RoomEvent]
        /// A question for the coordinator; its answer goes to `receive(page:)`, its failure to `questionFailed()`.
        public var question: Coordinator.History.Request?

        /// A step; nothing at all unless told.
        public init(events: [RoomEvent] = [], question: Coordinator.History.Request? = nil) {
            self.events = events
            self.question = question
        }
    }

    /// The most live events that wait for a gap to be filled; the history has those beyond.
    public static let heldEventsMax = 256

    /// The room.
    public let room: RoomName
    /// The number of the last event delivered; nil before the first answer.
    public private(set) var last: Int?
    /// Whether everything that is known to exist has been delivered.
    public var isComplete: Bool { last.map { $0 >= head } ?? false }

    private let firstQuestion: Coordinator.History.Request
    /// When the room began whose events were delivered.
    private var began: String?
    private var head = 0
    private var held: [RoomEvent] = []
    private var isAsking = false

    /// A follower that has seen nothing.
    ///
    /// - Parameters:
    ///   - after: Begins behind this event; 0 begins with the room's first.
    public init(room: RoomName, after: Int) {
        self.room = room
        firstQuestion = .init(room: room, after: after)
    }

    /// A follower that begins with the newest events.
    public init(room: RoomName, newest count: Int) {
        self.room = room
        firstQuestion = .init(room: room, limit: count)
    }

    /// The connection is there, for the first time or again, and the subscription stands.
    public mutating func connected() -> Step {
        isAsking = false
        return Step(question: ask())
    }

    /// A live event has come.
    public mutating func receive(event: RoomEvent) -> Step {
        if event.number == 1 {
            if let began, began != event.at { beginAnew() }
            began = event.at
        }
        head = max(head, event.number)
        hold(event)
        let events = deliverHeld()
        return Step(events: events, question: askIfBehind())
    }

    /// The coordinator has told the number of the newest event; 0 when the room is no more.
    public mutating func receive(head number: Int) -> Step {
        if number == 0, last != nil {
            beginAnew()
            last = 0
            return Step()
        }
        if let last, number < last { return Step(question: isAsking ? nil : ask()) }
        head = max(head, number)
        return Step(question: askIfBehind())
    }

    /// An answer to the question has come.
    public mutating func receive(page: Coordinator.History.Reply) -> Step {
        isAsking = false
        let isShorter = last.map { page.head < $0 } ?? false
        let isAnother = began.map { $0 != page.began ?? $0 } ?? false
        if isShorter || isAnother {
            beginAnew()
            head = page.head
            return Step(question: askIfBehind())
        }
        began = page.began ?? began
        head = page.head
        page.events.forEach { hold($0) }
        if last == nil { last = page.events.first.map { $0.number - 1 } ?? page.head }
        let events = deliverHeld()
        head = max(head, held.last?.number ?? 0)
        // A page without news does not get better by asking at once; `retry` comes back to it.
        return Step(events: events, question: events.isEmpty ? nil : askIfBehind())
    }

    /// No answer to the question has come, or a refusal.
    public mutating func questionFailed() { isAsking = false }

    /// Asks again for what is missing, if anything is; call it every second or so.
    public mutating func retry() -> Step { Step(question: askIfBehind()) }

    /// Another room has the name. Whoever began with the newest events does so again.
    private mutating func beginAnew() {
        last = firstQuestion.after == nil ? nil : 0
        (head, held, began) = (0, [], nil)
    }

    private mutating func askIfBehind() -> Coordinator.History.Request? { isAsking || isComplete ? nil : ask() }

    private mutating func ask() -> Coordinator.History.Request {
        isAsking = true
        return last.map { .init(room: room, after: $0) } ?? firstQuestion
    }

    /// Keeps an event in the order of the numbers, once.
    private mutating func hold(_ event: RoomEvent) {
        guard event.number > last ?? 0, held.count < Self.heldEventsMax || event.number == (last ?? 0) + 1 else {
            return
        }
        let place = held.firstIndex { $0.number >= event.number } ?? held.count
        if place < held.count, held[place].number == event.number { return }
        held.insert(event, at: place)
    }

    private mutating func deliverHeld() -> [RoomEvent] {
        guard var next = last.map({ $0 + 1 }) else { return [] }
        var events: [RoomEvent] = []
        while let first = held.first, first.number <= next {
            held.removeFirst()
            guard first.number == next else { continue }
            events.append(first)
            next += 1
        }
        last = next - 1
        return events
    }
}
