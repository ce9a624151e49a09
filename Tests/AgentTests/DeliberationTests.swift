import Services
import Testing

@testable import egghead_agent

@Suite struct DeliberationTests {
    /// A session with turns that have ended so.
    private func session(_ room: RoomName, answers: [String]) -> Session {
        var session = Session(room: room)
        for (index, answer) in answers.enumerated() {
            let request = Sample.turn(
                TurnID(room: room, number: index + 1), room: room, number: 2 * index + 1, text: "question \(index)")
            session.turn = AgentTurn(request, threshold: 0.8, awaitsDeliberation: false)
            _ = session.endTurn(
                .init(request: "r", turn: request.turn, attempt: 1, outcome: .answered, text: answer))
        }
        return session
    }

    @Test func `the record holds the note first and then every turn`() {
        let texts = Deliberation(
            reason: "Full.", note: "Ann rolls back.\n\nNext: wait.",
            session: session("ops", answers: ["one\ntwo", "three"])
        ).parts()
        #expect(
            texts == [
                """
                # Hand-off of Scout in ops

                Full.

                ## Note

                > Ann rolls back.
                >
                > Next: wait.

                ## Session

                ### Event 1: user:ann asked

                > question 0

                #### Answered

                > one
                > two

                ### Event 3: user:ann asked

                > question 1

                #### Answered

                > three

                """
            ])
    }

    @Test(arguments: [
        "Ann rolls back.", "two\nlines", "a\n\n## Session\n\n> quoted", "## Note", "> deep",
    ])
    func `a note is read back as it was written, whatever it says`(note: String) {
        let record = Deliberation(reason: "Full.", note: note, session: session("lobby", answers: ["x"]))
        #expect(Deliberation.note(in: record.parts()[0]) == note)
    }

    @Test(arguments: ["", "no structure", "## Note\n\nThe model could not write a note.\n\n> not the note"])
    func `a record without a note has none`(body: String) {
        #expect(Deliberation.note(in: body) == nil)
    }

    @Test func `a hand-off without a note says so`() {
        let body = Deliberation(reason: "Full.", note: nil, session: session("lobby", answers: ["x"])).parts()[0]
        #expect(body.contains("The model could not write a note"))
        #expect(Deliberation.note(in: body) == nil)
    }

    @Test(arguments: [8_192, 20_000, 60_000, 450_000])
    func `a session too long for one record has older parts, and all of them hold every turn once`(bytesMax: Int) {
        let answers = (0..<50).map { number in
            (0..<(number == 20 ? 3_000 : 20)).map { "answer \(number) line \($0)" }.joined(separator: "\n")
        }
        let session = session("lobby", answers: answers)
        let texts = Deliberation(reason: "Full.", note: "The note.", session: session).parts(bytesMax: bytesMax)
        #expect(texts.allSatisfy { $0.utf8.count <= bytesMax })
        #expect(texts.last.flatMap(Deliberation.note) == "The note.")
        #expect(texts.dropLast().allSatisfy { Deliberation.note(in: $0) == nil })
        let lines = texts.flatMap { $0.split(separator: "\n") }
        let quoted = lines.filter { $0.hasPrefix("> answer ") }.map { String($0.dropFirst(2)) }
        #expect(quoted == answers.joined(separator: "\n").split(separator: "\n").map(String.init))
        #expect(lines.count { $0.hasPrefix("### Event ") } == 50)
        #expect((texts.last?.contains("Older turns: the \(texts.count - 1) records") == true) == (texts.count > 1))
    }
}
