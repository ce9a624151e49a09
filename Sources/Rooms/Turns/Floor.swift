/// A turn that has the floor of its room: it is being prepared or runs. The others wait behind it, but for those that
/// the same `@jam` has caused, which have it together.
///
/// ```
///            fresh word of the store,          accepted, or
///            process up with its digest        hello with the turn
///  preparing ──────────────────────▶ offered ──────────────────▶ running ──▶ the turn ends: the next one
///      ▲                               │  ▲ not accepted: again     │
///      └───────── process lost ────────┴──┴─────────────────────────┘
/// ```
struct Floor: Hashable {
    /// How far the turn has come.
    enum Phase: Hashable {
        /// The turn waits for the store's fresh word and for its agent's process.
        case preparing(AgentInquiry.Ticket, since: Duration)
        /// The process has been asked. `retryAt` is set when it has not accepted.
        case offered(incarnation: Int, at: Duration, retryAt: Duration?)
        /// The process has the turn, and has last got on with it then.
        case running(incarnation: Int, progressedAt: Duration)
    }

    var phase: Phase

    /// The process that has, or may have, the turn.
    var incarnation: Int? {
        switch phase {
        case .preparing: nil
        case .offered(let incarnation, _, _), .running(let incarnation, _): incarnation
        }
    }

    /// The process has the turn. To hear so again is no progress.
    mutating func run(by incarnation: Int, at now: Duration) {
        if case .running(incarnation, _) = phase { return }
        phase = .running(incarnation: incarnation, progressedAt: now)
    }
}
