import Time

/// A day in UTC, for which spending is counted.
public struct SpendingDay: Hashable, Sendable {
    /// `2026-11-28`
    public let name: String
    /// `2026-11`
    public let month: String
    /// When it ends, RFC 3339.
    public let end: String
    /// When its month ends, RFC 3339.
    public let monthEnd: String

    /// The day of a time.
    ///
    /// - Parameter seconds: Since 1970.
    public init(seconds: Int64) {
        let number = seconds / Self.seconds, month = Self.name(number).prefix(7)
        name = Self.name(number)
        self.month = String(month)
        end = Timestamp.rfc3339(seconds: (number + 1) * Self.seconds)
        let next = (1...31).first { !Self.name(number + $0).hasPrefix(month) } ?? 31
        monthEnd = Timestamp.rfc3339(seconds: (number + next) * Self.seconds)
    }

    /// The name of the day that is so many days before another one.
    public static func name(daysBefore days: Int64, seconds: Int64) -> String { name(seconds / Self.seconds - days) }

    private static let seconds: Int64 = 86_400

    private static func name(_ number: Int64) -> String {
        String(Timestamp.rfc3339(seconds: number * seconds).prefix(10))
    }
}
