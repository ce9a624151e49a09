import Services

/// The store's knowledge of the files: a value that is told what was found under a path, and that knows which record
/// has which id, which agents should exist, and what has changed since the last question.
///
/// It holds neither texts nor titles, so that a hundred thousand records need little memory. Its contents depend on the
/// files alone, not on the order in which they were found, with one exception: an agent whose record has become
/// unreadable keeps its last valid definition.
public struct Catalogue: Sendable {
    /// The file that has an id, among those that claim it.
    public struct Holder: Hashable, Sendable {
        /// The path below the records directory.
        public var path: String
        /// The knowledge of it.
        public var entry: Entry
        /// The record's id.
        public var id: RecordID { RecordID(entry.id(at: path)) }
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

    private var entries: ExactDictionary<Entry> = [:]
    /// The files that are not records, such as pictures.
    private var attachments: ExactSet = []
    /// The files that are ignored.
    private var passedOver: ExactSet = []
    /// The paths that people cannot tell apart.
    private var lookalikes = Lookalikes()
    /// The errors in files, in records and others; most files have none.
    private var faults: ExactDictionary<[RecordProblem]> = [:]
    /// The files to which HTML in records leads, by the paths of the records; most have none.
    private var htmlPaths: ExactDictionary<[String]> = [:]
    /// The paths of the records whose ids do not give their paths, because they have a key `id` or end in `.MD`, by id.
    private var named: ExactDictionary<[String]> = [:]
    /// The ids that more than one path claims.
    private var clashing: ExactSet = []
    /// The agents that files define, by their paths, those of copies included.
    private(set) var agentsByPath: ExactDictionary<AgentDefinition> = [:] {
        didSet { agentsVersion += 1 }
    }
    /// The agents whose files have gone, which copies of them must not bring back; see `agent(copiedAs:)`.
    private(set) var formerAgents = FormerAgents()
    /// Grows whenever the agents, or the undecided ones, may have changed.
    public private(set) var agentsVersion = 0
    /// The paths of agents that keep their last valid definition because their files cannot be understood now.
    private var misunderstood: ExactSet = [] {
        didSet { agentsVersion += 1 }
    }
    /// The paths of records that may be agents: no valid version of them was ever read.
    private(set) var undecidedPaths: ExactSet = [] {
        didSet { agentsVersion += 1 }
    }

    /// The file of each changed id when changes were last taken; nil until changes are first asked for.
    private var before: ExactDictionary<Holder?>?
    private var agentsBefore: [AgentDefinition] = []
    private var undecidedBefore: [UndecidedAgent] = []
    private var sortedIDs: [String]?

    /// A catalogue without files.
    public init() {}

    /// The number of records.
    public var count: Int { clashing.reduce(entries.count) { $0 - claimants(of: $1).count + 1 } }

    /// The number of known files, including those that are ignored.
    public var fileCount: Int { entries.count + passedOver.count + attachments.count }

    /// The file that has an id, or else one whose path is the same letters in another composition.
    public func holder(of id: String) -> Holder? {
        if let holder = holder(ofExactly: id) { return holder }
        let path = RecordID.paths(of: id).lazy.compactMap { lookalikes.form(of: $0) }.first
        return path.flatMap { path in entries[path].flatMap { holder(ofExactly: $0.id(at: path)) } }
    }

    /// The file that has exactly this id: if several claim it, the one whose path sorts first.
    public func holder(ofExactly id: String) -> Holder? {
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
        // The target of a link to a file that is too large exists.
        let ignored = passedOver.compactMap { path in RecordID.id(ofPath: path).map { (id: $0, path: path) } }
        return LinkTable(records: (withRecords ? Array(records) : []) + ignored, attachments: attachments) {
            lastParts.contains(String($0))
        }
    }

    /// The canvases and bases of Obsidian, which hold paths of notes, in the order of their paths.
    public var filesWithPaths: [String] { attachments.sorted().filter(ForeignReferences.holdsPaths) }

    /// The records in which HTML leads to a file, with its extension or without, in the order of their paths.
    public func filesWithHTML(to path: String) -> [String] {
        let names = [path, RecordID.id(ofPath: path) ?? path].map(ExactText.init)
        return htmlPaths.lazy.filter { $1.contains { names.contains(ExactText($0)) } }.map { ExactText($0.key) }
            .sorted().map(\.text)
    }

    /// Adds a file that is not a record.
    public mutating func put(attachment path: String) {
        forget(path)
        attachments.insert(path)
        lookalikes.add(path)
        if let message = ConflictCopy.message(of: path), RecordID.id(ofPath: Substring(path.utf8.dropLast(5))) != nil {
            faults[path] = [RecordProblem(path: path, line: nil, message: message)]
        }
    }

    /// Whether there is a record of this id.
    public func has(_ id: String) -> Bool { holder(of: id) != nil }

    private func claimants(of id: String) -> [String] {
        let usual = RecordID.paths(of: id).filter { path in entries[path].map { $0.ownID == nil } ?? false }
        guard let named = named[id] else { return usual }
        return (usual + named).sorted(by: precedes)
    }

    /// Whether a path has an id before another that claims it: a copy never takes it from the other version.
    private func precedes(_ one: String, _ other: String) -> Bool {
        let isCopy = self.isCopy(one), isOtherCopy = self.isCopy(other)
        return isCopy == isOtherCopy ? ExactText(one) < ExactText(other) : isOtherCopy
    }

    /// Whether a record is found by its id in `named`.
    private static func isNamed(_ entry: Entry, at path: String) -> Bool {
        let end = RecordFormat.of(path).fileExtension.utf8
        return entry.ownID != nil || !path.utf8.suffix(end.count).elementsEqual(end)
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
    ///
    /// - Parameter keepsAgent: Whether an agent that the file defined stays, until it is retired, although the file no
    ///   longer defines one.
    public mutating func put(_ record: Record, stamp: FileStamp, keepsAgent: Bool = false) {
        put(Entry(record, stamp: stamp), at: record.path)
        if !record.problems.isEmpty { faults[record.path] = record.problems }
        if !record.htmlPaths.isEmpty { htmlPaths[record.path] = record.htmlPaths }
        if let agent = record.agent {
            agentsByPath[record.path] = agent
            misunderstood.remove(record.path)
        } else if record.recordClass == .agent || record.isFrontmatterBroken {
            if agentsByPath[record.path] == nil {
                undecidedPaths.insert(record.path)
            } else {
                misunderstood.insert(record.path)
            }
        } else if !keepsAgent {
            retire(record.path)
        }
    }

    /// Whether a file defined an agent when it was last understood.
    public func definesAgent(_ path: String) -> Bool { agentsByPath[path] != nil }

    /// Retires an agent whose file is missing or defines none. One whose record cannot be understood stays.
    public mutating func retireAgent(_ path: String) {
        guard knows(path) else { return remove(path) }
        if entries[path]?.recordClass != .agent && !misunderstood.contains(path) { retire(path) }
    }

    /// The error for which the file of an id is ignored; nil if there is no such file.
    public func ignored(_ id: String) -> RecordProblem? {
        let path = RecordID.paths(of: id).first { passedOver.contains($0) }
        return path.flatMap { faults[$0]?.first }
    }

    /// Adds a file as an earlier store knew it; not allowed for one that has to be read.
    public mutating func put(_ entry: Entry, at path: String) {
        forget(path)
        let id = entry.id(at: path)
        touch(id)
        entries[path] = entry
        lookalikes.add(path)
        if Self.isNamed(entry, at: path) { named[id, default: []].append(path) }
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
        if let agent = agentsByPath[path] {
            formerAgents.remember(agent, at: path)
            agentsByPath[path] = nil
        }
        if misunderstood.contains(path) { misunderstood.remove(path) }
    }

    /// The known paths in a folder, at any depth; "" is the directory itself.
    public func paths(below folder: String) -> [String] {
        let known = Array(entries.keys) + Array(passedOver) + Array(attachments)
        return folder.isEmpty ? known : known.filter { $0.isBelow(folder) }
    }

    private mutating func forget(_ path: String) {
        passedOver.remove(path)
        if attachments.remove(path) { lookalikes.remove(path) }
        if undecidedPaths.contains(path) { undecidedPaths.remove(path) }
        faults[path] = nil
        htmlPaths[path] = nil
        guard let entry = entries[path] else { return }
        let id = entry.id(at: path)
        touch(id)
        entries[path] = nil
        lookalikes.remove(path)
        if Self.isNamed(entry, at: path) {
            let others = (named[id] ?? []).filter { !$0.hasSameBytes(as: path) }
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
            let holder = holder(ofExactly: id)
            before?[id] = .some(holder)
        }
        sortedIDs = nil
    }

    /// The changes since the last call; the first call only begins to record them.
    public mutating func takeChanges() -> Changes {
        var changes = Changes(changed: [], removed: [], agents: false)
        for id in (before ?? [:]).keys.sorted(by: { $0.utf8.lexicographicallyPrecedes($1.utf8) }) {
            let old = before?[id] ?? nil, new = holder(ofExactly: id)
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
        one.map { ExactText($0.path) } == other.map { ExactText($0.path) }
            && one?.entry.revision == other?.entry.revision
            && one?.entry.modifiedNanoseconds == other?.entry.modifiedNanoseconds
    }

    /// Every agent that should exist, in the order of their ids. Of two with one id the first path counts, and one
    /// whose file exists before one whose file may return.
    public var agents: [AgentDefinition] {
        var byID = [BuiltInAgent.id: BuiltInAgent.definition], claimed: Set<AgentID> = []
        let paths = agentsByPath.keys.sorted { $0.utf8.lexicographicallyPrecedes($1.utf8) }
        for path in paths.filter(knows) + paths.filter({ !knows($0) }) {
            guard var agent = agentsByPath[path], self.agent(copiedAs: path) == nil,
                claimed.insert(agent.id).inserted
            else { continue }
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
            guard let id, !known.contains(id), agent(copiedAs: path) == nil, let problem = faults[path]?.first else {
                return nil
            }
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
        let alike = lookalikes.clashes.map { name, first in
            let message =
                "the name looks like that of \(first), and its letters are composed in another way; rename one"
            return RecordProblem(path: name, line: nil, message: message)
        }
        let all = faults.lazy.flatMap(\.value) + clashes + alike + copyProblems
        let sorted = all.sorted { ($0.path, $0.line ?? 0, $0.message) < ($1.path, $1.line ?? 0, $1.message) }
        return Array(sorted.prefix(RecordLimits.problemsMax))
    }

    /// The files of a page of records in the order of their ids, and whether there are more.
    public mutating func list(_ request: Store.List.Request) -> (files: [Holder], more: Bool) {
        let limit = request.limit.map { max(1, min($0, RecordLimits.listPageMax)) } ?? 100
        let isDescending = request.descending ?? false
        let ids = sortedIDs ?? Set(entries.lazy.map { ExactText($1.id(at: $0)) }).sorted().map(\.text)
        sortedIDs = ids
        var found: [Holder] = []
        for id in isDescending ? AnySequence(ids.reversed()) : AnySequence(ids) {
            if let after = request.after, isDescending ? RecordID(id) >= after : RecordID(id) <= after { continue }
            if let prefix = request.prefix, !id.utf8.starts(with: prefix.utf8) { continue }
            guard let holder = holder(ofExactly: id) else { continue }
            if let wanted = request.recordClass, holder.entry.recordClass != wanted { continue }
            if found.count == limit { return (found, true) }
            found.append(holder)
        }
        return (found, false)
    }
}
