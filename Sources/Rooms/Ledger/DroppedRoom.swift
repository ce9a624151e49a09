import Services

/// A room was dropped; what was said in it is in records.
public struct DroppedRoom: Codable, Hashable, Sendable {
    /// The room.
    public var room: RoomName
    /// The number of its last event.
    public var head: Int
    /// The records of its transcript.
    public var records: [RecordID]
    /// Who dropped it.
    public var caller: Principal
    /// The id that the caller made.
    public var request: String

    /// The end of a room.
    public init(room: RoomName, head: Int, records: [RecordID], caller: Principal, request: String) {
        self.room = room
        self.head = head
        self.records = records
        self.caller = caller
        self.request = request
    }
}
