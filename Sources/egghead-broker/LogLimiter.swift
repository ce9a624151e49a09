import Runtime
import Time

/// Keeps floods out of the log: of one kind only so many lines in a span, and then how many there were more.
struct LogLimiter {
    private var spans: [String: (begin: Instant, lines: Int)] = [:]

    private static let span = Duration.seconds(10)
    private static let linesMax = 10, kindsMax = 1_024

    /// Whether a line of this kind is to be written now.
    ///
    /// - Returns: How many were left out before it; nil when it is left out itself.
    mutating func leftOut(_ kind: String, now: Instant) -> Int? {
        if let span = spans[kind], now - span.begin < Self.span {
            spans[kind]?.lines += 1
            return span.lines < Self.linesMax ? 0 : nil
        }
        let before = max(0, (spans[kind]?.lines ?? 0) - Self.linesMax)
        if spans.count >= Self.kindsMax {
            spans = spans.filter { now - $0.value.begin < Self.span }
            if spans.count >= Self.kindsMax { spans.removeAll() }
        }
        spans[kind] = (now, 1)
        return before
    }
}
