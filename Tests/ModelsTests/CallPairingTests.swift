import Services
import Testing

@testable import Models

struct CallPairingTests {
    private static func call(_ id: String) -> ToolCall { ToolCall(id: id, name: "find", arguments: "{}") }
    private static func calls(_ ids: String...) -> ChatMessage {
        ChatMessage(.assistant, "", calls: ids.map(call))
    }
    private static let unknown = CallPairing.unknownOutcome
    private static func lost(_ text: String) -> ChatMessage {
        ChatMessage(.user, "The outcome of a call that is no longer shown: \(text)")
    }

    @Test(
        arguments: [
            (
                "as it is",
                [ChatMessage(.user, "?"), calls("a", "b"), .init(outcomeOf: "a", "1"), .init(outcomeOf: "b", "2")],
                [ChatMessage(.user, "?"), calls("a", "b"), .init(outcomeOf: "a", "1"), .init(outcomeOf: "b", "2")]
            ),
            ("a call at the end", [calls("a")], [calls("a"), .init(outcomeOf: "a", unknown)]),
            (
                "one of two is missing",
                [calls("a", "b"), .init(outcomeOf: "b", "2"), .init(.user, "?")],
                [calls("a", "b"), .init(outcomeOf: "a", unknown), .init(outcomeOf: "b", "2"), .init(.user, "?")]
            ),
            (
                "an outcome behind other words", [calls("a"), .init(.user, "?"), .init(outcomeOf: "a", "1")],
                [calls("a"), .init(outcomeOf: "a", "1"), .init(.user, "?")]
            ),
            (
                "outcomes in another order",
                [calls("a", "b"), .init(outcomeOf: "b", "2"), .init(outcomeOf: "a", "1")],
                [calls("a", "b"), .init(outcomeOf: "a", "1"), .init(outcomeOf: "b", "2")]
            ),
            (
                "two outcomes of one call",
                [calls("a"), .init(outcomeOf: "a", "1"), .init(outcomeOf: "a", "again")],
                [calls("a"), .init(outcomeOf: "a", "1")]
            ),
            (
                "an outcome of nothing", [.init(outcomeOf: "a", "1"), .init(.user, "?")],
                [lost("1"), .init(.user, "?")]
            ),
            (
                "one id twice",
                [calls("a"), .init(outcomeOf: "a", "1"), calls("a"), .init(outcomeOf: "a", "2")],
                [calls("a"), .init(outcomeOf: "a", "1"), calls("a-2"), .init(outcomeOf: "a-2", "2")]
            ),
            ("no id", [calls("")], [calls("call"), .init(outcomeOf: "call", unknown)]),
            ("nothing but an empty message", [.init(.user, "?"), .init(.assistant, [])], [.init(.user, "?")]),
        ] as [(String, [ChatMessage], [ChatMessage])])
    func `each call has its outcome behind it, and each outcome its call`(
        name: String, messages: [ChatMessage], expected: [ChatMessage]
    ) {
        #expect(CallPairing.paired(messages) == expected)
        #expect(CallPairing.paired(expected) == expected, "twice is once")
    }

    @Test func `a menu that is refused is left out as well`() throws {
        let menu = [ToolDefinition(name: "find", description: "", parameters: .object([:]))]
        let asked = Gateway.Chat.Request(id: "1", messages: [.init(.user, "?")], tools: menu)
        let conversation = try Conversation(asked)
        #expect(conversation.plainerForms == [.wordsOnly] && conversation.plainer(.wordsOnly).tools == nil)
        #expect(conversation.plainer(.wordsOnly).plainerForms == [])
        #expect(try Conversation(Gateway.Chat.Request(id: "1", messages: [.init(.user, "?")])).plainerForms == [])
    }

    @Test func `a conversation that is refused for its shape loses thoughts first, then calls`() throws {
        let thought = ContentPart.opaque(OpaquePart(family: "chat-completions", value: .object([:])))
        let said = ChatMessage(.assistant, [thought, .text("I look."), .call(Self.call("a"))])
        let conversation = try Conversation(
            Gateway.Chat.Request(
                id: "1", messages: [.init(.user, "?"), said, .init(outcomeOf: "a", "found")],
                tools: [ToolDefinition(name: "find", description: "", parameters: .object([:]))]))
        #expect(conversation.plainerForms == [.withoutOpaqueParts, .wordsOnly])
        let first = conversation.plainer(.withoutOpaqueParts)
        #expect(first.messages[1] == ChatMessage(.assistant, [.text("I look."), .call(Self.call("a"))]))
        #expect(first.tools?.count == 1 && first.plainerForms == [.wordsOnly])
        let last = conversation.plainer(.wordsOnly)
        #expect(
            last.messages == [
                ChatMessage(.user, "?"),
                ChatMessage(.assistant, [.text("I look."), .text("\n[called find with {}]")]),
                ChatMessage(.user, "[outcome: found]"),
            ])
        #expect(last.tools == nil && last.plainerForms.isEmpty)
    }

    @Test func `a call sends each plainer form once, and then it has failed`() throws {
        var call = ProviderCall(to: Sample.profile(), plainerForms: [.withoutOpaqueParts, .wordsOnly], seed: 1)
        func refused(_ status: Int) -> [ProviderCall.Action] {
            let body = Array(#"{"error":{"message":"messages: wrong shape"}}"#.utf8)
            return call.handle(.response(status: status, retryAfter: nil)) + call.handle(.bytes(body))
                + call.handle(.completed)
        }
        #expect(call.resume() == [.send])
        #expect(refused(400) == [.sendCorrected(.plainer(.withoutOpaqueParts))])
        #expect(refused(422) == [.sendCorrected(.plainer(.wordsOnly))])
        guard case .fail(let failure)? = refused(400).first else {
            Issue.record("it was sent again")
            return
        }
        #expect(failure.code == .rejected)
        var other = ProviderCall(to: Sample.profile(), plainerForms: [.wordsOnly], seed: 1)
        _ = other.resume() + other.handle(.response(status: 403, retryAfter: nil))
        #expect(other.handle(.completed).count == 1, "a key that is refused is no matter of shape")
    }
}
