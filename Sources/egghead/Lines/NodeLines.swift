import Services
import Terminal

/// What commands print of a node as a whole.
enum NodeLines {
    /// `egghead status`: the node and where its files are, a line each, then how many of its processes are ready.
    ///
    /// - Parameter clock: Formats an RFC 3339 date.
    static func status(
        _ node: Supervisor.Node.Reply, workers: [ChildStatus], clock: (String) -> String
    ) -> [String] {
        let ready = workers.count { $0.state == .ready }
        let others = workers.filter { $0.state != .ready }.map { "\($0.name) \($0.word)" }
        let facts = [
            ("node", "eggheadd \(node.version), process \(node.pid), since \(clock(node.since))"),
            ("configuration", node.configFile), ("records", node.recordsDirectory), ("state", node.stateDirectory),
            ("sockets", node.runDirectory),
            ("processes", "\(ready) of \(workers.count) ready" + others.map { ", \($0)" }.joined()),
        ]
        let problems = node.problems.map { ("problem", $0) }
        return (facts + problems).map { SafeText.line("\($0): \($1)") }
    }
}
