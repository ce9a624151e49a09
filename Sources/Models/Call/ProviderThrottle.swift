import Time

/// When calls to a provider may begin that says that there were too many.
///
/// One pause holds for all of its calls, and after it they begin as a TCP connection does: first one, and with each
/// answer twice as many at a time. Otherwise all that waited would return in the same instant, and most of them be
/// refused again.
///
/// ```
///           refused                        the pause is over, one begins         answered
/// free ───────────────→ paused ────────────────────────────────────→ one at a time ──────→ two, four … free
///                         ↑                                                       │
///                         └───────────────────────── refused ─────────────────────┘
/// ```
///
/// See: RFC 6585 §4 (429), RFC 9110 §10.2.3 (Retry-After), RFC 5681 §3.1 (slow start)
public struct ProviderThrottle: Hashable, Sendable {
    /// When the pause ends; nil when there is none.
    public private(set) var pausedUntil: Instant?
    /// How many calls may be without an answer at a time; nil for any number.
    private var window: Int?
    /// How many began and were neither answered nor ended.
    private var unanswered = 0

    /// From so many on the number is not limited any more.
    private static let windowMax = 32

    /// Nothing is limited.
    public init() {}

    /// Whether a call may begin now; it counts as unanswered then, until `answered()` or `gone()`.
    public mutating func begins(at now: Instant) -> Bool {
        if let pausedUntil, now < pausedUntil { return false }
        pausedUntil = nil
        if let window, unanswered >= window { return false }
        unanswered += 1
        return true
    }

    /// The provider has begun to answer a call. During a pause that is one which began before it, and says nothing of
    /// what comes after.
    public mutating func answered() {
        gone()
        if pausedUntil != nil { return }
        window = window.flatMap { 2 * $0 < Self.windowMax ? 2 * $0 : nil }
    }

    /// The provider has refused a call, which is gone, because there were too many.
    ///
    /// - Parameter wait: How long it wants to be left alone.
    public mutating func refused(for wait: Duration, at now: Instant) {
        window = 1
        pausedUntil = max(pausedUntil ?? now, now + wait)
    }

    /// A call is not answered, or not yet: it has ended, or is to begin once more.
    public mutating func gone() { unanswered = max(0, unanswered - 1) }
}
