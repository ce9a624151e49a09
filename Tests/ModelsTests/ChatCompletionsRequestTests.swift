import Services
import Testing

@testable import Models

/// What a provider of the chat-completions dialect gets, byte for byte.
@Suite struct ChatCompletionsRequestTests {
    private static let calls = [
        ToolCall(id: "call00001", name: "get_record", arguments: #"{"id":"a/b"}"#),
        ToolCall(id: "call00002", name: "search_records", arguments: "{}"),
    ]

    private static func body(_ messages: [ChatMessage], tools: [ToolDefinition]? = nil) throws -> String {
        let profile = Sample.profile()
        var conversation = try Conversation(Gateway.Chat.Request(id: "1", messages: messages, tools: tools))
        conversation.messages = messages  // also those that `CallPairing` would repair
        return String(decoding: try profile.dialect.request(for: conversation, to: profile).body, as: UTF8.self)
    }

    @Test(
        arguments: [
            (ChatMessage(.system, "Be brief."), #"{"content":"Be brief.","role":"system"}"#),
            (ChatMessage(.user, "a/b \"c\"\nd"), #"{"content":"a/b \"c\"\nd","role":"user"}"#),
            (ChatMessage(.user, ""), #"{"content":"","role":"user"}"#),
            (ChatMessage(.assistant, ""), #"{"content":"","role":"assistant"}"#),
            (
                ChatMessage(.assistant, "I look.", calls: calls),
                #"{"content":"I look.","role":"assistant","tool_calls":["#
                    + #"{"function":{"arguments":"{\"id\":\"a/b\"}","name":"get_record"},"id":"call00001","#
                    + #""type":"function"},"#
                    + #"{"function":{"arguments":"{}","name":"search_records"},"id":"call00002","type":"function"}]}"#
            ),
            (
                ChatMessage(.assistant, "", calls: [calls[1]]),
                #"{"role":"assistant","tool_calls":["#
                    + #"{"function":{"arguments":"{}","name":"search_records"},"id":"call00002","type":"function"}]}"#
            ),
            (
                ChatMessage(outcomeOf: "call00001", "the text"),
                #"{"content":"the text","role":"tool","tool_call_id":"call00001"}"#
            ),
            (
                ChatMessage(outcomeOf: "call00002", ""),
                #"{"content":"","role":"tool","tool_call_id":"call00002"}"#
            ),
        ] as [(ChatMessage, String)])
    func `a message of each kind is written in the vendor's words`(message: ChatMessage, text: String) throws {
        #expect(
            try Self.body([message])
                == #"{"messages":[\#(text)],"model":"m","stream":true,"stream_options":{"include_usage":true}}"#)
    }

    @Test func `parts for another vendor are left out, and outcomes come first, a message each`() throws {
        let thought = ContentPart.opaque(OpaquePart(family: "other", value: .object(["secret": .bool(true)])))
        let messages = [
            ChatMessage(.assistant, [thought, .text("I "), thought, .text("look."), .call(Self.calls[1]), thought]),
            ChatMessage(
                .tool, [.text("and"), .outcome(of: "call00001", text: "A"), .outcome(of: "call00002", text: "B")]),
            ChatMessage(.assistant, [thought]),
        ]
        let texts = [
            #"{"content":"I look.","role":"assistant","tool_calls":["#
                + #"{"function":{"arguments":"{}","name":"search_records"},"id":"call00002","type":"function"}]}"#,
            #"{"content":"A","role":"tool","tool_call_id":"call00001"}"#,
            #"{"content":"B","role":"tool","tool_call_id":"call00002"}"#, #"{"content":"and","role":"tool"}"#,
            #"{"content":"","role":"assistant"}"#,
        ]
        #expect(try Self.body(messages).hasPrefix(#"{"messages":[\#(texts.joined(separator: ","))],"model""#))
    }

    @Test func `messages and tools keep their order`() throws {
        let tools = [
            ToolDefinition(
                name: "get_record", description: "Reads.",
                parameters: .object(["type": .string("object"), "required": .array([.string("id")])])),
            // That it only reads is said to agents, and to no provider, which would refuse it.
            ToolDefinition(name: "a_tool", description: "Does.", parameters: .object([:]), readsOnly: true),
        ]
        let body = try Self.body(
            [ChatMessage(.user, "b"), ChatMessage(.assistant, "a"), ChatMessage(.user, "c")], tools: tools)
        #expect(
            body == #"{"messages":[{"content":"b","role":"user"},{"content":"a","role":"assistant"},"#
                + #"{"content":"c","role":"user"}],"model":"m","stream":true,"stream_options":{"include_usage":true},"#
                + #""tools":[{"function":{"description":"Reads.","name":"get_record","#
                + #""parameters":{"required":["id"],"type":"object"}},"type":"function"},"#
                + #"{"function":{"description":"Does.","name":"a_tool","parameters":{}},"type":"function"}]}"#)
    }
}
