import Services

/// Who calls a tool, as the kernel and the broker vouch for it.
public enum Caller: Hashable, Sendable, CustomStringConvertible {
    /// An agent's process, by its record's id.
    case agent(String)
    /// A person, by name.
    case person(String)
    /// A part of Egghead.
    case service(String)

    /// The name for logs and messages.
    public var description: String {
        switch self {
        case .agent(let id): "agent:\(id)"
        case .person(let name): "user:\(name)"
        case .service(let name): name
        }
    }
}

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
    ///   - record: The id of the record that it is about; empty when it is about no single one.
    /// - Throws: `denied`, in words for the caller.
    public static func authorize(
        _ caller: Caller, _ tool: Tool, grants: [Grant]? = nil, record: String = ""
    ) throws(ServiceFailure) {
        let permission = tool.permission
        switch caller {
        case .agent:
            if own.contains(permission) { return }
            if Grant.known.contains(permission), grants?.contains(where: { $0.covers(permission, of: record) }) ?? true
            {
                return
            }
        case .person, .service:
            if everybody.contains(permission) { return }
        }
        let whose =
            own.contains(permission) || permission == Permission("records", "create") ? ", which agents alone have" : ""
        let what = record.isEmpty ? "" : " for [[\(record)]]"
        let isAgent = if case .agent = caller { true } else { false }
        throw ServiceFailure(
            .denied,
            "\(caller) may not call \(tool.rawValue)\(what): it lacks \(permission)"
                + (isAgent ? "; its record's `capabilities` would have to grant it" : whose))
    }

    /// Whether an agent may call a tool for some record: then it is in the model's menu.
    public static func isOnMenu(_ tool: Tool, grants: [Grant]?) -> Bool {
        tool.definition != nil && (grants?.contains { $0.permission == tool.permission } ?? true)
    }
}
