import Glibc
import Terminal

/// Formats times of day in the local time zone.
public enum LocalClock {
    /// The hours and minutes of an RFC 3339 date, such as `12:04`; the text itself if it is not such a date.
    public static func hourAndMinute(_ timestamp: String) -> String {
        guard let seconds = TimeText.seconds(timestamp) else { return TimeText.hourAndMinute(timestamp) }
        var time = time_t(seconds), local = tm()
        localtime_r(&time, &local)
        func padded(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(padded(local.tm_hour)):\(padded(local.tm_min))"
    }
}
