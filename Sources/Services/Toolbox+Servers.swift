extension Toolbox {
    /// `servers`: the MCP servers that have tools now, for people.
    public enum Servers: ServiceOperation {
        public static let service = ServiceName.toolbox, name = "servers"

        /// Which.
        public struct Request: Codable, Sendable, Hashable {
            /// The server that is told with its tools; all of them, without, when nil.
            public var server: String?

            /// A request.
            public init(server: String? = nil) { self.server = server }
        }

        /// The servers.
        public struct Reply: Codable, Sendable, Hashable {
            /// In the order of their names.
            public var servers: [ServerDescription]

            /// A reply.
            public init(servers: [ServerDescription]) { self.servers = servers }
        }
    }

    /// `server_use`: which agents may call a server's tools, and why one may not, for people.
    public enum ServerUse: ServiceOperation {
        public static let service = ServiceName.toolbox, name = "server_use"

        /// Which server.
        public struct Request: Codable, Sendable, Hashable {
            /// Its name in the configuration.
            public var server: String

            /// A request.
            public init(server: String) { self.server = server }
        }

        /// The agents.
        public struct Reply: Codable, Sendable, Hashable {
            /// Every agent, in the order of their ids.
            public var agents: [AgentUse]

            /// A reply.
            public init(agents: [AgentUse]) { self.agents = agents }
        }

        /// What an agent may do with a server.
        public struct AgentUse: Codable, Sendable, Hashable {
            /// The agent.
            public var agent: AgentID
            /// The tools that it may call, by their names of the menu.
            public var tools: [String]
            /// Those of them for which a person is asked.
            public var asking: [String]
            /// Why it may call none; nil when it may.
            public var reason: String?

            /// An agent's use of a server.
            public init(agent: AgentID, tools: [String], asking: [String], reason: String?) {
                self.agent = agent
                self.tools = tools
                self.asking = asking
                self.reason = reason
            }
        }
    }
}

extension Toolbox {
    /// `login`: a person logs in at a server elsewhere, for the node. For people alone, and of these for those whom the
    /// configuration names among `approvers`, if any. The process of the server takes the same request on
    /// `mcp.<name>.login`.
    ///
    /// See: MCP 2026-07-28, Authorization
    public enum Login: ServiceOperation {
        public static let service = ServiceName.toolbox, name = "login"

        /// A step of a login.
        public struct Request: Codable, Sendable, Hashable {
            /// The server's name in the configuration.
            public var server: String
            /// What the person does.
            public var step: Step

            /// A request.
            public init(server: String, step: Step) {
                self.server = server
                self.step = step
            }
        }

        /// What a person does.
        public enum Step: Codable, Sendable, Hashable {
            /// Begins; the browser is to come back to this address of the person's machine.
            case begin(redirect: String)
            /// The browser has come back with this query.
            case redirected(query: String)
            /// The person has copied the address at which the browser has ended, or the code.
            case pasted(String)
        }

        /// What comes next.
        public struct Reply: Codable, Sendable, Hashable {
            /// The address that the person is to open; nil when the login is done.
            public var address: String?

            /// A reply.
            public init(address: String?) { self.address = address }
        }
    }
}

/// An MCP server and its tools, for people.
public struct ServerDescription: Codable, Sendable, Hashable {
    /// Its name in the configuration.
    public var name: String
    /// Its own name and version, its word.
    public var title: String
    /// The revision of the protocol that is spoken.
    public var protocolVersion: String
    /// What it says about its use, its word.
    public var instructions: String?
    /// The grant that an agent must hold.
    public var requires: Grant
    /// What it may do.
    public var rights: MCPServerRights
    /// How many tools it has.
    public var toolCount: Int
    /// Its tools, in the order of the menu, when they were asked for.
    public var tools: [ServerToolDescription]

    /// A server.
    public init(
        name: String, title: String, protocolVersion: String, instructions: String?, requires: Grant,
        rights: MCPServerRights, toolCount: Int, tools: [ServerToolDescription]
    ) {
        self.toolCount = toolCount
        self.name = name
        self.title = title
        self.protocolVersion = protocolVersion
        self.instructions = instructions
        self.requires = requires
        self.rights = rights
        self.tools = tools
    }
}

/// A tool of an MCP server, for people.
public struct ServerToolDescription: Codable, Sendable, Hashable {
    /// As models see it.
    public var definition: ToolDefinition
    /// What its server claims of it, such as `reads only`; never trusted.
    public var claims: [String]

    /// A tool.
    public init(definition: ToolDefinition, claims: [String]) {
        self.definition = definition
        self.claims = claims
    }
}

/// What the section of an MCP server lets it do. The values of its variables are not among it.
public struct MCPServerRights: Codable, Sendable, Hashable {
    /// The program and its arguments.
    public var command: [String]
    /// The directories that it may read, and those that it may change as well.
    public var reads: [String], writes: [String]
    /// The hosts that it may reach.
    public var hosts: [String]
    /// The names of the variables that it is given.
    public var variables: [String]
    /// Where it is when it is no program of this machine.
    public var url: String?
    /// The names of the header fields that it is sent.
    public var headers: [String]

    /// The rights that settings give.
    public init(_ settings: MCPServerSettings) {
        command = settings.command
        reads = settings.reads
        writes = settings.writes
        hosts = settings.hosts
        variables = settings.variables.keys.sorted()
        url = settings.address?.url
        headers = settings.address?.headers.keys.sorted() ?? []
    }
}
