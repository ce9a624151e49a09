/// What `svc.toolbox.…` answers: the tools that agents may call, each checked here, outside the agent's process.
public enum Toolbox {
    /// `search_records`: passages for a question, through the agent's eyes.
    public enum SearchRecords: ServiceOperation {
        /// See `Index.Passages.Request`.
        public typealias Request = Index.Passages.Request
        /// See `Index.Passages.Reply`.
        public typealias Reply = Index.Passages.Reply
        public static let service = ServiceName.toolbox, name = "search_records"
    }

    /// `get_record`: one record, whole.
    public enum GetRecord: ServiceOperation {
        /// See `Store.IDRequest`.
        public typealias Request = Store.IDRequest
        /// See `RecordReply`.
        public typealias Reply = RecordReply
        public static let service = ServiceName.toolbox, name = "get_record"
    }

    /// `write_deliberation`: what an agent knows, before it hands off. The record's id, class and author are the
    /// toolbox's choice: `deliberations/<agent>/<time>`, so an agent can write no other's.
    public enum WriteDeliberation: ServiceOperation {
        /// See `WriteReply`.
        public typealias Reply = WriteReply
        public static let service = ServiceName.toolbox, name = "write_deliberation"

        /// The deliberation.
        public struct Request: Codable, Sendable, Hashable {
            /// Made by the caller; a retry uses it again.
            public var request: String
            /// Further frontmatter: room, model, tokens, reason.
            public var fields: [String: JSONValue]
            /// The hand-off note first, the whole session after it.
            public var body: String

            /// A request.
            public init(request: String, fields: [String: JSONValue], body: String) {
                self.request = request
                self.fields = fields
                self.body = body
            }
        }
    }

    /// `read_deliberation`: the caller's own last one.
    public enum ReadDeliberation: ServiceOperation {
        /// Nothing needs to be said.
        public typealias Request = Empty
        public static let service = ServiceName.toolbox, name = "read_deliberation"

        /// The answer.
        public struct Reply: Codable, Sendable, Hashable {
            /// The last deliberation, if there is one.
            public var record: RecordReply?

            /// A reply.
            public init(record: RecordReply?) { self.record = record }
        }
    }
}
