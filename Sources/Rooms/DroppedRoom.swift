/// A room is no more; what was said in it is in records.
public struct DroppedRoom: Codable, Hashable, Sendable {
    /// The room.
    public var room: String
    /// The number of its last event.
    public var head: Int
    /// The records of its transcript.
    public var records: [String]
    /// Who dropped it.
    public var caller: String
    /// The id that the caller made.
    public var request: String

    /// The end of a room.
    public init(room: String, head: Int, records: [String], caller: String, request: String) {
        self.room = room
        self.head = head
        self.records = records
        self.caller = caller
        self.request = request
    }
}
