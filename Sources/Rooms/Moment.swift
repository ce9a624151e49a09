/// When a step of the state machine happens. It reads no clock; the shell reads one once per turn of its loop.
public struct Moment: Hashable, Sendable {
    /// Since some fixed point; only differences count.
    public var elapsed: Duration
    /// The wall clock as RFC 3339, for people.
    public var timestamp: String

    /// A moment.
    public init(elapsed: Duration, timestamp: String) {
        self.elapsed = elapsed
        self.timestamp = timestamp
    }
}
