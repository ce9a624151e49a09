import Time

/// A day in UTC, for which spending is counted.
public struct SpendingDay: Hashable, Sendable {
    /// `2026-11-28`
    public let name: String
    /// `2026-11`
    public let month: String
    private let number: Int64

    /// The day of a time.
    ///
    /// - Parameter seconds: Since 1970.
    public init(seconds: Int64) {
        number = seconds / Self.seconds
        name = Self.name(number)
        month = String(name.prefix(7))
    }

    /// When it ends, RFC 3339.
    public var end: String { Timestamp.rfc3339(seconds: (number + 1) * Self.seconds) }

    /// When its month ends, RFC 3339.
    public var monthEnd: String {
        let next = (1...31).first { !Self.name(number + $0).hasPrefix(month) } ?? 31
        return Timestamp.rfc3339(seconds: (number + next) * Self.seconds)
    }

    /// The name of the day that is so many days before another one.
    public static func name(daysBefore days: Int64, seconds: Int64) -> String { name(seconds / Self.seconds - days) }

    private static let seconds: Int64 = 86_400

    private static func name(_ number: Int64) -> String {
        String(Timestamp.rfc3339(seconds: number * seconds).prefix(10))
    }
}
