// What happens to whole rooms.
extension Coordinator {
    /// Which room.
    public struct RoomRequest: Codable, Sendable, Hashable {
        /// Made by the caller; a retry uses it again.
        public var request: String
        /// The room.
        public var room: RoomName

        /// A request.
        public init(request: String, room: RoomName) {
            self.request = request
            self.room = room
        }
    }

    /// The records that hold a room's transcript.
    public struct TranscriptReply: Codable, Sendable, Hashable {
        /// Their ids, in the order of the parts.
        public var records: [RecordID]

        /// A reply.
        public init(records: [RecordID]) { self.records = records }
    }

    /// `save`: writes a room's whole transcript as records. For people alone; answered once the store has
    /// acknowledged them, and a repeated `request` id gets the first answer.
    public enum Save: ServiceOperation {
        /// See `RoomRequest`.
        public typealias Request = RoomRequest
        /// See `TranscriptReply`.
        public typealias Reply = TranscriptReply
        public static let service = ServiceName.coordinator, name = "save"
    }

    /// `drop`: saves a room and closes it. Its turns end and nobody can post to it from then on; it is gone once the
    /// store has acknowledged the records, and lives on when the store does not. For people alone; a repeated
    /// `request` id gets the first answer.
    public enum Drop: ServiceOperation {
        /// See `RoomRequest`.
        public typealias Request = RoomRequest
        /// See `TranscriptReply`.
        public typealias Reply = TranscriptReply
        public static let service = ServiceName.coordinator, name = "drop"
    }

    /// `join`: brings a saved transcript back as a room, with the same events; refused with `exists` when there is a
    /// room of its name in which something was said. For people alone; answered once it is on the disk, and a repeated
    /// `request` id gets the first answer.
    public enum Join: ServiceOperation {
        public static let service = ServiceName.coordinator, name = "join"

        /// Which transcript.
        public struct Request: Codable, Sendable, Hashable {
            /// Made by the caller; a retry uses it again.
            public var request: String
            /// The id of any part, or what the ids of all parts have in common.
            public var record: RecordID

            /// A request.
            public init(request: String, record: RecordID) {
                self.request = request
                self.record = record
            }
        }

        /// The room that is back.
        public struct Reply: Codable, Sendable, Hashable {
            /// Its name.
            public var room: RoomName
            /// The number of its last event.
            public var head: Int

            /// A reply.
            public init(room: RoomName, head: Int) {
                self.room = room
                self.head = head
            }
        }
    }
}
