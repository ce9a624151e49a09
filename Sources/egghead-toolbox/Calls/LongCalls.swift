import Services

/// The calls that run, and when their rooms are told that they still do: after ten seconds, and whenever a call has run
/// for twice as long as at the last time, so that an hour is nine lines.
struct LongCalls {
    /// A call that runs.
    struct Running {
        /// The call.
        let call: AuthorizedCall
        /// How long it has run, in seconds.
        fileprivate(set) var seconds = 0
        fileprivate var nextToldAt = firstToldAt
    }

    private var running: [ToolCallKey: Running] = [:]

    fileprivate static let firstToldAt = 10

    /// A call begins.
    mutating func begin(_ call: AuthorizedCall) { running[call.key] = Running(call: call) }

    /// A call has ended.
    mutating func end(_ call: ToolCallKey) { running[call] = nil }

    /// A second has passed.
    ///
    /// - Returns: Those of which it is time to tell, in the order of their ids.
    mutating func pass() -> [Running] {
        for key in running.keys { running[key]?.seconds += 1 }
        let due = running.values.filter { $0.seconds >= $0.nextToldAt }
        for call in due { running[call.call.key]?.nextToldAt *= 2 }
        return due.sorted { $0.call.id < $1.call.id }
    }
}

extension LongCalls.Running {
    /// What the room is told, behind the agent's name.
    ///
    /// - Parameter progress: How far it is, if that is known.
    func text(progress: String?) -> String {
        let summary = RequestText(call).summary, begin = summary.prefix(bytesMax: Self.summaryBytesMax)
        let cut = begin.utf8.count < summary.utf8.count ? " …" : ""
        let needed = "has needed \(Counted.words(seconds, "second")) so far to \(begin)\(cut)"
        let isFirst = nextToldAt == LongCalls.firstToldAt
        let stop = isFirst ? call.turn.map { "egghead cancel \($0) stops it" } : nil
        return ([needed] + [progress, stop].compactMap(\.self)).joined(separator: "; ")
    }

    /// How much of what it would do is told, in bytes.
    private static let summaryBytesMax = 200
}
