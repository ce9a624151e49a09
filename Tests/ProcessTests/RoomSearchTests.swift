import JSON
import Journal
import LinuxSystem
import Rooms
import Services
import Testing

/// `egghead search --rooms`, on real processes.
@Suite(.serialized) struct RoomSearchTests {
    /// A node whose agents cannot answer.
    private func silentNode() throws -> TestNode {
        try TestNode(
            model: nil, configuration: "providers: {dead: {url: 'http://127.0.0.1:9/v1', model: m, key: none}}")
    }

    /// What a search finds, as `room number`.
    private func found(_ node: TestNode, _ arguments: String...) throws -> [String] {
        let result = try node.begin(["search", "--rooms", "--json"] + arguments).wait()
        try #require(result.status == 0, "\(result.errors)")
        return try JSON.decode([RoomHit].self, from: Array(result.output.utf8)).map { "\($0.room) \($0.number)" }
    }

    /// Says something to nobody, and returns the room and the number of the message.
    private func say(_ text: String, in room: RoomName, to person: Person) throws -> String {
        let post = Coordinator.Post.Request(request: "say \(text)", room: room, text: "`@nobody` \(text)")
        return "\(room) \(try person.ask(Coordinator.Post.self, post).number)"
    }

    @Test func `what was said is found at once, also after processes were killed, until the room is dropped`() throws {
        let node = try silentNode()
        try node.start()
        let person = try Person(node)
        let first = try say("a wombat digs", in: "lobby", to: person)
        #expect(try found(node, "wombats") == [first])
        try node.kill("index")
        let second = try say("wombat and owl", in: "den", to: person)
        #expect(waits(for: 60) { (try? found(node, "wombat")) == [second, first] })
        try node.kill("coordinator")
        let third = try say("no wombat", in: "lobby", to: person)
        #expect(waits(for: 60) { (try? found(node, "wombat")) == [third, second, first] })
        #expect(try found(node, "-r", "lobby", "wombat") == [third, first])
        #expect(try found(node, "--limit", "1", "wombat") == [third])
        #expect(try node.egghead("room", "drop", "den").status == 0)
        #expect(try found(node, "wombat") == [third, first])
        let lines = try node.egghead("search", "--rooms", "digs").output
        #expect(lines.hasSuffix(": `@nobody` a wombat **digs**\n") && lines.contains(" lobby 1 "), "\(lines)")
        let none = try node.egghead("search", "--rooms", "zebra")
        #expect(none == Command.Result(status: 0, output: "", errors: "egghead: nothing found\n"))
        #expect(try node.egghead("search", "--rooms", "--tag", "x", "wombat").status == 64)
        #expect(try node.egghead("search", "--rooms", "-r", "no room", "wombat").status == 64)
    }

    @Test
    func `a room is read from its beginning when the database is gone or damaged, and a search tells who is down`()
        throws
    {
        let node = try silentNode(), rooms = node.home + "/state/rooms", index = node.home + "/state/rooms.sqlite"
        let before = (1...3_000).map { number in
            RoomEvent(
                number: number, at: "2026-11-22T08:30:00.000Z", room: "lobby", type: .message, from: "user:bob",
                text: "number n\(number)x" + String(repeating: " and so on", count: 80))
        }
        try Files.makeDirectories(rooms)
        try Files.replace(rooms + "/journal", with: before.flatMap { Journal.line(of: [JournalEntry.event($0)]) })
        for damage in ["", "no database"] {
            try node.start()
            #expect(waits(for: 60) { (try? found(node, "n3000x")) == ["lobby 3000"] })
            #expect(try found(node, "n1x") == ["lobby 1"] && found(node, "n1500x") == ["lobby 1500"])
            #expect(try found(node, "--limit", "3", "number") == ["lobby 3000", "lobby 2999", "lobby 2998"])
            #expect(try Files.status(index).permissions == 0o600)
            #expect(node.stop() == 0)
            for suffix in ["", "-wal", "-shm"] { _ = try? Files.remove(index + suffix) }  // not all are there
            if !damage.isEmpty { try Files.replace(index, with: Array(damage.utf8)) }
        }
        try node.start()
        #expect(waits(for: 60) { (try? found(node, "n3000x")) == ["lobby 3000"] })
        #expect(try found(node, "n1x") == ["lobby 1"])
        #expect(try node.egghead("stop", "coordinator").status == 0)
        let refused = try node.egghead("search", "--rooms", "n1x")
        #expect(refused.status == 69 && refused.errors.split(separator: "\n").count == 1, "\(refused.errors)")
        #expect(refused.errors.contains("egghead ps"), "\(refused.errors)")
    }
}
