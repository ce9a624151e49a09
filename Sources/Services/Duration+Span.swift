extension Duration {
    /// A span as people write it: a whole number with its unit, `500ms`, `5s`, `10m` or `1h`.
    ///
    /// - Returns: Nil for anything else, and for more than a year.
    public init?(span text: String) {
        let digits = text.prefix { $0.isASCII && $0.isNumber }
        let units: KeyValuePairs<String, Int64> = ["ms": 1, "s": 1_000, "m": 60_000, "h": 3_600_000]
        guard let count = Int64(digits),
            let unit = units.first(where: { text.dropFirst(digits.count) == $0.key })?.value
        else { return nil }
        let (milliseconds, overflow) = count.multipliedReportingOverflow(by: unit)
        guard !overflow, milliseconds <= 366 * 24 * 3_600_000 else { return nil }
        self = .milliseconds(milliseconds)
    }
}
