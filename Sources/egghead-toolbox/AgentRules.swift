import Capabilities
import Services

/// What the configuration says of what every agent may do.
struct AgentRules {
    /// The directory outside of which no agent has files; none when nil.
    let sandbox: FilePath?
    /// For what persons are asked.
    let asking: AskingRules

    /// What an agent may do, as it is defined.
    func authority(of agent: AgentDefinition) -> Authority {
        authority(
            agent.capabilities, sandbox: agent.sandbox, ask: agent.ask, approvers: agent.approvers,
            timeoutSeconds: agent.askTimeoutSeconds)
    }

    /// What an agent may do whose record says this.
    func authority(
        _ capabilities: [Grant]?, sandbox: String?, ask: [Permission]?, approvers: [String]?, timeoutSeconds: Int?
    ) -> Authority {
        var asking = asking
        asking.permissions += ask ?? []
        asking.approvers = approvers ?? asking.approvers
        asking.timeoutSeconds = timeoutSeconds ?? asking.timeoutSeconds
        return Authority(
            capabilities: capabilities, sandbox: sandbox.flatMap { FilePath($0) }, within: self.sandbox, asking: asking)
    }
}
