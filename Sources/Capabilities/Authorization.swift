import Services

/// The one place where a tool call is allowed or refused.
public enum Authorization {
    /// What each kind of caller may do.
    ///
    ///     permission            agent            person    service
    ///     records.search        as its record    yes       yes      without `capabilities` it has all three: internal
    ///     records.read          as its record    yes       yes      verbs are universal
    ///     records.create        as its record    no        no       people write through the store
    ///     deliberations.write   its own          no        no       whatever its grants: no context may be lost
    ///     deliberations.read    its own          no        no       people read the records themselves
    private static let everybody: Set<Permission> = [.searchRecords, .readRecords]

    /// Decides about a call: it is allowed when all that it requests is granted. A permission that is in no table is
    /// nobody's.
    ///
    /// - Parameters:
    ///   - requests: What the call would do. For `filteredRecords` the tool filters what it returns by the grants.
    ///   - grants: What the agent's record grants; nil when it says nothing of it.
    /// - Precondition: `requests` is not empty.
    /// - Throws: `denied`, in words for the caller, for the first request that is refused.
    public static func authorize(
        _ caller: Principal, _ tool: Tool, requests: [AccessRequest], grants: [Grant]? = nil
    ) throws(ServiceFailure) {
        precondition(!requests.isEmpty, "a call of \(tool.name) that requests nothing would be everybody's")
        for request in requests { try authorize(caller, tool, request, grants) }
    }

    private static func authorize(
        _ caller: Principal, _ tool: Tool, _ request: AccessRequest, _ grants: [Grant]?
    ) throws(ServiceFailure) {
        let permission = request.permission
        guard caller.agent != nil else {
            if everybody.contains(permission) { return }
            throw refusal(of: caller, tool.name, lacking: permission, isAgents: Grant.known.contains(permission))
        }
        guard Grant.known.contains(permission) else {
            throw ServiceFailure(.denied, "\(caller) may not call \(tool.name): \(permission) is nobody's")
        }
        let granted = granted(permission, by: grants)
        if granted.contains(where: { $0.covers(request.object) }) { return }
        let scopes = granted.compactMap(\.scope).joined(separator: ", ")
        throw ServiceFailure(
            .denied,
            "\(caller) may not call \(tool.name)\(words(for: request.object)): "
                + (scopes.isEmpty
                    ? "its record's `capabilities` do not grant \(permission)"
                    : "its record's `capabilities` grant \(permission) for \(scopes) alone"))
    }

    /// Decides about an operation on deliberations, which is no tool: an agent may always write and read its own,
    /// whatever its record grants, since a full context must not be lost for want of a grant. Nobody else may.
    ///
    /// - Returns: The agent whose deliberations they are, which is the caller.
    /// - Throws: `denied`, in words for the caller.
    public static func agentForDeliberations(
        _ caller: Principal, _ operation: String, needing permission: Permission
    ) throws(ServiceFailure) -> AgentID {
        guard let agent = caller.agent else {
            throw refusal(of: caller, operation, lacking: permission, isAgents: true)
        }
        return agent
    }

    /// Whether an agent may call a tool for some record: then it is in the model's menu.
    public static func isOnMenu(_ tool: Tool, grants: [Grant]?) -> Bool {
        tool.needs.allSatisfy { !granted($0.permission, by: grants).isEmpty }
    }

    /// A record without `capabilities` grants every permission that a record can grant, for all records.
    private static func granted(_ permission: Permission, by grants: [Grant]?) -> [Grant] {
        (grants ?? Grant.known.map(Grant.init)).filter { $0.permission == permission }
    }

    private static func refusal(
        of caller: Principal, _ name: String, lacking permission: Permission, isAgents: Bool
    ) -> ServiceFailure {
        ServiceFailure(
            .denied,
            "\(caller) may not call \(name): it lacks \(permission)" + (isAgents ? ", which agents alone have" : ""))
    }

    private static func words(for object: AccessRequest.Object) -> String {
        switch object {
        case .filteredRecords: ""
        case .record(let id): " for [[\(id)]]"
        case .unnamedRecord: " without an id"
        }
    }
}
