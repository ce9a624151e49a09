import LinuxSystem
import Runtime
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
        #expect(try node.egghead("chat", "kitchen", "--wait", words).status == 0)
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
}

extension String {
    fileprivate var trimmingNewline: String { String(prefix { $0 != "\n" }) }
}
