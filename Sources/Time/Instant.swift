/// A point on the monotonic clock, in nanoseconds since the machine booted.
///
/// It orders events and measures spans; it says nothing about the date. Rooms get it as a parameter, never read it.
///
/// See: clock_gettime(2) CLOCK_MONOTONIC
public struct Instant: Comparable, Hashable, Sendable {
    /// Nanoseconds since the clock's origin.
    public var nanoseconds: Int64

    /// The point this many nanoseconds after the clock's origin.
    public init(nanoseconds: Int64) { self.nanoseconds = nanoseconds }

    /// The clock's origin; where virtual clocks begin.
    public static let zero = Instant(nanoseconds: 0)

    /// Earlier comes first.
    public static func < (left: Instant, right: Instant) -> Bool { left.nanoseconds < right.nanoseconds }

    /// The point a span later.
    public static func + (instant: Instant, span: Duration) -> Instant {
        Instant(nanoseconds: instant.nanoseconds + span.wholeNanoseconds)
    }

    /// The span from the right point to the left one; negative when the left is earlier.
    public static func - (left: Instant, right: Instant) -> Duration {
        .nanoseconds(left.nanoseconds - right.nanoseconds)
    }
}

extension Duration {
    /// The span in nanoseconds, rounded down; spans over 292 years do not occur here.
    public var wholeNanoseconds: Int64 {
        let parts = components
        return parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000
    }

    /// The span in milliseconds, rounded up, so that a wait for it never ends early.
    public var wholeMillisecondsUp: Int64 { (wholeNanoseconds + 999_999) / 1_000_000 }
}
