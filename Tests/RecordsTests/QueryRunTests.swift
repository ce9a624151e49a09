import GRDB
import Records
import Services
import Testing
import Time

@testable import egghead_records

/// Queries in slices.
@Suite struct QueryRunTests {
    private static let words = ["owl", "bat", "fox", "newt", "toad", "crow", "moth", "wren", "lynx", "hare"]

    private static func records(_ count: Int) -> [Index.IndexedRecord] {
        (0..<count).map { number in
            let text = (0..<40).map { words[(number * 7 + $0 * $0 + number * $0 / 3) % words.count] }
            let body =
                text.joined(separator: " ") + " [[note\(number + 1)]] [[gone\(number)]] [[note\(number * 3 % 50)]]"
            return Index.IndexedRecord(Record(path: "note\(number).md", text: "# \(text[0])\n\n\(body)\n"), stamp: .old)
        }
    }

    /// Runs a query in as many steps as it can be cut into.
    private func inSteps<Run: QueryRun>(_ run: Run, _ index: IndexDatabase) throws -> (answer: Run.Answer, steps: Int) {
        var run = run, steps = 0
        while true {
            steps += 1
            if let answer = try index.read({ try run.step(Slice(end: .zero), in: $0) }) { return (answer, steps) }
        }
    }

    @Test(arguments: [
        "owl", "owl bat", "owl OR newt NOT wren", "\"owl bat\"", "o* OR title:bat", "zebra", "owl zebra",
        "NEAR(owl fox, 3)", "t*",
    ])
    func `an answer in steps is the answer in one go`(query: String) throws {
        try TemporaryIndex.with(Self.records(200)) { (index) throws in
            let request = Index.Search.Request(query: query, limit: 20)
            let whole = try index.search(request), parts = try inSteps(SearchRun(request), index)
            #expect(parts.answer.hits == whole)
            #expect(parts.steps > 3)
            let question = Index.Passages.Request(question: query, limit: 20, sentences: true)
            let found = try inSteps(PassagesRun(question), index).answer
            #expect(try found == index.answer(to: PassagesRun(question)))
            #expect(try found.passages == index.passages(.init(question: query, limit: 20)))
        }
    }

    @Test func `links in steps are the links in one go`() throws {
        try TemporaryIndex.with(Self.records(200)) { (index) throws in
            let links = try inSteps(LinksRun(from: "note0", depth: 5, IndexDatabase.links), index)
            #expect(links.answer == (try index.links(of: "note0", depth: 5)) && links.steps > 5)
            let unresolved = try inSteps(UnresolvedRun(), index)
            #expect(unresolved.answer.links.count == 201 && !unresolved.answer.more && unresolved.steps == 2)
        }
    }

    @Test func `what changes between two steps does no harm`() throws {
        try TemporaryIndex.with(Self.records(200)) { (index) throws in
            var run = SearchRun(.init(query: "owl OR bat", limit: 100)), steps = 0
            var answer: SearchRun.Answer?
            while answer == nil {
                answer = try index.read { try run.step(Slice(end: .zero), in: $0) }
                let id = RecordID("note\(steps % 200)")
                try index.apply(.init(put: [], remove: [id], remaining: steps % 2), more: steps % 2 == 1)
                if steps % 10 == 0 { _ = try index.purge(3) }
                steps += 1
            }
            let hits = try #require(answer).hits
            #expect(Set(hits.map(\.record.id)).count == hits.count)
        }
    }

    /// The order and the scores of English notes are those of FTS5's own `bm25`, as if there were no names.
    @Test(arguments: ["owl", "owl bat", "owl OR newt", "title:owl fox", "\"owl bat\" OR lynx", "wren NOT owl"])
    func `records are ranked as FTS5 ranks them`(query: String) throws {
        try TemporaryIndex.with(Self.records(300)) { (index) throws in
            let match = try #require(SearchQuery(query).readings.first).query.match
            let copy = """
                CREATE VIRTUAL TABLE temp.nameless USING fts5(title, body, tags, tokenize = "\(IndexSchema.tokenizer)");
                INSERT INTO nameless (rowid, title, body, tags) SELECT rowid, title, body, tags FROM records_text
                """
            let sql = """
                SELECT id, -bm25(nameless, 8.0, 1.0, 4.0) AS score FROM nameless
                JOIN records ON records.rowid = nameless.rowid WHERE nameless MATCH ?
                ORDER BY score DESC, id LIMIT 100
                """
            let rows = try index.read { db in
                try db.execute(sql: copy)
                return try Row.fetchAll(db, sql: sql, arguments: [match])
            }
            let hits = try index.search(.init(query: query, limit: 100))
            #expect(hits.map(\.record.id.rawValue) == rows.map { $0["id"] })
            #expect(zip(hits, rows).allSatisfy { abs($0.score - ($1["score"] as Double)) < 1e-9 })
        }
    }

    @Test(
        arguments: [
            ("gateway timeouts", ["ops/gateway-timeouts"]), ("\"gateway timeouts\"", ["ops/gateway-timeouts"]),
            ("timeout ops", ["ops/gateway-timeouts"]), ("id:gateway", ["ops/gateway-timeouts"]),
            ("incident", ["ops/gateway-timeouts"]), ("badger", ["ops/hole", "badger"]), ("body:badger", ["ops/hole"]),
            ("1884", ["old/file", "year"]), ("ops hole", ["ops/hole"]),
        ] as [(String, [RecordID])])
    func `a record is found by the words of its id and of its path`(query: String, ids: [RecordID]) throws {
        let notes = [
            ("ops/gateway-timeouts.md", "# Incident\n\nIt was a Tuesday.\n"),
            ("ops/hole.md", "# Badger\n\nA badger digs.\n"),
            ("badger.md", "# Animals\n\nAll of them.\n"), ("old/file.md", "---\nid: year\n---\nIn 1884.\n"),
            ("old/1884.md", "---\nid: old/file\n---\nNothing.\n"),
        ]
        let records = notes.map { Index.IndexedRecord(Record(path: $0.0, text: $0.1), stamp: .old) }
        try TemporaryIndex.with(records) { (index) throws in
            #expect(try index.search(.init(query: query)).map(\.record.id) == ids)
        }
    }

    @Test func `a question is answered by a note of that name, and what is shown is why it was found`() throws {
        let text = "# Incident\n\nWe raised the limit to ten seconds.\n"
        let record = Index.IndexedRecord(Record(path: "ops/gateway-timeouts.md", text: text), stamp: .old)
        try TemporaryIndex.with([record] + Self.records(50)) { (index) throws in
            #expect(
                try index.passages(.init(question: "Why are there gateway timeouts?")).first?.id == record.summary.id)
            #expect(try index.search(.init(query: "timeouts")).map(\.snippet) == ["gateway-**timeouts**"])
        }
    }

    /// `snippet` takes a minute for each such note.
    @Test(.timeLimit(.minutes(1)))
    func `a note of one word repeated, and a query of any length, are answered`() throws {
        let notes = ["the cat ", "数据", "🚀 ", "a "].enumerated().map { number, text in
            let body = String(repeating: text, count: 500_000 / text.utf8.count)
            return Index.IndexedRecord(Record(path: "big\(number).md", text: body), stamp: .old)
        }
        try TemporaryIndex.with(notes + Self.records(300)) { (index) throws in
            for query in ["the", "cat", "数据", "数", "🚀", "\"the cat\"", "ca*", "a"] {
                let hits = try index.search(.init(query: query))
                #expect(hits.count == 1 && hits.allSatisfy { $0.snippet.utf8.count < 1_000 }, "\(query)")
            }
            let plain = (0..<20_000).map { "word\($0)" }.joined(separator: " ")
            #expect(try index.search(.init(query: plain)) == [])
            #expect(try index.passages(.init(question: plain)) == [])
            let common = (0..<20_000).map { Self.words[$0 % 10] }.joined(separator: " OR ")
            #expect(try index.search(.init(query: common, limit: 5)).count == 5)
        }
    }

    @Test func `a statement that computes for too long is interrupted, and writing is not`() throws {
        try TemporaryIndex.with(Self.records(2)) { (index) throws in
            let endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT count(*) FROM n"
            let error = #expect(throws: DatabaseError.self) {
                try index.read { db in try index.stepLimit.limiting { _ = try Int.fetchOne(db, sql: endless) } }
            }
            #expect(error?.resultCode == .SQLITE_INTERRUPT)
            #expect(try index.search(.init(query: "owl OR bat")).count == 2)
            let long =
                "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n LIMIT 3000000) SELECT count(*) FROM n"
            #expect(try index.read { try Int.fetchOne($0, sql: long) } == 3_000_000)
        }
    }

    @Test func `an expression that finds nothing is read as plain words, and the answer says so`() throws {
        try TemporaryIndex.with(Self.records(50)) { (index) throws in
            func readings(_ query: String) throws -> [SearchReading] {
                let answer = try index.answer(to: SearchRun(.init(query: query)))
                return answer.hits.isEmpty ? [] : answer.readings
            }
            #expect(try readings("owl OR zebra") == [.expression])
            #expect(try readings("owl AND zebra") == [.expression, .allWords, .anyWord])
            #expect(try readings("\"owl zebra\" bat") == [.expression, .allWords, .anyWord])
            #expect(try readings("owl NOT owl") == [.expression, .allWords])
            #expect(try readings("owl bat") == [.allWords])
            #expect(try readings("where is the owl") == [.allWords, .anyWord])
            #expect(try readings("zebra") == [])
        }
    }
}

struct QueryScheduleTests {
    @Test func `the query that has run for the shortest time is next, and of equals the first`() {
        var schedule = QuerySchedule()
        let first = schedule.add(at: .zero), second = schedule.add(at: .zero)
        #expect(schedule.next == first)
        schedule.ran(first ?? 0, for: .milliseconds(5))
        #expect(schedule.next == second)
        schedule.ran(second ?? 0, for: .milliseconds(5))
        #expect(schedule.next == first)
        schedule.ran(first ?? 0, for: .milliseconds(500))
        let third = schedule.add(at: .zero)
        #expect(schedule.next == third)
        schedule.remove(third ?? 0)
        schedule.remove(second ?? 0)
        #expect(schedule.next == first && !schedule.isEmpty)
        schedule.remove(first ?? 0)
        #expect(schedule.next == nil && schedule.isEmpty)
    }

    @Test func `there are only so many queries at a time, and none for longer than its time`() {
        var schedule = QuerySchedule()
        let ids = (0..<QuerySchedule.queriesMax).map { _ in schedule.add(at: .zero) }
        #expect(ids.allSatisfy { $0 != nil } && schedule.add(at: .zero) == nil)
        let first = ids[0] ?? 0, end = Instant.zero + QuerySchedule.patience
        #expect(!schedule.isLate(first, at: end + .nanoseconds(-1)) && schedule.isLate(first, at: end))
        schedule.remove(first)
        #expect(schedule.add(at: .zero) != nil && !schedule.isLate(first, at: end))
    }
}

struct ExcerptTests {
    private func instance(_ phrase: Int, _ column: Int, _ words: Range<Int>) -> Excerpt.Instance {
        Excerpt.Instance(phrase: phrase, column: column, words: words)
    }

    @Test func `the part with the most different phrases is shown, with what matches marked once`() throws {
        let excerpt = try #require(
            Excerpt(
                of: [
                    instance(0, 0, 1..<2), instance(0, 1, 0..<1), instance(0, 1, 50..<51), instance(1, 1, 52..<54),
                    instance(2, 1, 53..<55), instance(1, 1, 99..<101),
                ], sizes: [4, 101, 0]))
        #expect(excerpt.column == 1)
        #expect(excerpt.words == 41..<65)
        #expect(excerpt.marked == [50..<51, 52..<55])
        #expect(excerpt.isCutBefore && excerpt.isCutAfter)
    }

    @Test func `a short text is shown whole, with what stands round its words`() throws {
        let excerpt = try #require(Excerpt(of: [instance(0, 1, 1..<2)], sizes: [0, 3]))
        let bytes = Array("(one two — three)".utf8),
            places = [1..<4, 5..<8, 13..<18].map { $0.lowerBound..<$0.upperBound }
        let text = bytes.withUnsafeBytes { excerpt.text(from: $0, places: places) }
        #expect(text == "(one **two** — three)")
        #expect(Excerpt(of: [], sizes: [1]) == nil)
    }
}
