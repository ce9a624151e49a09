import Accounts
import Glibc
import Journal
import LinuxSystem
import Rooms
import Services
import Testing

/// Rooms in which much was said, on real processes.
@Suite(.serialized) struct LongRoomTests {
    /// What an earlier version has written: more than a segment.
    private static let before = (1...2_600).map { number in
        RoomEvent(
            number: number, at: "2026-11-22T08:30:00.000Z", room: "lobby", type: .message, from: "user:bob",
            text: "number \(number)" + String(repeating: " and so on", count: 80))
    }

    @Test func `a long journal is taken over, and whoever is killed while it is settled, nothing said is lost`() throws
    {
        let node = try TestNode(), rooms = node.home + "/state/rooms"
        try Files.makeDirectories(rooms)
        try Files.replace(
            rooms + "/journal", with: Self.before.flatMap { Journal.line(of: [JournalEntry.event($0)]) })
        try node.start()
        let person = try Person(node), name = Users.name(of: getuid())
        #expect(try said(to: person) == Self.before)
        var acknowledged: [String] = []
        for number in 1...80 {
            // For nobody but the one who says it, and so long that a segment is sealed every forty of them.
            let text = "@\(name) after \(number)" + String(repeating: " and so on", count: 5_500)
            let post = Coordinator.Post.Request(request: "after \(number)", room: "lobby", text: text)
            acknowledged.append(text)
            #expect(try person.ask(Coordinator.Post.self, post).number == Self.before.count + number)
            // Also right after the post at which a segment is sealed, in the middle of what follows from it.
            if [11, 39, 40, 41, 75].contains(number), let pid = node.pid(of: "coordinator") {
                _ = Glibc.kill(pid, SIGKILL)
                try node.waitUntilReady()
            }
        }
        let all = try said(to: person)
        #expect(all.map(\.number) == Array(1...(Self.before.count + 80)))
        #expect(Array(all.prefix(Self.before.count)) == Self.before)
        #expect(all.dropFirst(Self.before.count).map(\.text) == acknowledged)
        #expect(try Files.status(rooms + "/snapshot").size > 0)
        #expect(try Files.status(rooms + "/journal").size < RoomsLimits.segmentBytes + 100_000)
        #expect(node.stop() == 0)
        try node.start()
        #expect(try said(to: Person(node)) == all)
    }

    @Test func `what a room need not keep becomes a transcript and leaves it`() throws {
        let node = try TestNode(configuration: "rooms: {lobby: {keep: 1000}}\n"), rooms = node.home + "/state/rooms"
        try Files.makeDirectories(rooms)
        try Files.replace(
            rooms + "/journal", with: Self.before.flatMap { Journal.line(of: [JournalEntry.event($0)]) })
        try node.start()
        let person = try Person(node), gone = 1_536  // whole files of 512
        func first() throws -> Int? {
            let page = Coordinator.History.Request(room: "lobby", after: 0, limit: 1)
            return try person.ask(Coordinator.History.self, page).events.first?.number
        }
        #expect(waits(for: 30) { (try? first()) == gone + 1 })
        if let pid = node.pid(of: "coordinator") { _ = Glibc.kill(pid, SIGKILL) }
        try node.waitUntilReady()
        #expect(try said(to: person) == Array(Self.before.dropFirst(gone)))
        let watched = try node.egghead("watch", "--history", "lobby", "--json")
        #expect(watched.status == 0 && watched.output.split(separator: "\n").count == Self.before.count - gone)
        let directory = node.home + "/records/transcripts/lobby"
        let text = try Files.list(directory).sorted().flatMap { try Files.read("\(directory)/\($0)", limit: 1 << 22) }
        let numbers = String(decoding: text, as: UTF8.self).split(separator: "\n").filter { $0.hasPrefix("## ") }
            .compactMap { Int($0.dropFirst(3).prefix { $0 != " " }) }
        #expect(numbers == Array(1...gone))
    }

    /// Everything that was said in the room, page by page: each has its own deadline.
    private func said(to person: Person) throws -> [RoomEvent] {
        var said: [RoomEvent] = []
        while true {
            let page = Coordinator.History.Request(room: "lobby", after: said.last?.number ?? 0, limit: 500)
            let events = try person.ask(Coordinator.History.self, page).events
            if events.isEmpty { return said }
            said += events
        }
    }
}
