import Services

/// A call that was asked for and waits for the store's word on its caller's grants.
struct AskedCall<Asker> {
    /// What was asked for, with the time of the first request.
    let claim: ToolClaim
    /// Whose record grants it or does not.
    let agent: AgentID
    /// What the agent said before it.
    var reason: String?
    /// What a person has said yes to, when that was needed.
    var approved: HeldCall?
    /// The newest of those who asked for it; whoever asked before has given up. Nil when nobody has, since the toolbox
    /// began, of a call that a person has approved.
    var asker: Asker?
}

/// The calls that wait for their callers' grants, in the order in which they were asked for.
///
/// One call waits once, however often it is asked for: of two answers of the store the second could refuse what already
/// runs because of the first.
struct AskedCalls<Asker> {
    /// Counts the questions for grants; each is the question for one call.
    typealias Ticket = Int

    /// What a request for a call comes to.
    enum Addition: Hashable {
        /// It is new: the store is to be asked.
        case waits(Ticket)
        /// It waits already; the newest asker takes the place of the one before.
        case joined
        /// Another call of this id waits.
        case taken
        /// It is new and must not be.
        case refused
    }

    private var calls: [Ticket: AskedCall<Asker>] = [:]
    private var tickets: [ToolCallKey: Ticket] = [:]
    private var next = 0

    /// No call waits.
    init() {}

    /// The questions that the store has not answered, oldest first.
    var openTickets: [Ticket] { calls.keys.sorted() }

    /// Takes a request for a call.
    ///
    /// - Parameter isRefused: Whether the call is refused unless it waits already.
    mutating func add(_ call: AskedCall<Asker>, isRefused: Bool) -> Addition {
        if let ticket = tickets[call.claim.key], let waiting = calls[ticket] {
            guard waiting.claim.isSameCall(as: call.claim) else { return .taken }
            calls[ticket]?.asker = call.asker
            return .joined
        }
        if isRefused { return .refused }
        defer { next += 1 }
        calls[next] = call
        tickets[call.claim.key] = next
        return .waits(next)
    }

    /// Takes out the call of a question that is answered; nil when there is none.
    mutating func take(_ ticket: Ticket) -> AskedCall<Asker>? {
        guard let call = calls.removeValue(forKey: ticket) else { return nil }
        tickets[call.claim.key] = nil
        return call
    }

    /// The calls of a turn that wait.
    func calls(of turn: TurnKey) -> [ToolCall] {
        // What a person has approved is in the journal.
        openTickets.compactMap { calls[$0] }.filter { $0.claim.turnKey == turn && $0.approved == nil }
            .map(\.claim.call)
    }

    /// Whether a call waits.
    func waits(_ key: ToolCallKey) -> Bool { tickets[key] != nil }

    /// The newest asker of a call takes the place of the one before.
    ///
    /// - Returns: Whether the call waits.
    mutating func join(_ key: ToolCallKey, _ asker: Asker) -> Bool {
        guard let ticket = tickets[key] else { return false }
        calls[ticket]?.asker = asker
        return true
    }
}
