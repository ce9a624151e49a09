import Services

/// The agents by their ids: what their records say, and which processes they have.
public struct Roster: Sendable {
    /// An agent's process that has said hello.
    struct Process: Hashable, Sendable {
        var incarnation: Int
        /// The launch digest that it was started for.
        var digest: String
        /// The turns that it said it has.
        var claims: [TurnID]
        /// When the supervisor is asked again to replace it; nil when it is not to be replaced.
        var restartDueAt: Duration?
    }

    /// An agent, or the process of one whose record is gone.
    struct Agent: Hashable, Sendable {
        let id: AgentID
        /// What its record says; nil when there is no such record.
        var definition: AgentDefinition?
        /// The record as its rooms were told of it last.
        var told: AgentDefinition?
        var process: Process?
        /// The hand-off under way: its successor has not yet said hello.
        var handoff: Handoff?
        /// Why no process of it will come up by itself.
        var outOfService: ChildStatus.State?
        /// Since when it has no process.
        var downSince: Duration

        /// Whether its process takes turns: it was started for what the record says now, does not hand off and is not
        /// being replaced.
        var takesTurns: Bool {
            guard let process, let definition else { return false }
            return process.digest == definition.digest && handoff == nil && process.restartDueAt == nil
        }
    }

    /// The change of an agent to a new process.
    struct Handoff: Hashable, Sendable {
        /// The room whose session made it hand off.
        var room: RoomName
        /// Whether the process died before it had written everything down.
        var hasDied = false
        /// What is wrong with the notes of its sessions, in words for their rooms.
        var noteProblems: [RoomName: String] = [:]
    }

    /// In the order of their ids.
    private(set) var agents: [Agent] = []
    /// Who takes open messages.
    private(set) var relevance = Relevance(agents: [])

    /// The records' agents, in the order of their ids.
    var definitions: [AgentDefinition] { agents.compactMap(\.definition) }

    subscript(id: AgentID) -> Agent? {
        let place = place(of: id)
        return holds(id, at: place) ? agents[place] : nil
    }

    /// When the supervisor is asked again for the first time to replace a process; nil when none is to be replaced.
    var firstRestart: Duration? {
        // By index: each event asks this, and a copy of each agent would retain all that its record says.
        agents.indices.lazy.compactMap { agents[$0].process?.restartDueAt }.min()
    }

    /// Takes the store's answer to who the agents are.
    ///
    /// - Returns: Whether they are others than before.
    @discardableResult
    mutating func define(_ definitions: [AgentDefinition], at now: Duration) -> Bool {
        let definitions = definitions.sorted { $0.id < $1.id }
        guard definitions != self.definitions else { return false }
        for index in agents.indices { agents[index].definition = nil }
        for definition in definitions { change(definition.id, at: now) { $0.definition = definition } }
        agents.removeAll { $0.definition == nil && $0.process == nil }
        relevance = Relevance(agents: definitions.filter { !$0.quiet })
        return true
    }

    /// Changes what is known of an agent, which is known from then on.
    mutating func change(_ id: AgentID, at now: Duration, _ body: (inout Agent) -> Void) {
        let place = place(of: id)
        if !holds(id, at: place) { agents.insert(Agent(id: id, downSince: now), at: place) }
        body(&agents[place])
    }

    /// The first place whose agent has this id or a later one; `endIndex` when there is none.
    private func place(of id: AgentID) -> Int {
        var (first, end) = (agents.startIndex, agents.endIndex)
        while first < end {
            let middle = first + (end - first) / 2
            if agents[middle].id < id { first = middle + 1 } else { end = middle }
        }
        return first
    }

    private func holds(_ id: AgentID, at place: Int) -> Bool {
        place < agents.endIndex && agents[place].id == id
    }

    /// Who takes an open message: the most relevant agent that can, else the built-in one, else the first.
    ///
    /// - Parameter excluded: The agents that get no open message of the room.
    func firstToAnswer(_ text: String, excluding excluded: Set<AgentID> = []) -> AgentID? {
        let able = agents.filter {
            $0.definition?.quiet == false && $0.outOfService == nil && !excluded.contains($0.id)
        }.map(\.id)
        let ranked = relevance.rank(text).filter { able.contains($0.agent) }
        if let best = ranked.first, ranked.count < 2 || ranked[1].score < best.score { return best.agent }
        return able.contains(Self.builtIn) ? Self.builtIn : able.first
    }

    /// The agents of a room when everyone is asked: the most relevant ones first, then the others by their ids.
    func everyone(_ text: String, excluding absent: Set<AgentID>) -> [AgentID] {
        let all = definitions.map(\.id).filter { !absent.contains($0) }
        let first = relevance.rank(text).map(\.agent).filter(all.contains)
        return first + all.filter { !first.contains($0) }
    }

    /// The agent that a fresh install has.
    private static let builtIn: AgentID = "index"
}
