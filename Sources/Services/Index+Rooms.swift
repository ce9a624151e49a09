// What the index answers about rooms.
extension Index {
    /// `search_rooms`: messages of rooms, newest first.
    public enum SearchRooms: ServiceOperation {
        public static let service = ServiceName.index, name = "search_rooms"

        /// The question.
        public struct Request: Codable, Sendable, Hashable {
            /// Plain words, or an expression in the syntax of FTS5 without columns. Its first 2 KiB and 24 words count.
            public var query: String
            /// The room in which to look; in all of them when nil.
            public var room: RoomName?
            /// The most to return, 1 to 100; 10 unless told.
            public var limit: Int?

            /// A request.
            public init(query: String, room: RoomName? = nil, limit: Int? = nil) {
                self.query = query
                self.room = room
                self.limit = limit
            }
        }

        /// The answer.
        public struct Reply: Codable, Sendable, Hashable {
            /// Newest first.
            public var hits: [RoomHit]
            /// The ways in which the query was read, in the order in which they were tried; see `Index.Search.Reply`.
            public var readings: [SearchReading]
            /// Why the query was not read as it was typed; nil if it was.
            public var objection: SearchObjection?
            /// The number of events that the index has still to read, so that there may be more to find later.
            public var unread: Int

            /// A reply.
            public init(
                hits: [RoomHit], readings: [SearchReading], objection: SearchObjection? = nil, unread: Int
            ) {
                self.hits = hits
                self.readings = readings
                self.objection = objection
                self.unread = unread
            }
        }
    }
}

/// A message that a search found.
public struct RoomHit: Codable, Sendable, Hashable {
    /// The room.
    public var room: RoomName
    /// The message's number in it.
    public var number: Int
    /// When, RFC 3339.
    public var at: String
    /// Who said it.
    public var from: Principal
    /// The part of the text that matched, with `**` round the words.
    public var snippet: String
    /// The turn that it ended, if any.
    public var turn: TurnID?

    /// A hit.
    public init(_ event: RoomEvent, snippet: String) {
        room = event.room
        number = event.number
        at = event.at
        from = event.from
        self.snippet = snippet
        turn = event.turn
    }
}
