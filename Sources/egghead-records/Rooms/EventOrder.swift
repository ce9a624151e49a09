/// Row ids of events, in the order of their times.
///
/// A row id is the number of milliseconds since 1970 in a calendar whose months all have 31 days, times `slots`, and a
/// place among the events of the same millisecond. So it is made of the digits of a date, without a calendar.
enum EventOrder {
    /// The number of places in a millisecond. When all are taken, the next millisecond's are used.
    static let slots: Int64 = 1 << 18

    private static let form = Array("0000-00-00T00:00:00.000Z".utf8)
    private static let years = 1970...3000

    /// The first row id of the millisecond of a date as Egghead writes it, `2026-11-28T12:04:05.678Z`.
    ///
    /// - Returns: Nil for any other text, and for a year before 1970 or after 3000.
    static func first(at date: String) -> Int64? {
        let bytes = Array(date.utf8), zero = UInt8(ascii: "0")
        guard bytes.count == form.count,
            zip(bytes, form).allSatisfy({ $1 == zero ? (zero...UInt8(ascii: "9")).contains($0) : $0 == $1 })
        else { return nil }
        func number(_ range: Range<Int>) -> Int { bytes[range].reduce(0) { 10 * $0 + Int($1 - zero) } }
        guard years.contains(number(0..<4)) else { return nil }
        let months = (number(0..<4) - years.lowerBound) * 12 + max(1, min(number(5..<7), 12)) - 1
        let hours = (months * 31 + max(1, min(number(8..<10), 31)) - 1) * 24 + min(number(11..<13), 23)
        let seconds = (hours * 60 + min(number(14..<16), 59)) * 60 + min(number(17..<19), 59)
        return Int64(seconds * 1_000 + number(20..<23)) * slots
    }
}
