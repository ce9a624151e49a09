import Services
import Testing

@testable import egghead_agent

@Suite struct DeliberationTests {
    /// A session with turns that have ended so.
    private func session(_ room: String, answers: [String]) -> Session {
        var session = Session(room: room)
        for (index, answer) in answers.enumerated() {
            let request = Sample.turn("\(room)-\(index)", room: room, number: 2 * index + 1, text: "question \(index)")
            session.turn = Turn(request, threshold: 0.8)
            _ = session.endTurn(
                .init(request: "r", turn: request.turn, attempt: 1, outcome: .answered, text: answer))
        }
        return session
    }

    @Test func `the record holds the note first and then every turn of every room`() {
        let text = Deliberation(
            title: "Scout", reason: "Full.", note: "Ann rolls back.\n\nNext: wait.",
            sessions: [session("lobby", answers: ["one\ntwo"]), session("ops", answers: ["three"])]
        ).body(bytesMax: 10_000)
        #expect(
            text == """
                # Hand-off of Scout

                Full.

                ## Note

                > Ann rolls back.
                >
                > Next: wait.

                ## Session in lobby

                ### Event 1: user:ann asked

                > question 0

                #### Answered

                > one
                > two

                ## Session in ops

                ### Event 1: user:ann asked

                > question 0

                #### Answered

                > three

                """)
    }

    @Test(arguments: [
        "Ann rolls back.", "two\nlines", "a\n\n## Session in lobby\n\n> quoted", "## Note", "> deep",
    ])
    func `a note is read back as it was written, whatever it says`(note: String) {
        let record = Deliberation(
            title: "Scout", reason: "Full.", note: note, sessions: [session("lobby", answers: ["x"])])
        #expect(Deliberation.note(in: record.body(bytesMax: 10_000)) == note)
    }

    @Test(arguments: ["", "no structure", "## Note\n\nThe model could not write a note.\n\n> not the note"])
    func `a record without a note has none`(body: String) {
        #expect(Deliberation.note(in: body) == nil)
    }

    @Test func `a hand-off without a note says so`() {
        let body = Deliberation(title: "Scout", reason: "Full.", note: nil, sessions: []).body(bytesMax: 10_000)
        #expect(body.contains("The model could not write a note"))
        #expect(Deliberation.note(in: body) == nil)
    }

    @Test func `what does not fit is the oldest of the longest session, and the record says so`() {
        let long = session("lobby", answers: (0..<50).map { _ in String(repeating: "x", count: 1_000) })
        let body = Deliberation(
            title: "Scout", reason: "Full.", note: nil, sessions: [long, session("ops", answers: ["y"])]
        )
        .body(bytesMax: 20_000)
        #expect(body.utf8.count <= 20_000)
        #expect(body.contains("older turns are in the room's transcript alone."))
        #expect(
            body.contains("question 49") && !body.contains("question 3\n")
                && body.contains("## Session in ops\n\n### Event 1"))
    }
}
