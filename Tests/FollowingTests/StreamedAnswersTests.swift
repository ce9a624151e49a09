import Following
import SampleNode
import Services
import Testing

struct StreamedAnswersTests {
    /// News of an answer.
    enum News: Sendable {
        case words(String, at: Int, attempt: Int = 1, turn: TurnID = "lobby.1")
        case event(String, RoomEvent.Kind = .message, turn: TurnID? = "lobby.1")
        case progress(String, RoomEvent.Kind)
    }

    struct Script: Sendable, CustomTestStringConvertible {
        let testDescription: String
        let steps: [(News, String)]
    }

    static let scripts = [
        Script(
            testDescription: "deltas are printed as they arrive, and the rest with the complete answer",
            steps: [
                (.words("Hello ", at: 0), "Hello "), (.words("wörld", at: 6), "wörld"),
                (.event("Hello wörld.\n[[note]]"), ".\n[[note]]\n"), (.words("late", at: 11), ""),
            ]),
        Script(
            testDescription: "text that arrives twice is printed once",
            steps: [
                (.words("Hello ", at: 0), "Hello "), (.words("Hello ", at: 0), ""), (.words("lo all", at: 3), "all"),
                (.event("Hello all"), "\n"),
            ]),
        Script(
            testDescription: "after a gap nothing is printed until the answer is complete",
            steps: [
                (.words("Hello ", at: 0), "Hello "), (.words("you", at: 10), ""), (.words("to ", at: 6), ""),
                (.event("Hello all you"), "all you\n"),
            ]),
        Script(
            testDescription: "an answer of which no delta was received is printed at once",
            steps: [(.words("you", at: 10), ""), (.event("Hello all you"), "Hello all you\n")]),
        Script(
            testDescription: "an answer that differs from its deltas is printed at once",
            steps: [(.words("Hello ", at: 0), "Hello "), (.event("Good day"), "\nGood day\n")]),
        Script(
            testDescription: "the answer of a successor is printed on a new line",
            steps: [
                (.words("Hello ", at: 0), "Hello "), (.event("has died", .action), "\n"), (.words("late", at: 6), ""),
                (.words("Hi", at: 0, attempt: 2), "Hi"), (.event("Hi."), ".\n"),
            ]),
        Script(
            testDescription: "a delta of the successor may arrive before the death of the agent",
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
            testDescription: "what is told of a turn that goes on does not break its answer off",
            steps: [
                (.words("I run ", at: 0), "I run "), (.progress("has needed 10 seconds", .action), ""),
                (.words("it.", at: 6), "it."), (.progress("Request 1", .notice), ""),
                (.event("I run it.\nDone."), "\nDone.\n"),
            ]),
        Script(
            testDescription: "of turns that were not asked for only complete answers are printed",
            steps: [
                (.words("Hm", at: 0, turn: "lobby.9"), ""), (.words("Hello ", at: 0), "Hello "),
                (.event("Hmm.", turn: "lobby.9"), "\nHmm.\n"), (.event("Hello all"), "Hello all\n"),
            ]),
    ]

    @Test(arguments: scripts)
    func `an answer is printed once, even if deltas are lost or repeated`(script: Script) {
        var answers = StreamedAnswers(turns: ["lobby.1", "lobby.2"])
        for (index, (news, expected)) in script.steps.enumerated() {
            let printed =
                switch news {
                case .words(let text, let offset, let attempt, let turn):
                    answers.receive(RoomDelta(turn: turn, attempt: attempt, offset: offset, text: text))
                case .event(let text, let type, let turn):
                    answers.receive(
                        event(
                            2, text, from: "agent:scout", type: type, turn: turn,
                            outcome: type == .message ? nil : .died))
                case .progress(let text, let type):
                    answers.receive(event(2, text, from: "agent:scout", type: type, turn: "lobby.1"))
                }
            #expect(printed == expected, "\(script), step \(index + 1)")
        }
    }
}
