import Services

/// The oldest events of a room are gone from it; what was said in them is in records.
public struct TrimmedRoom: Codable, Hashable, Sendable {
    /// The room.
    public var room: RoomName
    /// Which of the rooms that had this name.
    public var serial: Int
    /// The number of the newest event that is gone.
    public var head: Int
    /// The records of their transcript.
    public var records: [RecordID]

    /// An end of some events.
    public init(room: RoomName, serial: Int, head: Int, records: [RecordID]) {
        self.room = room
        self.serial = serial
        self.head = head
        self.records = records
    }
}
