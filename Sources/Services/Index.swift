/// What `svc.index.…` answers. Only services may ask; people and agents come by way of `store` and `toolbox`.
public enum Index {
    /// What answers to questions have in common.
    public protocol Answer {
        /// Whether the index is being rebuilt, so that there may be more to find later.
        var rebuilding: Bool { get }
    }

    /// `files`: what the index holds, so that the store reads and sends only what changed. An empty database answers
    /// none.
    public enum Files: ServiceOperation {
        public static let service = ServiceName.index, name = "files"

        /// A page of the question.
        public struct Request: Codable, Sendable, Hashable {
            /// Only ids after this one.
            public var after: RecordID?

            /// A request.
            public init(after: RecordID? = nil) { self.after = after }
        }

        /// A page of some 512 KiB.
        public struct Reply: Codable, Sendable, Hashable {
            /// A line a file, in the order of the ids, with tabs between its fields: id, path, class, revision, look,
            /// and 1 or 0 for `wantsReading`. A store that starts asks for all of them, and objects of a hundred
            /// thousand files would take it half a second to read.
            public var lines: String
            /// The last id, when there are more.
            public var next: RecordID?

            /// A reply.
            public init(lines: String, next: RecordID?) {
                self.lines = lines
                self.next = next
            }
        }
    }

    /// `apply`: new texts and removals, all or none; the store alone may ask. What it has acknowledged is found from
    /// then on; an index that dies may have lost the last of it, so the store asks its successor what it holds.
    public enum Apply: ServiceOperation {
        /// Done.
        public typealias Reply = Empty
        public static let service = ServiceName.index, name = "apply"

        /// The changes; at most 512 KiB of them in one request.
        public struct Request: Codable, Sendable, Hashable {
            /// Records that are new or changed.
            public var put: [IndexedRecord]
            /// Ids that are gone.
            public var remove: [RecordID]
            /// How many records are known to follow at once; while it is not 0 the index is being rebuilt.
            public var remaining: Int

            /// A request.
            public init(put: [IndexedRecord], remove: [RecordID], remaining: Int) {
                self.put = put
                self.remove = remove
                self.remaining = remaining
            }
        }
    }

    /// What the index needs of a record.
    public struct IndexedRecord: Codable, Sendable, Hashable {
        /// What lists show.
        public var summary: RecordSummary
        /// The text below the frontmatter.
        public var body: String
        /// The targets of the frontmatter key `links`.
        public var links: [String]
        /// The targets of `[[wikilinks]]`, except those of the key `links`.
        public var wikilinks: [String]
        /// The targets of Markdown links that lead to files, as written.
        public var pathLinks: [String]
        /// Other names of the record.
        public var aliases: [String]
        /// What the file looked like from outside: length, times, inode.
        public var look: String
        /// Whether a store that has just started reads it, whatever it looks like.
        public var wantsReading: Bool

        /// A record for the index.
        public init(
            summary: RecordSummary, body: String, links: [String], wikilinks: [String], pathLinks: [String] = [],
            aliases: [String] = [], look: String, wantsReading: Bool
        ) {
            self.summary = summary
            self.body = body
            self.links = links
            self.wikilinks = wikilinks
            self.pathLinks = pathLinks
            self.aliases = aliases
            self.look = look
            self.wantsReading = wantsReading
        }
    }

    /// `search`: whole records, best first.
    public enum Search: ServiceOperation {
        public static let service = ServiceName.index, name = "search"

        /// The question.
        public struct Request: Codable, Sendable, Hashable {
            /// Plain words, or an expression in the syntax of FTS5. Its first 2 KiB and 24 words count.
            public var query: String
            /// Where to look.
            public var filter: RecordFilter?
            /// The most to return, 1 to 100; 10 unless told.
            public var limit: Int?

            /// A request.
            public init(query: String, filter: RecordFilter? = nil, limit: Int? = nil) {
                self.query = query
                self.filter = filter
                self.limit = limit
            }
        }

        /// The answer.
        public struct Reply: Answer, Codable, Sendable, Hashable {
            /// Best first.
            public var hits: [SearchHit]
            /// The ways in which the query was read, in the order in which they were tried: with the last one the hits
            /// were found. Empty when there is no word in the query.
            public var readings: [SearchReading]
            /// Why the query was not read as it was typed; nil if it was.
            public var objection: SearchObjection?
            /// Whether the index is being rebuilt, so that there may be more to find later.
            public var rebuilding: Bool

            /// A reply.
            public init(
                hits: [SearchHit], readings: [SearchReading], objection: SearchObjection? = nil, rebuilding: Bool
            ) {
                self.hits = hits
                self.readings = readings
                self.objection = objection
                self.rebuilding = rebuilding
            }
        }
    }

    /// `passages`: the parts of records that answer a question best.
    public enum Passages: ServiceOperation {
        public static let service = ServiceName.index, name = "passages"

        /// The question.
        public struct Request: Codable, Sendable, Hashable {
            /// A question in a person's words.
            public var question: String
            /// Where to look.
            public var filter: RecordFilter?
            /// The most to return, 1 to 20; 3 unless told.
            public var limit: Int?
            /// Whether the sentences that answer best are chosen, too; not unless told.
            public var sentences: Bool?

            /// A request.
            public init(question: String, filter: RecordFilter? = nil, limit: Int? = nil, sentences: Bool? = nil) {
                self.question = question
                self.filter = filter
                self.limit = limit
                self.sentences = sentences
            }
        }

        /// A sentence of a passage.
        public struct Sentence: Codable, Sendable, Hashable {
            /// Its words as they stand in the file, on one line.
            public var text: String
            /// Where it is.
            public var passage: Passage

            /// A sentence.
            public init(text: String, passage: Passage) {
                self.text = text
                self.passage = passage
            }
        }

        /// The answer; empty when nothing is relevant enough.
        public struct Reply: Answer, Codable, Sendable, Hashable {
            /// Best first.
            public var passages: [Passage]
            /// The sentence of each passage that answers best, if they were asked for; best first, some of passages
            /// beyond `passages`. Without `passages` they are only near: they contain some of the question's words, and
            /// may be about something else.
            public var sentences: [Sentence]?
            /// Whether the index is being rebuilt, so that there may be more to find later.
            public var rebuilding: Bool

            /// A reply.
            public init(passages: [Passage], sentences: [Sentence]? = nil, rebuilding: Bool) {
                self.passages = passages
                self.sentences = sentences
                self.rebuilding = rebuilding
            }
        }
    }

    /// Which record's links.
    public struct LinksRequest: Codable, Sendable, Hashable {
        /// The record's id.
        public var id: RecordID
        /// How many links to follow one behind the other, 1 to 5; 1 unless told.
        public var depth: Int?

        /// A request.
        public init(id: RecordID, depth: Int? = nil) {
            self.id = id
            self.depth = depth
        }
    }

    /// `links`: what a record points to.
    public enum Links: ServiceOperation {
        /// See `LinksRequest`.
        public typealias Request = LinksRequest
        /// See `LinkReply`.
        public typealias Reply = LinkReply
        public static let service = ServiceName.index, name = "links"
    }

    /// `backlinks`: what points to a record.
    public enum Backlinks: ServiceOperation {
        /// See `LinksRequest`.
        public typealias Request = LinksRequest
        /// See `LinkReply`.
        public typealias Reply = LinkReply
        public static let service = ServiceName.index, name = "backlinks"
    }

    /// Links from or to a record.
    public struct LinkReply: Answer, Codable, Sendable, Hashable {
        /// The nearest first, and in the order of the ids; at most 1,000.
        public var links: [Link]
        /// Whether the index is being rebuilt, so that there may be more to find later.
        public var rebuilding: Bool

        /// A reply.
        public init(links: [Link], rebuilding: Bool) {
            self.links = links
            self.rebuilding = rebuilding
        }
    }

    /// One end of a link.
    public struct Link: Codable, Sendable, Hashable {
        /// The record at the other end, or the target as written when there is no such record.
        public var id: RecordID
        /// Its title, when the record exists.
        public var title: String?
        /// Whether it stands in the key `links` (authored) and not only in the text (a wikilink).
        public var authored: Bool
        /// How many links lead there, from 1.
        public var depth: Int

        /// A link.
        public init(id: RecordID, title: String?, authored: Bool, depth: Int = 1) {
            self.id = id
            self.title = title
            self.authored = authored
            self.depth = depth
        }
    }

    /// `recent`: the records changed last, newest first.
    public enum Recent: ServiceOperation {
        public static let service = ServiceName.index, name = "recent"

        /// The question.
        public struct Request: Codable, Sendable, Hashable {
            /// Which records.
            public var filter: RecordFilter?
            /// The most to return, 1 to 100; 10 unless told.
            public var limit: Int?

            /// A request.
            public init(filter: RecordFilter? = nil, limit: Int? = nil) {
                self.filter = filter
                self.limit = limit
            }
        }

        /// The answer.
        public struct Reply: Answer, Codable, Sendable, Hashable {
            /// Newest first.
            public var records: [RecordSummary]
            /// Whether the index is being rebuilt, so that there may be more to find later.
            public var rebuilding: Bool

            /// A reply.
            public init(records: [RecordSummary], rebuilding: Bool) {
                self.records = records
                self.rebuilding = rebuilding
            }
        }
    }
}

/// A way to read a query.
public enum SearchReading: String, Codable, Sendable {
    /// As an expression: with operators, phrases, prefixes or columns.
    case expression
    /// As plain words, each of which a record must contain.
    case allWords
    /// As plain words, of which a record must contain one that is not a function word.
    case anyWord
}

/// Why a query was not read as it was typed.
public enum SearchObjection: String, Codable, Sendable {
    /// It is an expression with too many words; its first words were searched for, without its operators.
    case longExpression
    /// It has signs of an expression and cannot be read as one; its words were searched for.
    case brokenExpression
    /// It has too many words; the first ones were searched for.
    case longQuery
}

/// A record that a search found.
public struct SearchHit: Codable, Sendable, Hashable {
    /// The record.
    public var record: RecordSummary
    /// The part of it that matched, with `**` round the words.
    public var snippet: String
    /// Higher is better.
    public var score: Double

    /// A hit.
    public init(record: RecordSummary, snippet: String, score: Double) {
        self.record = record
        self.snippet = snippet
        self.score = score
    }
}

/// A part of a record, word for word.
public struct Passage: Codable, Sendable, Hashable {
    /// The record's id.
    public var id: RecordID
    /// The record's title.
    public var title: String
    /// The record's class.
    public var recordClass: RecordClass
    /// The headings above the passage, outermost first.
    public var headings: [String]
    /// The text as it stands in the file.
    public var text: String
    /// Higher is better.
    public var score: Double

    /// A passage.
    public init(
        id: RecordID, title: String, recordClass: RecordClass = .durable, headings: [String], text: String,
        score: Double
    ) {
        self.id = id
        self.title = title
        self.recordClass = recordClass
        self.headings = headings
        self.text = text
        self.score = score
    }

    /// Where in its record it stands, for example `Rollback › When a release is bad`.
    public var place: String {
        let below = headings.first == title ? headings.dropFirst() : headings[...]
        return ([title] + below).joined(separator: " › ")
    }
}
