import Time

/// How long a provider wants to be left alone, as vendors write it.
///
/// | header | whose | form |
/// |---|---|---|
/// | `retry-after-ms`, `x-ms-retry-after-ms` | OpenAI, Azure | milliseconds |
/// | `Retry-After` | all | seconds, or a date |
/// | `x-ratelimit-reset-requests`, `-tokens` | OpenAI, Groq, xAI | `1h2m3.5s`, `20ms` |
/// | `anthropic-ratelimit-requests-reset`, … | Anthropic | a date of RFC 3339 |
/// | `x-ratelimit-reset` | OpenRouter, Together | seconds, or seconds or milliseconds since 1970 |
///
/// The last three come with every answer and say when a limit is whole again. They count for a 429, where the header
/// beside them says that nothing is left, and when the span is short: of a longer one only a part passes before the
/// next call is taken.
///
/// See: RFC 9110 §10.2.3; platform.openai.com/docs/guides/rate-limits; docs.claude.com/en/api/rate-limits;
/// openrouter.ai/docs/api-reference/limits
public enum RetryAfter {
    /// What the head of an answer says, the most exact header first.
    ///
    /// - Parameters:
    ///   - status: That of the answer.
    ///   - standard: The span of Retry-After, or until its date; nil if there is none.
    ///   - now: Seconds since 1970.
    ///   - header: The value of a header, by its name in any case.
    /// - Returns: The span; nil if none is told.
    public static func told(
        status: Int, standard: Duration?, now: Int64, header: (_ name: String) -> String?
    ) -> Duration? {
        let exact = ["retry-after-ms", "x-ms-retry-after-ms"].compactMap(header).first
        if let told = exact.flatMap({ duration($0, unit: 0.001) }) ?? standard { return told }
        guard status == 429 else { return nil }
        let spans = limits.compactMap { limit -> Duration? in
            guard let left = header(limit.remaining).flatMap(Double.init), left <= 0 else { return nil }
            return header(limit.reset).flatMap { span($0, now: now) }
        }
        return spans.max().flatMap { $0 <= limitMax ? $0 : nil }
    }

    /// The longest span of a limit that is waited for.
    private static let limitMax = Duration.seconds(60)

    /// The span of a number of seconds, with a fraction or without; nil for what is none.
    static func duration(seconds text: String) -> Duration? { duration(text, unit: 1) }

    /// The headers of the limits that vendors count.
    private static let limits: [(remaining: String, reset: String)] =
        ["requests", "tokens"].map { ("x-ratelimit-remaining-\($0)", "x-ratelimit-reset-\($0)") }
        + ["requests", "tokens", "input-tokens", "output-tokens"].map {
            ("anthropic-ratelimit-\($0)-remaining", "anthropic-ratelimit-\($0)-reset")
        } + [("x-ratelimit-remaining", "x-ratelimit-reset")]

    /// The span until a limit is whole again, in any of the forms above; a point in the past is now.
    private static func span(_ text: String, now: Int64) -> Duration? {
        if let date = TimestampFields(rfc3339: text) { return bounded(Double(date.secondsSince1970 - now)) }
        if let number = Double(text), number >= 1e9 {
            return bounded(number / (number >= 1e12 ? 1_000 : 1) - Double(now))
        }
        return sum(of: text)
    }

    /// The span of numbers with their units, as Go prints one; without a unit they are seconds.
    private static func sum(of text: String) -> Duration? {
        let units = ["h": 3_600, "m": 60, "s": 1, "ms": 0.001, "": 1]
        var rest = text[...], seconds: Double = 0
        repeat {
            let digits = rest.prefix { $0.isNumber || $0 == "." }
            let unit = rest.dropFirst(digits.count).prefix(while: \.isLetter)
            guard let number = Double(digits), let worth = units[String(unit)] else { return nil }
            seconds += number * worth
            rest = rest.dropFirst(digits.count + unit.count)
        } while !rest.isEmpty
        return bounded(seconds)
    }

    private static func duration(_ text: String, unit: Double) -> Duration? {
        guard let number = Double(text), number >= 0 else { return nil }
        return bounded(number * unit)
    }

    /// The span of so many seconds, which are zero if they are fewer; nil for more than any provider means.
    private static func bounded(_ seconds: Double) -> Duration? {
        seconds <= secondsMax ? .seconds(max(0, seconds)) : nil
    }

    private static let secondsMax: Double = 365 * 86_400
}
