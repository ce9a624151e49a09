import Services

extension Toolbox {
    /// `server`: what the process that speaks with an MCP server tells of it, in its own name.
    public enum Server: ServiceOperation {
        /// Nothing needs to be said.
        public typealias Reply = Empty
        public static let service = ServiceName.toolbox, name = "server"

        /// The news.
        public enum Request: Codable, Sendable, Hashable {
            /// The server has these tools now.
            case offers(ServerOffer)
            /// How far a call is.
            case progress(call: String, MCPProgress)
            /// The server asks a person something, in a call.
            case asks(Elicitation)
            /// Nobody waits for the answer to a question any more.
            case withdraws(elicitation: Int)
        }
    }
}

/// What an MCP server has for agents.
public struct ServerOffer: Codable, Sendable, Hashable {
    /// What the server says about itself.
    public var server: MCPServer
    /// Its tools, in the order of the menu.
    public var tools: [MCPTool]
    /// What an agent must hold that calls one; `mcp.call` for the server when nil.
    public var requires: Grant?
    /// What the server may do.
    public var rights: MCPServerRights

    /// An offer.
    public init(server: MCPServer, tools: [MCPTool], requires: Grant?, rights: MCPServerRights) {
        self.rights = rights
        self.server = server
        self.tools = tools
        self.requires = requires
    }
}

/// A call of a server's tool, on `mcp.<name>.call`; the answer is its outcome, which comes once.
public struct ServerCall: Codable, Sendable, Hashable {
    /// The call, unlike all others of the toolbox.
    public var id: String
    /// The tool, by its name of the menu.
    public var tool: String
    /// What it is given, the text of a JSON object.
    public var arguments: String
    /// The tool that was decided on; another one of the name is not called.
    public var digest: MCPTool.Digest

    /// A call.
    public init(id: String, tool: String, arguments: String, digest: MCPTool.Digest) {
        self.id = id
        self.tool = tool
        self.arguments = arguments
        self.digest = digest
    }

    /// What the messages are called.
    public static let subject = "call"
}

/// Nobody wants the outcome of a call any more, on `mcp.<name>.cancel`.
public struct ServerCallCancellation: Codable, Sendable, Hashable {
    /// The call.
    public var id: String

    /// A cancellation.
    public init(id: String) { self.id = id }

    /// What the messages are called.
    public static let subject = "cancel"
}

extension Toolbox.Login {
    /// What the messages to the process of a server are called.
    public static let subject = "login"
}

/// A person's answer to a question of a server's, on `mcp.<name>.answer`.
public struct ServerAnswer: Codable, Sendable, Hashable {
    /// The question.
    public var elicitation: Int
    /// The answer.
    public var answer: ElicitationAnswer

    /// An answer.
    public init(elicitation: Int, answer: ElicitationAnswer) {
        self.elicitation = elicitation
        self.answer = answer
    }

    /// What the messages are called.
    public static let subject = "answer"
}
