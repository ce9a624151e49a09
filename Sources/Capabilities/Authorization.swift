import Services

/// The one place where a tool call is allowed or refused.
public enum Authorization {
    /// What those may do here who are no agents: people and services have the store for the rest.
    private static let everybody: Set<Permission> = [.searchRecords, .readRecords]

    /// Decides about a call: it is allowed when all that it requests is granted.
    ///
    /// - Parameters:
    ///   - requests: What the call would do. For `filteredRecords` the tool filters what it returns by the grants.
    ///   - authority: What the agent may do; nil for a caller that is none, who may do nothing as an agent.
    /// - Precondition: `requests` is not empty.
    /// - Throws: For the first request that is refused.
    public static func authorize(
        _ caller: Principal, _ tool: Tool, requests: [AccessRequest], authority: Authority?
    ) throws(Denial) {
        precondition(!requests.isEmpty, "a call of \(tool.name) that requests nothing would be everybody's")
        for request in requests { try authorize(caller, tool, request, authority) }
    }

    private static func authorize(
        _ caller: Principal, _ tool: Tool, _ request: AccessRequest, _ authority: Authority?
    ) throws(Denial) {
        let permission = request.permission
        guard caller.agent != nil, let authority else {
            if caller.agent == nil, everybody.contains(permission) { return }
            throw Denial(
                .capabilityAbsent,
                "\(caller) may not call \(tool.name): it lacks \(permission), which agents alone have")
        }
        if authority.allows(permission, on: request.object) { return }
        let granted = authority.grants(of: permission)
        let attempt = "\(caller) may not call \(tool.name)\(request.object.words): "
        if granted.isEmpty {
            let inert = authority.inert.first { $0.grant.permission == permission }
            let reason =
                inert.map { "its record's grant of \(permission) allows nothing: \($0.reason)" }
                ?? "its record's `capabilities` do not grant \(permission)"
            throw Denial(.capabilityAbsent, attempt + reason)
        }
        let scopes = granted.map(\.scopeWords).joined(separator: ", ")
        throw Denial(.scopeViolation, attempt + "its record's `capabilities` grant \(permission) for \(scopes) alone")
    }

    /// Decides about an operation on deliberations, which is no tool: an agent may always write and read its own,
    /// whatever its record grants, since a full context must not be lost for want of a grant. Nobody else may.
    ///
    /// - Returns: The agent whose deliberations they are, which is the caller.
    /// - Throws: For whoever is no agent.
    public static func agentForDeliberations(_ caller: Principal, _ operation: String) throws(Denial) -> AgentID {
        guard let agent = caller.agent else {
            throw Denial(.capabilityAbsent, "\(caller) may not call \(operation): agents alone have deliberations")
        }
        return agent
    }

    /// Whether an agent may call a tool for something: then it is in the model's menu.
    public static func isOnMenu(_ tool: Tool, authority: Authority?) -> Bool {
        tool.needs.allSatisfy { need in
            guard let authority else { return everybody.contains(need.permission) }
            if case .serverTool(let tool) = need.subject {
                return authority.allows(need.permission, on: .serverTool(tool))
            }
            return need.alternatives.contains { !authority.grants(of: $0).isEmpty }
        }
    }
}

extension Grant {
    /// The scope in a few words: `inbox/*`, or `{in: /var/log, paths: *.log}`.
    fileprivate var scopeWords: String {
        guard let first = permission.scopeKeys.first else { return "" }
        if scope.count == 1, let values = scope[first] { return values.joined(separator: ", ") }
        return String(description.drop { $0 != "{" })
    }
}
