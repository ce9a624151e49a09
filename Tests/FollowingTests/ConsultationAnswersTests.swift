import Following
import SampleNode
import Services
import Testing

struct ConsultationAnswersTests {
    private let reply = Coordinator.Post.Reply(
        room: "lobby", number: 1, turns: (1...5).map { TurnID(room: "lobby", number: $0) },
        agents: ["a", "b", "c", "d", "e"])

    @Test func `each turn has one outcome, under the name of its agent`() {
        var answers = ConsultationAnswers(reply)
        let events = [
            event(2, "has died in this turn", from: "agent:a", type: .action, turn: "lobby.1"),
            event(3, "passes", from: "agent:b", type: .action, turn: "lobby.2", outcome: .passed),
            event(4, "Request 1: @c asks to run `x`", from: "coordinator", type: .notice, turn: "lobby.3"),
            event(4, "no key", from: "agent:c", type: .notice, turn: "lobby.3", outcome: .failed),
            event(5, "@d does not answer", from: "coordinator", type: .notice, turn: "lobby.4", outcome: .abandoned),
            event(6, "The budget is used up", from: "coordinator", type: .notice),
            event(7, "Both.\n\nOr none.", from: "agent:a", turn: "lobby.1"),
            event(8, "me too", from: "user:bob"),
            event(9, "a asked me", from: "agent:team/f", turn: "lobby.6"),
        ]
        for event in events { answers.receive(event) }
        #expect(
            answers.answers.map { "\($0.agent) \($0.outcome.rawValue) \($0.text)" } == [
                "b passed ", "c failed no key", "d abandoned @d does not answer", "a answered Both.\n\nOr none.",
                "team/f answered a asked me",
            ])
        #expect(answers.isAnswered)
        #expect(
            answers.text == """
                @b passes

                @c:
                ! no key

                @d:
                ! @d does not answer

                @a:
                Both.

                Or none.

                @team/f:
                a asked me

                """)
    }

    @Test func `nobody has answered if all agents have passed or failed`() {
        var answers = ConsultationAnswers(reply)
        answers.receive(event(2, "passes", from: "agent:b", type: .action, turn: "lobby.2", outcome: .passed))
        answers.receive(event(3, "no key", from: "agent:c", type: .notice, turn: "lobby.3", outcome: .failed))
        #expect(!answers.isAnswered)
    }
}
