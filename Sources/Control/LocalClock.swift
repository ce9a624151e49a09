import Glibc
import Terminal
import Time

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
        guard let fields = TimestampFields(timestamp) else { return nil }
        let (month, day) = (CInt(fields.month) - 1, CInt(fields.day))
        var parts = tm()
        (parts.tm_year, parts.tm_mon, parts.tm_mday) = (CInt(fields.year) - 1_900, month, day)
        (parts.tm_hour, parts.tm_min, parts.tm_sec) = (CInt(fields.hour), CInt(fields.minute), CInt(fields.second))
        let seconds = timegm(&parts)
        // Of a day or an hour that there is not `timegm` makes another one.
        return (parts.tm_mon, parts.tm_mday) == (month, day) ? Int(seconds) : nil
    }

    private static func padded(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
