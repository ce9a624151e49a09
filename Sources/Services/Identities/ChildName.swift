extension ChildEvent {
    /// The agent whose process the child is; nil for every other child.
    public var agent: AgentID? { Principal(rawValue: name)?.agent }
}

extension ChildStatus {
    /// The agent whose process the child is; nil for every other child.
    public var agent: AgentID? { Principal(rawValue: name)?.agent }
}
