import Services
import Terminal

/// The table that `egghead ps` prints.
enum ProcessTable {
    private static let headings = [
        "NAME", "PID", "STATE", "RESTARTS", "SINCE", "UPTIME", "MEMORY", "CPU", "STATUS", "LAST EXIT",
    ]

    /// The headings, then a line for each child, indented below its parent.
    ///
    /// - Parameters:
    ///   - children: In start order, as eggheadd lists them.
    ///   - now: RFC 3339, for the uptimes.
    ///   - clock: Formats an RFC 3339 date.
    static func lines(
        _ children: [ChildStatus], now: String, clock: (String) -> String, _ width: TextWidth
    ) -> [String] {
        TextTable.lines([headings] + ProcessTree(children).rows.map { cells($0, now, clock) }, width)
    }

    private static func cells(_ row: ProcessTree.Row, _ now: String, _ clock: (String) -> String) -> [String] {
        let child = row.child
        return [
            String(repeating: "  ", count: row.depth) + SafeText.line(child.name),
            child.pid.map(String.init) ?? "-",
            child.word,
            child.restartCauses.map(\.words).flatMap { $0.isEmpty ? nil : $0 } ?? String(child.restarts),
            clock(child.since),
            TimeText.span(from: child.since, to: now),
            child.memory.map(TextTable.size) ?? "-",
            child.processor.map(processorTime) ?? "-",
            child.status.map(SafeText.line) ?? "-",
            child.lastExit.map(\.text) ?? "-",
        ]
    }

    /// Minutes, seconds and hundredths, in the format of top(1): `0:01.25`.
    private static func processorTime(_ milliseconds: Int) -> String {
        let seconds = milliseconds / 1_000 % 60, hundredths = milliseconds / 10 % 100
        return
            "\(milliseconds / 60_000):\(seconds < 10 ? "0" : "")\(seconds).\(hundredths < 10 ? "0" : "")\(hundredths)"
    }
}
