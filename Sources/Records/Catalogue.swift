import Services

/// What the store knows of the files: a value that is told what was found under a path, and that knows which record has
/// which id, which agents should exist, and what has changed since it was last asked.
///
/// It holds no bodies, so that a hundred thousand notes fit in little memory. What it holds depends on the files alone,
/// not on the order in which they were found, with one exception: an agent whose record has become unreadable stays
/// as it last was.
public struct Catalogue: Sendable {
    /// A file that is a record.
    public struct Entry: Hashable, Sendable {
        /// What lists show of it.
        public var summary: RecordSummary
        /// What it looked like when it was read; nil when it has to be read again.
        public var stamp: FileStamp?
    }

    /// What has happened to records, in the order of their ids.
    public struct Changes: Hashable, Sendable {
        /// Ids that are new or have a new revision, path or time.
        public var changed: [String]
        /// Ids that are gone.
        public var removed: [String]
        /// Whether the set of agents, or one of them, is another.
        public var agents: Bool

        /// Whether nothing has happened.
        public var isEmpty: Bool { changed.isEmpty && removed.isEmpty && !agents }
    }

    private var entries: [String: Entry] = [:]
    /// Files that are passed over.
    private var passedOver: Set<String> = []
    /// What is wrong with files, records and others; most have nothing here.
    private var faults: [String: [RecordProblem]] = [:]
    /// The paths that claim an id, in order; the first has it.
    private var claims: [String: [String]] = [:]
    /// The ids that more than one path claims.
    private var clashing: Set<String> = []
    private var agentsByPath: [String: AgentDefinition] = [:]

    /// What each touched id was when changes were last taken.
    private var before: [String: RecordSummary?] = [:]
    private var agentsBefore: [AgentDefinition] = []
    private var sortedIDs: [String]?

    /// An empty directory.
    public init() {}

    /// The number of records.
    public var count: Int { claims.count }

    /// The number of files known, those passed over included.
    public var fileCount: Int { entries.count + passedOver.count }

    /// The record with an id.
    public func entry(id: String) -> Entry? { claims[id]?.first.flatMap { entries[$0] } }

    /// What the file under a path looked like when it was read.
    public func stamp(path: String) -> FileStamp? { entries[path]?.stamp }

    /// Whether there is a file under a path, be it a record or passed over.
    public func knows(_ path: String) -> Bool { entries[path] != nil || passedOver.contains(path) }

    /// The file under a path may have changed, whatever it looks like: two writes within the clock's grain have one
    /// time.
    public mutating func doubt(_ path: String) { entries[path]?.stamp = nil }

    /// Every id.
    public var ids: some Sequence<String> { claims.keys }

    /// A record was read.
    public mutating func put(_ record: Record, updated: String, stamp: FileStamp) {
        forget(record.path)
        let summary = record.summary(updated: updated)
        touch(record.id)
        entries[record.path] = Entry(summary: summary, stamp: stamp)
        if !record.problems.isEmpty { faults[record.path] = record.problems }
        claim(record.id, (claims[record.id] ?? []) + [record.path])
        if let agent = record.agent {
            agentsByPath[record.path] = agent
        } else if record.recordClass != .agent && !record.isFrontmatterBroken {
            agentsByPath[record.path] = nil
        }
    }

    /// A file is there and is no record that can be read.
    public mutating func passOver(_ problem: RecordProblem) {
        forget(problem.path)
        passedOver.insert(problem.path)
        faults[problem.path] = [problem]
    }

    /// Something is wrong with a file that only others could notice. Forgotten when the file is read anew.
    public mutating func report(_ problem: RecordProblem) { faults[problem.path, default: []].append(problem) }

    /// Nothing is there any more.
    public mutating func remove(_ path: String) {
        forget(path)
        agentsByPath[path] = nil
    }

    /// A folder, and with it everything in it, is gone. It looks at every known path.
    public mutating func removeFolder(_ folder: String) {
        for path in paths(below: folder) { remove(path) }
    }

    /// The known paths in a folder, at any depth; all of them for the directory itself, "".
    public func paths(below folder: String) -> [String] {
        let known = Array(entries.keys) + Array(passedOver)
        return folder.isEmpty ? known : known.filter { $0.hasPrefix(folder + "/") }
    }

    private mutating func forget(_ path: String) {
        passedOver.remove(path)
        faults[path] = nil
        guard let id = entries[path]?.summary.id else { return }
        touch(id)
        entries[path] = nil
        claim(id, (claims[id] ?? []).filter { $0 != path })
    }

    private mutating func claim(_ id: String, _ paths: [String]) {
        claims[id] = paths.isEmpty ? nil : paths.sorted()
        if paths.count > 1 { clashing.insert(id) } else { clashing.remove(id) }
    }

    private mutating func touch(_ id: String) {
        if before[id] == nil { before[id] = .some(entry(id: id)?.summary) }
        sortedIDs = nil
    }

    /// What has changed since this was last called.
    public mutating func takeChanges() -> Changes {
        var changes = Changes(changed: [], removed: [], agents: false)
        for (id, old) in before.sorted(by: { $0.key < $1.key }) {
            let new = entry(id: id)?.summary
            if new == old { continue }
            if new == nil { changes.removed.append(id) } else { changes.changed.append(id) }
        }
        before = [:]
        let agents = agents
        changes.agents = agents != agentsBefore
        agentsBefore = agents
        return changes
    }

    /// Every agent that should exist, in the order of their ids. Of two with one id the first path's counts.
    public var agents: [AgentDefinition] {
        var byID = [BuiltInAgent.id: BuiltInAgent.definition], claimed: Set<String> = []
        for (_, agent) in agentsByPath.sorted(by: { $0.key < $1.key }) where claimed.insert(agent.id).inserted {
            byID[agent.id] = agent
        }
        return byID.values.sorted { $0.id < $1.id }
    }

    /// A page of the agents.
    ///
    /// - Parameter id: Only agents behind this one.
    public func agentsPage(after id: String?) -> Store.Agents.Reply {
        var page = Store.Agents.Reply(agents: [], more: false), bytes = 0
        for agent in agents where id.map({ agent.id > $0 }) ?? true {
            bytes += agent.payloadBytes
            if bytes > RecordLimits.pageBytesMax, !page.agents.isEmpty {
                page.more = true
                break
            }
            page.agents.append(agent)
        }
        return page
    }

    /// What is wrong with files, in the order of their paths.
    public var problems: [RecordProblem] {
        let clashes = clashing.flatMap { id in
            let paths = claims[id] ?? []
            return paths.dropFirst().map { path in
                let message = "the id \"\(id)\" is that of \(paths[0]) too, which has it; give this file another `id:`"
                return RecordProblem(path: path, line: nil, message: message)
            }
        }
        let all = faults.values.joined() + clashes
        let sorted = all.sorted { ($0.path, $0.line ?? 0, $0.message) < ($1.path, $1.line ?? 0, $1.message) }
        return Array(sorted.prefix(RecordLimits.problemsMax))
    }

    /// A page of records in the order of their ids.
    public mutating func list(_ request: Store.List.Request) -> Store.List.Reply {
        let limit = request.limit.map { max(1, min($0, RecordLimits.listPageMax)) } ?? 100
        let isDescending = request.descending ?? false
        let ids = sortedIDs ?? claims.keys.sorted()
        sortedIDs = ids
        var found: [RecordSummary] = [], bytes = 0
        for id in isDescending ? AnySequence(ids.reversed()) : AnySequence(ids) {
            if let after = request.after, isDescending ? id >= after : id <= after { continue }
            if let prefix = request.prefix, !id.hasPrefix(prefix) { continue }
            guard let summary = entry(id: id)?.summary else { continue }
            if let wanted = request.recordClass, summary.recordClass != wanted { continue }
            bytes += summary.payloadBytes
            let isFull = found.count == limit || bytes > RecordLimits.pageBytesMax && !found.isEmpty
            if isFull { return Store.List.Reply(records: found, more: true) }
            found.append(summary)
        }
        return Store.List.Reply(records: found, more: false)
    }
}

/// What a file looks like from outside: as long as this stays the same it is not read again.
public struct FileStamp: Hashable, Sendable {
    /// Its length.
    public var bytes: Int
    /// When its content last changed, in nanoseconds since 1970.
    public var modifiedNanoseconds: Int64
    /// Which file it is; an editor that writes by rename makes a new one.
    public var inode: UInt64

    /// A stamp.
    public init(bytes: Int, modifiedNanoseconds: Int64, inode: UInt64) {
        self.bytes = bytes
        self.modifiedNanoseconds = modifiedNanoseconds
        self.inode = inode
    }
}
