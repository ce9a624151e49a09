import FoundationEssentials

/// Spans and points of time as people read them.
public enum TimeText {
    /// Seconds since 1970 of an RFC 3339 date; nil when it is none.
    public static func seconds(_ timestamp: String) -> Int? {
        let style = Date.ISO8601FormatStyle(includingFractionalSeconds: timestamp.contains("."))
        return (try? Date(timestamp, strategy: style)).map { Int($0.timeIntervalSince1970) }
    }

    /// The span from one RFC 3339 date to another, in its two largest units: `3s`, `4m 5s`, `2h 10m`, `3d 4h`.
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

    /// Hours and minutes of an RFC 3339 date as they are written in it.
    public static func hourAndMinute(_ timestamp: String) -> String {
        guard let time = timestamp.firstIndex(of: "T") else { return timestamp }
        return String(timestamp[timestamp.index(after: time)...].prefix(5))
    }
}
