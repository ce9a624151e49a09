/// What `svc.store.…` answers: the files, and everything that people ask about records. The reading questions
/// (`search` to `recent`) are passed on to `index` as they came, with the asker's own reply subject.
///
/// Every write carries a `request` id made by its caller; a repeated id is answered with the first answer.
public enum Store {
    /// Which record.
    public struct IDRequest: Codable, Sendable, Hashable {
        /// The record's id.
        public var id: RecordID

        /// A request.
        public init(id: RecordID) { self.id = id }
    }

    /// `get`: one record, whole.
    public enum Get: ServiceOperation {
        /// See `IDRequest`.
        public typealias Request = IDRequest
        /// See `RecordReply`.
        public typealias Reply = RecordReply
        public static let service = ServiceName.store, name = "get"
    }

    /// `text`: a record's file as it is, for an editor.
    public enum Text: ServiceOperation {
        /// See `IDRequest`.
        public typealias Request = IDRequest
        public static let service = ServiceName.store, name = "text"

        /// The file.
        public struct Reply: Codable, Sendable, Hashable {
            /// The path below the records directory.
            public var path: String
            /// The whole text.
            public var text: String
            /// Its revision, for a later `replace`.
            public var revision: String

            /// A reply.
            public init(path: String, text: String, revision: String) {
                self.path = path
                self.text = text
                self.revision = revision
            }
        }
    }

    /// `replace`: the whole text of a record's file anew; refused with `stale` when `revision` is not the file's.
    public enum Replace: ServiceOperation {
        /// See `WriteReply`.
        public typealias Reply = WriteReply
        public static let service = ServiceName.store, name = "replace"

        /// The text.
        public struct Request: Codable, Sendable, Hashable {
            /// Made by the caller; a retry uses it again.
            public var request: String
            /// The record's id.
            public var id: RecordID
            /// The revision that the caller has read; the write is refused when it is not the current one.
            public var revision: String
            /// The file's new text.
            public var text: String

            /// A request.
            public init(request: String, id: RecordID, revision: String, text: String) {
                self.request = request
                self.id = id
                self.revision = revision
                self.text = text
            }
        }
    }

    /// `create`: a new record; refused with `exists` when the id is taken.
    public enum Create: ServiceOperation {
        /// See `WriteReply`.
        public typealias Reply = WriteReply
        public static let service = ServiceName.store, name = "create"

        /// The new record.
        public struct Request: Codable, Sendable, Hashable {
            /// Made by the caller; a retry uses it again.
            public var request: String
            /// The id, which is also the path without its extension; made from the title when there is none.
            public var id: RecordID?
            /// Keys to write, in no particular order.
            public var fields: [String: JSONValue]
            /// The text below the keys.
            public var body: String
            /// How it is written; Markdown unless told.
            public var format: RecordFormat?

            /// A request.
            public init(
                request: String, id: RecordID?, fields: [String: JSONValue], body: String, format: RecordFormat? = nil
            ) {
                self.request = request
                self.id = id
                self.fields = fields
                self.body = body
                self.format = format
            }
        }
    }

    /// `update`: changes only what it names; refused with `stale` when `revision` is not the file's.
    public enum Update: ServiceOperation {
        /// See `WriteReply`.
        public typealias Reply = WriteReply
        public static let service = ServiceName.store, name = "update"

        /// The change.
        public struct Request: Codable, Sendable, Hashable {
            /// Made by the caller; a retry uses it again.
            public var request: String
            /// The record's id.
            public var id: RecordID
            /// The revision that the caller has read; the write is refused when it is not the current one.
            public var revision: String
            /// Frontmatter keys to set; `null` removes one.
            public var fields: [String: JSONValue]
            /// The new text below the frontmatter; nil leaves it.
            public var body: String?

            /// A request.
            public init(request: String, id: RecordID, revision: String, fields: [String: JSONValue], body: String?) {
                self.request = request
                self.id = id
                self.revision = revision
                self.fields = fields
                self.body = body
            }
        }
    }

    /// `move`: gives a record another id, which is another path, and has the links to it follow. Refused with `exists`
    /// when the new id is taken.
    public enum Move: ServiceOperation {
        /// See `WriteReply`; the id is the new one.
        public typealias Reply = WriteReply
        public static let service = ServiceName.store, name = "move"

        /// What to move.
        public struct Request: Codable, Sendable, Hashable {
            /// Made by the caller; a retry uses it again.
            public var request: String
            /// The record's id, and the one that it gets.
            public var id: RecordID, to: RecordID

            /// A request.
            public init(request: String, id: RecordID, to: RecordID) {
                self.request = request
                self.id = id
                self.to = to
            }
        }
    }

    /// `delete`: moves the file into `.trash/`; refused with `stale` when `revision` is not the file's.
    public enum Delete: ServiceOperation {
        /// See `WriteReply`.
        public typealias Reply = WriteReply
        public static let service = ServiceName.store, name = "delete"

        /// The deletion.
        public struct Request: Codable, Sendable, Hashable {
            /// Made by the caller; a retry uses it again.
            public var request: String
            /// The record's id.
            public var id: RecordID
            /// The revision that the caller has read; nil deletes whatever is there.
            public var revision: String?

            /// A request.
            public init(request: String, id: RecordID, revision: String?) {
                self.request = request
                self.id = id
                self.revision = revision
            }
        }
    }

    /// `list`: the records in the order of their ids, a page at a time.
    public enum List: ServiceOperation {
        public static let service = ServiceName.store, name = "list"

        /// The filter.
        public struct Request: Codable, Sendable, Hashable {
            /// Only records of this class.
            public var recordClass: RecordClass?
            /// Only records whose id begins so.
            public var prefix: String?
            /// Only records whose id comes after this one.
            public var after: RecordID?
            /// From the last id to the first.
            public var descending: Bool?
            /// The most to return, 1 to 500; 100 unless told.
            public var limit: Int?

            /// A request.
            public init(
                recordClass: RecordClass? = nil, prefix: String? = nil, after: RecordID? = nil, descending: Bool? = nil,
                limit: Int? = nil
            ) {
                self.recordClass = recordClass
                self.prefix = prefix
                self.after = after
                self.descending = descending
                self.limit = limit
            }
        }

        /// A page.
        public struct Reply: Codable, Sendable, Hashable {
            /// The records found.
            public var records: [RecordSummary]
            /// Whether there are more.
            public var more: Bool

            /// A reply.
            public init(records: [RecordSummary], more: Bool) {
                self.records = records
                self.more = more
            }
        }
    }

    /// `agents`: every agent that should exist, the built-in one included, a page at a time.
    public enum Agents: ServiceOperation {
        public static let service = ServiceName.store, name = "agents"

        /// Which page.
        public struct Request: Codable, Sendable, Hashable {
            /// Only agents whose id comes after this one.
            public var after: AgentID?
            /// The version that the asker has: while it is the newest, the reply is empty.
            public var known: String?

            /// A request.
            public init(after: AgentID? = nil, known: String? = nil) {
                self.after = after
                self.known = known
            }
        }

        /// A page of at most 512 KiB.
        public struct Reply: Codable, Sendable, Hashable {
            /// In the order of their ids.
            public var agents: [AgentDefinition]
            /// Whether there are more.
            public var more: Bool
            /// Another one whenever an agent is, or what is undecided.
            public var version: String
            /// On the last page: the records of which this store has never understood whether they are agents. One
            /// that was up before stays as it was.
            public var undecided: [UndecidedAgent]

            /// A reply.
            public init(
                agents: [AgentDefinition], more: Bool, version: String, undecided: [UndecidedAgent] = []
            ) {
                self.agents = agents
                self.more = more
                self.version = version
                self.undecided = undecided
            }
        }
    }

    /// `agent`: one agent as its record defines it now; `notFound` when none does.
    public enum Agent: ServiceOperation {
        /// See `IDRequest`.
        public typealias Request = IDRequest
        /// See `AgentDefinition`.
        public typealias Reply = AgentDefinition
        public static let service = ServiceName.store, name = "agent"
    }

    /// `problems`: what is wrong with files in the records directory, for `egghead doctor`.
    public enum Problems: ServiceOperation {
        /// Nothing needs to be said.
        public typealias Request = Empty
        public static let service = ServiceName.store, name = "problems"

        /// The problems.
        public struct Reply: Codable, Sendable, Hashable {
            /// In the order of their paths.
            public var problems: [RecordProblem]

            /// A reply.
            public init(problems: [RecordProblem]) { self.problems = problems }
        }
    }
}

/// A record, whole.
public struct RecordReply: Codable, Sendable, Hashable {
    /// What lists show of it.
    public var summary: RecordSummary
    /// Every frontmatter key as it stands, known or not.
    public var fields: [String: JSONValue]
    /// Whether there are keys that cannot be read, and the body is the whole file; not unless told.
    public var isBroken: Bool?
    /// The text below the frontmatter.
    public var body: String

    /// A reply.
    public init(summary: RecordSummary, fields: [String: JSONValue], body: String, isBroken: Bool? = nil) {
        self.summary = summary
        self.fields = fields
        self.body = body
        self.isBroken = isBroken
    }
}

/// A write that is on the disk.
public struct WriteReply: Codable, Sendable, Hashable {
    /// The record's id.
    public var id: RecordID
    /// The revision after the write; nil after a deletion.
    public var revision: String?
    /// Whether the index had it within 200 ms.
    public var indexed: Bool
    /// The links that a move could not update; nil if there are none.
    public var left: [RecordProblem]?

    /// A reply.
    public init(id: RecordID, revision: String?, indexed: Bool, left: [RecordProblem]? = nil) {
        self.id = id
        self.revision = revision
        self.indexed = indexed
        self.left = left
    }
}

/// `records.changed`: what the store saw happen to the files.
public struct RecordsChanged: Codable, Sendable, Hashable {
    /// Ids that are new or have a new revision.
    public var changed: [RecordID]
    /// Ids that are gone.
    public var removed: [RecordID]
    /// Whether an agent was among them.
    public var agents: Bool

    /// An event.
    public init(changed: [RecordID], removed: [RecordID], agents: Bool) {
        self.changed = changed
        self.removed = removed
        self.agents = agents
    }
}
