import Services

/// The turns that have the floor: one in a room, or those of one `@jam`; how far each has come, and until when it may
/// stay there.
///
/// The turns themselves are in the ledger. A turn is added when it gets the floor and removed when it ends, or when its
/// process is lost.
struct Floors: Hashable {
    private var floors: [TurnID: Floor] = [:]

    /// How far a turn has come; nil when it does not have the floor.
    subscript(turn: TurnID) -> Floor? { floors[turn] }

    /// How many turns a process has, or may have.
    var runningCount: Int { floors.values.count { $0.incarnation != nil } }

    /// Gives a turn the floor, or takes it back from the process to which it was offered.
    ///
    /// - Parameter ticket: The turn waits until the store has said what this asks for.
    mutating func prepare(_ turn: TurnID, of agent: AgentID, _ ticket: AgentInquiry.Ticket, at now: Duration) {
        floors[turn] = Floor(agent: agent, phase: .preparing(ticket, since: now))
    }

    /// A turn that has the floor is offered to a process.
    mutating func offer(_ turn: TurnID, to incarnation: Int, at now: Duration) {
        floors[turn]?.phase = .offered(incarnation: incarnation, at: now, retryAt: nil)
    }

    /// The process has the turn that has the floor. To hear so again is no progress.
    mutating func run(_ turn: TurnID, by incarnation: Int, at now: Duration) {
        if case .running(incarnation, _) = floors[turn]?.phase { return }
        floors[turn]?.phase = .running(incarnation: incarnation, progressedAt: now)
    }

    /// Gives a turn the floor, if it has not, until the toolbox has said what it called; then it ends for a reason.
    mutating func fail(_ turn: TurnID, of agent: AgentID, because reason: String, at now: Duration) {
        floors[turn] = Floor(agent: agent, phase: .failing(because: reason, since: now))
    }

    /// Why a turn ends, when it only waits for the toolbox; else nil.
    func failure(of turn: TurnID) -> String? {
        guard case .failing(let reason, _) = floors[turn]?.phase else { return nil }
        return reason
    }

    /// A process has answered an offer. Nothing follows when the turn is not offered to this process any more.
    mutating func answerOffer(
        of turn: TurnID, by incarnation: Int, _ answer: RoomsState.OfferAnswer, at now: Duration
    ) {
        guard case .offered(incarnation, let at, _) = floors[turn]?.phase else { return }
        switch answer {
        case .accepted: run(turn, by: incarnation, at: now)
        case .notAccepted:
            floors[turn]?.phase = .offered(incarnation: incarnation, at: at, retryAt: at + RoomsLimits.acceptance)
        }
    }

    /// A process has made progress in its turn. Nothing follows when it does not have the turn.
    ///
    /// - Parameter incarnation: The process; nil stands for whichever has the turn.
    mutating func progress(_ turn: TurnID, by incarnation: Int?, at now: Duration) {
        guard case .running(let running, _) = floors[turn]?.phase, incarnation == nil || incarnation == running else {
            return
        }
        floors[turn]?.phase = .running(incarnation: running, progressedAt: now)
    }

    /// A turn does not have the floor any more.
    ///
    /// - Returns: Whether it had.
    @discardableResult
    mutating func remove(_ turn: TurnID) -> Bool { floors.removeValue(forKey: turn) != nil }

    // MARK: Deadlines

    /// Until when a turn may stay as it is; nil when it need not be looked at unless something happens.
    ///
    /// - Parameters:
    ///   - turnTimeout: How long a turn may run without progress.
    ///   - agents: The turn's agent and the store's last word decide what the turn waits for.
    func deadline(of turn: TurnID, turnTimeout: Duration, _ agents: AgentDirectory) -> Duration? {
        floors[turn].flatMap { Self.deadline(of: $0, turnTimeout, agents) }
    }

    /// The first deadline of all turns.
    func nextDeadline(turnTimeout: Duration, _ agents: AgentDirectory) -> Duration? {
        floors.values.compactMap { Self.deadline(of: $0, turnTimeout, agents) }.min()
    }

    private static func deadline(of floor: Floor, _ turnTimeout: Duration, _ agents: AgentDirectory) -> Duration? {
        switch floor.phase {
        case .running(_, let progressedAt):
            // What a process writes down for its successor would be lost if it were stopped for the turn's sake.
            return agents.isHandingOff(floor.agent) ? nil : progressedAt + turnTimeout
        case .offered(_, _, let retryAt): return retryAt
        case .failing(_, let since): return since + RoomsLimits.callsWait
        case .preparing(let ticket, let since):
            guard agents.isAnswered(ticket) else { return since + RoomsLimits.agentWait }
            return agents.downSince(floor.agent).map { max(since, $0) + RoomsLimits.agentWait }
        }
    }
}
