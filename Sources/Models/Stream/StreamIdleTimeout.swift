import Time

/// When a stream of a provider counts as silent, so that its call ends and may be tried again.
///
/// A byte begins the provider's idle timeout anew. Bytes that bring no event, such as comments that keep a connection
/// open, do so for a few timeouts only, and whatever comes, no answer takes longer than an hour.
public struct StreamIdleTimeout: Hashable, Sendable {
    private let span: Duration
    private var lastByte: Instant
    private var lastEvent: Instant
    private let end: Instant

    /// How long an answer may take, from its request to its end.
    public static let answerMax = Duration.seconds(3_600)
    /// How many timeouts a stream may go without an event while other bytes come.
    public static let spansWithoutEventMax = 4

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
    /// - Parameter bringEvent: Whether an event was among them.
    public mutating func hear(at now: Instant, bringEvent: Bool) {
        lastByte = now
        if bringEvent { lastEvent = now }
    }

    /// When the stream is given up unless something comes.
    public var endsAt: Instant { min(lastByte + span, lastEvent + span * Self.spansWithoutEventMax, end) }

    /// Whether the answer has taken as long as one may.
    public func isOverdue(at now: Instant) -> Bool { now >= end }
}
