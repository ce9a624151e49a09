/// One thing that may be done to one kind of resource, written `resource.verb`, for example `records.search`.
///
/// What a record grants without a scope depends on the resource: of what is inside the node (`records`, `agent`,
/// `rooms`) all, of what is outside (`fs`, `net`, `proc`, `mcp`) nothing.
public enum Permission: String, Codable, Sendable, CaseIterable, CustomStringConvertible {
    /// To find passages of records, and which records there are.
    case searchRecords = "records.search"
    /// To read a record whole.
    case readRecords = "records.read"
    /// To make a new record.
    case createRecords = "records.create"
    /// To change a record.
    case updateRecords = "records.update"
    /// To move a record to the trash.
    case deleteRecords = "records.delete"
    /// To make an agent.
    case createAgents = "agent.create"
    /// To change an agent's record.
    case updateAgents = "agent.update"
    /// To move an agent's record to the trash.
    case deleteAgents = "agent.delete"
    /// To set what an agent may do, up to what one may do oneself.
    case grantAgents = "agent.grant"
    /// To ask another agent.
    case promptAgents = "agent.prompt"
    /// To read files and list directories.
    case readFiles = "fs.read"
    /// To make and change files.
    case writeFiles = "fs.write"
    /// To delete files.
    case deleteFiles = "fs.delete"
    /// To fetch what a host has, with `GET` and `HEAD`.
    case getFromHosts = "net.get"
    /// To send to a host, with `POST` and `PATCH`.
    case postToHosts = "net.post"
    /// To put something at a host, with `PUT`.
    case putToHosts = "net.put"
    /// To delete something at a host, with `DELETE`.
    case deleteAtHosts = "net.delete"
    /// To run a program with arguments.
    case execute = "proc.exec"
    /// To run code.
    case evaluate = "proc.eval"
    /// To read what was said in rooms.
    case readRooms = "rooms.read"
    /// To say something in a room in which one has no turn.
    case postToRooms = "rooms.post"

    /// To call tools of MCP servers.
    case callServers = "mcp.call"

    /// `records.search`
    public var description: String { rawValue }

    /// Whether it is about what is outside the node. Then a grant without a scope is for nothing.
    public var isExternal: Bool {
        switch self {
        case .searchRecords, .readRecords, .createRecords, .updateRecords, .deleteRecords, .createAgents,
            .updateAgents, .deleteAgents, .grantAgents, .promptAgents, .readRooms, .postToRooms:
            false
        case .readFiles, .writeFiles, .deleteFiles, .getFromHosts, .postToHosts, .putToHosts, .deleteAtHosts,
            .execute, .evaluate, .callServers:
            true
        }
    }

    /// The keys that a scope of it may have; the first one is meant by the short form `PERMISSION:VALUE`.
    public var scopeKeys: [ScopeKey] {
        switch self {
        case .searchRecords, .readRecords, .createRecords, .updateRecords, .deleteRecords: [.paths, .classes]
        case .createAgents, .updateAgents, .deleteAgents, .grantAgents, .promptAgents: [.ids, .paths]
        case .readFiles, .writeFiles, .deleteFiles: [.root, .paths]
        case .getFromHosts, .postToHosts, .putToHosts, .deleteAtHosts: [.hosts]
        case .execute: [.commands, .patterns, .root]
        case .evaluate: [.root]
        case .readRooms, .postToRooms: [.rooms]
        case .callServers: [.servers, .tools]
        }
    }

    /// How much harm it can do.
    public var risk: Risk {
        switch self {
        case .searchRecords, .readRecords, .readRooms: .low
        case .createRecords, .promptAgents, .postToRooms, .readFiles, .getFromHosts: .medium
        case .updateRecords, .deleteRecords, .createAgents, .updateAgents, .deleteAgents, .writeFiles, .deleteFiles,
            .postToHosts, .putToHosts, .deleteAtHosts, .callServers:
            .high
        case .grantAgents, .execute, .evaluate: .critical
        }
    }

    /// How much harm a permission can do, least first.
    public enum Risk: String, Sendable, CaseIterable, Comparable {
        /// It only tells the agent what the node holds.
        case low
        /// It adds something, or tells the agent what others have written.
        case medium
        /// It changes or takes away what others have made, or tells others what the agent knows.
        case high
        /// It can do what no list foresees.
        case critical

        /// The one that can do less comes first.
        public static func < (first: Risk, second: Risk) -> Bool {
            (allCases.firstIndex(of: first) ?? 0) < (allCases.firstIndex(of: second) ?? 0)
        }
    }
}

/// What a scope is about.
public enum ScopeKey: String, Codable, Sendable, CaseIterable {
    /// Ids of records or of agents, or names of files below `in`, in each of which `*` stands for any text.
    case paths
    /// Classes of records.
    case classes
    /// Ids of agents, in each of which `*` stands for any text. `id` is the same.
    case ids
    /// The directory in which files are, or in which a program runs.
    case root = "in"
    /// Names of hosts; `*.example.org` are those below it.
    case hosts
    /// Names or paths of programs, which may have any arguments.
    case commands = "cmds"
    /// Programs with their arguments; `*` within a word stands for any text, and as the last word for any arguments.
    case patterns
    /// Names of rooms, in each of which `*` stands for any text.
    case rooms
    /// Names of MCP servers, as the configuration has them, in each of which `*` stands for any text.
    case servers
    /// A server's own names of its tools, in each of which `*` stands for any text. Behind an `@` may stand the digits
    /// that a tool's checksum begins with: then the tool as it was, and no later one of the name.
    case tools
}
