import FoundationEssentials
import GRDB
import JSON
import Records
import Services
import Testing

@testable import egghead_records

struct IndexDatabaseTests {
    private static func record(_ path: String, _ text: String, updated: String = "2026-01-01T00:00:00.000Z")
        -> Index.IndexedRecord
    {
        var record = Index.IndexedRecord(Record(path: path, text: text), stamp: .old)
        record.summary.updated = updated
        return record
    }

    /// An index in a directory of its own.
    private static func withIndex(_ records: [Index.IndexedRecord], _ body: (IndexDatabase) throws -> Void) throws {
        try TemporaryIndex.with(records, body)
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

    @Test(
        arguments: [
            ("database", ["backups"]), ("backups", ["backups", "garden", "incidents/2026-03-outage"]),
            ("deploy", ["garden"]),
            ("\"file descriptors\"", ["incidents/2026-03-outage"]), ("descr*", ["incidents/2026-03-outage"]),
            ("tomatoes OR broker", ["garden", "incidents/2026-03-outage"]), ("title:garden", ["garden"]),
            ("tags:ops", ["backups"]),
            ("what is the backup schedule?", ["backups", "garden", "incidents/2026-03-outage"]),
            ("nosuchcolumn:tomatoes", ["garden"]), ("\"unterminated tomatoes", ["garden"]),
            ("tomatoes AND", ["garden"]), ("(((", []), ("", []), ("*", []), ("zebra", []),
            ("tomatoes \"\u{301}", ["garden"]), ("\0tomatoes\0\u{301} shed", ["garden"]),
            ("NEAR(shed \u{1E4D0})", ["garden"]), ("NEAR(\u{1E4D0} the shed)", ["garden"]),
            ("behind-the-shed", ["garden"]),
            ("what is the backup schedule", ["backups", "garden", "incidents/2026-03-outage"]),
            ("DO NOT RESTORE TOMATOES", ["backups", "garden"]), ("database NOT tomatoes", ["backups"]),
            ("backups NOT the broker", ["backups", "garden", "incidents/2026-03-outage"]),
        ] as [(String, [RecordID])])
    func `search finds whole records by words, phrases and stems, and never fails`(query: String, ids: [RecordID])
        throws
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
            let passages = try index.passages(.init(question: "database", filter: .init(classes: [.agent])))
            #expect(passages.map(\.id) == ["agents/scout"])
            #expect(try index.passages(.init(question: "database")).map(\.id) == ["backups", "backups"])
        }
    }

    @Test(
        arguments: [
            ("When is the database dumped?", "backups", ["Backups", "Schedule"]),
            ("How long did restoring take?", "backups", ["Backups", "Restore"]),
            (
                "What did we change after the March outage?", "incidents/2026-03-outage",
                ["The March outage", "What changed"]
            ),
            ("where do the tomatoes go", "garden", []),
            ("@index what do my notes say about file descriptor limits?", "incidents/2026-03-outage", nil),
        ] as [(String, RecordID, [String]?)])
    func `a question is answered by the passage that holds its words`(
        question: String, id: RecordID, headings: [String]?
    )
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
                try index.links(of: "garden", depth: nil) == [
                    Index.Link(id: "backups", title: "Backups", authored: true),
                    Index.Link(id: "missing", title: nil, authored: true),
                    Index.Link(id: "nowhere", title: nil, authored: false),
                ])
            #expect(
                try index.backlinks(of: "backups", depth: nil) == [
                    Index.Link(id: "garden", title: "Garden plan", authored: true),
                    Index.Link(id: "incidents/2026-03-outage", title: "The March outage", authored: false),
                ])
            #expect(try index.links(of: "no such record", depth: nil) == [])
        }
    }

    @Test func `links are followed as far as told, each record by the shortest way`() throws {
        let chain = [
            Self.record("a.md", "[[b]] [[c]]"), Self.record("b.md", "[[c]] [[d]]"), Self.record("c.md", "[[a]]"),
            Self.record("d.md", "---\nlinks: [e]\n---\n"), Self.record("e.md", "the end"),
        ]
        try Self.withIndex(chain) { (index) throws in
            func far(_ links: [Index.Link]) -> [String] { links.map { "\($0.id)\($0.depth)" } }
            #expect(try far(index.links(of: "a", depth: nil)) == ["b1", "c1"])
            #expect(try far(index.links(of: "a", depth: 2)) == ["b1", "c1", "d2"])
            #expect(try far(index.links(of: "a", depth: 5)) == ["b1", "c1", "d2", "e3"])
            #expect(try far(index.backlinks(of: "e", depth: 5)) == ["d1", "b2", "a3", "c4"])
        }
    }

    @Test func `a record that names its id is also found by its path`() throws {
        let notes = [
            Self.record("roam/owl.org", ":PROPERTIES:\n:ID: 7f3a\n:END:\n#+title: Owl\n"),
            Self.record("roam/bat.org", "[[file:owl.org]] [[id:7f3a]]"), Self.record("x.md", "[[roam/owl]]"),
        ]
        try Self.withIndex(notes) { (index) throws in
            #expect(try index.links(of: "roam/bat", depth: nil).map(\.id) == ["7f3a"])
            #expect(try index.backlinks(of: "7f3a", depth: nil).map(\.id) == ["roam/bat", "x"])
            #expect(try index.unresolvedLinks().links == [])
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
            let tags = try index.tags(.init()).map { "\($0.tag) \($0.count)" }
            #expect(tags == ["Ops 2", "ops/db 1", "ops/web 1", "opsy 1"])
            func found(_ filter: RecordFilter) throws -> [RecordID] {
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
            #expect(try index.recent(.init(filter: .init(tag: "ops/web"))).map(\.id) == ["c"])
            try index.apply(.init(put: [], remove: ["c"], remaining: 0))
            #expect(try index.tags(.init()).map(\.tag) == ["Ops", "ops/db"])
        }
    }

    @Test func `recent is newest first`() throws {
        try Self.withIndex(Self.notes) { (index) throws in
            #expect(try index.recent(.init(limit: 2)).map(\.id) == ["garden", "backups"])
        }
    }

    @Test func `a changed record replaces its old text, and a removed one leaves nothing`() throws {
        try Self.withIndex(Self.notes) { (index) throws in
            try index.apply(
                .init(put: [Self.record("garden.md", "Leeks.")], remove: ["backups", "unknown"], remaining: 0))
            #expect(try index.search(.init(query: "tomatoes OR database")) == [])
            #expect(try index.search(.init(query: "leeks")).map(\.record.id) == ["garden"])
            #expect(try index.passages(.init(question: "tomatoes database")) == [])
            #expect(try index.backlinks(of: "backups", depth: nil).map(\.id) == ["incidents/2026-03-outage"])
            #expect(try index.recordCount() == 4)
        }
    }

    @Test func `a text whose record is gone is found by nobody, and taken out later`() throws {
        try Self.withIndex(Self.notes) { (index) throws in
            try index.filled()
            func texts() throws -> [Int] {
                try ["records_text", "passages_text", "passages", "purges"].map { table in
                    try index.read { try Int.fetchOne($0, sql: "SELECT count(*) FROM \(table)") ?? 0 }
                }
            }
            let before = try texts()
            try index.apply(.init(put: [], remove: ["backups", "garden"], remaining: 0))
            #expect(try texts() == before.dropLast() + [2])
            #expect(try index.purge(1))
            #expect(try index.purge(1) == false)
            #expect(try texts() == [before[0] - 2, before[1] - 3, before[2] - 3, 0])
            #expect(try index.purge(1) == false)
        }
    }

    @Test func `while more follows nothing is committed, and what has failed leaves nothing`() throws {
        try Self.withDirectory { (directory) throws in
            let index = try IndexDatabase(directory: directory)
            try index.apply(.init(put: [Self.notes[0]], remove: [], remaining: 1), more: true)
            #expect(try index.search(.init(query: "restoring")).count == 1)
            #expect(try IndexDatabase(directory: directory).recordCount() == 0)
            try index.apply(.init(put: [Self.notes[1]], remove: [], remaining: 0))
            #expect(try IndexDatabase(directory: directory).recordCount() == 2)
            try index.apply(.init(put: [Self.notes[2]], remove: [], remaining: 1), more: true)
            #expect(index.uncommitted == 1)
            try index.commit()
            #expect(try IndexDatabase(directory: directory).recordCount() == 3)
            try index.apply(.init(put: [Self.notes[3]], remove: [], remaining: 1), more: true)
            try index.queue.writeWithoutTransaction { try $0.execute(sql: "ALTER TABLE tags RENAME TO other") }
            #expect(throws: DatabaseError.self) {
                try index.apply(.init(put: [Self.notes[4]], remove: [], remaining: 0))
            }
            #expect(try index.recordCount() == 3 && index.uncommitted == 0)
        }
    }

    @Test func `files are told as they were read, in the order of the ids and in pages`() throws {
        let named = Self.record("sub/named.md", "---\nid: a name\nclass: agent\n---\nx")
        try Self.withIndex(Self.notes + [named]) { (index) throws in
            let all = try index.files(after: nil)
            let files = Array(all.entries)
            #expect(files.map { $1.id(at: $0) } == (Self.notes.map(\.summary.id.rawValue) + ["a name"]).sorted())
            #expect(files[0].path == "sub/named.md" && files[0].entry.wantsReading)
            #expect(files[2].entry == Catalogue.Entry(Self.notes[0]) && !files[2].entry.wantsReading)
            #expect(try index.files(after: "deliberations/scout").entries.map(\.path).first == "garden.md")
            #expect(all.next == nil)
            let many = (0..<8_000).map { Self.record("folder with a long name/note \($0).md", "x") }
            try index.apply(.init(put: many, remove: [], remaining: 0))
            var pages = [try index.files(after: nil)]
            while let next = pages.last?.next { pages.append(try index.files(after: next)) }
            #expect(pages.count == 2 || pages.count == 3)
            #expect(pages.flatMap { $0.entries.map(\.path) }.count == 8_000 + files.count)
            #expect(pages.allSatisfy { JSON.encode($0).count < 640 << 10 })
        }
    }

    @Test func `a database that the disk refuses is in memory until it is moved`() throws {
        try Self.withDirectory { (directory) throws in
            let place = directory + "/later"
            var refusals = 0
            let index = try IndexDatabase(directory: place, onRefusal: { _ in refusals += 1 })
            #expect(index.isInMemory && index.isFilling && refusals == 1)
            try index.apply(.init(put: Self.notes, remove: [], remaining: 0))
            #expect(throws: DatabaseError.self) { try index.moveToDisk(place) }
            #expect(try index.isInMemory && index.search(.init(query: "tomatoes")).count == 1)
            try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: false)
            try index.moveToDisk(place)
            try index.apply(.init(put: [], remove: ["backups"], remaining: 0))
            #expect(try !index.isInMemory && index.search(.init(query: "tomatoes")).count == 1)
            let opened = try IndexDatabase(directory: place)
            #expect(try !opened.isInMemory && opened.recordCount() == Self.notes.count - 1)
            #expect(try opened.read { try String.fetchOne($0, sql: "PRAGMA journal_mode") } == "wal")
        }
    }

    @Test(
        arguments: [
            (.SQLITE_FULL, true, true), (.SQLITE_IOERR, true, true), (.SQLITE_IOERR_FSYNC, true, true),
            (.SQLITE_CANTOPEN, true, true), (.SQLITE_READONLY, true, true), (.SQLITE_READONLY_DIRECTORY, true, true),
            (.SQLITE_BUSY, false, true), (.SQLITE_BUSY_SNAPSHOT, false, true), (.SQLITE_CORRUPT, false, false),
            (.SQLITE_CONSTRAINT, false, false), (.SQLITE_ERROR, false, false),
        ] as [(ResultCode, Bool, Bool)])
    func `only a disk that refuses is a reason for a database in memory, and a lock is waited for`(
        code: ResultCode, isDiskRefusal: Bool, isTemporary: Bool
    ) {
        let error = DatabaseError(resultCode: code)
        #expect(error.isDiskRefusal == isDiskRefusal && error.isTemporary == isTemporary)
    }

    @Test func `a database that another process has locked stays as it is`() throws {
        try Self.withDirectory { (directory) throws in
            try IndexDatabase(directory: directory).apply(.init(put: Self.notes, remove: [], remaining: 0))
            let other = try DatabaseQueue(path: "\(directory)/\(IndexDatabase.fileName)")
            try other.inDatabase { db in
                try db.execute(sql: "PRAGMA locking_mode = EXCLUSIVE; PRAGMA user_version")
                try db.execute(sql: "BEGIN EXCLUSIVE")
                let error = #expect(throws: DatabaseError.self) {
                    try IndexDatabase(directory: directory, onRefusal: { _ in Issue.record("it is not given up") })
                }
                #expect(error?.isLocked == true)
                try db.execute(sql: "COMMIT")
            }
            try other.close()
            #expect(try IndexDatabase(directory: directory).recordCount() == Self.notes.count)
        }
    }

    @Test func `a database is kept, and one of another version or a damaged one is made anew`() throws {
        try Self.withDirectory { (directory) throws in
            let file = "\(directory)/\(IndexDatabase.fileName)"
            try IndexDatabase(directory: directory).apply(.init(put: Self.notes, remove: [], remaining: 0))
            let kept = try IndexDatabase(directory: directory)
            #expect(try kept.recordCount() == Self.notes.count)
            #expect(kept.isFilling)
            try kept.filled()
            #expect(try IndexDatabase(directory: directory).isFilling == false)
            try kept.queue.write { try $0.execute(sql: "PRAGMA user_version = 999") }
            try kept.queue.close()
            var reasons: [String] = []
            #expect(try IndexDatabase(directory: directory, onDiscard: { reasons.append($0) }).isFilling)
            try Data("this is no database, whatever its name may say ".utf8).write(to: URL(fileURLWithPath: file))
            let rebuilt = try IndexDatabase(directory: directory, onDiscard: { reasons.append($0) })
            #expect(rebuilt.isFilling)
            #expect(try rebuilt.recordCount() == 0)
            #expect(reasons.count == 2)
        }
    }
}
