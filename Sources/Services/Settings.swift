/// `broker`'s settings.
public struct BrokerSettings: Codable, Sendable, Hashable {
    /// Where it listens for clients with a token; nowhere when nil.
    public var listen: LoopbackAddress?
    /// Each client's token by the client's name.
    public var tokens: [String: String]

    /// Settings.
    public init(listen: LoopbackAddress? = nil, tokens: [String: String] = [:]) {
        self.listen = listen
        self.tokens = tokens
    }

    /// Settings of a broker that is in no tree of Egghead's own are empty.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.container(keyedBy: CodingKeys.self)
        listen = try container.decodeIfPresent(LoopbackAddress.self, forKey: .listen)
        tokens = try container.decodeIfPresent([String: String].self, forKey: .tokens) ?? [:]
    }
}

/// An address and a port that only processes of this machine can reach.
public struct LoopbackAddress: Codable, Sendable, Hashable, CustomStringConvertible {
    /// `127.0.0.1`, another of 127.0.0.0/8, or `::1`.
    public let host: String
    /// The port, from 1.
    public let port: UInt16

    /// An address in its written form, `127.0.0.1:4222` or `[::1]:4222`; nil when it is none, or reaches farther.
    public init?(_ text: String) {
        guard let colon = text.lastIndex(of: ":"), let port = UInt16(text[text.index(after: colon)...]), port > 0 else {
            return nil
        }
        let host = text[..<colon]
        self.port = port
        if host == "[::1]" {
            self.host = "::1"
            return
        }
        let bytes = host.split(separator: ".", omittingEmptySubsequences: false).map { UInt8($0) }
        guard bytes.count == 4, bytes[0] == 127, !bytes.contains(nil) else { return nil }
        self.host = bytes.compactMap { $0.map(String.init) }.joined(separator: ".")
    }

    /// `127.0.0.1:4222`
    public var description: String { host.contains(":") ? "[\(host)]:\(port)" : "\(host):\(port)" }
}

/// `store`'s settings.
public struct StoreSettings: Codable, Sendable, Hashable {
    /// Where the record files are, an absolute path.
    public var recordsDirectory: String

    /// Settings.
    public init(recordsDirectory: String) { self.recordsDirectory = recordsDirectory }
}

/// `index`'s settings.
public struct IndexSettings: Codable, Sendable, Hashable {
    /// Where the database `index.sqlite` belongs, an absolute path.
    public var stateDirectory: String

    /// Settings.
    public init(stateDirectory: String) { self.stateDirectory = stateDirectory }
}

/// `toolbox`'s settings.
public struct ToolboxSettings: Codable, Sendable, Hashable {
    /// Where `tools/journal` belongs, an absolute path.
    public var stateDirectory: String
    /// The directory outside of which no agent has files or runs programs, an absolute path; no bound when nil.
    public var sandbox: String?
    /// What no agent's files are, whatever its record says: the node's own directories and files, absolute paths.
    public var hidden: [String]
    /// Where the records are, an absolute path: agents write them through the store alone.
    public var recordsDirectory: String
    /// The program that reads pages for agents, an absolute path.
    public var pageReader: String
    /// The cgroup below which calls have theirs, an absolute path; nil where there is none.
    public var cgroup: String?
    /// When persons are asked before an agent does something, and which.
    public var asking: AskingRules
    /// Directories with skills, absolute paths.
    public var skills: [String]

    /// Settings.
    public init(
        stateDirectory: String, recordsDirectory: String, sandbox: String? = nil, hidden: [String] = [],
        pageReader: String, cgroup: String? = nil, asking: AskingRules = AskingRules(), skills: [String] = []
    ) {
        self.skills = skills
        self.asking = asking
        self.pageReader = pageReader
        self.stateDirectory = stateDirectory
        self.recordsDirectory = recordsDirectory
        self.sandbox = sandbox
        self.hidden = hidden
        self.cgroup = cgroup
    }
}

/// For what persons are asked before an agent does it, as the configuration says for all agents.
public struct AskingRules: Codable, Sendable, Hashable {
    /// For what they are asked; records add to it.
    public var permissions: [Permission]
    /// Who may answer, by their names; everybody who may use the node when nil. A record may name others.
    public var approvers: [String]?
    /// How long an answer is waited for, in seconds. A record may set another time.
    public var timeoutSeconds: Int

    /// How long an answer may be waited for, in seconds: from ten seconds to a week.
    public static let timeoutRange = 10...604_800

    /// Rules; nobody is asked unless told.
    public init(permissions: [Permission] = [], approvers: [String]? = nil, timeoutSeconds: Int = 3_600) {
        self.permissions = permissions
        self.approvers = approvers
        self.timeoutSeconds = timeoutSeconds
    }
}

/// `coordinator`'s settings.
public struct CoordinatorSettings: Codable, Sendable, Hashable {
    /// Where `rooms/journal` belongs, an absolute path.
    public var stateDirectory: String
    /// The room that always exists.
    public var defaultRoom: RoomName
    /// How many agent messages may follow each other in a room before a person must speak.
    public var turnBudget: Int
    /// How long a turn may go without progress, in milliseconds.
    public var turnTimeoutMilliseconds: Int
    /// How much is kept of the rooms; everything when nil.
    public var retention: RetentionRules?

    /// Where all of its files are.
    public var roomsDirectory: String { stateDirectory + "/rooms" }

    /// Settings.
    public init(
        stateDirectory: String, defaultRoom: RoomName, turnBudget: Int, turnTimeoutMilliseconds: Int,
        retention: RetentionRules? = nil
    ) {
        self.retention = retention
        self.stateDirectory = stateDirectory
        self.defaultRoom = defaultRoom
        self.turnBudget = turnBudget
        self.turnTimeoutMilliseconds = turnTimeoutMilliseconds
    }
}

/// An agent's settings.
public struct AgentSettings: Codable, Sendable, Hashable {
    /// The record's id.
    public var id: AgentID
    /// The launch digest that this process was started for.
    public var digest: String
    /// The share of the model's window at which a session hands off, unless the record says otherwise; 0 to 1.
    public var contextThreshold: Double

    /// Settings.
    public init(id: AgentID, digest: String, contextThreshold: Double) {
        self.id = id
        self.digest = digest
        self.contextThreshold = contextThreshold
    }
}

/// `llm`'s settings.
public struct GatewaySettings: Codable, Sendable, Hashable {
    /// The providers in the order of the configuration.
    public var providers: [ProviderSettings]
    /// The provider for agents that name none.
    public var defaultProvider: String?
    /// The models for agents that name none, in the order in which they are tried.
    public var models: [String]?
    /// The model servers that may listen on this machine without being configured.
    public var ownServers: [ProviderSettings]
    /// Why other providers of the configuration are out, by their names: their sections are wrong.
    public var unusable: [String: String]
    /// Where `spending/journal` belongs, an absolute path.
    public var stateDirectory: String
    /// How much may be spent.
    public var caps: SpendingCaps
    /// What models cost by the configuration, by `PROVIDER/MODEL`, or by `PROVIDER` for all of its models.
    public var prices: [String: ModelPrice]
    /// The file with the vendors' prices, an absolute path.
    public var pricesFile: String
    /// Where systemd has put the credentials of the service; nil when there are none.
    ///
    /// See: systemd.exec(5) $CREDENTIALS_DIRECTORY
    public var credentialsDirectory: String?

    /// Where all of its files are.
    public var spendingDirectory: String { stateDirectory + "/spending" }
    /// Whether keys are printed by programs.
    public var startsPrograms: Bool {
        providers.contains { if case .command? = $0.keySource { true } else { false } }
    }

    /// Settings.
    public init(
        providers: [ProviderSettings], defaultProvider: String?, models: [String]? = nil,
        ownServers: [ProviderSettings] = [], unusable: [String: String] = [:], stateDirectory: String,
        caps: SpendingCaps, prices: [String: ModelPrice], pricesFile: String, credentialsDirectory: String?
    ) {
        self.providers = providers
        self.defaultProvider = defaultProvider
        self.models = models
        self.ownServers = ownServers
        self.unusable = unusable
        self.stateDirectory = stateDirectory
        self.caps = caps
        self.prices = prices
        self.pricesFile = pricesFile
        self.credentialsDirectory = credentialsDirectory
    }
}

/// One entry under `providers:` in `config.yml`.
public struct ProviderSettings: Codable, Sendable, Hashable {
    /// Its name in the configuration.
    public var name: String
    /// The preset that it is of, such as `openai`; nil when it is of none.
    public var vendor: String?
    /// What it speaks.
    public var api: ProviderAPI
    /// The base URL of its API, for example `https://api.openai.com/v1`.
    public var url: String
    /// The Unix socket to speak to instead of the URL's host and port, an absolute path.
    public var socket: String?
    /// The API key itself, when it is in the configuration.
    public var key: String?
    /// Where the API key comes from, when it is not in the configuration itself.
    public var keySource: KeySource?
    /// The header field for the key; that of the API when nil.
    public var keyHeader: String?
    /// The model for agents that name none.
    public var model: String
    /// The model's context window in tokens.
    public var contextWindow: Int
    /// Whether the window is configured, and is not that of the table of prices.
    public var isWindowConfigured: Bool
    /// Whether the model can be trusted to call tools; if not, the program grounds its answers.
    public var tools: Bool
    /// How long a stream may be silent before it counts as dead, in milliseconds.
    public var idleTimeoutMilliseconds: Int
    /// Whether eggheadd runs the provider's server (`command:`) under `models`.
    public var isSupervised: Bool

    /// A provider's settings.
    public init(
        name: String, vendor: String? = nil, api: ProviderAPI = .chatCompletions, url: String, socket: String? = nil,
        key: String? = nil,
        keySource: KeySource? = nil, keyHeader: String? = nil, model: String, contextWindow: Int,
        isWindowConfigured: Bool = false, tools: Bool, idleTimeoutMilliseconds: Int, isSupervised: Bool
    ) {
        self.name = name
        self.vendor = vendor
        self.api = api
        self.keyHeader = keyHeader
        self.url = url
        self.socket = socket
        self.key = key
        self.keySource = keySource
        self.model = model
        self.contextWindow = contextWindow
        self.isWindowConfigured = isWindowConfigured
        self.tools = tools
        self.idleTimeoutMilliseconds = idleTimeoutMilliseconds
        self.isSupervised = isSupervised
    }
}

/// `mcp:<name>`'s settings: one section of `mcp_servers`, and what of the node its process needs.
public struct MCPServerSettings: Codable, Sendable, Hashable {
    /// Its name in the configuration.
    public var name: String
    /// The program, by its absolute path, and its arguments: its standard input and output carry the messages. Empty
    /// for a server that is elsewhere.
    public var command: [String]
    /// Where it is when it is no program of this machine.
    public var address: MCPServerAddress?
    /// The directories that it may read, and those that it may change as well, absolute paths.
    public var reads: [String], writes: [String]
    /// The hosts that it may reach.
    public var hosts: [String]
    /// The variables of its environment.
    public var variables: [String: SecretText]
    /// What an agent must hold that calls one of its tools; `mcp.call` for the server when nil.
    public var requires: Grant?
    /// How long a call may take, in milliseconds.
    public var timeoutMilliseconds: Int
    /// What of the node its process needs; set by eggheadd.
    public var node: Node?

    /// What of the node the process needs.
    public struct Node: Codable, Sendable, Hashable {
        /// The node's own directories and files, which no server sees, absolute paths.
        public var reserved: [String]
        /// Where it is remembered what the server speaks, an absolute path.
        public var stateDirectory: String
        /// Where systemd has put the credentials of the service; nil when there are none.
        public var credentialsDirectory: String?

        /// Where the processes of servers keep what they remember.
        public var memoryDirectory: String { "\(stateDirectory)/mcp" }

        /// What a process needs.
        public init(reserved: [String], stateDirectory: String, credentialsDirectory: String?) {
            self.reserved = reserved
            self.stateDirectory = stateDirectory
            self.credentialsDirectory = credentialsDirectory
        }
    }

    /// A server's settings.
    public init(
        name: String, command: [String] = [], address: MCPServerAddress? = nil, reads: [String] = [],
        writes: [String] = [], hosts: [String] = [],
        variables: [String: SecretText] = [:], requires: Grant? = nil, timeoutMilliseconds: Int = 60_000
    ) {
        self.name = name
        self.command = command
        self.address = address
        self.reads = reads
        self.writes = writes
        self.hosts = hosts
        self.variables = variables
        self.requires = requires
        self.timeoutMilliseconds = timeoutMilliseconds
    }

    /// Where secrets are that it needs.
    public var secrets: [KeySource] {
        variables.values.flatMap(\.sources) + (address?.headers.values.flatMap(\.sources) ?? [])
            + (address?.clientSecret?.sources ?? [])
    }
}

/// Where an MCP server is that is reached by Streamable HTTP.
public struct MCPServerAddress: Codable, Sendable, Hashable {
    /// Its whole URL.
    public var url: String
    /// Header fields that every request has, by their names.
    public var headers: [String: SecretText]
    /// By what its authorization server knows us; nil when we are to be registered there.
    public var clientID: String?
    /// The secret of that client.
    public var clientSecret: SecretText?
    /// What tokens are to be for; what the server says when empty.
    public var scopes: [String]

    /// An address.
    public init(
        url: String, headers: [String: SecretText] = [:], clientID: String? = nil, clientSecret: SecretText? = nil,
        scopes: [String] = []
    ) {
        self.url = url
        self.headers = headers
        self.clientID = clientID
        self.clientSecret = clientSecret
        self.scopes = scopes
    }
}
