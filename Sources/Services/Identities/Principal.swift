/// Who speaks: `agent:scout`, `user:ann`, `client:laptop`, `mcp:git`, or a service such as `store`.
///
/// The kernel and eggheadd decide whose a connection is, never the connection itself; whoever receives a message finds
/// the principal in its subject, where the broker vouches for it.
///
/// The written form is `<kind>:<name>`, and a service's bare name. More may come to it later (the node of an agent on
/// another machine, the door that a person came through); all of it is read and written here alone.
public struct Principal: Identifier {
    /// The kinds.
    public enum Kind: Hashable, Sendable {
        /// An agent's process.
        case agent(AgentID)
        /// A person, by the name of the user on this machine.
        case user(String)
        /// A person or program on another machine, by the name of its token.
        case client(String)
        /// The process that speaks with an MCP server, by the server's name in the configuration.
        case server(String)
        /// A part of Egghead.
        case service(ServiceName)
    }

    /// See `Identifier`.
    public static let requirement = "a name on the bus is agent:ID, user:NAME, client:NAME, mcp:NAME or a service's"

    /// The kind, and which one of it.
    public let kind: Kind

    private init(_ kind: Kind) { self.kind = kind }

    /// An agent.
    public static func agent(_ id: AgentID) -> Principal { Principal(.agent(id)) }

    /// A user of this machine.
    public static func user(_ name: String) -> Principal { Principal(.user(name)) }

    /// The holder of a token.
    public static func client(_ name: String) -> Principal { Principal(.client(name)) }

    /// The process that speaks with an MCP server.
    public static func server(_ name: String) -> Principal { Principal(.server(name)) }

    /// A part of Egghead.
    public static func service(_ name: ServiceName) -> Principal { Principal(.service(name)) }

    /// The coordinator, which signs the notices in rooms.
    public static let coordinator = service(.coordinator)

    /// The toolbox, which alone runs what agents call.
    public static let toolbox = service(.toolbox)

    /// A principal in its written form; nil when it is none that may speak on the bus, as is the name of a supervisor.
    public init?(rawValue: String) {
        guard let colon = rawValue.utf8.firstIndex(of: UInt8(ascii: ":")) else {
            guard let service = ServiceName(rawValue: rawValue) else { return nil }
            self.init(.service(service))
            return
        }
        let name = String(rawValue[rawValue.utf8.index(after: colon)...])
        guard !name.isEmpty else { return nil }
        switch rawValue[..<colon] {
        case "agent": self.init(.agent(AgentID(name)))
        case "user": self.init(.user(name))
        case "client": self.init(.client(name))
        case "mcp": self.init(.server(name))
        case _: return nil
        }
    }

    /// `agent:scout`
    public var rawValue: String {
        switch kind {
        case .agent(let id): "agent:\(id)"
        case .user(let name): "user:\(name)"
        case .client(let name): "client:\(name)"
        case .server(let name): "mcp:\(name)"
        case .service(let name): name.rawValue
        }
    }

    /// What is behind the colon; a service's own name.
    public var name: String {
        switch kind {
        case .agent(let id): id.rawValue
        case .user(let name), .client(let name), .server(let name): name
        case .service(let name): name.rawValue
        }
    }

    /// The agent, when it is one.
    public var agent: AgentID? {
        if case .agent(let id) = kind { return id }
        return nil
    }

    /// The name of the MCP server with which it speaks; nil for everybody else.
    public var server: String? {
        if case .server(let name) = kind { return name }
        return nil
    }

    /// Whether it is somebody on the listening socket rather than a child of eggheadd.
    public var isPerson: Bool {
        switch kind {
        case .user, .client: true
        case .agent, .server, .service: false
        }
    }

    /// Whether it is a part of Egghead.
    public var isService: Bool {
        switch kind {
        case .service: true
        case .agent, .user, .client, .server: false
        }
    }
}
