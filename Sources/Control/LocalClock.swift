import Glibc
import Terminal

/// Formats times of day in the local time zone.
public enum LocalClock {
    /// The date, hours and minutes of an RFC 3339 date, such as `2026-11-28 12:04`; the text itself if it is not such a
    /// date.
    public static func dateAndMinute(_ timestamp: String) -> String {
        guard let local = local(timestamp) else { return timestamp }
        let date = "\(local.tm_year + 1_900)-\(padded(local.tm_mon + 1))-\(padded(local.tm_mday))"
        return "\(date) \(padded(local.tm_hour)):\(padded(local.tm_min))"
    }

    /// The hours and minutes of an RFC 3339 date, such as `12:04`; the text itself if it is not such a date.
    public static func hourAndMinute(_ timestamp: String) -> String {
        guard let local = local(timestamp) else { return TimeText.hourAndMinute(timestamp) }
        return "\(padded(local.tm_hour)):\(padded(local.tm_min))"
    }

    private static func local(_ timestamp: String) -> tm? {
        guard let seconds = secondsOfOwn(timestamp) ?? TimeText.seconds(timestamp) else { return nil }
        var time = time_t(seconds), local = tm()
        localtime_r(&time, &local)
        return local
    }

    /// The seconds since 1970 of a date as Egghead itself writes it, `2026-11-28T12:04:05.678Z`: a long room has many,
    /// and the general reader takes some 20 µs for each.
    private static func secondsOfOwn(_ timestamp: String) -> Int? {
        let bytes = Array(timestamp.utf8)
        guard bytes.count == form.count,
            zip(bytes, form).allSatisfy({
                $1 == digit ? (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) : $0 == $1
            })
        else { return nil }
        func number(_ range: Range<Int>) -> CInt {
            bytes[range].reduce(0) { 10 * $0 + CInt($1 - UInt8(ascii: "0")) }
        }
        let (month, day) = (number(5..<7) - 1, number(8..<10))
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (number(0..<4) - 1_900, month, day)
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (number(11..<13), number(14..<16), number(17..<19))
        let seconds = timegm(&parts)
        // Of a day or an hour that there is not `timegm` makes another one.
        return (parts.tm_mon, parts.tm_mday) == (month, day) ? Int(seconds) : nil
    }

    private static let form = Array("0000-00-00T00:00:00.000Z".utf8), digit = UInt8(ascii: "0")

    private static func padded(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
