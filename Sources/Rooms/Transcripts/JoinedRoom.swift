import Services

/// A saved transcript has become a room again.
public struct JoinedRoom: Codable, Hashable, Sendable {
    /// The room.
    public var room: RoomName
    /// The number of its last event.
    public var head: Int
    /// Its events as `TranscriptText` writes them: one text is read and written much faster than thousands of objects.
    public var text: String
    /// The agent that it is for, if it is for one alone.
    public var agent: AgentID?
    /// Who has brought it back.
    public var caller: Principal
    /// The id that the caller made.
    public var request: String

    /// A room that is back.
    public init(room: RoomName, head: Int, text: String, agent: AgentID?, caller: Principal, request: String) {
        self.room = room
        self.head = head
        self.text = text
        self.agent = agent
        self.caller = caller
        self.request = request
    }

    /// What was said.
    var events: [RoomEvent] {
        // It was read before it was committed, and the journal has a checksum.
        (try? TranscriptText.read(Array(text.utf8), room: room)) ?? []
    }

    /// The answer to whoever has brought it back.
    var reply: Coordinator.Join.Reply { Coordinator.Join.Reply(room: room, head: head) }
}
