import Following
import Mutations
import SampleNode
import Services
import Testing

/// Events, pages and deltas with numbers that no room has: what follows a room bears them.
struct ForeignNumberTests {
    private static func event(_ number: Int) -> RoomEvent {
        RoomEvent(
            number: number, at: "2026-11-22T08:30:00.000Z", room: "lobby", type: .message, from: "agent:scout",
            text: "words", turn: "lobby.1", outcome: .answered)
    }

    @Test(arguments: [Int.min, -1, 0, .max - 1, .max]) func `any number is followed, and the ones after it`(number: Int)
    {
        for isNewest in [false, true] {
            var follower = isNewest ? RoomFollower(room: "lobby", newest: 10) : RoomFollower(room: "lobby", after: 0)
            _ = follower.connected()
            _ = follower.receive(page: .init(room: "lobby", head: number, events: []))
            _ = follower.receive(page: .init(room: "lobby", head: number, events: [Self.event(number)]))
            _ = follower.receive(event: Self.event(number))
            _ = follower.receive(head: number)
            _ = follower.receive(head: 0)
            // The first page tells of another room, the second one is what was asked for then.
            for _ in 0..<2 { _ = follower.receive(page: .init(room: "lobby", head: 1, events: [Self.event(1)])) }
            #expect(follower.last == 1 && follower.isComplete)
        }
    }

    @Test(arguments: 1...10) func `no message ends whoever follows a room`(seed: UInt64) {
        var mutator = JSONMutator(seed: seed)
        let delta = RoomDelta(turn: "lobby.1", attempt: 1, offset: 5, text: "words")
        for _ in 0..<40 {
            var follower = RoomFollower(room: "lobby", newest: 10), streamed = StreamedAnswers(turns: ["lobby.1"])
            var partial = PartialAnswer(from: "agent:scout", mutator.perhapsMutated(delta))
            let post = Coordinator.Post.Reply(room: "lobby", number: 1, turns: ["lobby.1"], agents: ["scout"])
            var answers = ConsultationAnswers(mutator.perhapsMutated(post))
            var settlement = Settlement(of: mutator.perhapsMutated(post))
            _ = follower.connected()
            for number in 1...12 {
                let event = mutator.perhapsMutated(Self.event(number)), delta = mutator.perhapsMutated(delta)
                let page = Coordinator.History.Reply(room: "lobby", head: number, events: [Self.event(number)])
                _ = follower.receive(page: mutator.perhapsMutated(page))
                _ = follower.receive(event: event)
                _ = follower.receive(head: mutator.perhapsMutated(RoomHead(room: "lobby", head: number)).head)
                _ = (streamed.receive(delta), streamed.receive(event))
                partial.receive(delta)
                answers.receive(event)
                let settled = Coordinator.Settled.Reply(settled: true, answered: true, head: number)
                _ = (settlement.ask(), settlement.receive(mutator.perhapsMutated(settled)))
                _ = settlement.delivered(upTo: event.number)
            }
            #expect(partial.text.utf8.count <= 12 * PartialAnswer.textBytesMax && !answers.text.contains("\0"))
        }
    }
}
