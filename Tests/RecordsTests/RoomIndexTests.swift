import FoundationEssentials
import GRDB
import Records
import Services
import Testing

@testable import egghead_records

/// The database of what was said in rooms.
@Suite struct RoomIndexTests {
    private static let began = "2026-11-22T08:30:00.000Z"

    /// Makes a database in a directory of its own.
    private func with(
        partMessagesMax: Int = RoomPart.full.messages, _ body: (RoomIndexDatabase, _ directory: String) throws -> Void
    ) throws {
        let path = FileManager.default.temporaryDirectory.path + "/room-index-tests-\(UUID().uuidString)"
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        defer { try? FileManager.default.removeItem(atPath: path) }
        try body(try RoomIndexDatabase(directory: path, partMessagesMax: partMessagesMax), path)
    }

    private func event(
        _ number: Int, _ text: String, in room: RoomName = "lobby", at: String = began, type: RoomEvent.Kind = .message
    ) -> RoomEvent {
        RoomEvent(number: number, at: at, room: room, type: type, from: "user:ann", text: text)
    }

    private func batch(_ events: [RoomEvent], began: String? = began) -> RoomBatch {
        RoomBatch(room: events[0].room, began: began, events: events)
    }

    /// What a query finds, as `room.number`.
    private func found(
        _ query: String, in room: RoomName? = nil, _ database: RoomIndexDatabase, limit: Int = 100
    ) throws -> [String] {
        let reading = try #require(SearchQuery(withoutColumns: query).readings.first)
        let run = RoomSearchRun(reading.query, room: room, limit: limit)
        return try database.answer(to: run).map { "\($0.room).\($0.number)" }
    }

    @Test func `the newest message is found first, in one room or in all`() throws {
        try with { database, _ in
            try database.add(batch([event(1, "an owl, a bat"), event(2, "a bat"), event(3, "the owls")]))
            let late = "2026-11-22T08:31:00.000Z", early = "2026-11-22T08:29:00.000Z"
            try database.add(
                batch([event(1, "owl", in: "den", at: early), event(2, "owl", in: "den", at: late)], began: early))
            #expect(try found("owl", database) == ["den.2", "lobby.3", "lobby.1", "den.1"])
            #expect(try found("owl", in: "lobby", database) == ["lobby.3", "lobby.1"])
            #expect(try found("owl", database, limit: 1) == ["den.2"])
            #expect(try found("owl NOT bat", in: "lobby", database) == ["lobby.3"])
            // The row ids of the rooms are no words of their messages.
            #expect(try found("1 OR 2", database) == [] && found("owl", in: "attic", database) == [])
        }
    }

    @Test func `an event is added once, and only messages are found`() throws {
        try with { database, _ in
            let events = [event(1, "owl"), event(2, "owl", type: .notice), event(3, "owl", type: .action)]
            for _ in 1...2 { try database.add(batch(events)) }
            try database.add(batch([event(3, "owl"), event(4, "owl")], began: nil))
            #expect(try found("owl", database) == ["lobby.4", "lobby.1"])
            #expect(try database.positions() == [RoomPosition(room: "lobby", began: Self.began, last: 4)])
        }
    }

    @Test func `another process continues where one was killed`() throws {
        try with { database, directory in
            try database.add(batch([event(1, "owl"), event(2, "bat")]))
            let next = try RoomIndexDatabase(directory: directory)
            #expect(try next.positions().map(\.last) == [2])
            try next.add(batch([event(2, "bat"), event(3, "owl")]))
            #expect(try found("owl", next) == ["lobby.3", "lobby.1"])
            #expect(try found("bat", next) == ["lobby.2"])
        }
    }

    @Test func `of a batch for which the disk has no room nothing is added, and later all of it`() throws {
        // The batch begins a new part, which is not there either.
        try with(partMessagesMax: 1) { database, _ in
            try database.add(batch([event(1, "owl")]))
            let words = (0..<40_000).map { "w\($0)" }.joined(separator: " ")
            let events = [event(2, "owl"), event(3, words), event(4, "owl")]
            func limitPages(_ count: Int) throws {
                try database.queue.writeWithoutTransaction { try $0.execute(sql: "PRAGMA max_page_count = \(count)") }
            }
            try limitPages(20)
            #expect(throws: (any Error).self) { try database.add(batch(events)) }
            #expect(try found("owl", database) == ["lobby.1"] && database.positions().map(\.last) == [1])
            try limitPages(1 << 20)
            try database.add(batch(events))
            #expect(try found("owl", database) == ["lobby.4", "lobby.2", "lobby.1"])
        }
    }

    @Test func `a room that was dropped is not found, and one of its name is another`() throws {
        try with { database, _ in
            try database.add(batch([event(1, "owl"), event(2, "owl")]))
            try database.drop("lobby")
            #expect(try found("owl", database) == [] && database.positions() == [])
            let later = "2026-11-23T08:30:00.000Z"
            try database.add(batch([event(1, "owl", at: later)], began: later))
            #expect(try found("owl", database) == ["lobby.1"])
            // Nobody has told that it was dropped.
            let latest = "2026-11-24T08:30:00.000Z"
            try database.add(batch([event(1, "bat", at: latest)], began: latest))
            #expect(try found("owl", database) == [] && found("bat", database) == ["lobby.1"])
        }
    }

    @Test func `an event that is gone is not found, and when most are gone it is said`() throws {
        try with { database, _ in
            for first in stride(from: 1, to: 30_000, by: 500) {
                try database.add(
                    batch((first..<first + 500).map { event($0, "owl", type: $0 % 100 == 0 ? .message : .action) }))
            }
            try database.forget("lobby", before: 29_800)
            #expect(try found("owl", database) == ["lobby.30000", "lobby.29900", "lobby.29800"])
            #expect(try database.isMostlyGone())
            try database.forget("lobby", before: 5)
            #expect(try found("owl", database).count == 3)
        }
    }

    @Test func `what is left of a few rooms is kept`() throws {
        try with { database, _ in
            try database.add(batch((1...500).map { event($0, "owl") }))
            try database.drop("lobby")
            #expect(try !database.isMostlyGone())
        }
    }

    @Test(arguments: [
        ("Zürich", "zurich"), ("ｄｅｐｌｏｙ ５０", "deploy 50"), ("データベースを戻す", "データベース"), ("数据库主机", "主机"),
        ("re\u{AD}start", "restart"), ("deploys", "deployed"), ("100 €", "€"),
    ])
    func `a message is found as a note is, and shown as it was said`(said: String, query: String) throws {
        try with { database, _ in
            try database.add(batch([event(1, said), event(2, "nothing")]))
            #expect(try found(query, database) == ["lobby.1"])
            let reading = try #require(SearchQuery(withoutColumns: query).readings.first)
            let shown = try #require(try Quotation().excerpt(of: said, for: reading.query))
            #expect(shown.contains("**") && shown.filter { $0 != "*" } == said)
        }
    }

    @Test func `a text that does not match is not shown`() throws {
        let owl = try #require(SearchQuery(withoutColumns: "owl").readings.first).query, quotation = try Quotation()
        for _ in 1...2 { #expect(try quotation.excerpt(of: "a bat", for: owl) == nil) }
        #expect(try quotation.excerpt(of: "an owl", for: owl) == "an **owl**")
        let long = String(repeating: "a bat and ", count: 5_000) + "an owl"
        #expect(try quotation.excerpt(of: long, for: owl)?.hasSuffix("and an **owl**") == true)
    }

    @Test func `a search in steps finds what one in one go finds`() throws {
        try with { database, _ in
            try database.add(batch((1...600).map { event($0, $0 % 3 == 0 ? "owl" : "bat") }))
            let reading = try #require(SearchQuery(withoutColumns: "owl").readings.first)
            var run = RoomSearchRun(reading.query, room: nil, limit: 100), steps = 0
            var answer: [RoomSearchRun.Place]?
            while answer == nil {
                answer = try database.read { try run.step(Slice(end: .zero), in: $0) }
                steps += 1
            }
            #expect(answer?.map(\.number) == (101...200).reversed().map { 3 * $0 } && steps > 3)
        }
    }

    @Test(arguments: ["owl bat", "\"owl bat\"", "NEAR(owl bat)", "owl NOT (owl OR bat)", "ow* AND bat"])
    func `words that never meet are sought part by part, and not found`(query: String) throws {
        try with(partMessagesMax: 100) { database, _ in
            for first in stride(from: 1, to: 1_000, by: 100) {
                try database.add(batch((first..<first + 100).map { event($0, $0 % 2 == 0 ? "owl" : "bat") }))
            }
            let reading = try #require(SearchQuery(withoutColumns: query).readings.first)
            var run = RoomSearchRun(reading.query, room: nil, limit: 10), parts = 0
            while try database.read({ try run.step(Slice(end: .zero), in: $0) }) == nil { parts += 1 }
            #expect(try parts == 10 && found(query, database) == [])
        }
    }

    @Test func `a part that is full has one segment after the next batches`() throws {
        try with(partMessagesMax: 100) { database, _ in
            func segments() throws -> Int? {
                try database.read { try Int.fetchOne($0, sql: "SELECT count(DISTINCT segid) FROM said_1_idx") }
            }
            var before: Int?
            for first in stride(from: 1, to: 200, by: 10) {
                if first == 101 { before = try segments() }
                try database.add(batch((first..<first + 10).map { event($0, "owl") }))
            }
            #expect(try (before ?? 0) > 1 && segments() == 1)
            #expect(try found("owl", database, limit: 1_000).count == 200)
        }
    }

    @Test func `a search in one room does not go over what matches in another`() throws {
        try with { database, _ in
            try database.add(batch([event(1, "owl", in: "den")]))
            try database.add(batch((1...1_000).map { event($0, "owl") }))
            let reading = try #require(SearchQuery(withoutColumns: "owl").readings.first)
            var run = RoomSearchRun(reading.query, room: "den", limit: 10), answer: [RoomSearchRun.Place]?, steps = 0
            while answer == nil {
                answer = try database.read { try run.step(Slice(end: .zero), in: $0) }
                steps += 1
            }
            #expect(answer?.map(\.room) == ["den"] && steps == 2)
        }
    }

    @Test(arguments: [1, 3, 10, 100])
    func `rooms that were read one after the other are searched as one`(limit: Int) throws {
        func at(_ second: Int) -> String {
            "2026-11-22T08:\(String(format: "%02d:%02d", second / 60, second % 60)).000Z"
        }
        try with(partMessagesMax: 20) { database, _ in
            let rooms: [RoomName] = ["lobby", "den", "attic"]
            // A part may have no message yet.
            try database.add(batch([event(1, "owl", in: "cellar", type: .notice)]))
            var owls: [(room: RoomName, number: Int, second: Int)] = []
            for (place, room) in rooms.enumerated() {
                for first in stride(from: 1, to: 100, by: 10) {
                    let events = (first..<first + 10).map { number in
                        let isOwl = (number + place) % 4 == 0, second = 7 * number + place
                        if isOwl { owls.append((room, number, second)) }
                        return event(number, isOwl ? "owl" : "bat", in: room, at: at(second))
                    }
                    try database.add(batch(events))
                }
            }
            for room in [nil, "den"] as [RoomName?] {
                let newest = owls.filter { room == nil || $0.room == room }.sorted { $0.second > $1.second }
                let all = newest.map { "\($0.room).\($0.number)" }
                #expect(try found("owl", in: room, database, limit: limit) == Array(all.prefix(limit)))
            }
            let reading = try #require(SearchQuery(withoutColumns: "owl").readings.first)
            var before = Int64.max, pages: [String] = []
            while true {
                let run = RoomSearchRun(reading.query, room: nil, before: before, limit: limit)
                let page = try database.answer(to: run)
                pages += page.map { "\($0.room).\($0.number)" }
                guard page.count == limit, let last = page.last else { break }
                before = last.id
            }
            #expect(try pages == found("owl", database, limit: 1_000))
        }
    }

    @Test func `row ids are in the order of the times, and a full millisecond continues in the next`() throws {
        let dates = [
            "1970-01-01T00:00:00.000Z", "2026-11-28T12:04:05.678Z", "2026-11-28T12:04:05.679Z",
            "2026-11-30T23:59:59.999Z", "2026-12-01T00:00:00.000Z", "3000-12-31T23:59:59.999Z",
        ]
        let ids = try dates.map { try #require(EventOrder.first(at: $0)) }
        #expect(ids == ids.sorted() && Set(ids).count == ids.count && ids[0] == 0)
        for text in ["", "yesterday", "2026-11-28T12:04:05Z", "3001-01-01T00:00:00.000Z", "2026-11-28T12:04:05.678z"] {
            #expect(EventOrder.first(at: text) == nil)
        }
        try with { database, _ in
            try database.add(batch([event(1, "owl", at: "?"), event(2, "owl"), event(3, "owl", at: "?")], began: nil))
            #expect(try found("owl", database) == ["lobby.3", "lobby.2", "lobby.1"])
            let start = try #require(EventOrder.first(at: Self.began))
            try database.queue.write {
                try $0.execute(sql: "INSERT INTO events VALUES (?, 0, 0)", arguments: [start + EventOrder.slots - 1])
            }
            try database.add(batch([event(4, "owl")], began: nil))
            #expect(try found("owl", database).first == "lobby.4")
        }
    }

    @Test func `a file that is no database is made anew`() throws {
        try with { database, directory in
            try database.add(batch([event(1, "owl")]))
            let other = directory + "/other"
            try FileManager.default.createDirectory(atPath: other, withIntermediateDirectories: true)
            let file = other + "/" + RoomIndexDatabase.fileName
            try Data("no database".utf8).write(to: URL(filePath: file))
            var reasons = 0
            let new = try RoomIndexDatabase(directory: other) { _ in reasons += 1 }
            #expect(try reasons == 1 && new.positions() == [])
            let attributes = try FileManager.default.attributesOfItem(atPath: file)
            #expect(attributes[.posixPermissions] as? Int == 0o600)
        }
    }
}
