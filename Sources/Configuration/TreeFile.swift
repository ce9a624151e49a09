import Services
import Supervision

/// A supervision tree as an operator writes it. The whole file is read before anything starts.
public enum TreeFile {
    /// Reads a tree.
    ///
    /// - Parameters:
    ///   - text: The file's content.
    ///   - path: The file, for messages.
    ///   - run: What `{run}` stands for in the path of a socket.
    /// - Returns: The root, which is a supervisor.
    /// - Throws: Every problem, with its line.
    package static func read(_ text: String, path: String, run: String) throws(ConfigurationError) -> ChildSpec {
        let reader = YAMLReader(path: path)
        var parser = TreeParser(run: run)
        var root: ChildSpec?
        if let document = reader.document(text) {
            root = parser.child(document)
            if let root, root.supervisor == nil {
                document.report("the root is a supervisor: it has a strategy and children")
            }
        } else if reader.problems.isEmpty {
            reader.report(line: nil, "is empty; a tree has an id, a strategy and children")
        }
        try reader.throwProblems()
        guard let root else { throw ConfigurationError([]) }
        return root
    }

    /// Reads one child, as `start_child` gets it: a worker or a supervisor with everything below it.
    ///
    /// - Parameters:
    ///   - text: YAML, of which JSON is a part.
    ///   - run: What `{run}` stands for in the path of a socket.
    /// - Throws: Every problem.
    package static func readChild(_ text: String, run: String) throws(ConfigurationError) -> ChildSpec {
        let reader = YAMLReader(path: "the child")
        var parser = TreeParser(run: run)
        let child = reader.document(text).flatMap { parser.child($0) }
        try reader.throwProblems()
        guard let child else {
            throw ConfigurationError([ConfigurationProblem(path: "the child", line: nil, message: "is empty")])
        }
        return child
    }
}

/// Reads nodes of a tree, and remembers the ids, which are unique.
private struct TreeParser {
    let run: String
    private var ids: [String] = []

    init(run: String) { self.run = run }

    static let commonKeys = ["id", "restart", "shutdown", "significant"]
    static let supervisorKeys =
        commonKeys + [
            "strategy", "intensity", "period", "auto_shutdown", "children", "quarantine", "backoff", "template",
            "statuses",
        ]
    static let workerKeys =
        commonKeys + [
            "command", "environment", "directory", "user", "ready", "watchdog", "limits", "channel", "listen",
            "start_timeout", "drain",
        ]

    mutating func child(_ node: YAMLNode) -> ChildSpec? {
        let members = node.mapping(known: nil)
        let isSupervisor = members["strategy"] != nil || members["children"] != nil
        return isSupervisor ? supervisor(node) : worker(node, needsCommand: true)
    }

    private mutating func supervisor(_ node: YAMLNode) -> ChildSpec? {
        let keys = node.mapping(known: Self.supervisorKeys)
        var spec = SupervisorSpec(intensity: intensity(keys))
        spec.strategy =
            keys["strategy"]?.choice([
                "one_for_one": .oneForOne, "one_for_all": .oneForAll, "rest_for_one": .restForOne, "dynamic": .dynamic,
            ]) ?? .oneForOne
        spec.autoShutdown =
            keys["auto_shutdown"]?.choice([
                "never": .never, "any_significant": .anySignificant, "all_significant": .allSignificant,
            ]) ?? .never
        spec.quarantine = keys["quarantine"].map { intensity($0.mapping(known: ["intensity", "period"])) }
        spec.backOff = keys["backoff"].map(backOff)
        spec.statuses = keys["statuses"]?.choice(["egghead": .egghead]) ?? .plain
        let id = identifier(node, keys)
        readChildren(keys, into: &spec)
        guard let id else { return nil }
        return common(keys, ChildSpec(id: ChildID(id), .supervisor(spec)))
    }

    private mutating func readChildren(_ keys: YAMLMapping, into spec: inout SupervisorSpec) {
        for node in keys["children"]?.list() ?? [] {
            if let child = child(node) { spec.children.append(child) }
        }
        guard let template = keys["template"] else { return }
        if spec.strategy != .dynamic { template.report("only a supervisor with strategy dynamic has a template") }
        spec.template = worker(template, needsCommand: false)
    }

    /// Whether a variable is one by which eggheadd speaks to its children.
    private static func isOurs(_ name: String) -> Bool {
        [
            "LISTEN_", "EGGHEAD_CHANNEL", "EGGHEAD_JOURNAL", "EGGHEAD_VARIABLES", "NOTIFY_SOCKET", "WATCHDOG_",
            "INVOCATION_ID",
        ].contains { name.hasPrefix($0) }
    }

    private mutating func worker(_ node: YAMLNode, needsCommand: Bool) -> ChildSpec? {
        let keys = node.mapping(known: Self.workerKeys)
        if needsCommand, keys["command"] == nil { node.report("command is missing, or children for a supervisor") }
        var spec = WorkerSpec(command: keys["command"]?.list().compactMap { $0.text() } ?? [])
        if let command = keys["command"], spec.command.first?.isEmpty != false {
            command.report("a program and its arguments are wanted")
        }
        spec.environment =
            keys["environment"]?.mapping(known: nil).members.compactMap { name, value in
                if Self.isOurs(name) { value.report("eggheadd sets this variable itself") }
                return value.text().map { EnvironmentVariable(name, $0) }
            } ?? []
        spec.directory = keys["directory"]?.text()
        spec.user = keys["user"]?.text()
        spec.ready = keys["ready"]?.choice(["notify": .notify, "started": .started]) ?? .started
        spec.watchdog = keys["watchdog"]?.duration()
        spec.hasChannel = keys["channel"]?.bool() ?? false
        spec.startTimeout = keys["start_timeout"]?.duration() ?? spec.startTimeout
        spec.drain = keys["drain"]?.duration() ?? spec.drain
        spec.listen = keys["listen"]?.list().compactMap(listener) ?? []
        spec.limits = keys["limits"].map(limits) ?? WorkerSpec.Limits()
        guard let id = identifier(node, keys) else { return nil }
        return common(keys, ChildSpec(id: ChildID(id), .worker(spec)))
    }

    private func common(_ keys: YAMLMapping, _ child: ChildSpec) -> ChildSpec {
        var child = child
        child.restart =
            keys["restart"]?.choice(["permanent": .permanent, "transient": .transient, "temporary": .temporary])
            ?? .permanent
        child.isSignificant = keys["significant"]?.bool() ?? false
        guard let shutdown = keys["shutdown"], let text = shutdown.text() else { return child }
        switch text {
        case "brutal_kill": child.shutdown = .brutalKill
        case "infinity": child.shutdown = .infinity
        case _:
            if let duration = Duration(span: text) {
                child.shutdown = .timeout(duration)
            } else {
                shutdown.report("brutal_kill, infinity or a duration such as 5s is wanted")
            }
        }
        return child
    }

    private mutating func identifier(_ node: YAMLNode, _ keys: YAMLMapping) -> String? {
        guard let place = keys["id"] else {
            node.report("id is missing")
            return nil
        }
        guard let id = place.text() else { return nil }
        if id.isEmpty || id.utf8.contains(where: { $0 <= 0x20 || $0 == 0x7F }) {
            place.report("an id has at least one character, and no blanks or control characters")
        } else if ids.contains(id) {
            place.report("\(id) occurs twice; ids are unique in a tree")
        }
        ids.append(id)
        return id
    }

    private func intensity(_ keys: YAMLMapping) -> RestartIntensity {
        var intensity = RestartIntensity()
        intensity.limit = keys["intensity"]?.integer(in: 0...1_000_000) ?? intensity.limit
        intensity.period = keys["period"]?.duration() ?? intensity.period
        if intensity.period == .zero { keys["period"]?.report("a period longer than zero is wanted") }
        return intensity
    }

    private func backOff(_ node: YAMLNode) -> BackOff {
        let keys = node.mapping(known: ["from", "to"])
        var backOff = BackOff()
        backOff.from = keys["from"]?.duration() ?? backOff.from
        backOff.to = keys["to"]?.duration() ?? max(backOff.to, backOff.from)
        if backOff.to < backOff.from { node.report("to is shorter than from") }
        return backOff
    }

    private func listener(_ node: YAMLNode) -> WorkerSpec.Listener? {
        let keys = node.mapping(known: ["path", "mode"])
        if keys["path"] == nil { node.report("path is missing") }
        guard let written = keys["path"]?.text() else { return nil }
        let path = written.hasPrefix("{run}") ? run + written.dropFirst(5) : written
        if let objection = ProviderAddress.objection(toSocket: path) { keys["path"]?.report(objection) }
        var mode: UInt32 = 0o600
        if let place = keys["mode"], let text = place.text() {
            if let octal = UInt32(text, radix: 8), octal <= 0o777 {
                mode = octal
            } else {
                place.report("permission bits such as 0660 are wanted")
            }
        }
        return WorkerSpec.Listener(path: path, mode: mode)
    }

    private func limits(_ node: YAMLNode) -> WorkerSpec.Limits {
        let keys = node.mapping(known: ResourceLimits.keys)
        var limits = WorkerSpec.Limits()
        if let place = keys["memory"], let text = place.text() {
            limits.memoryBytes = ResourceLimits.bytes(text)
            if limits.memoryBytes == nil { place.report("a size such as 512M or 2G is wanted") }
        }
        limits.tasks = keys["tasks"]?.integer(in: ResourceLimits.tasksRange)
        if let place = keys["cpu"], let text = place.text() {
            limits.cpuPercent = ResourceLimits.percent(text)
            if limits.cpuPercent == nil { place.report("percent of one processor, such as 50%, are wanted") }
        }
        return limits
    }
}
