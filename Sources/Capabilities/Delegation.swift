import Services

/// What an agent may let another one do: never more than it may do itself, nor with fewer questions.
public enum Delegation {
    /// Why an agent may not set a guarded key of another one; nil when it may.
    ///
    /// - Parameters:
    ///   - own: What the agent itself may do.
    ///   - given: What the other one could do afterwards; nil when the key changes nothing of that.
    ///   - usable: What of its own it may use for this call; all of it when nil.
    public static func objection(
        by agent: AgentID, _ own: Authority, to other: AgentID, _ given: Authority?, using usable: Authority? = nil
    ) -> Denial? {
        let attempt = "agent:\(agent) may not set what agent:\(other) may do"
        if other == agent { return Denial(.selfModification, "\(attempt): it is itself; a person does that") }
        let granted = (usable ?? own).grants(of: .grantAgents)
        guard granted.contains(where: { $0.covers(.agent(other)) }) else {
            let code: DenialCode = granted.isEmpty ? .capabilityAbsent : .scopeViolation
            return Denial(code, "\(attempt): its record's `capabilities` do not grant agent.grant for it")
        }
        guard let given, let excess = excess(of: given, over: own) else { return nil }
        return Denial(.exceedsGrantorAuthority, "\(attempt): \(excess)")
    }

    /// What is more in one authority than in another, in words.
    private static func excess(of given: Authority, over own: Authority) -> String? {
        if let grant = given.grants.first(where: { !own.grants.contain([$0]) }) {
            return "it may not do \(grant) itself"
        }
        if let grant = given.free.first(where: { !own.free.contain([$0]) }) {
            return "a person is asked before it does \(grant) itself; set ask, too"
        }
        guard let approvers = own.asking.approvers, !given.grants.isEmpty else { return nil }
        let others = given.asking.approvers
        guard let others, others.allSatisfy(approvers.contains) else {
            return "others would be asked than \(approvers.joined(separator: ", ")); set approvers, too"
        }
        return nil
    }
}
