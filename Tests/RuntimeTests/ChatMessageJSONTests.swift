import Runtime
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
                ChatMessage(.assistant, "I look.", toolCalls: [call, other]),
                #"{"content":"I look.","role":"assistant","toolCalls":"#
                    + #"[{"arguments":"{\"id\":\"a/b\"}","id":"call00001","name":"get_record"},"#
                    + #"{"arguments":"{}","id":"call00002","name":"search_records"}]}"#
            ),
            (
                ChatMessage(.assistant, "", toolCalls: [other]),
                #"{"content":"","role":"assistant","toolCalls":"#
                    + #"[{"arguments":"{}","id":"call00002","name":"search_records"}]}"#
            ),
            (
                ChatMessage(.tool, "the text", toolCallID: "call00001"),
                #"{"content":"the text","role":"tool","toolCallID":"call00001"}"#
            ),
            (
                ChatMessage(.tool, "", toolCallID: "call00002"),
                #"{"content":"","role":"tool","toolCallID":"call00002"}"#
            ),
        ] as [(ChatMessage, String)])
    func `a message of each kind has the text that it has always had`(message: ChatMessage, text: String) throws {
        #expect(String(decoding: JSON.encode(message), as: UTF8.self) == text)
        #expect(try JSON.decode(ChatMessage.self, from: Array(text.utf8)) == message)
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
