import JSON
import Journal
import Services

/// An event as its room's history keeps it: what the ledger knew of it when it was settled.
public struct HistoryEntry: Hashable, Sendable {
    /// The event.
    public var event: RoomEvent
    /// The number of the event that it answers; nil when it answers none.
    public var cause: Int?

    /// An entry.
    public init(event: RoomEvent, cause: Int?) {
        self.event = event
        self.cause = cause
    }
}

/// An event that is passed on as it stands in a history, without being decoded.
public struct EventText: Hashable, Sendable {
    /// The event's number.
    public var number: Int
    /// The event as JSON.
    public var json: ArraySlice<UInt8>

    /// A text.
    public init(number: Int, json: ArraySlice<UInt8>) {
        self.number = number
        self.json = json
    }

    /// The text of an event.
    public init(_ event: RoomEvent) { self.init(number: event.number, json: JSON.encode(event)[...]) }
}

/// Reads settled events of a room: those of some numbers, all of them in their order. In the place of one that cannot
/// be read stands a notice. `Found` is `HistoryEntry` or `EventText`.
public typealias HistoryReader<Found> = (_ room: RoomLedger, _ numbers: ClosedRange<Int>) -> [Found]

/// The text of a room's history.
///
/// ```
/// line   = checksum SP number SP cause SP event LF (`CheckedLine`)
/// number    the event's
/// cause     the number of the event that it answers, 0 for none
/// event     a JSON object; JSON escapes line feeds, so an event is one line
/// ```
///
/// A file holds the lines of `eventsPerFile` numbers and is named after the first, so a page is found without an index.
public enum HistoryText {
    /// How many events are in a file, except the last of a room.
    public static let eventsPerFile = 512

    /// The first number of the file that holds a number.
    ///
    /// - Parameter number: From 1.
    public static func firstNumber(ofFileWith number: Int) -> Int { number - (number - 1) % eventsPerFile }

    /// The line of an event.
    public static func line(of entry: HistoryEntry) -> [UInt8] {
        CheckedLine.line(of: Array("\(entry.event.number) \(entry.cause ?? 0) ".utf8) + JSON.encode(entry.event))
    }

    /// The number that a line begins with, whether or not the line can be read; nil when there is none.
    public static func number(of line: ArraySlice<UInt8>) -> Int? {
        var rest = line.dropFirst(CheckedLine.prefixBytes)
        return takeNumber(&rest)
    }

    /// The text of the event of a line without its line feed; nil when it is damaged. Only one that is longer than a
    /// room's events are is decoded, to be cut.
    public static func text(of line: ArraySlice<UInt8>) -> EventText? {
        if line.count > eventBytesMax { return entry(of: line).map { EventText($0.event) } }
        return fields(of: line).map { EventText(number: $0.number, json: $0.json) }
    }

    /// The longest line of an event within the bounds of `RoomsLimits`: JSON writes a byte in six at most, and the
    /// other keys are short.
    private static let eventBytesMax = 6 * (RoomsLimits.textBytesMax + 2 * RoomsLimits.speakerBytesMax) + 2_048

    /// The event of a line without its line feed, cut where it is longer than a message; nil when it is damaged.
    public static func entry(of line: ArraySlice<UInt8>) -> HistoryEntry? {
        guard let fields = fields(of: line), let event = try? JSON.decode(RoomEvent.self, from: Array(fields.json)),
            event.number == fields.number, event.hasShortNames
        else { return nil }
        return HistoryEntry(event: event.withShortText, cause: fields.cause == 0 ? nil : fields.cause)
    }

    private static func fields(
        of line: ArraySlice<UInt8>
    ) -> (number: Int, cause: Int, json: ArraySlice<UInt8>)? {
        guard var rest = CheckedLine.text(of: line), let number = takeNumber(&rest), let cause = takeNumber(&rest)
        else {
            return nil
        }
        return (number, cause, rest)
    }

    /// Takes a number and the space behind it.
    private static func takeNumber(_ bytes: inout ArraySlice<UInt8>) -> Int? {
        var number = 0, digits = 0
        for byte in bytes {
            guard byte != space else {
                bytes = bytes.dropFirst(digits + 1)
                return digits > 0 ? number : nil
            }
            guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte), digits < 18 else { return nil }
            number = 10 * number + Int(byte - UInt8(ascii: "0"))
            digits += 1
        }
        return nil
    }

    /// What stands in the place of an event that cannot be read.
    ///
    /// - Parameter time: When the events about it were, RFC 3339.
    public static func unreadable(_ number: Int, in room: RoomName, at time: String) -> HistoryEntry {
        HistoryEntry(
            event: RoomEvent(
                number: number, at: time, room: room, type: .notice, from: .coordinator,
                text: "An event stood here that the room's history could not give back. See: egghead logs coordinator"),
            cause: nil)
    }

    private static let space = UInt8(ascii: " ")
}
