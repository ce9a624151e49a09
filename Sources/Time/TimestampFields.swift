/// The numbers of a date in the form that `Timestamp` writes, `2026-11-28T12:04:05.678Z`. Reading them takes no
/// calendar and a small part of the time that the general reader takes.
public struct TimestampFields: Hashable, Sendable {
    /// The numbers as they stand there: whether there is such a day or hour is not checked.
    public let year, month, day, hour, minute, second, millisecond: Int

    /// Reads a date.
    ///
    /// - Returns: Nil for any other text, also another form of a date.
    public init?(_ text: String) {
        let bytes = Array(text.utf8), zero = UInt8(ascii: "0")
        guard bytes.count == Self.form.count,
            zip(bytes, Self.form).allSatisfy({ $1 == zero ? (zero...UInt8(ascii: "9")).contains($0) : $0 == $1 })
        else { return nil }
        func number(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { 10 * $0 + Int($1 - zero) } }
        (year, month, day) = (number(0..<4), number(5..<7), number(8..<10))
        (hour, minute, second) = (number(11..<13), number(14..<16), number(17..<19))
        millisecond = number(20..<23)
    }

    /// Reads a date of RFC 3339 in UTC, with a fraction of any length or without, of which the milliseconds are kept.
    ///
    /// - Returns: Nil for any other text, also one with another offset than `Z`.
    public init?(rfc3339 text: String) {
        guard text.hasSuffix("Z") else { return nil }
        let parts = text.dropLast().split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        let fraction = String(parts.count > 1 ? parts[1] : "") + "000"
        self.init("\(parts[0]).\(fraction.prefix(3))Z")
    }

    /// Whole seconds since 1970-01-01T00:00:00Z in the Gregorian calendar; a day or an hour that there is not counts on
    /// from the last one that there is.
    public var secondsSince1970: Int64 {
        // Years that begin on the first of March, as `Timestamp` counts them.
        let marchYear = month <= 2 ? year - 1 : year, marchMonth = month > 2 ? month - 3 : month + 9
        let dayOfYear = (153 * marchMonth + 2) / 5 + day - 1
        let days = 365 * marchYear + marchYear / 4 - marchYear / 100 + marchYear / 400 + dayOfYear - 719_468
        return Int64(days * 86_400 + hour * 3_600 + minute * 60 + second)
    }

    private static let form = Array("0000-00-00T00:00:00.000Z".utf8)
}
