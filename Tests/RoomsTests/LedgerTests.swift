import Journal
import Services
import Testing

@testable import Rooms

struct LedgerTests {
    @Test func `the default room exists before anything was said`() {
        #expect(Ledger(defaultRoom: "lobby").rooms == [RoomLedger(name: "lobby")])
    }

    @Test func `events that the journal lost leave notices, so that numbers have no gaps`() {
        let ledger = Ledger(
            defaultRoom: "lobby",
            entries: [.event(event(1, "one", from: "user:ann")), .event(event(4, "four", from: "user:ann"))])
        #expect(ledger["lobby"]?.events.map(\.number) == [1, 2, 3, 4])
        #expect(ledger["lobby"]?.events.map(\.type) == [.message, .notice, .notice, .message])
    }

    @Test func `an id of a turn is never used again, even when only its end is left in the journal`() {
        var ledger = Ledger(defaultRoom: "lobby")
        ledger.apply(.ended(TurnEnd(room: "lobby", turn: "lobby.7", outcome: .answered)))
        #expect(ledger["lobby"]?.nextTurnID == "lobby.8")
        ledger.apply(.event(event(1, "x", from: "agent:scout", turn: "lobby.11")))
        #expect(ledger["lobby"]?.nextTurnID == "lobby.12")
    }

    /// A room in which requests were answered, so many in each ten seconds.
    private static func answered(_ count: Int, inEachPeriod perPeriod: Int) -> RoomLedger? {
        var ledger = Ledger(defaultRoom: "lobby")
        for number in 0..<count {
            if number.isMultiple(of: perPeriod) {
                let ten = number / perPeriod
                var news = event(ten + 1, "x", from: "user:ann")
                news.at = "2026-11-22T08:\(10 + ten / 6):\(ten % 6)7.000Z"
                ledger.apply(.event(news))
            }
            ledger.apply(
                .answered(AnsweredRequest(room: "lobby", caller: "user:ann", request: "r\(number)", post: nil)))
        }
        return ledger["lobby"]
    }

    @Test(
        arguments: [
            // The newest thousand, whenever they were.
            (1_000, 1, 0), (1_010, 1, 10), (1_001, 20, 1),
            // And those of the last half minute.
            (6_000, 1_500, 0), (6_001, 1_500, 1_500), (7_501, 1_500, 3_000), (7_500, 1_500, 1_500),
            // But not any number of them.
            (31_000, 40_000, 1_000),
        ])
    func `the newest answers are remembered, in a busy room for half a minute`(
        count: Int, perPeriod: Int, forgotten: Int
    ) throws {
        let room = try #require(Self.answered(count, inEachPeriod: perPeriod))
        if forgotten > 0 { #expect(room.answer(to: "r\(forgotten - 1)", of: "user:ann") == nil) }
        #expect(room.answer(to: "r\(forgotten)", of: "user:ann") != nil)
        #expect(room.answer(to: "r\(forgotten)", of: "user:bob") == nil)
        #expect(room.answer(to: "r\(count - 1)", of: "user:ann") != nil)
    }

    @Test(
        arguments: [
            (nil, 3, [8, 9, 10]), (0, 3, [1, 2, 3]), (9, 100, [10]), (10, 100, []), (99, 100, []),
            (nil, 500, Array(1...10)),
        ] as [(Int?, Int, [Int])])
    func `a page holds what was asked for`(after: Int?, limit: Int, numbers: [Int]) {
        let entries = (1...10).map { JournalEntry.event(event($0, "text", from: "user:ann")) }
        let room = Ledger(defaultRoom: "lobby", entries: entries)["lobby"]
        #expect(room?.page(after: after, limit: limit).map(\.number) == numbers)
    }

    @Test(arguments: ["\u{1}", "\"", "a"])
    func `a page ends before it grows too long for the bus`(character: String) {
        let text = String(repeating: character, count: RoomsLimits.textBytesMax)
        let entries = (1...20).map { JournalEntry.event(event($0, text, from: "user:ann")) }
        let room = Ledger(defaultRoom: "lobby", entries: entries)["lobby"]
        let oldest = room?.page(after: 0, limit: 500) ?? [], newest = room?.page(after: nil, limit: 500) ?? []
        #expect(!oldest.isEmpty && oldest.count < 20 && newest.count == oldest.count)
        #expect(oldest.first?.number == 1 && newest.last?.number == 20)
        #expect(oldest.map(\.json.count).reduce(0, +) <= RoomsLimits.historyBytesMax)
    }
}
