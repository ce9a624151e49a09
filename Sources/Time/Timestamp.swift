/// A date as people and programs outside read it: UTC, RFC 3339, milliseconds.
public enum Timestamp {
    /// The date of a point in time, for example `2026-11-22T08:30:00.125Z`.
    ///
    /// - Parameters:
    ///   - seconds: Seconds since 1970-01-01T00:00:00Z; years 1 to 9999.
    ///   - nanoseconds: The fraction, 0 to 999,999,999; cut to milliseconds.
    ///
    /// See: RFC 3339 §5.6
    public static func rfc3339(seconds: Int64, nanoseconds: Int64 = 0) -> String {
        let days = seconds.flooredQuotient(86_400)
        let clock = seconds - days * 86_400
        let (year, month, day) = civilDate(daysSince1970: days)
        return "\(padded(year, 4))-\(padded(month, 2))-\(padded(day, 2))T"
            + "\(padded(clock / 3_600, 2)):\(padded(clock / 60 % 60, 2)):\(padded(clock % 60, 2))"
            + ".\(padded(nanoseconds / 1_000_000, 3))Z"
    }

    /// The date of a point in time.
    ///
    /// - Parameter nanoseconds: Nanoseconds since 1970-01-01T00:00:00Z, which may be before it; years 1 to 9999.
    public static func rfc3339(nanosecondsSince1970 nanoseconds: some BinaryInteger) -> String {
        let (quotient, rest) = Int128(nanoseconds).quotientAndRemainder(dividingBy: 1_000_000_000)
        let isBefore = rest < 0
        return rfc3339(
            seconds: Int64(quotient) - (isBefore ? 1 : 0), nanoseconds: Int64(rest) + (isBefore ? 1_000_000_000 : 0))
    }

    /// Year, month and day in the Gregorian calendar, counted in years that begin on the first of March, so that the
    /// leap day is a year's last and the months' lengths repeat every five.
    private static func civilDate(daysSince1970 days: Int64) -> (Int64, Int64, Int64) {
        let shifted = days + 719_468  // days since 0000-03-01
        let era = shifted.flooredQuotient(146_097)
        let dayOfEra = shifted - era * 146_097
        let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
        let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
        let marchMonth = (5 * dayOfYear + 2) / 153
        let day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
        let month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
        return (yearOfEra + era * 400 + (month <= 2 ? 1 : 0), month, day)
    }

    private static func padded(_ value: Int64, _ width: Int) -> String {
        let digits = String(value)
        return String(repeating: "0", count: max(0, width - digits.count)) + digits
    }
}

extension Int64 {
    fileprivate func flooredQuotient(_ divisor: Int64) -> Int64 {
        let quotient = self / divisor
        return self % divisor < 0 ? quotient - 1 : quotient
    }
}
