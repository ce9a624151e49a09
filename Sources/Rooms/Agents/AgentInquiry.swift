/// The question "who are the agents?" to the store, asked no more than once at a time.
///
/// Whoever needs a fresh answer takes a ticket; an answer satisfies the tickets that were taken before its question was
/// sent. So a hundred turns that begin at once cost two questions, and none is issued on an answer older than itself.
struct AgentInquiry {
    /// Proof of when somebody needed the answer.
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

    /// Whether the store has said anything yet.
    var isAnsweredOnce: Bool { answered > 0 }

    /// Whether an answer has come that is as fresh as a ticket asks for.
    func satisfies(_ ticket: Ticket) -> Bool { answered >= ticket.question }

    /// Takes a ticket.
    ///
    /// - Returns: The ticket, and whether the question is to be sent now.
    mutating func take() -> (ticket: Ticket, sendsNow: Bool) {
        if isInFlight || retryAt != nil {
            isWantedAgain = isInFlight
            return (Ticket(question: sent + 1), false)
        }
        return (Ticket(question: sent + 1), send())
    }

    /// An answer came.
    ///
    /// - Returns: Whether the question is to be sent again.
    mutating func answer() -> Bool {
        isInFlight = false
        answered = sent
        guard isWantedAgain else { return false }
        return send()
    }

    /// No answer came.
    mutating func fail(at now: Duration) {
        isInFlight = false
        retryAt = now + RoomsLimits.storeRetry
    }

    /// Time has passed.
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
