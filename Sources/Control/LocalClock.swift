import Glibc
import Terminal

/// The time of day where the person is.
public enum LocalClock {
    /// Hours and minutes of an RFC 3339 date, such as `12:04`; as written when it is none.
    public static func hourAndMinute(_ timestamp: String) -> String {
        guard let seconds = TimeText.seconds(timestamp) else { return TimeText.hourAndMinute(timestamp) }
        var time = time_t(seconds), local = tm()
        localtime_r(&time, &local)
        func padded(_ number: CInt) -> String { number < 10 ? "0\(number)" : "\(number)" }
        return "\(padded(local.tm_hour)):\(padded(local.tm_min))"
    }
}
