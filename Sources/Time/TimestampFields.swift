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

    private static let form = Array("0000-00-00T00:00:00.000Z".utf8)
}
