/// Whose a message is, read off a name that the broker vouches for.
public enum Speaker: Hashable, Sendable {
    /// A person: `user:ann`, `client:phone`. The value is the part after the colon.
    case person(String)
    /// An agent: `agent:scout`. The value is the record's id.
    case agent(String)
    /// A process of Egghead's own, which says nothing in rooms.
    case service(String)

    /// Reads a name on the bus.
    public init(name: String) {
        if name.hasPrefix("agent:") {
            self = .agent(String(name.dropFirst("agent:".count)))
        } else if name.hasPrefix("user:") {
            self = .person(String(name.dropFirst("user:".count)))
        } else if name.hasPrefix("client:") {
            self = .person(String(name.dropFirst("client:".count)))
        } else {
            self = .service(name)
        }
    }

    /// The agent's id, when it is one.
    public var agent: String? {
        if case .agent(let id) = self { return id }
        return nil
    }

    /// An agent's name on the bus and in the tree.
    public static func name(ofAgent id: String) -> String { "agent:" + id }

    /// What the coordinator's own notices are signed with.
    public static let coordinator = "coordinator"
}
