/// The question "who are the agents?" to the store, which is asked at most once at a time.
///
/// Who needs a fresh answer takes a ticket. An answer satisfies the tickets that were taken before its question was
/// sent. So a hundred turns that begin at once cost two questions, and none is offered on an older answer than itself.
struct AgentInquiry {
    /// When an answer was needed, counted in questions.
    struct Ticket: Hashable, Comparable {
        fileprivate let question: Int

        static func < (first: Ticket, second: Ticket) -> Bool { first.question < second.question }
    }

    private var sent = 0
    private var answered = 0
    private var isInFlight = false
    private var isWantedAgain = false
    /// When to ask again after a failure.
    private(set) var retryAt: Duration?

    /// Whether the store has answered at least once.
    var isAnsweredOnce: Bool { answered > 0 }

    /// Whether an answer has come since a ticket was taken.
    func satisfies(_ ticket: Ticket) -> Bool { answered >= ticket.question }

    /// Takes a ticket.
    ///
    /// - Returns: The ticket, and whether the question is to be sent now.
    mutating func take() -> (ticket: Ticket, asksNow: Bool) {
        if isInFlight || retryAt != nil {
            isWantedAgain = isInFlight
            return (Ticket(question: sent + 1), false)
        }
        return (Ticket(question: sent + 1), send())
    }

    /// The store has answered.
    ///
    /// - Returns: Whether the question is to be sent again.
    mutating func answer() -> Bool {
        isInFlight = false
        answered = sent
        guard isWantedAgain else { return false }
        return send()
    }

    /// The store has not answered.
    mutating func fail(at now: Duration) {
        isInFlight = false
        retryAt = now + RoomsLimits.storeRetry
    }

    /// The clock has moved.
    ///
    /// - Returns: Whether the question is to be sent again.
    mutating func wake(at now: Duration) -> Bool {
        guard let retryAt, retryAt <= now else { return false }
        return send()
    }

    private mutating func send() -> Bool {
        sent += 1
        isInFlight = true
        isWantedAgain = false
        retryAt = nil
        return true
    }
}
