import Capabilities
import Services

/// What the configuration says of what every agent may do, as it was read last.
final class AgentRules {
    /// The directory outside of which no agent has files; none when nil.
    private(set) var sandbox: FilePath?
    /// For what persons are asked.
    private(set) var asking = AskingRules()

    /// Rules that bound nothing.
    init() {}

    /// Takes over what the configuration says now. What waits or runs has been decided on.
    func read(_ settings: ToolboxSettings) {
        sandbox = settings.sandbox.flatMap { FilePath($0) }
        asking = settings.asking
    }

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
