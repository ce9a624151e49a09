/// What `svc.store.…` answers: the files, and everything that people ask about records. The reading questions
/// (`search` to `recent`) are passed on to `index` as they came, with the asker's own reply subject.
///
/// Every write carries a `request` id made by its caller; a repeated id is answered with the first answer.
public enum Store {
    /// Which record.
    public struct IDRequest: Codable, Sendable, Hashable {
        /// The record's id.
        public var id: String

        /// A request.
        public init(id: String) { self.id = id }
    }

    /// `get`: one record, whole.
    public enum Get: ServiceOperation {
        /// See `IDRequest`.
        public typealias Request = IDRequest
        /// See `RecordReply`.
        public typealias Reply = RecordReply
        public static let service = ServiceName.store, name = "get"
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
            /// The id, which is also the path without `.md`; made from the title when there is none.
            public var id: String?
            /// Frontmatter keys to write, in no particular order.
            public var fields: [String: JSONValue]
            /// The text below the frontmatter.
            public var body: String

            /// A request.
            public init(request: String, id: String?, fields: [String: JSONValue], body: String) {
                self.request = request
                self.id = id
                self.fields = fields
                self.body = body
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
            public var id: String
            /// The revision that the caller has read; the write is refused when it is not the current one.
            public var revision: String
            /// Frontmatter keys to set; `null` removes one.
            public var fields: [String: JSONValue]
            /// The new text below the frontmatter; nil leaves it.
            public var body: String?

            /// A request.
            public init(request: String, id: String, revision: String, fields: [String: JSONValue], body: String?) {
                self.request = request
                self.id = id
                self.revision = revision
                self.fields = fields
                self.body = body
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
            public var id: String
            /// The revision that the caller has read; nil deletes whatever is there.
            public var revision: String?

            /// A request.
            public init(request: String, id: String, revision: String?) {
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
            public var after: String?
            /// From the last id to the first.
            public var descending: Bool?
            /// The most to return, 1 to 500; 100 unless told.
            public var limit: Int?

            /// A request.
            public init(
                recordClass: RecordClass? = nil, prefix: String? = nil, after: String? = nil, descending: Bool? = nil,
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
            public var after: String?

            /// A request.
            public init(after: String? = nil) { self.after = after }
        }

        /// A page of at most 512 KiB.
        public struct Reply: Codable, Sendable, Hashable {
            /// In the order of their ids.
            public var agents: [AgentDefinition]
            /// Whether there are more.
            public var more: Bool

            /// A reply.
            public init(agents: [AgentDefinition], more: Bool) {
                self.agents = agents
                self.more = more
            }
        }
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

    /// `search`: passed on to `Index.Search`.
    public enum Search: ServiceOperation {
        /// See `Index.Search.Request`.
        public typealias Request = Index.Search.Request
        /// See `Index.Search.Reply`.
        public typealias Reply = Index.Search.Reply
        public static let service = ServiceName.store, name = "search"
    }

    /// `passages`: passed on to `Index.Passages`.
    public enum Passages: ServiceOperation {
        /// See `Index.Passages.Request`.
        public typealias Request = Index.Passages.Request
        /// See `Index.Passages.Reply`.
        public typealias Reply = Index.Passages.Reply
        public static let service = ServiceName.store, name = "passages"
    }

    /// `links`: passed on to `Index.Links`.
    public enum Links: ServiceOperation {
        /// See `IDRequest`.
        public typealias Request = IDRequest
        /// See `Index.LinkReply`.
        public typealias Reply = Index.LinkReply
        public static let service = ServiceName.store, name = "links"
    }

    /// `backlinks`: passed on to `Index.Backlinks`.
    public enum Backlinks: ServiceOperation {
        /// See `IDRequest`.
        public typealias Request = IDRequest
        /// See `Index.LinkReply`.
        public typealias Reply = Index.LinkReply
        public static let service = ServiceName.store, name = "backlinks"
    }

    /// `recent`: passed on to `Index.Recent`.
    public enum Recent: ServiceOperation {
        /// See `Index.Recent.Request`.
        public typealias Request = Index.Recent.Request
        /// See `Index.Recent.Reply`.
        public typealias Reply = Index.Recent.Reply
        public static let service = ServiceName.store, name = "recent"
    }
}

/// A record, whole.
public struct RecordReply: Codable, Sendable, Hashable {
    /// What lists show of it.
    public var summary: RecordSummary
    /// Every frontmatter key as it stands, known or not.
    public var fields: [String: JSONValue]
    /// The text below the frontmatter.
    public var body: String

    /// A reply.
    public init(summary: RecordSummary, fields: [String: JSONValue], body: String) {
        self.summary = summary
        self.fields = fields
        self.body = body
    }
}

/// A write that is on the disk.
public struct WriteReply: Codable, Sendable, Hashable {
    /// The record's id.
    public var id: String
    /// The revision after the write; nil after a deletion.
    public var revision: String?
    /// Whether the index had it within 200 ms.
    public var indexed: Bool

    /// A reply.
    public init(id: String, revision: String?, indexed: Bool) {
        self.id = id
        self.revision = revision
        self.indexed = indexed
    }
}

/// `records.changed`: what the store saw happen to the files.
public struct RecordsChanged: Codable, Sendable, Hashable {
    /// Ids that are new or have a new revision.
    public var changed: [String]
    /// Ids that are gone.
    public var removed: [String]
    /// Whether an agent was among them.
    public var agents: Bool

    /// An event.
    public init(changed: [String], removed: [String], agents: Bool) {
        self.changed = changed
        self.removed = removed
        self.agents = agents
    }
}

/// What a record is for. An unknown class in a file counts as `durable`.
public enum RecordClass: String, Codable, Sendable, CaseIterable {
    case durable, inbox, deliberation, transcript, agent, skill
}

/// What lists show of a record.
public struct RecordSummary: Codable, Sendable, Hashable {
    /// The id: its own, or the path without extension.
    public var id: String
    /// The path below the records directory.
    public var path: String
    /// The title: its own, or the first heading, or the id.
    public var title: String
    /// The class.
    public var recordClass: RecordClass
    /// The tags in the order of the file.
    public var tags: [String]
    /// The author, when the record names one.
    public var author: String?
    /// When it was created, as the record says.
    public var created: String?
    /// The file's modification time, RFC 3339.
    public var updated: String
    /// A hash of the file's bytes; a write against another revision is refused.
    public var revision: String

    /// A summary.
    public init(
        id: String, path: String, title: String, recordClass: RecordClass, tags: [String], author: String?,
        created: String?, updated: String, revision: String
    ) {
        self.id = id
        self.path = path
        self.title = title
        self.recordClass = recordClass
        self.tags = tags
        self.author = author
        self.created = created
        self.updated = updated
        self.revision = revision
    }
}

/// Something wrong with a file.
public struct RecordProblem: Codable, Sendable, Hashable {
    /// The path below the records directory.
    public var path: String
    /// The line, from 1, when it is known.
    public var line: Int?
    /// What is wrong and what to do.
    public var message: String

    /// A problem.
    public init(path: String, line: Int?, message: String) {
        self.path = path
        self.line = line
        self.message = message
    }
}

/// An agent as its record defines it.
public struct AgentDefinition: Codable, Sendable, Hashable {
    /// The record's id.
    public var id: String
    /// What people see.
    public var title: String
    /// Words that say what it is about.
    public var tags: [String]
    /// The record's body: who the agent is and how it behaves.
    public var disposition: String
    /// A hash of everything that needs a new process when it changes.
    public var digest: String
    /// The provider, when the record names one.
    public var provider: String?
    /// The model, when the record names one.
    public var model: String?
    /// Sampling temperature, 0 to 2.
    public var temperature: Double?
    /// The most tokens of one answer.
    public var maxTokens: Int?
    /// The share of the window at which a session hands off, 0 to 1.
    public var contextThreshold: Double?
    /// The model's window in tokens, when the record knows better than the provider's configuration.
    public var contextWindow: Int?
    /// Whether open messages pass it by.
    public var quiet: Bool

    /// A definition.
    public init(
        id: String, title: String, tags: [String], disposition: String, digest: String, provider: String? = nil,
        model: String? = nil, temperature: Double? = nil, maxTokens: Int? = nil, contextThreshold: Double? = nil,
        contextWindow: Int? = nil, quiet: Bool = false
    ) {
        self.id = id
        self.title = title
        self.tags = tags
        self.disposition = disposition
        self.digest = digest
        self.provider = provider
        self.model = model
        self.temperature = temperature
        self.maxTokens = maxTokens
        self.contextThreshold = contextThreshold
        self.contextWindow = contextWindow
        self.quiet = quiet
    }
}
