import FoundationEssentials
import Services
import Testing

@testable import egghead_agent

/// The conversations that an agent sends to the gateway, as their JSON text.
@Suite struct ConversationJSONTests {
    private static let menu = [ToolDefinition(name: "get_record", description: "Reads.", parameters: .object([:]))]

    private func json(_ messages: some Encodable) throws -> String {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return String(decoding: try encoder.encode(messages), as: UTF8.self)
    }

    @Test func `a turn with tools is told as words, calls and what became of them`() throws {
        var transcript = Transcript()
        _ = transcript.add(
            Sample.page([Sample.message(1, "user:ann", "Hello"), Sample.message(2, "user:bob", "Good day")]))
        let calls = [
            MadeToolCall(
                ToolCall(id: "t1/1/1", name: "get_record", arguments: #"{"id":"x"}"#), outcome: .init(.done, "X")),
            MadeToolCall(
                ToolCall(id: "t1/1/2", name: "get_record", arguments: "not JSON"), outcome: .init(.failed, "no")),
        ]
        let prompt = PromptBuilder(agent: Sample.agent, model: Sample.remote).prompt(
            for: Sample.turn(number: 3), after: transcript, grounding: .passages([]),
            exchanges: [ToolExchange(said: "I look.", calls: calls), ToolExchange(said: "", calls: [calls[0]])],
            menu: Self.menu)
        let expected =
            #"[{"content":"ann: Hello\n\nbob: Good day\n\nann: How do I roll back?","role":"user"},"#
            + #"{"content":"I look.","role":"assistant","toolCalls":["#
            + #"{"arguments":"{\"id\":\"x\"}","id":"call00001","name":"get_record"},"#
            + #"{"arguments":"{\"not_a_json_object\":\"not JSON\"}","id":"call00002","name":"get_record"}]},"#
            + #"{"content":"X","role":"tool","toolCallID":"call00001"},"#
            + #"{"content":"(failed) no","role":"tool","toolCallID":"call00002"},"#
            + #"{"content":"","role":"assistant","toolCalls":["#
            + #"{"arguments":"{\"id\":\"x\"}","id":"call00003","name":"get_record"}]},"#
            + #"{"content":"X","role":"tool","toolCallID":"call00003"}]"#
        #expect(try json(Array(prompt.messages.dropFirst())) == expected)
    }

    @Test func `without a menu the calls of a turn are told in words of the program`() throws {
        let call = MadeToolCall(ToolCall(id: "t1/1/1", name: "get_record", arguments: "{}"), outcome: .init(.done, "X"))
        let prompt = PromptBuilder(agent: Sample.agent, model: Sample.remote).prompt(
            for: Sample.turn(), after: Transcript(), grounding: .passages([]),
            exchanges: [ToolExchange(said: "", calls: [call])])
        let expected =
            #"[{"content":"ann: How do I roll back?\n\n(Told by the program: in your turn on this you called\n"#
            + #"get_record {}: done: X)","role":"user"}]"#
        #expect(try json(Array(prompt.messages.dropFirst())) == expected)
    }
}
