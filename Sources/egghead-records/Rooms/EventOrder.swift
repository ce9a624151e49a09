import Time

/// Row ids of events, in the order of their times.
///
/// A row id is the number of milliseconds since 1970 in a calendar whose months all have 31 days, times `slots`, and a
/// place among the events of the same millisecond. So it is made of the digits of a date, without a calendar.
enum EventOrder {
    /// The number of places in a millisecond. When all are taken, the next millisecond's are used.
    static let slots: Int64 = 1 << 18

    private static let years = 1970...3000

    /// The first row id of the millisecond of a date as Egghead writes it, `2026-11-28T12:04:05.678Z`.
    ///
    /// - Returns: Nil for any other text, and for a year before 1970 or after 3000.
    static func first(at date: String) -> Int64? {
        guard let fields = TimestampFields(date), years.contains(fields.year) else { return nil }
        let months = (fields.year - years.lowerBound) * 12 + max(1, min(fields.month, 12)) - 1
        let hours = (months * 31 + max(1, min(fields.day, 31)) - 1) * 24 + min(fields.hour, 23)
        let seconds = (hours * 60 + min(fields.minute, 59)) * 60 + min(fields.second, 59)
        return Int64(seconds * 1_000 + fields.millisecond) * slots
    }
}
