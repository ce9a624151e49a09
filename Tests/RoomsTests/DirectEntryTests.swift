import FoundationEssentials
import Journal
import Services
import Testing

@testable import Rooms

/// What is read of a journal by hand is what the general decoder reads.
struct DirectEntryTests {
    @Test(arguments: SimulationTests.seeds.suffix(11))
    func `a journal that is read by hand is the one that was written, and so are its bytes; most commits are`(
        seed: UInt64
    ) throws {
        var node = SimulatedNode(seed: seed)
        for _ in 0..<600 { SimulationTests.disturb(&node) }
        var direct = 0, all = 0
        for line in node.disk.split(separator: 10) {
            let json = line.dropFirst(9)
            let expected = try JSONDecoder().decode([JournalEntry].self, from: Data(json))
            all += 1
            guard let entries = JournalEntry.commit(of: json) else { continue }
            direct += 1
            #expect(entries == expected)
            #expect(try JournalEntry.json(of: expected) == Self.general(expected))
        }
        #expect(direct > all / 2 && direct < all, "\(direct) of \(all)")
    }

    private static func general(_ commit: [JournalEntry]) throws -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return try Array(encoder.encode(commit))
    }

    @Test func `by hand and in general a commit has the same bytes, whichever of its fields are set`() throws {
        let event = RoomEvent(
            number: 8, at: "2026-11-22T08:30:00.123Z", room: "lobby", type: .message, from: "agent:a/b",
            text: "a \"b\" \\ / \n äöü", turn: "lobby.3", outcome: .answered)
        let usage = TokenUsage(inputTokens: 9, outputTokens: 2)
        let reply = Coordinator.Post.Reply(room: "a", number: 1, turns: ["a.1", "a.2"], agents: ["b", "c"])
        let before = Coordinator.Post.Reply(room: "a", number: 1, turns: [])
        let entries: [JournalEntry] = [
            .event(event), .queued(QueuedTurn(turn: "a.1", room: "a", agent: "b", cause: 1)),
            .attempt(TurnAttempt(room: "a", turn: "a.1", attempt: 2, incarnation: 3, at: "2026-11-22T08:30:00.1Z")),
            .ended(TurnEnd(room: "a", turn: "a.1", outcome: .passed)),
            .ended(TurnEnd(room: "a", turn: "a.1", outcome: .answered, usage: usage)),
            .answered(AnsweredRequest(room: "a", caller: "user:ann", request: "r", post: reply)),
            .answered(AnsweredRequest(room: "a", caller: "user:ann", request: "r", post: before)),
            .answered(AnsweredRequest(room: "a", caller: "user:ann", request: "r", post: nil)),
        ]
        for commit in entries.map({ [$0] }) + [entries] {
            #expect(try JournalEntry.json(of: commit) == Self.general(commit))
        }
        let saved = AnsweredRequest(room: "a", caller: "user:ann", request: "r", post: nil, records: ["a/b"])
        #expect(JournalEntry.json(of: [.event(event), .answered(saved)]) == nil)
    }

    @Test(arguments: [
        #"[{"ended":{"outcome":"passed","room":"a","turn":"a.1","usage":{"inputTokens":9,"outputTokens":2}}}]"#,
        #"[{"ended":{"outcome":"passed","room":"a","turn":"a.1","usage":{"inputTokens":-9,"outputTokens":2}}}]"#,
        #"[{"answered":{"caller":"user:ann","post":{"number":1,"room":"a","turns":[]},"request":"r","room":"a"}}]"#,
        #"[{"answered":{"caller":"user:ann","records":["a"],"request":"r","room":"lobby"}}]"#,
        #"[{"queued":{"agent":"a","cause":007,"room":"lobby","turn":"lobby.1"}}]"#,
        #"[{"queued":{"agent":"a","cause":1,"room":"no room","turn":"lobby.1"}}]"#,
        #"[{"queued":{"agent":"a","cause":1,"room":"lobby","turn":"lobby.1"},"lost":{}}]"#,
        #"[{"queued":{"agent":"a","cause":1,"later":2,"room":"lobby","turn":"lobby.1"}}]"#,
        #"[{"queued":{"agent":"a","cause":1,"room":"lobby","turn":"lobby.1"}}"#, "[]", "", "[{}]",
    ])
    func `what is not recognized is left to the general decoder`(text: String) {
        let json = Array(text.utf8)
        let general = try? JSONDecoder().decode([JournalEntry].self, from: Data(json))
        if let entries = JournalEntry.commit(of: json[...]) { #expect(entries == general) }
    }
}
