import JSON
import Services

/// A page of a room's events, which are passed on as they stand in the history.
public struct HistoryPage: Hashable, Sendable {
    /// The room.
    public let room: RoomName
    /// The number of the room's newest event; 0 when there is none.
    public let head: Int
    /// Oldest first, without gaps.
    public let events: [EventText]
    /// When the room's first event was, RFC 3339.
    public let began: String?
    /// The number of the oldest event that is still there; nil when that is 1.
    public let first: Int?

    /// The JSON text of the reply, `Coordinator.History.Reply`.
    public var json: [UInt8] {
        Coordinator.History.Reply.json(room: room, head: head, events: events.map(\.json), began: began, first: first)
    }
}
