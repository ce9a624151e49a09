import Services

/// How many calls there are.
struct CallCount: Hashable, CustomStringConvertible {
    /// Those that have begun.
    var running: Int
    /// Those that wait for their provider.
    var waiting: Int

    /// `2 calls running, 1 waiting`
    var description: String {
        let calls = "\(Counted.words(running, "call")) running"
        return waiting == 0 ? calls : "\(calls), \(waiting) waiting"
    }
}
