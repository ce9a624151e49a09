/// Which records a question is about. Every condition that is named must hold.
public struct RecordFilter: Codable, Sendable, Hashable {
    /// The classes; `durable` and `inbox` unless told.
    public var classes: [RecordClass]?
    /// Only records with this tag, or one below it (`ops` finds `ops/database`); upper and lower case are the same.
    public var tag: String?
    /// Only records of this author; upper and lower case are the same.
    public var author: String?
    /// Only records changed then or later: RFC 3339, or its beginning, such as `2026-03`.
    public var since: String?
    /// Only records changed then or before; `2026-03` means to the end of that month.
    public var until: String?

    /// A filter.
    public init(
        classes: [RecordClass]? = nil, tag: String? = nil, author: String? = nil, since: String? = nil,
        until: String? = nil
    ) {
        self.classes = classes
        self.tag = tag
        self.author = author
        self.since = since
        self.until = until
    }
}

/// How a link is written.
public enum LinkStyle: String, Codable, Sendable {
    /// `[[target]]`, and an item of the key `links`.
    case wikilink
    /// `[words](target)`.
    case path
}

extension Index {
    /// `tags`: the tags with how many records have each.
    public enum Tags: ServiceOperation {
        public static let service = ServiceName.index, name = "tags"

        /// The question.
        public struct Request: Codable, Sendable, Hashable {
            /// Which records.
            public var filter: RecordFilter?

            /// A request.
            public init(filter: RecordFilter? = nil) { self.filter = filter }
        }

        /// The answer.
        public struct Reply: Index.Answer, Codable, Sendable, Hashable {
            /// The most used first; at most 5,000.
            public var tags: [TagCount]
            /// Whether the index is being rebuilt, so that there may be more to find later.
            public var rebuilding: Bool

            /// A reply.
            public init(tags: [TagCount], rebuilding: Bool) {
                self.tags = tags
                self.rebuilding = rebuilding
            }
        }
    }

    /// A tag and how many records have it.
    public struct TagCount: Codable, Sendable, Hashable {
        /// The tag, as the record with the first id spells it.
        public var tag: String
        /// How many records have it.
        public var count: Int

        /// A tag.
        public init(tag: String, count: Int) {
            self.tag = tag
            self.count = count
        }
    }

    /// `unresolved`: links to records that do not exist.
    public enum Unresolved: ServiceOperation {
        public static let service = ServiceName.index, name = "unresolved"

        /// Which page.
        public struct Request: Codable, Sendable, Hashable {
            /// Only links after this one.
            public var after: UnresolvedLink?

            /// A request.
            public init(after: UnresolvedLink? = nil) { self.after = after }
        }

        /// The answer.
        public struct Reply: Index.Answer, Codable, Sendable, Hashable {
            /// In the order of the records that they stand in; at most 1,000. The index knows only records: a link to
            /// another file is among them.
            public var links: [UnresolvedLink]
            /// Whether there are more.
            public var more: Bool
            /// Whether the index is being rebuilt, so that there may be more to find later.
            public var rebuilding: Bool

            /// A reply.
            public init(links: [UnresolvedLink], more: Bool, rebuilding: Bool) {
                self.links = links
                self.more = more
                self.rebuilding = rebuilding
            }
        }
    }

    /// A link to a file that does not exist.
    public struct UnresolvedLink: Codable, Sendable, Hashable {
        /// The id and the path of the record that it stands in.
        public var id: RecordID, path: String
        /// The target as written.
        public var target: String
        /// How it is written.
        public var style: LinkStyle
        /// Whether it stands in the key `links`.
        public var authored: Bool

        /// A link.
        public init(id: RecordID, path: String, target: String, style: LinkStyle = .wikilink, authored: Bool) {
            self.id = id
            self.path = path
            self.target = target
            self.style = style
            self.authored = authored
        }
    }
}
