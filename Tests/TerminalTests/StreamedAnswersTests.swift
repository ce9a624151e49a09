import Services
import Terminal
import Testing

struct StreamedAnswersTests {
    /// News of an answer.
    enum News: Sendable {
        case words(String, at: Int, attempt: Int = 1, turn: TurnID = "lobby.1")
        case event(String, RoomEvent.Kind = .message, turn: TurnID? = "lobby.1")
    }

    struct Script: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let steps: [(News, String)]
    }

    static let scripts = [
        Script(
            testDescription: "words are printed as they come, and the end with the whole",
            steps: [
                (.words("Hello ", at: 0), "Hello "), (.words("wörld", at: 6), "wörld"),
                (.event("Hello wörld.\n[[note]]"), ".\n[[note]]\n"), (.words("late", at: 11), ""),
            ]),
        Script(
            testDescription: "words that come twice are printed once",
            steps: [
                (.words("Hello ", at: 0), "Hello "), (.words("Hello ", at: 0), ""), (.words("lo all", at: 3), "all"),
                (.event("Hello all"), "\n"),
            ]),
        Script(
            testDescription: "behind a gap nothing is printed until the answer is whole",
            steps: [
                (.words("Hello ", at: 0), "Hello "), (.words("you", at: 10), ""), (.words("to ", at: 6), ""),
                (.event("Hello all you"), "all you\n"),
            ]),
        Script(
            testDescription: "an answer that was not heard is printed whole",
            steps: [(.words("you", at: 10), ""), (.event("Hello all you"), "Hello all you\n")]),
        Script(
            testDescription: "an answer that became another is printed whole",
            steps: [(.words("Hello ", at: 0), "Hello "), (.event("Good day"), "\nGood day\n")]),
        Script(
            testDescription: "a successor starts over on a line of its own",
            steps: [
                (.words("Hello ", at: 0), "Hello "), (.event("has died", .action), "\n"), (.words("late", at: 6), ""),
                (.words("Hi", at: 0, attempt: 2), "Hi"), (.event("Hi."), ".\n"),
            ]),
        Script(
            testDescription: "a successor may be heard before the death",
            steps: [
                (.words("Hello ", at: 0), "Hello "), (.words("Hi", at: 0, attempt: 2), "\nHi"),
                (.words("late", at: 6), ""), (.event("Hi."), ".\n"),
            ]),
        Script(
            testDescription: "a notice ends the line, and a pass prints nothing",
            steps: [
                (.words("Hel", at: 0), "Hel"), (.event("no answer", .notice), "\n"),
                (.event("passes", .action, turn: "lobby.2"), ""), (.event("see the log", .notice, turn: nil), ""),
            ]),
        Script(
            testDescription: "of turns that were not asked for only the whole answers count",
            steps: [
                (.words("Hm", at: 0, turn: "lobby.9"), ""), (.words("Hello ", at: 0), "Hello "),
                (.event("Hmm.", turn: "lobby.9"), "\nHmm.\n"), (.event("Hello all"), "Hello all\n"),
            ]),
    ]

    @Test(arguments: scripts)
    func `an answer is printed once, whatever becomes of its words`(script: Script) {
        var answers = StreamedAnswers(turns: ["lobby.1", "lobby.2"])
        for (index, (news, expected)) in script.steps.enumerated() {
            let printed =
                switch news {
                case .words(let text, let offset, let attempt, let turn):
                    answers.receive(RoomDelta(turn: turn, attempt: attempt, offset: offset, text: text))
                case .event(let text, let type, let turn):
                    answers.receive(event(2, text, from: "agent:scout", type: type, turn: turn))
                }
            #expect(printed == expected, "\(script), step \(index + 1)")
        }
    }
}
