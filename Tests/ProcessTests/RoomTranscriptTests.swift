import Accounts
import Glibc
import JSON
import LinuxSystem
import Services
import Testing

/// Rooms that become records, on the real processes.
@Suite(.serialized) struct RoomTranscriptTests {
    private func room(_ node: TestNode, _ arguments: String...) throws -> Command.Result {
        try node.begin(["room"] + arguments).wait()
    }

    private func file(_ node: TestNode, _ record: String) throws -> String {
        String(decoding: try Files.read("\(node.home)/records/\(record).md", limit: 1 << 20), as: UTF8.self)
    }

    @Test func `a room becomes a record that a person reads, whoever dies meanwhile`() throws {
        let node = try TestNode()
        try node.start()
        let words = "hello\r\n# no heading\n> [[boiler]]\u{1b}[2J"
        #expect(try node.egghead("chat", "-r", "kitchen", "--wait", words).status == 0)
        let saved = try room(node, "save", "kitchen")
        #expect(saved.status == 0 && saved.output.hasPrefix("transcripts/kitchen/2"), "\(saved)")
        let record = saved.output.trimmingNewline
        let text = try file(node, record)
        for key in ["class: transcript", "room: kitchen", "head: 2", "parts: 1"] {
            #expect(text.contains("\n\(key)\n"), "\(text)")
        }
        #expect(text.contains("> hello␛{d}\n> # no heading\n> > [\\[boiler]]␛{1b}[2J\n"), "\(text)")
        #expect(try node.egghead("get", record).output.contains("agent:index · message · kitchen.1"))
        #expect(try node.egghead("backlinks", "boiler").output == "")

        try node.kill("coordinator")
        let again = try room(node, "save", "kitchen", "--json")
        #expect(again.status == 0 && !again.output.contains(record), "\(again)")
        try #require(try node.egghead("stop", "store").status == 0)
        let refused = try room(node, "save", "kitchen")
        #expect(refused.status == 1 && refused.errors.contains("the store does not take it"), "\(refused)")
        #expect(try room(node, "save", "attic").errors.contains("there is no such room"))
    }

    @Test func `a long room comes back from its records as it was`() throws {
        let node = try TestNode()
        try node.start()
        let me = Users.name(of: getuid())
        #expect(try node.egghead("chat", "-r", "kitchen", "--wait", "hello").status == 0)
        for number in 1...10 {
            let words = String(repeating: "word \(number)\n", count: 7_500)
            #expect(try node.egghead("chat", "-r", "kitchen", "@\(me) " + words).status == 0)
        }
        let before = try node.history("kitchen")
        let dropped = try room(node, "drop", "kitchen")
        let records = dropped.output.split(separator: "\n").map(String.init)
        #expect(dropped.status == 0 && records.count == 2 && records[0].hasSuffix("-001"), "\(dropped)")

        let moved = try node.egghead("mv", records[1], "old/kitchen")
        #expect(moved.status == 0, "\(moved)")
        try node.kill("coordinator")
        let joined = try room(node, "join", String(records[0].dropLast("-001".count)))
        #expect(joined == Command.Result(status: 0, output: "kitchen\n", errors: ""))
        let after = try node.history("kitchen")
        #expect(after.dropLast() == before[...] && after.last?.text == "closes the room")
        try node.kill("coordinator")
        #expect(try node.history("kitchen") == after)
        let again = try room(node, "join", "old/kitchen")
        #expect(again.status == 1 && again.errors.contains("there is a room kitchen already"), "\(again)")
        #expect(try node.egghead("chat", "-r", "kitchen", "--wait", "go on").status == 0)

        try #require(try room(node, "drop", "kitchen").status == 0)
        let text = try file(node, "old/kitchen")
        try node.write(record: "old/kitchen.md", text.replacing("> word 10\n", with: "> word 11\n", maxReplacements: 1))
        let edited = try room(node, "join", records[0])
        #expect(edited.status == 64 && edited.errors.contains("old/kitchen is not whole: it was edited"), "\(edited)")
    }

    @Test func `a room is dropped in the middle of an answer, and one of its name begins anew for whoever watches`()
        throws
    {
        let node = try TestNode()
        try node.start()
        #expect(try node.egghead("chat", "-r", "kitchen", "--wait", "hello").status == 0)
        let watch = try node.begin(["watch", "kitchen", "--json"])
        let asking = try node.begin(["chat", "-r", "kitchen", "--wait", "slowly fake:slow=600"])
        let isAsked = waits(for: 30) { node.provider?.requests.contains { $0.contains("fake:slow") } == true }
        try #require(isAsked)
        let dropped = try room(node, "drop", "kitchen")
        #expect(dropped.status == 0, "\(dropped)")
        #expect(try file(node, dropped.output.trimmingNewline).contains("> closes the room\n"))
        #expect(asking.wait(seconds: 30).status == 1)
        #expect(try node.egghead("rooms").output.contains("kitchen") == false)

        #expect(try node.egghead("chat", "-r", "kitchen", "--wait", "again").status == 0)
        let history = try node.history("kitchen")
        #expect(history.map(\.number) == [1, 2] && history.first?.text == "again" && history.last?.turn == "kitchen.3")
        #expect(waits(for: 30) { watch.output.contains(history[1].text) }, "\(watch.output)")
        let watched = try watch.output.split(separator: "\n").map {
            try JSON.decode(RoomEvent.self, from: Array($0.utf8))
        }
        #expect(watched.map(\.number) == [1, 2, 3, 4, 5, 1, 2] && watched.suffix(2) == history[...])

        #expect(try room(node, "drop", "lobby").errors.contains("it is the default room"))
        try #require(try node.egghead("stop", "store").status == 0)
        let refused = try room(node, "drop", "kitchen")
        #expect(refused.status == 1 && refused.errors.contains("the store does not take it"), "\(refused)")
        try #require(try node.egghead("start", "store").status == 0)
        #expect(try node.egghead("chat", "-r", "kitchen", "--wait", "still there").status == 0)
        #expect(try node.history("kitchen").map(\.text).contains { $0.hasPrefix("The room stays open: ") })
        try node.kill("coordinator")
        #expect(try room(node, "drop", "kitchen", "--json").status == 0)
    }
}

extension String {
    fileprivate var trimmingNewline: String { String(prefix { $0 != "\n" }) }
}
