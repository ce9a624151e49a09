import Services

/// The directory of agents: who they are by the store's answers, which processes they have, and who is out of service.
///
/// It decides when the store, the broker and the supervisor are asked again. Nothing of it is kept over a restart; the
/// store, the supervisor and the processes themselves say it again.
struct AgentDirectory {
    private var roster = Roster()
    private var inquiry = AgentInquiry()
    /// Whether this process has yet to ask all agents to say hello.
    private var owesRollCall = true
    /// When the broker is asked which processes are there: the others have gone while nobody could say so.
    private var childrenDueAt: Duration?

    /// Who the agents are, as far as that is known, with every question still to be asked.
    var withoutQuestions: AgentDirectory {
        var directory = AgentDirectory()
        directory.roster = roster
        return directory
    }

    // MARK: Who there is

    /// All agents, also processes of such that have no record any more, in the order of their ids.
    var all: [Roster.Agent] { roster.agents }

    /// The records' agents, in the order of their ids.
    var definitions: [AgentDefinition] { roster.definitions }

    /// An agent, if there is one of this id.
    subscript(id: AgentID) -> Roster.Agent? { roster[id] }

    /// See `Roster.firstToAnswer`.
    func firstToAnswer(_ text: String, excluding excluded: Set<AgentID>) -> AgentID? {
        roster.firstToAnswer(text, excluding: excluded)
    }

    /// See `Roster.everyone`.
    func everyone(_ text: String, excluding absent: Set<AgentID>) -> [AgentID] {
        roster.everyone(text, excluding: absent)
    }

    // MARK: The store's answers

    /// Whether the store has said who the agents are.
    var isComplete: Bool { inquiry.isAnsweredOnce }

    /// Whether the store has answered since a ticket was taken.
    func isAnswered(_ ticket: AgentInquiry.Ticket) -> Bool { inquiry.satisfies(ticket) }

    /// Wants a fresh answer of the store.
    ///
    /// - Returns: The ticket for it, and whether the store is to be asked now.
    mutating func inquire() -> (ticket: AgentInquiry.Ticket, asksNow: Bool) { inquiry.take() }

    /// Takes the store's answer.
    ///
    /// - Parameters:
    ///   - definitions: The records' agents.
    ///   - undecided: Records of which the store cannot say whether they are agents. What was an agent stays one.
    /// - Returns: Whether the agents are others than before.
    mutating func define(
        _ definitions: [AgentDefinition], _ undecided: [UndecidedAgent], at now: Duration
    ) -> Bool {
        let kept = undecided.compactMap { agent in
            var definition = roster[agent.id]?.definition
            definition?.problem = agent.problem
            return definition
        }
        return roster.define(definitions + kept, at: now)
    }

    /// The store has answered.
    ///
    /// - Returns: Whether it is to be asked again now.
    mutating func inquiryAnswered() -> Bool { inquiry.answer() }

    /// The store has not answered. It is asked again after `RoomsLimits.storeRetry`.
    mutating func inquiryFailed(at now: Duration) { inquiry.fail(at: now) }

    /// Takes the question that is repeated after a failure of the store, when it is due.
    ///
    /// - Returns: Whether the store is to be asked again now.
    mutating func takeInquiry(dueAt now: Duration) -> Bool { inquiry.wake(at: now) }

    // MARK: The connection

    /// The bus is there again: processes may have come and gone unseen.
    mutating func reconnect(at now: Duration) {
        owesRollCall = true
        childrenDueAt = now + RoomsLimits.reattachment
    }

    /// The agents that are to be asked to say hello, once after each connection.
    mutating func takeRollCall() -> [AgentID] {
        defer { owesRollCall = false }
        return owesRollCall ? definitions.map(\.id) : []
    }

    /// Takes the question which processes are there, when it is due.
    ///
    /// - Returns: Whether the broker is to be asked now.
    mutating func takeChildrenQuestion(dueAt now: Duration) -> Bool {
        guard let due = childrenDueAt, due <= now else { return false }
        childrenDueAt = nil
        return true
    }

    /// The first moment at which something is to be asked again.
    var nextDeadline: Duration? {
        [roster.firstRestart, inquiry.retryAt, childrenDueAt].compactMap { $0 }.min()
    }
}

// Processes that come and go.
extension AgentDirectory {
    /// Since when an agent has no process; nil when it has one, or is no agent.
    func downSince(_ id: AgentID) -> Duration? {
        roster[id].flatMap { $0.process == nil ? $0.downSince : nil }
    }

    /// Whether an agent's process writes down what it knows for its successor, or the successor is starting.
    func isHandingOff(_ id: AgentID) -> Bool { roster[id]?.handoff?.hasDied == false }

    /// A process has said hello.
    ///
    /// - Parameter claims: The turns that it says it has.
    mutating func greet(_ id: AgentID, incarnation: Int, digest: String, claims: [TurnID], at now: Duration) {
        roster.change(id, at: now) {
            let isKnown = $0.process?.incarnation == incarnation
            $0.process = Roster.Process(
                incarnation: incarnation, digest: digest, claims: claims,
                restartDueAt: isKnown ? $0.process?.restartDueAt : nil)
            $0.outOfService = nil
            if !isKnown { $0.handoff = nil }
        }
    }

    /// A process has gone. News of an incarnation that is not the known one changes nothing: it is older, or has never
    /// said hello.
    ///
    /// - Returns: Why its turns are lost; nil when nothing has changed. A death after an announced hand-off is one of
    ///   its own kind.
    mutating func lose(
        _ id: AgentID, incarnation: Int, because reason: LostLease.Reason, at now: Duration
    ) -> LostLease.Reason? {
        guard let agent = roster[id], agent.process?.incarnation == incarnation else { return nil }
        roster.change(id, at: now) {
            $0.process = nil
            $0.downSince = now
            if reason != .handedOff { $0.handoff?.hasDied = true }
        }
        return agent.handoff != nil && reason == .died ? .diedHandingOff : reason
    }

    /// Remembers what is wrong with the note that an agent which hands off has written for a room.
    mutating func remember(noteProblem: String, for room: RoomName, of id: AgentID, at now: Duration) {
        roster.change(id, at: now) { $0.handoff?.noteProblems[room] = noteProblem }
    }

    /// An agent's process has announced that it hands off.
    ///
    /// - Parameter room: The room whose session is full.
    mutating func beginHandoff(of id: AgentID, in room: RoomName, at now: Duration) {
        roster.change(id, at: now) { $0.handoff = Roster.Handoff(room: room) }
    }

    /// Takes an agent out of service, or puts it back.
    ///
    /// - Parameter state: Why no process of it will come up by itself; nil when one may.
    mutating func setOutOfService(_ id: AgentID, _ state: ChildStatus.State?, at now: Duration) {
        roster.change(id, at: now) { $0.outOfService = state }
    }

    /// An agent's process is to be replaced. Nothing is offered to it meanwhile.
    ///
    /// - Returns: Whether the supervisor is to be asked now: not when it was asked already, nor when the process is on
    ///   its way to a successor anyway.
    mutating func replaceProcess(of id: AgentID, at now: Duration) -> Bool {
        guard let agent = roster[id], let process = agent.process, process.restartDueAt == nil, agent.handoff == nil
        else { return false }
        roster.change(id, at: now) { $0.process?.restartDueAt = now + RoomsLimits.restartRetry }
        return true
    }

    /// The agents whose processes are still there `RoomsLimits.restartRetry` after the supervisor was asked to replace
    /// them: it is to be asked again.
    mutating func takeRestarts(dueAt now: Duration) -> [AgentID] {
        var agents: [AgentID] = []
        for agent in roster.agents {
            guard let due = agent.process?.restartDueAt, due <= now else { continue }
            roster.change(agent.id, at: now) { $0.process?.restartDueAt = due + RoomsLimits.restartRetry }
            agents.append(agent.id)
        }
        return agents
    }
}

// What rooms are told of changed records.
extension AgentDirectory {
    /// What is new in an agent's record.
    struct News: Hashable {
        /// What is wrong with the record, if that is new: the agent stays as it was.
        var problem: RecordProblem?
        /// The keys that have changed and are in force.
        var changedKeys: [String] = []
    }

    /// What is new in an agent's record since this was asked last, as far as it is in force. What needs a new process
    /// is in force when a process has said hello that was started for it.
    mutating func takeNews(of id: AgentID, at now: Duration) -> News {
        var news = News()
        guard let agent = roster[id], let definition = agent.definition, definition != agent.told else { return news }
        guard let told = agent.told else {  // the store's first answer is nothing new
            roster.change(id, at: now) { $0.told = definition }
            return news
        }
        if definition.problem != told.problem { news.problem = definition.problem }
        if definition.digest == told.digest || definition.digest == agent.process?.digest {
            news.changedKeys = definition.keysChanged(since: told).map(\.rawValue)
            roster.change(id, at: now) { $0.told = definition }
        } else {
            roster.change(id, at: now) { $0.told?.problem = definition.problem }
        }
        return news
    }
}
