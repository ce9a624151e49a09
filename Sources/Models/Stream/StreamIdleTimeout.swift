import Time

/// When a stream of a provider counts as silent, so that its call ends and may be tried again.
///
/// A byte begins the provider's idle timeout anew. Bytes that bring no event, such as comments that keep a connection
/// open, do so for a few timeouts only.
public struct StreamIdleTimeout: Hashable, Sendable {
    private let span: Duration
    private var lastByte: Instant
    private var lastEvent: Instant

    /// How many timeouts a stream may go without an event while other bytes come.
    public static let spansWithoutEventMax = 5

    /// The timeout of a request that is sent now.
    ///
    /// - Parameter span: How long the stream may be without a byte, more than nothing.
    public init(_ span: Duration, from now: Instant) {
        self.span = span
        (lastByte, lastEvent) = (now, now)
    }

    /// Bytes have come.
    ///
    /// - Parameter bringEvent: Whether an event was among them.
    public mutating func hear(at now: Instant, bringEvent: Bool) {
        lastByte = now
        if bringEvent { lastEvent = now }
    }

    /// When the stream counts as silent unless something comes.
    public var endsAt: Instant { min(lastByte + span, lastEvent + span * Self.spansWithoutEventMax) }
}
