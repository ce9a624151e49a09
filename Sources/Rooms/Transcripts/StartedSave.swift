import Services

/// The store is about to be given a room's transcript. Whatever dies then, the repetition of the request gives it the
/// same records under the same ids, which it knows again.
public struct StartedSave: Codable, Hashable, Sendable {
    /// The room.
    public var room: RoomName
    /// Who wants it saved.
    public var caller: Principal
    /// The id that the caller made.
    public var request: String
    /// The last event of the transcript.
    public var head: Int
    /// When, RFC 3339.
    public var at: String

    /// A save that begins.
    public init(room: RoomName, caller: Principal, request: String, head: Int, at: String) {
        self.room = room
        self.caller = caller
        self.request = request
        self.head = head
        self.at = at
    }

    /// Whether a request began it.
    func isOf(_ request: String, by caller: Principal) -> Bool { self.request == request && self.caller == caller }
}
