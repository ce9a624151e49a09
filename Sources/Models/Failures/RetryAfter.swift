/// How long a provider wants to be left alone, as vendors write it.
public enum RetryAfter {
    /// The span of a header such as OpenAI's `retry-after-ms: 1500`; nil for what is no number of milliseconds.
    public static func duration(milliseconds text: String) -> Duration? { duration(text, unit: 0.001) }

    /// The span of a number of seconds, with a fraction or without; nil for what is none.
    static func duration(seconds text: String) -> Duration? { duration(text, unit: 1) }

    private static func duration(_ text: String, unit: Double) -> Duration? {
        guard let number = Double(text), (0...secondsMax).contains(number * unit) else { return nil }
        return .seconds(number * unit)
    }

    /// No provider means a longer one.
    private static let secondsMax: Double = 365 * 86_400
}
