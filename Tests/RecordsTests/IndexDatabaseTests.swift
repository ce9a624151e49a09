import FoundationEssentials
import Records
import Services
import Testing

@testable import egghead_records

struct IndexDatabaseTests {
    private static func record(_ path: String, _ text: String, updated: String = "2026-01-01T00:00:00.000Z")
        -> Index.IndexedRecord
    {
        Index.IndexedRecord(Record(path: path, text: text), updated: updated)
    }

    /// An index in a directory of its own.
    private static func withIndex(_ records: [Index.IndexedRecord], _ body: (IndexDatabase) throws -> Void) throws {
        try withDirectory { (directory) throws in
            let index = try IndexDatabase(directory: directory)
            try index.apply(.init(put: records, remove: [], rebuilding: false))
            try body(index)
        }
    }

    private static func withDirectory(_ body: (String) throws -> Void) throws {
        let path = FileManager.default.temporaryDirectory.path + "/index-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(path)
    }

    private static let notes = [
        record(
            "backups.md",
            "---\ntitle: Backups\ntags: [ops, database]\n---\n# Backups\n\n## Schedule\n\n"
                + "The database is dumped every night at two.\n\n"
                + "## Restore\n\nRestoring took forty minutes in the last drill.\n"
        ),
        record(
            "incidents/2026-03-outage.md",
            "# The March outage\n\nThe broker ran out of file descriptors.\n\n"
                + "## What changed\n\nThe limit was raised to 65536, and [[backups]] are watched.\n"
        ),
        record(
            "garden.md",
            "---\ntitle: Garden plan\nlinks: [Backups, missing]\n---\nTomatoes go behind the shed. "
                + "The beans deployed trellises. See [[backups]] and [[nowhere]].\n",
            updated: "2026-02-02T00:00:00.000Z"),
        record("deliberations/scout.md", "---\nclass: deliberation\n---\nI think the database backups are fine.\n"),
        record("agents/scout.md", "---\nclass: agent\n---\nYou know the database.\n"),
    ]

    @Test(arguments: [
        ("database", ["backups"]), ("backups", ["backups", "garden", "incidents/2026-03-outage"]),
        ("deploy", ["garden"]),
        ("\"file descriptors\"", ["incidents/2026-03-outage"]), ("descr*", ["incidents/2026-03-outage"]),
        ("tomatoes OR broker", ["garden", "incidents/2026-03-outage"]), ("title:garden", ["garden"]),
        ("tags:ops", ["backups"]),
        ("what is the backup schedule?", ["backups", "garden", "incidents/2026-03-outage"]),
        ("nosuchcolumn:tomatoes", ["garden"]), ("\"unterminated tomatoes", ["garden"]),
        ("tomatoes AND", ["garden"]), ("(((", []), ("", []), ("*", []), ("zebra", []), ("behind-the-shed", ["garden"]),
    ])
    func `search finds whole records by words, phrases and stems, and never fails`(query: String, ids: [String]) throws
    {
        try Self.withIndex(Self.notes) { (index) throws in
            #expect(try Set(index.search(.init(query: query)).map(\.record.id)) == Set(ids))
        }
    }

    @Test func `a title counts more than a body, and a snippet shows why`() throws {
        try Self.withIndex(Self.notes) { (index) throws in
            let hits = try index.search(.init(query: "backups"))
            #expect(hits.first?.record.id == "backups")
            #expect(hits.allSatisfy { $0.snippet.contains("**") })
            #expect(hits.map(\.score) == hits.map(\.score).sorted(by: >))
        }
    }

    @Test func `other classes are found only when they are named`() throws {
        try Self.withIndex(Self.notes) { (index) throws in
            let ids = try index.search(.init(query: "database", filter: .init(classes: [.deliberation]))).map(
                \.record.id)
            #expect(ids == ["deliberations/scout"])
            #expect(try index.passages(.init(question: "database", classes: [.agent])).map(\.id) == ["agents/scout"])
            #expect(try index.passages(.init(question: "database")).map(\.id) == ["backups", "backups"])
        }
    }

    @Test(arguments: [
        ("When is the database dumped?", "backups", ["Backups", "Schedule"]),
        ("How long did restoring take?", "backups", ["Backups", "Restore"]),
        (
            "What did we change after the March outage?", "incidents/2026-03-outage",
            ["The March outage", "What changed"]
        ),
        ("where do the tomatoes go", "garden", []),
        ("@index what do my notes say about file descriptor limits?", "incidents/2026-03-outage", nil),
    ])
    func `a question is answered by the passage that holds its words`(question: String, id: String, headings: [String]?)
        throws
    {
        try Self.withIndex(Self.notes) { (index) throws in
            let best = try #require(try index.passages(.init(question: question)).first)
            #expect(best.id == id)
            if let headings { #expect(best.headings == headings) }
        }
    }

    @Test(arguments: [
        "What is the capital of France?", "Who won the 1998 world cup?", "Who are you?", "", "???",
        "How do I bake sourdough bread with the last of my flour?",
        "Which database did Napoleon prefer for his cavalry horses?",
    ])
    func `a question about something else is answered by nothing`(question: String) throws {
        try Self.withIndex(Self.notes) { (index) throws in
            #expect(try index.passages(.init(question: question)) == [])
        }
    }

    @Test func `links and backlinks tell authored ones from wikilinks`() throws {
        try Self.withIndex(Self.notes) { (index) throws in
            #expect(
                try index.links(of: "garden", depth: nil).links == [
                    Index.Link(id: "backups", title: "Backups", authored: true),
                    Index.Link(id: "missing", title: nil, authored: true),
                    Index.Link(id: "nowhere", title: nil, authored: false),
                ])
            #expect(
                try index.backlinks(of: "backups", depth: nil).links == [
                    Index.Link(id: "garden", title: "Garden plan", authored: true),
                    Index.Link(id: "incidents/2026-03-outage", title: "The March outage", authored: false),
                ])
            #expect(try index.links(of: "no such record", depth: nil).links == [])
        }
    }

    @Test func `links are followed as far as told, each record by the shortest way`() throws {
        let chain = [
            Self.record("a.md", "[[b]] [[c]]"), Self.record("b.md", "[[c]] [[d]]"), Self.record("c.md", "[[a]]"),
            Self.record("d.md", "---\nlinks: [e]\n---\n"), Self.record("e.md", "the end"),
        ]
        try Self.withIndex(chain) { (index) throws in
            func far(_ links: [Index.Link]) -> [String] { links.map { "\($0.id)\($0.depth)" } }
            #expect(try far(index.links(of: "a", depth: nil).links) == ["b1", "c1"])
            #expect(try far(index.links(of: "a", depth: 2).links) == ["b1", "c1", "d2"])
            #expect(try far(index.links(of: "a", depth: 5).links) == ["b1", "c1", "d2", "e3"])
            #expect(try far(index.backlinks(of: "e", depth: 5).links) == ["d1", "b2", "a3", "c4"])
        }
    }

    @Test func `links to nothing are told with where they stand`() throws {
        try Self.withIndex(Self.notes) { (index) throws in
            let links = try index.unresolvedLinks()
            #expect(links.links.map(\.target) == ["missing", "nowhere"])
            #expect(links.links.map(\.authored) == [true, false])
            #expect(Set(links.links.map(\.path)) == ["garden.md"] && !links.more)
        }
    }

    @Test func `tags are counted whatever their case, and found with those below them`() throws {
        let notes = [
            Self.record("a.md", "---\ntags: [Ops, ops/db]\n---\nx"), Self.record("b.md", "---\ntags: [ops]\n---\nx"),
            Self.record("c.md", "---\ntags: [ops/web, opsy]\nauthor: Ann\n---\nx", updated: "2026-03-05T00:00:00.000Z"),
            Self.record("d.md", "---\nclass: agent\ntags: [ops]\n---\nx"),
        ]
        try Self.withIndex(notes) { (index) throws in
            let tags = try index.tags(.init()).tags.map { "\($0.tag) \($0.count)" }
            #expect(tags == ["Ops 2", "ops/db 1", "ops/web 1", "opsy 1"])
            func found(_ filter: RecordFilter) throws -> [String] {
                try index.search(.init(query: "x", filter: filter)).map(\.record.id).sorted()
            }
            #expect(try found(.init(tag: "OPS")) == ["a", "b", "c"])
            #expect(try found(.init(tag: "ops/db")) == ["a"])
            #expect(try found(.init(tag: "op")) == [])
            #expect(try found(.init(author: "ann")) == ["c"])
            #expect(try found(.init(since: "2026-03")) == ["c"])
            #expect(try found(.init(until: "2026-01")) == ["a", "b"])
            #expect(try found(.init(since: "2026-01", until: "2026-03-05")) == ["a", "b", "c"])
            #expect(try found(.init(classes: [.agent], tag: "ops")) == ["d"])
            #expect(try found(.init(tag: "' OR 1=1 --")) == [])
            #expect(try index.recent(.init(filter: .init(tag: "ops/web"))).records.map(\.id) == ["c"])
            try index.apply(.init(put: [], remove: ["c"], rebuilding: false))
            #expect(try index.tags(.init()).tags.map(\.tag) == ["Ops", "ops/db"])
        }
    }

    @Test func `recent is newest first`() throws {
        try Self.withIndex(Self.notes) { (index) throws in
            #expect(try index.recent(.init(limit: 2)).records.map(\.id) == ["garden", "backups"])
        }
    }

    @Test func `a changed record replaces its old text, and a removed one leaves nothing`() throws {
        try Self.withIndex(Self.notes) { (index) throws in
            try index.apply(
                .init(put: [Self.record("garden.md", "Leeks.")], remove: ["backups", "unknown"], rebuilding: false))
            #expect(try index.search(.init(query: "tomatoes OR database")) == [])
            #expect(try index.search(.init(query: "leeks")).map(\.record.id) == ["garden"])
            #expect(try index.passages(.init(question: "tomatoes database")) == [])
            #expect(try index.backlinks(of: "backups", depth: nil).links.map(\.id) == ["incidents/2026-03-outage"])
            #expect(try index.recordCount() == 4)
        }
    }

    @Test func `revisions say what is held, in the order of the ids`() throws {
        try Self.withIndex(Self.notes) { (index) throws in
            let all = try index.revisions(after: nil)
            #expect(all.records.map(\.id) == Self.notes.map(\.summary.id).sorted())
            #expect(
                try index.revisions(after: "deliberations/scout").records.map(\.id) == [
                    "garden", "incidents/2026-03-outage",
                ])
            #expect(all.more == false)
        }
    }

    @Test func `a database is kept, and one of another version or a damaged one is made anew`() throws {
        try Self.withDirectory { (directory) throws in
            let file = "\(directory)/\(IndexDatabase.fileName)"
            try IndexDatabase(directory: directory).apply(.init(put: Self.notes, remove: [], rebuilding: false))
            let kept = try IndexDatabase(directory: directory)
            #expect(try kept.recordCount() == Self.notes.count)
            #expect(kept.isNew == false)
            try kept.queue.write { try $0.execute(sql: "PRAGMA user_version = 999") }
            try kept.queue.close()
            var reasons: [String] = []
            #expect(try IndexDatabase(directory: directory, onDiscard: { reasons.append($0) }).isNew)
            try Data("this is no database, whatever its name may say ".utf8).write(to: URL(fileURLWithPath: file))
            let rebuilt = try IndexDatabase(directory: directory, onDiscard: { reasons.append($0) })
            #expect(rebuilt.isNew)
            #expect(try rebuilt.recordCount() == 0)
            #expect(reasons.count == 2)
        }
    }
}
