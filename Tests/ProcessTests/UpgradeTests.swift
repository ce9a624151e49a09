import Bus
import JSON
import LinuxSystem
import Runtime
import Services
import Testing

/// `HomeBefore/home` is what a node of an earlier version left when every process of it was killed with SIGKILL: turns
/// were out in three rooms, one turn waited, and a tool call was claimed and had not ended. `HomeBefore/expected` is
/// what that version itself told of each room afterwards, up to the kill.
@Suite(.serialized) struct UpgradeTests {
    private static let directory = "\(Built.repository)/Tests/ProcessTests/HomeBefore"
    private static let rooms = ["lobby", "kitchen", "attic", "prompt-scout"]
    /// The turns that had not ended, and in which rooms.
    private static let turnsOut: [(room: String, turn: TurnID)] = [
        ("lobby", "lobby.12"), ("kitchen", "kitchen.2"), ("attic", "attic.2"), ("attic", "attic.3"),
    ]

    /// A node of this version in a copy of that home.
    private static func node() throws -> TestNode {
        let node = try TestNode(idleTimeout: "8s", configuration: "room: {budget: 5}\n")
        for part in ["records", "state"] {
            let copy = try Command(
                "/bin/cp", ["-R", "\(directory)/home/\(part)", node.home + "/"], scratch: node.scratch)
            try #require(copy.wait(seconds: 20).status == 0, "\(copy.errors)")
        }
        return node
    }

    private static func expected(_ room: String) throws -> [RoomEvent] {
        let text = String(
            decoding: try Files.read("\(directory)/expected/\(room).jsonl", limit: 1 << 20), as: UTF8.self)
        return try text.split(separator: "\n").map { try JSON.decode(RoomEvent.self, from: Array($0.utf8)) }
    }

    @Test func `what an earlier version had acknowledged is there, and what it had begun ends once`() throws {
        let node = try Self.node()
        try node.start()
        for room in Self.rooms {
            let expected = try Self.expected(room)
            #expect(Array(try node.history(room).prefix(expected.count)) == expected, "\(room)")
        }
        for (room, turn) in Self.turnsOut {
            let events = { (try? node.history(room).filter { $0.turn == turn }) ?? [] }
            #expect(waits(for: 60) { events().contains { $0.type != .action } }, "\(turn): \(events())")
            #expect(events().count { $0.type != .action } == 1, "\(turn): \(events())")
        }
        // The claimed call may have been run: it is told as unknown, and is not run again.
        let answer = try #require(try node.history().first { $0.turn == "lobby.12" && $0.type == .message })
        #expect(answer.text.contains("(unknown)"), "\(answer.text)")
        #expect((try? Files.status("\(node.home)/records/inbox/leak.md")) == nil)
        // Who is muted and who was sent away are facts of the journal.
        let rooms = try node.egghead("rooms").output
        #expect(rooms.contains("@scout muted") && rooms.contains("prompt-scout"), "\(rooms)")
        let kitchen = rooms.split(separator: "\n").first { $0.hasPrefix("kitchen") } ?? ""
        #expect(!kitchen.contains("@index"), "\(kitchen)")
        // The rooms go on: what is said now follows what was said then.
        #expect(try node.egghead("chat", "@scout and now?", "--wait").status == 0)
        #expect(node.stop() == 0)
    }
}
