import JSON
import Services
import Testing

/// The JSON text in which an agent and the gateway exchange messages. Processes of two builds may meet during a
/// restart, so the text of a message never changes.
@Suite struct ChatMessageJSONTests {
    private static let call = ToolCall(id: "call00001", name: "get_record", arguments: #"{"id":"a/b"}"#)
    private static let other = ToolCall(id: "call00002", name: "search_records", arguments: "{}")

    @Test(
        arguments: [
            (ChatMessage(.system, "Be brief."), #"{"content":"Be brief.","role":"system"}"#),
            (ChatMessage(.user, "a/b \"c\"\nd"), #"{"content":"a/b \"c\"\nd","role":"user"}"#),
            (ChatMessage(.user, ""), #"{"content":"","role":"user"}"#),
            (ChatMessage(.assistant, "Hello."), #"{"content":"Hello.","role":"assistant"}"#),
            (
                ChatMessage(.assistant, "I look.", calls: [call, other]),
                #"{"content":"I look.","role":"assistant","toolCalls":"#
                    + #"[{"arguments":"{\"id\":\"a/b\"}","id":"call00001","name":"get_record"},"#
                    + #"{"arguments":"{}","id":"call00002","name":"search_records"}]}"#
            ),
            (
                ChatMessage(.assistant, "", calls: [other]),
                #"{"content":"","role":"assistant","toolCalls":"#
                    + #"[{"arguments":"{}","id":"call00002","name":"search_records"}]}"#
            ),
            (
                ChatMessage(outcomeOf: "call00001", "the text"),
                #"{"content":"the text","role":"tool","toolCallID":"call00001"}"#
            ),
            (
                ChatMessage(outcomeOf: "call00002", ""),
                #"{"content":"","role":"tool","toolCallID":"call00002"}"#
            ),
        ] as [(ChatMessage, String)])
    func `a message of each kind has the text that it has always had`(message: ChatMessage, text: String) throws {
        #expect(String(decoding: JSON.encode(message), as: UTF8.self) == text)
        #expect(try JSON.decode(ChatMessage.self, from: Array(text.utf8)) == message)
    }

    private static let thought = OpaquePart(family: "f", value: .object(["signature": .string("x/y")]))
    private static let thoughtText = #"{"opaque":{"family":"f","value":{"signature":"x/y"}}}"#

    @Test(
        arguments: [
            (
                ChatMessage(.assistant, [.opaque(thought), .text("I look."), .call(other)]),
                #"{"content":"I look.","layout":[\#(thoughtText),{"text":7},{"calls":1}],"role":"assistant","#
                    + #""toolCalls":[{"arguments":"{}","id":"call00002","name":"search_records"}]}"#
            ),
            (
                ChatMessage(.assistant, [.text("a"), .text("b")]),
                #"{"content":"ab","layout":[{"text":1},{"text":1}],"role":"assistant"}"#
            ),
            (
                ChatMessage(.assistant, [.call(other), .text("b")]),
                #"{"content":"b","layout":[{"calls":1},{"text":1}],"role":"assistant","toolCalls":"#
                    + #"[{"arguments":"{}","id":"call00002","name":"search_records"}]}"#
            ),
            (
                ChatMessage(.tool, [.outcome(of: "1", text: "a"), .outcome(of: "2", text: "b")]),
                #"{"content":"","layout":[{"outcome":{"id":"1","text":"a"}},{"outcome":{"id":"2","text":"b"}}],"#
                    + #""role":"tool"}"#
            ),
        ] as [(ChatMessage, String)])
    func `a message whose order the old fields cannot tell has it in a field of its own`(
        message: ChatMessage, text: String
    ) throws {
        #expect(String(decoding: JSON.encode(message), as: UTF8.self) == text)
        #expect(try JSON.decode(ChatMessage.self, from: Array(text.utf8)) == message)
    }

    @Test func `a message with an outcome and calls is read as it was`() throws {
        let text =
            #"{"content":"a","role":"tool","toolCallID":"1","toolCalls":"#
            + #"[{"arguments":"{}","id":"call00002","name":"search_records"}]}"#
        let message = try JSON.decode(ChatMessage.self, from: Array(text.utf8))
        #expect(message.content == [.outcome(of: "1", text: "a"), .call(Self.other)])
    }

    @Test(arguments: [
        #"{"content":"ab","layout":[{"text":1}],"role":"user"}"#,
        #"{"content":"a","layout":[{"text":2}],"role":"user"}"#,
        #"{"content":"","layout":[{"text":-1}],"role":"user"}"#,
        #"{"content":"","layout":[{"calls":1}],"role":"user"}"#,
        #"{"content":"","layout":[{"calls":-1}],"role":"user"}"#,
        #"{"content":"€","layout":[{"text":1},{"text":2}],"role":"user"}"#,
        #"{"content":"","layout":[{"later":1}],"role":"user"}"#, #"{"role":"user"}"#,
    ])
    func `a message that contradicts itself is refused`(text: String) {
        #expect(throws: JSONProblem.self) { try JSON.decode(ChatMessage.self, from: Array(text.utf8)) }
    }

    @Test func `an answer's end tells where opaque parts stand, and only then`() throws {
        let layout = ContentLayout(of: [.opaque(Self.thought), .text("ab"), .call(Self.other)])
        let outcome = ChatOutcome(
            stopReason: .toolCalls, usage: nil, provider: "p", model: "m", toolCalls: [Self.other], layout: layout)
        let text =
            #"{"layout":[\#(Self.thoughtText),{"text":2},{"calls":1}],"model":"m","provider":"p","#
            + #""stopReason":"toolCalls","toolCalls":[{"arguments":"{}","id":"call00002","name":"search_records"}]}"#
        #expect(String(decoding: JSON.encode(outcome), as: UTF8.self) == text)
        #expect(try JSON.decode(ChatOutcome.self, from: Array(text.utf8)) == outcome)
    }

    @Test func `an answer's end has the text that it has always had`() throws {
        let outcome = ChatOutcome(
            stopReason: .toolCalls, usage: TokenUsage(inputTokens: 9, outputTokens: 2), provider: "p", model: "m",
            toolCalls: [Self.other])
        let text =
            #"{"model":"m","provider":"p","stopReason":"toolCalls","toolCalls":"#
            + #"[{"arguments":"{}","id":"call00002","name":"search_records"}],"#
            + #""usage":{"inputTokens":9,"outputTokens":2}}"#
        #expect(String(decoding: JSON.encode(outcome), as: UTF8.self) == text)
        #expect(try JSON.decode(ChatOutcome.self, from: Array(text.utf8)) == outcome)
    }
}
