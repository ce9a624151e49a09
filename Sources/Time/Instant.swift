/// A point on the monotonic clock, in nanoseconds since the machine booted.
///
/// It orders events and measures spans; it says nothing about the date. Rooms get it as a parameter, never read it.
/// Spans come from configurations and from peers: a point beyond the 292 years that the clock can count is its end.
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
        let (sum, overflow) = instant.nanoseconds.addingReportingOverflow(span.wholeNanoseconds)
        return Instant(nanoseconds: overflow ? (span < .zero ? .min : .max) : sum)
    }

    /// The span from the right point to the left one; negative when the left is earlier.
    public static func - (left: Instant, right: Instant) -> Duration {
        let (span, overflow) = left.nanoseconds.subtractingReportingOverflow(right.nanoseconds)
        return .nanoseconds(overflow ? (left < right ? .min : .max) : span)
    }
}

extension Duration {
    /// The span in nanoseconds, cut; one over 292 years is the longest that there is.
    public var wholeNanoseconds: Int64 {
        let parts = components, secondsMax = Int64.max / 1_000_000_000 - 1
        guard (-secondsMax...secondsMax).contains(parts.seconds) else { return parts.seconds < 0 ? .min : .max }
        return parts.seconds * 1_000_000_000 + parts.attoseconds / 1_000_000_000
    }

    /// The span in milliseconds, rounded up, so that a wait for it never ends early.
    public var wholeMillisecondsUp: Int64 {
        let (milliseconds, rest) = wholeNanoseconds.quotientAndRemainder(dividingBy: 1_000_000)
        return rest > 0 ? milliseconds + 1 : milliseconds
    }
}
