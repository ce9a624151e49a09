import Services

/// The process tree as rows: parents before their children, with the depth of each.
public struct ProcessTree: Sendable, Hashable {
    /// A node.
    public struct Row: Sendable, Hashable {
        /// Its distance from the root.
        public let depth: Int
        /// What is known of it.
        public let child: ChildStatus
    }

    /// The rows, each parent before its children, siblings in start order.
    public let rows: [Row]

    /// The tree of a list. A child whose parent is not in the list counts as a root.
    public init(_ children: [ChildStatus]) {
        let names = Set(children.map(\.name))
        var childrenOf: [String: [ChildStatus]] = [:], roots: [ChildStatus] = []
        for child in children {
            if let parent = child.parent, parent != child.name, names.contains(parent) {
                childrenOf[parent, default: []].append(child)
            } else {
                roots.append(child)
            }
        }
        var rows: [Row] = [], waiting = roots.reversed().map { Row(depth: 0, child: $0) }
        while let row = waiting.popLast() {
            rows.append(row)
            // Taking the children out keeps a list that names a parent twice from being walked twice.
            let below = childrenOf.removeValue(forKey: row.child.name) ?? []
            waiting += below.reversed().map { Row(depth: row.depth + 1, child: $0) }
        }
        self.rows = rows
    }
}

extension ProcessTree {
    /// The table that `egghead ps` prints, a line a row, the headings first.
    ///
    /// - Parameters:
    ///   - now: RFC 3339, for the uptimes.
    public func table(now: String, _ width: TextWidth) -> [String] {
        let heading = ["NAME", "PID", "STATE", "RESTARTS", "UPTIME", "MEMORY", "CPU", "STATUS", "LAST EXIT"]
        return TextTable.lines([heading] + rows.map { Self.cells($0, now: now) }, width)
    }

    /// Minutes, seconds and hundredths, as top has them: `0:01.25`.
    private static func processorTime(_ milliseconds: Int) -> String {
        let seconds = milliseconds / 1_000 % 60, hundredths = milliseconds / 10 % 100
        return
            "\(milliseconds / 60_000):\(seconds < 10 ? "0" : "")\(seconds).\(hundredths < 10 ? "0" : "")\(hundredths)"
    }

    private static func cells(_ row: Row, now: String) -> [String] {
        let child = row.child
        return [
            String(repeating: "  ", count: row.depth) + SafeText.line(child.name),
            child.pid.map(String.init) ?? "-",
            child.state.rawValue,
            String(child.restarts),
            TimeText.span(from: child.since, to: now),
            child.memory.map(TextTable.size) ?? "-",
            child.processor.map(Self.processorTime) ?? "-",
            child.status.map(SafeText.line) ?? "-",
            child.lastExit.map(\.text) ?? "-",
        ]
    }
}

extension ExitReport {
    /// The reason in a few words: `exited 1`, `SIGSEGV (core)`, `out of memory`.
    public var text: String {
        switch kind {
        case .exited: "exited \(code ?? 0)"
        case .signaled: SafeText.line(signal ?? "signal") + (core == true ? " (core)" : "")
        case .oomKilled: "out of memory"
        case .watchdog: "watchdog"
        case .shutdown: "shutdown"
        case .failedToStart: "failed to start" + (detail.map { ": " + SafeText.line($0) } ?? "")
        }
    }
}
