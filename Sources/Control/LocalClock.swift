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
        guard let seconds = TimeText.seconds(timestamp) else { return nil }
        var time = time_t(seconds), local = tm()
        localtime_r(&time, &local)
        return local
    }

    private static func padded(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
}
