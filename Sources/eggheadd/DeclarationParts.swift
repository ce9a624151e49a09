import Services
import Supervision

/// Joins the parts of the store's declaration. Parts arrive in order; a part 0 begins again, so a store that died in
/// the middle leaves nothing behind.
struct DeclarationParts {
    private var agents: [AgentDeclaration] = []
    private var next = 0

    /// Adds a part.
    ///
    /// - Returns: The whole declaration if this was its last part.
    mutating func add(_ part: Int, of count: Int, _ new: [AgentDeclaration]) -> [AgentDeclaration]? {
        if part == 0 { (agents, next) = ([], 0) }
        guard part == next else { return nil }
        agents += new
        next += 1
        guard next == count else { return nil }
        defer { (agents, next) = ([], 0) }
        return agents
    }
}

extension Declaration {
    /// The store's complete declaration.
    init(_ agent: AgentDeclaration) {
        let limits = agent.limits ?? ResourceLimits()
        self.init(
            id: agent.id.rawValue, digest: agent.digest,
            limits: WorkerSpec.Limits(
                memoryBytes: limits.memoryBytes, tasks: limits.tasks, cpuPercent: limits.cpuPercent))
    }
}
