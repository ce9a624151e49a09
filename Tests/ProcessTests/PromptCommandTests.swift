import LinuxSystem
import Runtime
import Services
import Testing

/// One agent asked alone, and all of them at once, on the real processes.
@Suite(.serialized) struct PromptCommandTests {
    private static let agents = [
        "team/scout.md": "---\nclass: agent\ntitle: Scout\nquiet: true\n---\nYou know deploys.\n"
    ]

    @Test func `an agent is asked in a room of its own, and its words are there before it has ended`() throws {
        let node = try TestNode(records: Self.agents)
        try node.start()
        let slow = try node.begin(["prompt", "@sco", "tell me fake:slow=120"])
        #expect(waits(for: 60) { slow.output.contains("word3 ") }, "\(slow.errors)")
        #expect(!slow.hasEnded && !slow.output.contains("word119"))
        let whole = slow.wait()
        #expect(whole.status == 0 && whole.errors == "", "\(whole)")
        let rooms = try JSON.decode([RoomStatus].self, from: Array(try node.egghead("rooms", "--json").output.utf8))
        let room = try #require(rooms.last)
        #expect(room.room.hasPrefix("prompt-team-scout-") && room.roster.map(\.agent) == ["team/scout"])
        #expect(whole.output == (try node.history(room.room).last?.text ?? "") + "\n")

        try node.kill("coordinator")
        let shell = "echo 'and @index? fake:normal' | \(Built.directory)/egghead prompt scout --home \(node.home)"
        let piped = try Command("/bin/sh", ["-c", shell], scratch: node.scratch).wait()
        #expect(piped.status == 0 && piped.output.hasPrefix("You said: "), "\(piped)")
        let events = try node.history(room.room)
        #expect(events.suffix(2).map(\.from).last == "agent:team/scout" && events.count == 4)
        let json = try node.egghead("prompt", "scout", "again fake:normal", "--json").output
        #expect(try JSON.decode(RoomEvent.self, from: Array(json.utf8)) == node.history(room.room).last)
    }

    @Test func `who cannot be asked, or does not answer, is told with a status of its own`() throws {
        let node = try TestNode()
        try node.start()
        let unknown = try node.egghead("prompt", "zebra", "hello")
        #expect(unknown.status == 1 && unknown.errors.contains("no agent is called zebra"), "\(unknown)")
        #expect(try node.egghead("prompt", "index").status == 64)
        let refused = try node.egghead("prompt", "index", "fake:unauthorized")
        #expect(refused.status == 1 && refused.output == "" && !refused.errors.isEmpty, "\(refused)")
        let late = try node.egghead("prompt", "index", "fake:stall-before", "--timeout", "1")
        #expect(late.status == 75 && late.errors.contains("not settled within 1 s"), "\(late)")
    }
}
