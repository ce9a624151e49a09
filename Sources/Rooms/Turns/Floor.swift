import Services

/// How far a turn that has the floor has come.
///
/// ```
///            fresh answer of the store,    accepted, or
///            process up with its digest    hello with the turn
///  preparing ────────────────────▶ offered ────────────────▶ running ──▶ the turn ends
///   │  ▲                             │  ▲ not accepted: again    │
///   │  └──────── process lost ───────┴──┴────────────────────────┘
///   │ no process will take it, but one had it
///   └───────────────────────────▶ failing ─── the toolbox has said what it called ───▶ the turn ends
/// ```
struct Floor: Hashable {
    /// How far the turn has come.
    enum Phase: Hashable {
        /// The turn waits for a fresh answer of the store and for its agent's process.
        case preparing(AgentInquiry.Ticket, since: Duration)
        /// The process was asked. `retryAt` is set when it has not accepted.
        case offered(incarnation: Int, at: Duration, retryAt: Duration?)
        /// The process has the turn, and made progress last at `progressedAt`.
        case running(incarnation: Int, progressedAt: Duration)
        /// The turn ends for this reason as soon as the toolbox has said what it called.
        case failing(because: String, since: Duration)
    }

    /// Whose turn it is.
    let agent: AgentID
    /// How far the turn has come.
    var phase: Phase

    /// The process that has, or may have, the turn.
    var incarnation: Int? {
        switch phase {
        case .preparing, .failing: nil
        case .offered(let incarnation, _, _), .running(let incarnation, _): incarnation
        }
    }
}
