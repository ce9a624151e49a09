import Services

/// One thing that a call would do, as `Authorization` decides on it: a permission, and what it is used on.
public struct AccessRequest: Hashable, Sendable {
    /// What the caller must be allowed to do.
    public let permission: Permission
    /// To what.
    public let object: Object

    /// What a permission is used on.
    public enum Object: Hashable, Sendable {
        /// No single record. Any grant of the permission allows it, and the grants filter what the call returns.
        case filteredRecords
        /// A record. As long as its class is not known, any class will do; it is decided on again when it is.
        case record(RecordID, RecordClass?)
        /// A new record to which the caller gives no id. A scope allows it only when it allows every id.
        case unnamedRecord
        /// What the caller's own calls have printed. Any grant of the permission allows it.
        case ownOutput
        /// An agent.
        case agent(AgentID)
        /// A file.
        case file(FilePath)
        /// A directory, of which the grants filter what the call returns.
        case directory(FilePath)
        /// A host, by its name.
        case host(String)
        /// A program with its arguments, run in a directory, or in an empty one.
        case command([String], in: FilePath?)
        /// Code, run in a directory.
        case code(in: FilePath)
        /// A room.
        case room(RoomName)
        /// A tool of an MCP server.
        case serverTool(ServerToolName)
    }

    /// A request of a permission on an object.
    public init(_ permission: Permission, on object: Object) {
        self.permission = permission
        self.object = object
    }
}

/// A tool of an MCP server, as it is decided on.
public struct ServerToolName: Hashable, Sendable {
    /// The server, by its name in the configuration.
    public let server: String
    /// The tool, by the server's own name for it.
    public let name: String
    /// The beginning of the checksum of what the server says that it is.
    public let digest: String
    /// What an agent must hold that calls it; `mcp.call` for server and tool when nil.
    public let requires: Grant?

    /// A tool.
    ///
    /// - Parameter digest: The whole checksum.
    public init(server: String, name: String, digest: String, requires: Grant?) {
        self.server = server
        self.name = name
        self.digest = String(digest.prefix(Self.digits))
        self.requires = requires
    }

    /// How many digits of a checksum are said: nobody makes two tools with the same ones.
    private static let digits = 32

    /// The tool as it is now and no later one of the name: `git_status@` and 32 digits.
    public var exact: String { "\(name)@\(digest)" }
}

extension AccessRequest.Object {
    /// Whether what is done is known only when it is done: which records are found, of which class one is, which files
    /// are in a directory.
    var isPartlyKnown: Bool {
        switch self {
        case .filteredRecords, .record(_, nil), .directory: true
        case .record, .unnamedRecord, .ownOutput, .agent, .file, .host, .command, .code, .room, .serverTool: false
        }
    }

    /// What a refusal says behind the tool's name: ` for [[guides/rollback]]`.
    var words: String {
        switch self {
        case .filteredRecords, .ownOutput: ""
        case .record(let id, _): " for [[\(id)]]"
        case .unnamedRecord: " without an id"
        case .agent(let id): " for agent:\(id)"
        case .file(let path), .directory(let path): " for \(path)"
        case .host(let host): " for \(host)"
        case .command(let words, let directory):
            " for `\(words.joined(separator: " "))`" + (directory.map { " in \($0)" } ?? "")
        case .code(let directory): " in \(directory)"
        case .room(let room): " for \(room)"
        case .serverTool(let tool): " of the MCP server \(tool.server)"
        }
    }
}
