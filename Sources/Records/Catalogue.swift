import Services
import Time

/// The store's knowledge of the files: a value that is told what was found under a path, and that knows which record
/// has which id, which agents should exist, and what has changed since the last question.
///
/// It holds neither texts nor titles, so that a hundred thousand records need little memory. Its contents depend on the
/// files alone, not on the order in which they were found, with one exception: an agent whose record has become
/// unreadable keeps its last valid definition.
public struct Catalogue: Sendable {
    /// A file that is a record.
    public struct Entry: Hashable, Sendable {
        /// The id in the record's key `id`; nil if its path is its id.
        public var ownID: String?
        /// The class.
        public var recordClass: RecordClass
        /// The hash of its bytes.
        public var revision: Digest
        /// The file's stamp when it was read.
        public var look: Digest
        /// When its content last changed, in nanoseconds since 1970.
        public var modifiedNanoseconds: Int64
        /// Whether the next store has to read it, whatever its stamp: more than this is known of it, or it may have
        /// changed without a change of the stamp.
        public var wantsReading: Bool
        /// Whether it is read when it is examined next.
        public var isDirty = false

        /// A file as an earlier store knew it. If its content has changed, its stamp shows it.
        ///
        /// - Parameters:
        ///   - id: The record's id.
        ///   - path: The path below the records directory.
        public init(
            id: some StringProtocol, path: some StringProtocol, recordClass: RecordClass, revision: Digest,
            look: Digest, wantsReading: Bool
        ) {
            ownID = RecordID.id(ofPath: Substring(path)).map { $0 == id } == true ? nil : String(id)
            self.recordClass = recordClass
            self.revision = revision
            self.look = look
            modifiedNanoseconds = 0
            self.wantsReading = wantsReading
        }

        /// A file that was just read.
        public init(_ record: Record, stamp: FileStamp) {
            self.init(
                id: record.id, path: record.path, recordClass: record.recordClass, revision: record.revision,
                look: stamp.look,
                wantsReading: !stamp.isSettled || record.recordClass == .agent || !record.problems.isEmpty)
            modifiedNanoseconds = stamp.modifiedNanoseconds
        }

        /// Whether the other has the same text under the same id, in a file with the same stamp.
        public func isSameFile(as other: Entry) -> Bool {
            revision == other.revision && look == other.look && ownID == other.ownID
        }

        /// When its content last changed, RFC 3339.
        public var updated: String { Timestamp.rfc3339(nanosecondsSince1970: modifiedNanoseconds) }

        /// The record's id.
        ///
        /// - Parameter path: The file's path, which is the id without its extension if the record names none.
        public func id(at path: String) -> String { ownID ?? RecordID.id(ofPath: path) ?? path }
    }

    /// The file that has an id, among those that claim it.
    public struct Holder: Hashable, Sendable {
        /// The path below the records directory.
        public var path: String
        /// The knowledge of it.
        public var entry: Entry
    }

    /// The changes of records, in the order of their ids.
    public struct Changes: Hashable, Sendable {
        /// Ids that are new or have a new revision, path or time.
        public var changed: [String]
        /// Ids that were removed.
        public var removed: [String]
        /// Whether the set of agents, or one of them, has changed.
        public var agents: Bool

        /// Whether nothing has changed.
        public var isEmpty: Bool { changed.isEmpty && removed.isEmpty && !agents }
    }

    private var entries: [String: Entry] = [:]
    /// The files that are not records, such as pictures.
    private var attachments: Set<String> = []
    /// The files that are ignored.
    private var passedOver: Set<String> = []
    /// The errors in files, in records and others; most files have none.
    private var faults: [String: [RecordProblem]] = [:]
    /// The paths of the records with a key `id`, by that id. The ids of the others give their paths.
    private var named: [String: [String]] = [:]
    /// The ids that more than one path claims.
    private var clashing: Set<String> = []
    private var agentsByPath: [String: AgentDefinition] = [:] {
        didSet { agentsVersion += 1 }
    }
    /// Grows whenever the agents, or the undecided ones, may have changed.
    public private(set) var agentsVersion = 0
    /// The paths of agents that keep their last valid definition because their files cannot be understood now.
    private var misunderstood: Set<String> = [] {
        didSet { agentsVersion += 1 }
    }
    /// The paths of records that may be agents: no valid version of them was ever read.
    private var undecidedPaths: Set<String> = [] {
        didSet { agentsVersion += 1 }
    }

    /// The file of each changed id when changes were last taken; nil until changes are first asked for.
    private var before: [String: Holder?]?
    private var agentsBefore: [AgentDefinition] = []
    private var undecidedBefore: [UndecidedAgent] = []
    private var sortedIDs: [String]?

    /// A catalogue without files.
    public init() {}

    /// The number of records.
    public var count: Int { clashing.reduce(entries.count) { $0 - claimants(of: $1).count + 1 } }

    /// The number of known files, including those that are ignored.
    public var fileCount: Int { entries.count + passedOver.count + attachments.count }

    /// The file that has an id: if several claim it, the one whose path sorts first.
    public func holder(of id: String) -> Holder? {
        guard let path = claimants(of: id).first, let entry = entries[path] else { return nil }
        return Holder(path: path, entry: entry)
    }

    /// What some links mean, as far as ids and paths say it. It examines every known path.
    ///
    /// - Parameters:
    ///   - links: The links, with the path of the file in which each stands.
    ///   - withRecords: Whether links to records are meant; otherwise only those to other files.
    ///   - moving: Paths with whose names links may become equal.
    public func linkTable(
        for links: some Sequence<(name: LinkName, file: String)>, moving paths: [String] = [],
        withRecords: Bool = true
    ) -> LinkTable {
        let keys = links.map { $0.name.key(from: $0.file) } + paths.map { LinkName.key(ofPath: $0[...]) }
        let lastParts = Set(keys.map { String(LinkName.lastPart(ofKey: $0)) })
        let records = entries.lazy.map { (id: $1.id(at: $0), path: $0) }
        return LinkTable(records: withRecords ? Array(records) : [], attachments: attachments) {
            lastParts.contains(String($0))
        }
    }

    /// Adds a file that is not a record.
    public mutating func put(attachment path: String) {
        forget(path)
        attachments.insert(path)
    }

    /// Whether there is a record of this id.
    public func has(_ id: String) -> Bool { !claimants(of: id).isEmpty }

    private func claimants(of id: String) -> [String] {
        // The path in the file's own bytes: Swift considers two names equal that differ in the composition of their
        // letters.
        let usual = RecordID.paths(of: id).compactMap { path in
            entries.index(forKey: path).flatMap { entries[$0].value.ownID == nil ? entries[$0].key : nil }
        }
        guard let named = named[id] else { return usual }
        return (usual + named).sorted()
    }

    /// The knowledge of the file under a path.
    public func entry(path: String) -> Entry? { entries[path] }

    /// Whether there is a file under a path, whether it is a record or ignored.
    public func knows(_ path: String) -> Bool {
        entries[path] != nil || passedOver.contains(path) || attachments.contains(path)
    }

    /// The file under a path may have changed, whatever its stamp: two writes within the clock's grain have one time.
    public mutating func markDirty(_ path: String) { entries[path]?.isDirty = true }

    /// Every path of a record, with the knowledge of it. All paths that claim one id are included.
    public var files: some Sequence<(key: String, value: Entry)> { entries }

    /// Adds or replaces a record that was read.
    public mutating func put(_ record: Record, stamp: FileStamp) {
        put(Entry(record, stamp: stamp), at: record.path)
        if !record.problems.isEmpty { faults[record.path] = record.problems }
        if let agent = record.agent {
            agentsByPath[record.path] = agent
            misunderstood.remove(record.path)
        } else if record.recordClass == .agent || record.isFrontmatterBroken {
            if agentsByPath[record.path] == nil {
                undecidedPaths.insert(record.path)
            } else {
                misunderstood.insert(record.path)
            }
        } else {
            retire(record.path)
        }
    }

    /// Adds a file as an earlier store knew it; not allowed for one that has to be read.
    public mutating func put(_ entry: Entry, at path: String) {
        forget(path)
        let id = entry.id(at: path)
        touch(id)
        entries[path] = entry
        if entry.ownID != nil { named[id, default: []].append(path) }
        noteClash(id)
    }

    /// A file exists and cannot be read as a record.
    public mutating func passOver(_ problem: RecordProblem) {
        forget(problem.path)
        passedOver.insert(problem.path)
        if agentsByPath[problem.path] != nil {
            misunderstood.insert(problem.path)
        } else if RecordID.id(ofPath: problem.path) != nil {
            undecidedPaths.insert(problem.path)
        }
        faults[problem.path] = [problem]
    }

    /// Adds an error in a file that only other readers could find. It is removed when the file is read again.
    public mutating func report(_ problem: RecordProblem) { faults[problem.path, default: []].append(problem) }

    /// The file no longer exists.
    public mutating func remove(_ path: String) {
        forget(path)
        retire(path)
    }

    /// The file is missing at the moment. The record is removed; the agent that it defined stays until it is removed.
    ///
    /// - Returns: Whether there is such an agent.
    public mutating func lose(_ path: String) -> Bool {
        forget(path)
        guard agentsByPath[path] != nil else { return false }
        agentsVersion += 1  // of two with one id the other counts from now on
        return true
    }

    private mutating func retire(_ path: String) {
        if agentsByPath[path] != nil { agentsByPath[path] = nil }
        if misunderstood.contains(path) { misunderstood.remove(path) }
    }

    /// The known paths in a folder, at any depth; "" is the directory itself.
    public func paths(below folder: String) -> [String] {
        let known = Array(entries.keys) + Array(passedOver) + Array(attachments)
        return folder.isEmpty ? known : known.filter { $0.hasPrefix(folder + "/") }
    }

    private mutating func forget(_ path: String) {
        passedOver.remove(path)
        attachments.remove(path)
        if undecidedPaths.contains(path) { undecidedPaths.remove(path) }
        faults[path] = nil
        guard let entry = entries[path] else { return }
        let id = entry.id(at: path)
        touch(id)
        entries[path] = nil
        if entry.ownID != nil {
            let others = (named[id] ?? []).filter { $0 != path }
            named[id] = others.isEmpty ? nil : others
        }
        noteClash(id)
    }

    private mutating func noteClash(_ id: String) {
        if claimants(of: id).count > 1 { clashing.insert(id) } else { clashing.remove(id) }
    }

    private mutating func touch(_ id: String) {
        let isNoted = before.map { $0[id] != nil } ?? true
        if !isNoted {
            let holder = holder(of: id)
            before?[id] = .some(holder)
        }
        sortedIDs = nil
    }

    /// The changes since the last call; the first call only begins to record them.
    public mutating func takeChanges() -> Changes {
        var changes = Changes(changed: [], removed: [], agents: false)
        for (id, old) in (before ?? [:]).sorted(by: { $0.key < $1.key }) {
            let new = holder(of: id)
            if Self.isSame(new, old) { continue }
            if new == nil { changes.removed.append(id) } else { changes.changed.append(id) }
        }
        before = [:]
        let agents = agents, undecided = undecided
        changes.agents = agents != agentsBefore || undecided != undecidedBefore
        (agentsBefore, undecidedBefore) = (agents, undecided)
        return changes
    }

    /// Whether only the store itself would see a difference.
    private static func isSame(_ one: Holder?, _ other: Holder?) -> Bool {
        one?.path == other?.path && one?.entry.revision == other?.entry.revision
            && one?.entry.modifiedNanoseconds == other?.entry.modifiedNanoseconds
    }

    /// Every agent that should exist, in the order of their ids. Of two with one id the first path counts, and one
    /// whose file exists before one whose file may return.
    public var agents: [AgentDefinition] {
        var byID = [BuiltInAgent.id: BuiltInAgent.definition], claimed: Set<AgentID> = []
        let paths = agentsByPath.keys.sorted()
        for path in paths.filter(knows) + paths.filter({ !knows($0) }) {
            guard var agent = agentsByPath[path], claimed.insert(agent.id).inserted else { continue }
            if misunderstood.contains(path) { agent.problem = faults[path]?.first }
            byID[agent.id] = agent
        }
        return byID.values.sorted { $0.id < $1.id }
    }

    /// The records that may be agents and of which no valid version was read, in the order of their paths, except those
    /// whose id another file gives to an agent.
    public var undecided: [UndecidedAgent] {
        if undecidedPaths.isEmpty { return [] }
        let known = Set(agents.map(\.id))
        return undecidedPaths.sorted().compactMap { path in
            let id = (entries[path]?.id(at: path) ?? RecordID.id(ofPath: path)).map { AgentID($0) }
            guard let id, !known.contains(id), let problem = faults[path]?.first else { return nil }
            return UndecidedAgent(id: id, problem: problem)
        }
    }

    /// The errors in files, in the order of their paths.
    public var problems: [RecordProblem] {
        let clashes = clashing.flatMap { id in
            let paths = claimants(of: id)
            return paths.dropFirst().map { path in
                let message = "the id \"\(id)\" already belongs to \(paths[0]); give this file another `id:`"
                return RecordProblem(path: path, line: nil, message: message)
            }
        }
        let all = faults.values.joined() + clashes
        let sorted = all.sorted { ($0.path, $0.line ?? 0, $0.message) < ($1.path, $1.line ?? 0, $1.message) }
        return Array(sorted.prefix(RecordLimits.problemsMax))
    }

    /// The files of a page of records in the order of their ids, and whether there are more.
    public mutating func list(_ request: Store.List.Request) -> (files: [Holder], more: Bool) {
        let limit = request.limit.map { max(1, min($0, RecordLimits.listPageMax)) } ?? 100
        let isDescending = request.descending ?? false
        let ids = sortedIDs ?? Set(entries.lazy.map { $1.id(at: $0) }).sorted()
        sortedIDs = ids
        var found: [Holder] = []
        for id in isDescending ? AnySequence(ids.reversed()) : AnySequence(ids) {
            if let after = request.after?.rawValue, isDescending ? id >= after : id <= after { continue }
            if let prefix = request.prefix, !id.hasPrefix(prefix) { continue }
            guard let holder = holder(of: id) else { continue }
            if let wanted = request.recordClass, holder.entry.recordClass != wanted { continue }
            if found.count == limit { return (found, true) }
            found.append(holder)
        }
        return (found, false)
    }
}
