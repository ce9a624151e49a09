/// A date as `RecordFilter` takes it: the beginning of one in RFC 3339, at most to the fraction of a second, in UTC.
public struct DatePrefix: Hashable, Sendable {
    /// The date, such as `2026-03` or `2026-03-01T10:30`, without the `Z` that may end it.
    public let text: String

    /// Reads a date; nil if there is no such date.
    public init?(_ typed: String) {
        var rest = typed[...]
        if rest.last == "Z", rest.contains("T") { rest.removeLast() }
        let date = rest.prefix { $0 != "T" }, time = rest.dropFirst(date.count)
        guard Self.isDate(date), time.isEmpty || date.count == 10 && Self.isTime(time.dropFirst()) else { return nil }
        text = String(rest)
    }

    private static func isDate(_ text: Substring) -> Bool {
        let parts = text.split(separator: "-", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count), let year = number(parts[0], digits: 4, in: 1...9_999) else { return false }
        guard parts.count > 1 else { return true }
        guard let month = number(parts[1], digits: 2, in: 1...12) else { return false }
        return parts.count < 3 || number(parts[2], digits: 2, in: 1...days(in: month, of: year)) != nil
    }

    private static func isTime(_ text: Substring) -> Bool {
        let parts = text.split(separator: ":", omittingEmptySubsequences: false)
        guard (1...3).contains(parts.count) else { return false }
        let seconds = parts.count == 3 ? parts[2].split(separator: ".", omittingEmptySubsequences: false) : []
        guard seconds.count <= 2, seconds.count < 2 || !seconds[1].isEmpty && seconds[1].allSatisfy(isDigit) else {
            return false
        }
        let clock = parts.prefix(2) + seconds.prefix(1)
        return zip(clock, [23, 59, 60]).allSatisfy { number($0, digits: 2, in: 0...$1) != nil }
    }

    private static func number(_ text: Substring, digits: Int, in range: ClosedRange<Int>) -> Int? {
        guard text.count == digits, text.allSatisfy(isDigit), let number = Int(text) else { return nil }
        return range.contains(number) ? number : nil
    }

    private static func isDigit(_ character: Character) -> Bool { ("0"..."9").contains(character) }

    private static func days(in month: Int, of year: Int) -> Int {
        let isLeap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
        return month == 2 ? (isLeap ? 29 : 28) : [4, 6, 9, 11].contains(month) ? 30 : 31
    }
}
