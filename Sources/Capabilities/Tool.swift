import Services

/// What a model can call: how a menu shows it, what a call of it needs, and whether it changes anything.
///
/// How a tool runs is up to the source that offers it; every decision about a call is made from this value.
public struct Tool: Hashable, Sendable {
    /// The tool as a model's menu shows it. Its name is the one that calls and the journal of calls use.
    public let definition: ToolDefinition
    /// What a call needs, all of it; never empty.
    public let needs: [Need]
    /// What a call leaves behind.
    public let effect: Effect

    /// What a call leaves behind outside the agent.
    public enum Effect: Hashable, Sendable {
        /// Nothing: the tool only reads.
        case none
        /// A change. Claim and end of the call must be on the disk before the call runs and before its end is told, so
        /// that no change is made twice.
        case sideEffect
    }

    /// A permission that a call needs, and what it is used on.
    public struct Need: Hashable, Sendable {
        /// What the caller must be allowed to do.
        public let permission: Permission
        /// Where a call says what it is about.
        public let subject: Subject

        /// A need.
        public init(_ permission: Permission, on subject: Subject) {
            self.permission = permission
            self.subject = subject
        }
    }

    /// Where a call says what it is about.
    public enum Subject: Hashable, Sendable {
        /// Nowhere: the tool returns what the grants take in, of all records.
        case filteredRecords
        /// An argument that is the id of a record.
        case record(argument: String)
        /// An argument that is the id of a record to change. It may be an agent's: for these another permission is
        /// needed, and for some keys that to grant.
        case changedRecord(argument: String, agents: Permission)
        /// An argument that is the id of a record to make; the id is made from the title when it is left out. What is
        /// made may be an agent.
        case newRecord(argument: String)
        /// An argument that is the path of a file.
        case file(argument: String)
        /// An argument that is the path of a directory; the agent's own directory when it is left out. The tool tells
        /// what the grants take in of it.
        case directory(argument: String)
        /// An argument that is a list of words, a program and its arguments, and one that is the directory where it
        /// runs.
        case command(argument: String, directory: String)
        /// An argument that is the directory where code runs; the agent's own when it is left out.
        case code(directory: String)
        /// What the agent's own calls have printed, of whatever kind they were.
        case ownOutput
        /// An argument that is the id of an agent.
        case agent(argument: String)
        /// An argument that is the address of a page.
        case page(argument: String)
        /// An argument that is the name of a room.
        case room(argument: String)
        /// The tool itself, which is one of an MCP server's.
        case serverTool(ServerToolName)
    }

    /// A tool.
    ///
    /// - Precondition: `needs` is not empty; a tool that needs nothing would be everybody's.
    public init(_ definition: ToolDefinition, needs: [Need], effect: Effect) {
        precondition(!needs.isEmpty, "the tool \(definition.name) needs no permission")
        self.definition = definition
        self.needs = needs
        self.effect = effect
    }

    /// The name by which a model calls it.
    public var name: String { definition.name }

    /// What it is at an MCP server; nil for a tool of Egghead's own.
    public var serverTool: ServerToolName? {
        for need in needs { if case .serverTool(let tool) = need.subject { return tool } }
        return nil
    }

    /// What a call with these arguments would do, as the monitor decides on it: one request for each need.
    ///
    /// - Throws: `invalid`, in words for the model, when an argument that says what the call is about is missing or no
    ///   text.
    public func requests(
        of arguments: ToolArguments, by authority: Authority
    ) throws(ServiceFailure) -> [AccessRequest] {
        var requests: [AccessRequest] = []
        for need in needs { requests += try need.requests(of: arguments, by: authority) }
        return requests
    }
}

extension Tool.Need {
    /// The permissions of which one must be granted before a menu shows the tool.
    var alternatives: [Permission] {
        switch subject {
        case .changedRecord(_, let agents): [permission, agents]
        case .newRecord: [permission, .createAgents]
        case .ownOutput: [permission, .evaluate, .getFromHosts]
        case .filteredRecords, .record, .file, .directory, .command, .code, .agent, .page, .room, .serverTool:
            [permission]
        }
    }

    fileprivate func requests(
        of arguments: ToolArguments, by authority: Authority
    ) throws(ServiceFailure) -> [AccessRequest] {
        switch subject {
        case .changedRecord(let argument, let agents):
            return try changes(of: RecordID(try arguments.text(argument)), agents, arguments, authority)
        case .newRecord(let argument) where try arguments.optionalText("class") == RecordClass.agent.rawValue:
            let agent = AgentID(RecordID(try arguments.text(argument)))
            let isGranting = AgentKey.isGuarded(anyOf: arguments.members["keys"])
            return [AccessRequest(.createAgents, on: .agent(agent))]
                + (isGranting ? [AccessRequest(.grantAgents, on: .agent(agent))] : [])
        case .ownOutput:
            let granted = alternatives.first { !authority.grants(of: $0).isEmpty }
            return [AccessRequest(granted ?? permission, on: .ownOutput)]
        case .command, .code:
            let base = authority.directory(of: permission)
            let program = AccessRequest(permission, on: try subject.object(in: arguments, base: base))
            return [program] + writes(of: program, authority)
        case .filteredRecords, .record, .newRecord, .file, .directory, .agent, .page, .room, .serverTool:
            let base = authority.directory(of: permission)
            return [AccessRequest(permission, on: try subject.object(in: arguments, base: base))]
        }
    }

    /// A program can change all of its directory where that is granted, which is a question of its own.
    private func writes(of program: AccessRequest, _ authority: Authority) -> [AccessRequest] {
        let place: FilePath? =
            switch program.object {
            case .command(_, let directory): directory
            case .code(let directory): directory
            case .filteredRecords, .record, .unnamedRecord, .ownOutput, .agent, .file, .directory, .host, .room,
                .serverTool:
                nil
            }
        let grant = authority.grants(of: permission).first { $0.covers(program.object) }
        guard place != nil, let root = grant?.root, authority.writesAll(in: root) else { return [] }
        return [AccessRequest(.writeFiles, on: .directory(root))]
    }

    /// What the change of a record needs of which nobody has yet said whether it is an agent's: what is granted of
    /// both. It is decided on again when that is known.
    private func changes(
        of id: RecordID, _ agents: Permission, _ arguments: ToolArguments, _ authority: Authority
    ) throws(ServiceFailure) -> [AccessRequest] {
        let note = AccessRequest(permission, on: .record(id, nil)), agent = AccessRequest.Object.agent(AgentID(id))
        guard authority.allows(agents, on: agent) else { return [note] }
        var requests = authority.allows(permission, on: note.object) ? [note] : []
        requests.append(AccessRequest(agents, on: agent))
        let isGranting = AgentKey.isGuarded(try arguments.optionalText("key") ?? "")
        if isGranting, authority.allows(.grantAgents, on: agent) {
            requests.append(AccessRequest(.grantAgents, on: agent))
        }
        return requests
    }
}

extension Tool.Subject {
    /// - Parameter base: The agent's own directory.
    fileprivate func object(
        in arguments: ToolArguments, base: FilePath?
    ) throws(ServiceFailure) -> AccessRequest.Object {
        switch self {
        case .filteredRecords: return .filteredRecords
        case .ownOutput: return .ownOutput
        case .record(let argument), .changedRecord(let argument, _):
            return .record(RecordID(try arguments.text(argument)), nil)
        case .newRecord(let argument):
            let isInbox = try arguments.optionalText("class") == RecordClass.inbox.rawValue
            guard let id = try isInbox ? arguments.text(argument) : arguments.optionalText(argument) else {
                return .unnamedRecord
            }
            return .record(RecordID(id), isInbox ? .inbox : .durable)
        case .file(let argument):
            _ = try arguments.text(argument)
            return .file(try arguments.path(argument, base: base))
        case .directory(let argument): return .directory(try arguments.path(argument, base: base))
        case .command(let argument, let directory):
            let words = try arguments.words(argument)
            let isNowhere = try base == nil ? arguments.optionalText(directory) == nil : false
            return .command(words, in: isNowhere ? nil : try arguments.path(directory, base: base))
        case .code(let directory): return .code(in: try arguments.path(directory, base: base))
        case .agent(let argument): return .agent(AgentID(RecordID(try arguments.text(argument))))
        case .page(let argument): return .host(try WebAddress(try arguments.text(argument)).place)
        case .serverTool(let tool): return .serverTool(tool)
        case .room(let argument):
            guard let room = RoomName(rawValue: try arguments.text(argument)) else {
                throw ServiceFailure(.invalid, "`\(argument)` is no room: \(RoomName.requirement)")
            }
            return .room(room)
        }
    }
}
