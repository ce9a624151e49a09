import FoundationEssentials

/// Formats spans and points of time for people.
public enum TimeText {
    /// The seconds since 1970 of an RFC 3339 date; nil if the text is not such a date.
    public static func seconds(_ timestamp: String) -> Int? {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: timestamp.contains("."))
        return (try? Date(timestamp, strategy: style)).map { Int($0.timeIntervalSince1970) }
    }

    /// The span from one RFC 3339 date to another, in its two largest units: `3s`, `4m 5s`, `2h 10m`, `3d 4h`.
    ///
    /// - Returns: `0s` if the end is before the start; `-` if one of the texts is not a date.
    public static func span(from start: String, to end: String) -> String {
        guard let start = seconds(start), let end = seconds(end) else { return "-" }
        let seconds = max(0, end - start)
        switch seconds {
        case ..<60: return "\(seconds)s"
        case ..<3_600: return "\(seconds / 60)m \(seconds % 60)s"
        case ..<86_400: return "\(seconds / 3_600)h \(seconds / 60 % 60)m"
        case _: return "\(seconds / 86_400)d \(seconds / 3_600 % 24)h"
        }
    }

    /// The hours and minutes of an RFC 3339 date as it is written, in its own time zone; the text itself if it contains
    /// no `T`.
    public static func hourAndMinute(_ timestamp: String) -> String {
        guard let time = timestamp.firstIndex(of: "T") else { return timestamp }
        return String(timestamp[timestamp.index(after: time)...].prefix(5))
    }
}
