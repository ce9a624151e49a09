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
    private static let everybody: Set<Permission> = [Permission("records", "search"), Permission("records", "read")]
    private static let own: Set<Permission> = [
        Permission("deliberations", "write"), Permission("deliberations", "read"),
    ]

    /// Decides about a call. A permission that is in no table is nobody's.
    ///
    /// - Parameters:
    ///   - grants: What the agent's record grants; nil when it says nothing of it.
    ///   - record: The id of the record that it is about; nil when it is about no single one, so that what it returns
    ///     is filtered; empty when the caller has left it out.
    /// - Throws: `denied`, in words for the caller.
    public static func authorize(
        _ caller: Principal, _ tool: Tool, grants: [Grant]? = nil, record: RecordID? = nil
    ) throws(ServiceFailure) {
        let permission = tool.permission
        guard caller.agent != nil else {
            if everybody.contains(permission) { return }
            let whose = Grant.known.contains(permission) || own.contains(permission)
            throw ServiceFailure(
                .denied,
                "\(caller) may not call \(tool.rawValue): it lacks \(permission)"
                    + (whose ? ", which agents alone have" : ""))
        }
        if own.contains(permission) { return }
        guard Grant.known.contains(permission) else {
            throw ServiceFailure(.denied, "\(caller) may not call \(tool.rawValue): \(permission) is nobody's")
        }
        let granted = grants?.filter { $0.permission == permission } ?? [Grant(permission)]
        if granted.contains(where: { grant in record.map(grant.covers) ?? true }) { return }
        let scopes = granted.compactMap(\.scope).joined(separator: ", ")
        let what = record.map { $0.rawValue.isEmpty ? " without an id" : " for [[\($0)]]" } ?? ""
        throw ServiceFailure(
            .denied,
            "\(caller) may not call \(tool.rawValue)\(what): "
                + (scopes.isEmpty
                    ? "its record's `capabilities` do not grant \(permission)"
                    : "its record's `capabilities` grant \(permission) for \(scopes) alone"))
    }

    /// Whether an agent may call a tool for some record: then it is in the model's menu.
    public static func isOnMenu(_ tool: Tool, grants: [Grant]?) -> Bool {
        tool.definition != nil && (grants?.contains { $0.permission == tool.permission } ?? true)
    }
}
