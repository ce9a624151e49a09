import Time

/// When a stream of a provider counts as silent, so that its call ends and may be tried again.
///
/// A byte begins the provider's idle timeout anew. Bytes that bring no event, such as comments that keep a connection
/// open, do so for a few timeouts only, and whatever comes, no answer takes longer than an hour. When the model has
/// stopped, only what it has cost is still to come, and little is waited for that.
public struct StreamIdleTimeout: Hashable, Sendable {
    private let span: Duration
    private var lastByte: Instant
    private var lastEvent: Instant
    private let end: Instant
    private var hasStopped = false

    /// How long an answer may take, from its request to its end.
    public static let answerMax = Duration.seconds(3_600)
    /// How many timeouts a stream may go without an event while other bytes come.
    public static let spansWithoutEventMax = 4
    /// How long a stream may go without an event when the model has stopped: some servers say of each event that it is
    /// the last one, and go on.
    public static let afterStopMax = Duration.seconds(5)

    /// The timeout of a request that is sent now.
    ///
    /// - Parameter span: How long the stream may be without a byte, more than nothing.
    public init(_ span: Duration, from now: Instant) {
        self.span = span
        end = now + Self.answerMax
        (lastByte, lastEvent) = (now, now)
    }

    /// Bytes have come.
    ///
    /// - Parameters:
    ///   - bringEvent: Whether an event was among them.
    ///   - hasStopped: Whether the model has stopped by now.
    public mutating func hear(at now: Instant, bringEvent: Bool, hasStopped: Bool = false) {
        lastByte = now
        if bringEvent { lastEvent = now }
        self.hasStopped = hasStopped
    }

    /// When the stream is given up unless something comes.
    public var endsAt: Instant {
        let withoutEvent = hasStopped ? Self.afterStopMax : span * Self.spansWithoutEventMax
        return min(lastByte + span, lastEvent + withoutEvent, end)
    }

    /// Whether the answer has taken as long as one may.
    public func isOverdue(at now: Instant) -> Bool { now >= end }
}
