/// How long the feed waits after the index has refused a request or was silent: twice as long each time.
///
/// Before a full disk refuses a batch, it takes others. So the pause is short again only when the index holds
/// everything; otherwise such a disk would be tried without end, some twenty times a second.
struct FeedPause {
    private var failures = 0

    /// The pause after the first failure, and the longest one, in milliseconds.
    private static let first = 50, longest = 10_000

    /// Whether nothing has failed since the index held everything.
    var isUnused: Bool { failures == 0 }

    /// A request has failed.
    ///
    /// - Returns: How long to wait before the next one.
    mutating func next() -> Duration {
        defer { failures += 1 }
        return .milliseconds(min(Self.first << min(failures, 10), Self.longest))
    }

    /// The index has taken a request.
    ///
    /// - Parameter remaining: How many records are still to be sent.
    mutating func succeeded(remaining: Int) {
        if remaining == 0 { failures = 0 }
    }
}
