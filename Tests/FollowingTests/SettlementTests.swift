import Following
import Services
import Testing

struct SettlementTests {
    private let message = Coordinator.Post.Reply(room: "lobby", number: 4, turns: ["lobby.1"])

    @Test func `one question is asked at a time, and none after everything is settled`() {
        var settlement = Settlement(of: message)
        #expect(settlement.ask() == .init(room: "lobby", number: 4))
        #expect(settlement.ask() == nil)
        settlement.questionFailed()
        #expect(settlement.ask() != nil)
        #expect(settlement.receive(.init(settled: false, answered: false, head: 5)) == nil)
        #expect(settlement.ask() != nil)
        #expect(settlement.receive(.init(settled: true, answered: true, head: 6)) == 6)
        #expect(settlement.ask() == nil)
    }

    @Test(arguments: [true, false])
    func `the answers are complete once, when the room is delivered up to the newest event`(answered: Bool) {
        var settlement = Settlement(of: message)
        #expect(settlement.delivered(upTo: 9) == nil)
        _ = settlement.ask()
        _ = settlement.receive(.init(settled: true, answered: answered, head: 6))
        #expect(settlement.delivered(upTo: 5) == nil)
        #expect(settlement.delivered(upTo: 6) == answered)
        #expect(settlement.delivered(upTo: 7) == nil)
    }
}
