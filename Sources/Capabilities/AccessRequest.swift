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
    }

    /// A request of a permission on an object.
    public init(_ permission: Permission, on object: Object) {
        self.permission = permission
        self.object = object
    }
}

extension AccessRequest.Object {
    /// Whether what is done is known only when it is done: which records are found, of which class one is, which files
    /// are in a directory.
    var isPartlyKnown: Bool {
        switch self {
        case .filteredRecords, .record(_, nil), .directory: true
        case .record, .unnamedRecord, .ownOutput, .agent, .file, .host, .command, .code, .room: false
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
        }
    }
}
