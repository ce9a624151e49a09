/// How much of what was said in a room is kept: `forever`, `90d` or `10000`, the newest events.
public enum Retention: Hashable, Sendable {
    /// Everything.
    case forever
    /// What was said within so many days, 1 to `daysMax`.
    case days(Int)
    /// The newest events, `eventsMin` to `eventsMax` of them.
    case events(Int)

    /// The most days: a hundred years.
    public static let daysMax = 36_500
    /// The fewest events: agents read the newest hundreds.
    public static let eventsMin = 1_000
    /// The most events.
    public static let eventsMax = 1_000_000_000
    /// What a text must be.
    public static let requirement =
        "forever, days such as 90d (1 to \(daysMax)) or a number of events from \(eventsMin) is wanted"

    /// A retention in its written form; nil when it is none.
    public init?(_ text: String) {
        if text == "forever" {
            self = .forever
        } else if text.hasSuffix("d"), let days = Int(text.dropLast()), (1...Self.daysMax).contains(days) {
            self = .days(days)
        } else if let events = Int(text), (Self.eventsMin...Self.eventsMax).contains(events) {
            self = .events(events)
        } else {
            return nil
        }
    }

    /// The written form.
    public var text: String {
        switch self {
        case .forever: "forever"
        case .days(let days): "\(days)d"
        case .events(let events): "\(events)"
        }
    }
}

extension Retention: Codable {
    /// Reads the written form.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        guard let retention = Retention(try container.decode(String.self)) else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: Self.requirement)
        }
        self = retention
    }

    /// Writes the written form.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(text)
    }
}

/// How much is kept of each room.
public struct RetentionRules: Codable, Hashable, Sendable {
    /// Of every room that has no rule of its own.
    public var everyRoom = Retention.forever
    /// The rules of single rooms, by the rooms' names.
    public var rooms: [String: Retention] = [:]

    /// Everything is kept.
    public init() {}

    /// The rule of a room.
    public subscript(room: RoomName) -> Retention { rooms[room.rawValue] ?? everyRoom }
}
