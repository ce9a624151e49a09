import Services

/// Decides whether the answers to a message are complete: no turn that it caused runs or waits any more, and all events
/// until then have been delivered.
///
///     ask ──► not settled: ask again, after each event and every second
///       └──► settled, with the number of the newest event ──► delivered up to it: complete
public struct Settlement: Sendable, Hashable {
    private let question: Coordinator.Settled.Request
    private var settled: Coordinator.Settled.Reply?
    private var isAsking = false, isOver = false

    /// The settlement of a message that the coordinator has acknowledged.
    public init(of message: Coordinator.Post.Reply) {
        question = Coordinator.Settled.Request(room: message.room, number: message.number)
    }

    /// The question that is to be asked now; its answer goes to `receive(_:)`, its failure to `questionFailed()`.
    ///
    /// - Returns: Nil while it is being asked, and after the coordinator has said that everything is settled.
    public mutating func ask() -> Coordinator.Settled.Request? {
        guard settled == nil, !isAsking else { return nil }
        isAsking = true
        return question
    }

    /// The coordinator's answer.
    ///
    /// - Returns: The number of the event up to which the room is to be delivered; nil when not everything is settled.
    public mutating func receive(_ reply: Coordinator.Settled.Reply) -> Int? {
        isAsking = false
        guard reply.settled else { return nil }
        settled = reply
        return reply.head
    }

    /// The question was not answered; it may be asked again.
    public mutating func questionFailed() { isAsking = false }

    /// The room has been delivered up to an event.
    ///
    /// - Returns: Whether an agent has answered, once the answers are complete; nil before, and nil afterwards.
    public mutating func delivered(upTo number: Int) -> Bool? {
        guard !isOver, let settled, number >= settled.head else { return nil }
        isOver = true
        return settled.answered
    }
}
