import Services

/// The agents whose files have gone since the store began, by their paths. The oldest are forgotten when there are too
/// many, and all of them when the store ends.
struct FormerAgents {
    private var agents: ExactDictionary<AgentDefinition> = [:]
    /// The paths, oldest first.
    private var paths: [String] = []

    /// The most agents that are remembered; each may hold a disposition of `RecordLimits.dispositionBytesMax`.
    static let countMax = 64

    /// The agent that the file under a path defined last, if that has gone.
    subscript(path: String) -> AgentDefinition? { agents[path] }

    /// Remembers an agent whose file has gone.
    mutating func remember(_ agent: AgentDefinition, at path: String) {
        paths.removeAll { $0.hasSameBytes(as: path) }
        paths.append(path)
        agents[path] = agent
        if paths.count > Self.countMax { agents[paths.removeFirst()] = nil }
    }
}
