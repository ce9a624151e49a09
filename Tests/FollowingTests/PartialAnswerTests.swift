import Following
import SampleNode
import Services
import Testing

struct PartialAnswerTests {
    struct Row: Sendable {
        let deltas: [(attempt: Int, offset: Int, text: String)]
        let text: String
        var hasGap = false
    }

    static let rows: [Row] = [
        Row(deltas: [(1, 0, "Hel"), (1, 3, "lo")], text: "Hello"),
        Row(deltas: [(1, 0, "Hel"), (1, 0, "Hel"), (1, 3, "lo")], text: "Hello"),
        Row(deltas: [(1, 0, "Hel"), (1, 0, "Hello")], text: "Hello"),
        Row(deltas: [(1, 0, "gr\u{FC}n"), (1, 5, " ja")], text: "gr\u{FC}n ja"),
        Row(deltas: [(1, 0, "Hel"), (1, 5, "!")], text: "!", hasGap: true),
        Row(deltas: [(1, 4, "late")], text: "late", hasGap: true),
        Row(deltas: [(1, 0, "first try"), (2, 0, "second")], text: "second"),
        Row(
            deltas: [(1, 0, "Hel"), (1, .max, "far"), (1, .min, "before"), (1, -1, "before"), (1, 3, "lo")],
            text: "Hello"),
        Row(deltas: [(1, .max, "far")], text: "", hasGap: true),
        Row(deltas: [(2, 0, "second"), (1, 6, " of the first")], text: "second"),
    ]

    @Test(arguments: rows)
    func `deltas are assembled by attempt and offset`(row: Row) throws {
        let deltas = row.deltas.map {
            RoomDelta(turn: "lobby.1", attempt: $0.attempt, offset: $0.offset, text: $0.text)
        }
        var answer = PartialAnswer(from: "agent:scout", try #require(deltas.first))
        for delta in deltas.dropFirst() { answer.receive(delta) }
        #expect(answer.text == row.text)
        #expect(answer.hasGap == row.hasGap)
    }

    @Test func `an answer of the most bytes that are kept gets no more`() {
        let most = String(repeating: "a", count: PartialAnswer.textBytesMax)
        for (first, expected) in [(most, most), (String(most.dropFirst()), String(most.dropFirst()) + "bc")] {
            var answer = PartialAnswer(
                from: "agent:scout", RoomDelta(turn: "lobby.1", attempt: 1, offset: 0, text: first))
            answer.receive(RoomDelta(turn: "lobby.1", attempt: 1, offset: first.utf8.count, text: "bc"))
            #expect(answer.text == expected)
        }
    }
}
