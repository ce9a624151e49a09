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
    ///     permission            agent          person    service
    ///     records.search        yes            yes       yes       internal verbs are universal
    ///     records.read          yes            yes       yes
    ///     deliberations.write   its own        no        no        whatever its grants: no context may be lost
    ///     deliberations.read    its own        no        no        people read the records themselves
    private static let everybody: Set<Permission> = [Permission("records", "search"), Permission("records", "read")]
    private static let agentsAlone: Set<Permission> = [
        Permission("deliberations", "write"), Permission("deliberations", "read"),
    ]

    /// Decides about a call. A permission that is in no table is nobody's.
    ///
    /// - Throws: `denied`, in words for the caller.
    public static func authorize(_ caller: Caller, _ tool: Tool) throws(ServiceFailure) {
        if everybody.contains(tool.permission) { return }
        if case .agent = caller, agentsAlone.contains(tool.permission) { return }
        throw ServiceFailure(
            .denied, "\(caller) may not call \(tool.rawValue): it lacks \(tool.permission), which agents alone have")
    }
}
