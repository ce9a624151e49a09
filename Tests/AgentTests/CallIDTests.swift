import Services
import Testing

@testable import egghead_agent

@Suite struct CallIDTests {
    private static func answer(
        _ toolCalls: Int, _ isShortened: Bool, _ refusesPass: Bool, choice: Int = 1
    ) -> ChatID {
        .answer(
            turn: "lobby.7", attempt: 2, toolCalls: toolCalls, choice: choice, isShortened: isShortened,
            refusesPass: refusesPass)
    }

    @Test(
        arguments: [
            (answer(0, false, false), "lobby.7/2"), (answer(3, false, false), "lobby.7/2/after-3"),
            (answer(0, true, false), "lobby.7/2/short"), (answer(3, true, false), "lobby.7/2/after-3/short"),
            (answer(0, false, true), "lobby.7/2/everyone"),
            (answer(3, true, true), "lobby.7/2/after-3/short/everyone"),
            (answer(0, false, false, choice: 2), "lobby.7/2/choice-2"),
            (answer(3, true, false, choice: 3), "lobby.7/2/after-3/choice-3/short"),
            (.note(turn: "lobby.7", session: 1, isShortened: false), "lobby.7/1/note"),
            (.note(turn: "lobby.7", session: 1, isShortened: true), "lobby.7/1/note/short"),
        ] as [(ChatID, String)])
    func `a chat's id says which call it is`(id: ChatID, text: String) {
        #expect(id.description == text)
        let request = Gateway.Chat.Request(id: "another", messages: [])
        #expect(ModelCall(id, request, at: .zero).request.id == text, "a call goes out under its id")
    }

    @Test func `a step that is asked again after a pass keeps what else it is`() {
        #expect(Self.answer(3, true, false).refusingPass == Self.answer(3, true, true))
        #expect(Self.answer(0, false, false).refusingPass == Self.answer(0, false, true))
    }

    @Test func `a tool call's id is read as it is written`() {
        let id = ToolCallID(turn: "lobby.7", attempt: 2, number: 13)
        #expect(id.rawValue == "lobby.7/2/13" && ToolCallID(rawValue: "lobby.7/2/13") == id)
    }

    @Test(arguments: ["", "13", "lobby.7/13", "lobby.7/2/", "lobby.7/2/x", "lobby.7/2/013", "a/2/13", "lobby.7/2/13/1"])
    func `another text is no tool call's id`(text: String) {
        #expect(ToolCallID(rawValue: text) == nil)
    }
}
