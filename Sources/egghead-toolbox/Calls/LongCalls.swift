import Services

/// The calls that run, and when their rooms are told that they still do: after ten seconds, and whenever a call has run
/// for four times as long as at the last time, so that an hour is five lines: they take the place of messages in what
/// an agent reads of its room.
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
        for call in due { running[call.call.key]?.nextToldAt *= 4 }
        return due.sorted { $0.call.id < $1.call.id }
    }
}

extension LongCalls.Running {
    /// What the room is told, behind the agent's name: of what the call would do only the tool and the program, since
    /// secrets may be in the rest.
    ///
    /// - Parameter progress: How far it is, if that is known.
    func text(progress: String?) -> String {
        let needed = "has needed \(Counted.words(seconds, "second")) so far for \(call.tool.name)\(program)"
        let isFirst = nextToldAt == LongCalls.firstToldAt
        let stop = isFirst ? call.turn.map { "egghead cancel \($0) stops it" } : nil
        return ([needed] + [progress, stop].compactMap(\.self)).joined(separator: "; ")
    }

    private var program: String {
        guard case .command(let words, _)? = call.requests.first?.object, let program = words.first else { return "" }
        return " of " + RequestText.seen(program.prefix(bytesMax: Self.programBytesMax))
    }

    /// How much of a program's name is told, in bytes.
    private static let programBytesMax = 60
}
