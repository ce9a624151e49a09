import EventStream
import Models
import Services
import Testing

struct ChatCompletionsTests {
    private static func decode(_ data: String) -> [AnswerEvent] {
        var decoder = ChatCompletions().makeDecoder()
        return decoder.decode(ServerSentEvent(data: Array(data.utf8)))
    }

    @Test(
        arguments: [
            (#"{"choices":[{"delta":{"content":"Hel"}}]}"#, [.text("Hel")]),
            (#"{"choices":[{"delta":{"role":"assistant","content":null}}]}"#, []),
            (#"{"choices":[{"delta":{"content":""}}]}"#, []),
            (#"{"choices":[{"delta":null,"finish_reason":"stop"}]}"#, [.stop(.end)]),
            (#"{"choices":[{"delta":{"content":"x"},"finish_reason":"length"}]}"#, [.text("x"), .stop(.length)]),
            (#"{"choices":[{"delta":{},"finish_reason":"content_filter"}]}"#, [.stop(.filtered)]),
            (#"{"choices":[{"delta":{},"finish_reason":"tool_calls"}]}"#, [.stop(.toolCalls)]),
            (#"{"choices":[{"delta":{},"finish_reason":"function_call"}]}"#, [.stop(.toolCalls)]),
            (#"{"choices":[{"delta":{},"finish_reason":"enough"}]}"#, [.stop(.other)]),
            (#"{"choices":[{"delta":{"content":"x"}},{"delta":{"content":"y"}}]}"#, [.text("x")]),
            (#"{"choices":[{"delta":{"tool_calls":[{"index":0,"id":"1"}]}}]}"#, [.callBegun]),
            (#"{"choices":[{"delta":{"tool_calls":[{"id":"1"},{"id":"2"}]}}]}"#, [.callBegun, .callBegun]),
            (
                #"{"choices":[{"delta":{"content":"x","tool_calls":[{"id":"1"}]},"finish_reason":"stop"}],"#
                    + #""usage":{"completion_tokens":2}}"#,
                [.text("x"), .callBegun, .stop(.end), .usage(TokenUsage(inputTokens: 0, outputTokens: 2))]
            ),
            (
                #"{"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":2,"total_tokens":11}}"#,
                [.usage(TokenUsage(inputTokens: 9, outputTokens: 2))]
            ),
            // What is no count spoils neither the other one nor the words.
            (
                #"{"choices":[{"delta":{"content":"x"}}],"usage":{"prompt_tokens":-9,"completion_tokens":2}}"#,
                [.text("x"), .usage(TokenUsage(inputTokens: 0, outputTokens: 2))]
            ),
            (
                #"{"choices":[{"delta":{"content":"x"}}],"usage":{"prompt_tokens":12.5,"completion_tokens":"2"}}"#,
                [.text("x")]
            ),
            (#"{"choices":[{"delta":{"content":"x"}}],"usage":{"prompt_tokens":[9]}}"#, [.text("x")]),
            (#"{"choices":[{"delta":{"content":"x"}}],"usage":[9,2]}"#, [.text("x")]),
            (#"{"choices":[{"delta":{"content":"x"}}],"usage":"9"}"#, [.text("x")]),
            (
                #"{"choices":[],"usage":{"prompt_tokens":9223372036854775807,"completion_tokens":1e30}}"#,
                [.usage(TokenUsage(inputTokens: .most, outputTokens: .most))]
            ),
            (#"{"choices":null,"usage":null,"error":null,"x":{"y":[1]}}"#, []),
            (#"{"choices":[{"delta":{"reasoning_content":"hm"},"logprobs":{}}]}"#, [.piece]),
            (
                #"{"error":{"message":"overloaded","type":"server_error","code":null}}"#,
                [.refused(ProviderRefusal(status: 500, words: "overloaded", cause: .serverFault, mayPass: true))]
            ),
            (
                #"{"error":{"message":"no slot","code":503}}"#,
                [.refused(ProviderRefusal(status: 503, words: "no slot", cause: .serverFault, mayPass: true))]
            ),
            (
                #"{"error":"gone"}"#,
                [.refused(ProviderRefusal(status: nil, words: "gone", cause: .serverFault, mayPass: true))]
            ),
            ("[DONE]", [.done]),
            ("", []),
        ] as [(String, [AnswerEvent])])
    func `an event says what its JSON says`(data: String, expected: [AnswerEvent]) {
        #expect(Self.decode(data) == expected)
    }

    @Test func `half a chunk is refused, since words may be missing`() {
        let half = #"{"choices":[{"delta":{"content":"#
        #expect(Self.decode(half) == [.malformed(StreamProblem("an event is not a chat completion chunk"))])
    }

    @Test(arguments: ["DONE", "[]", "7", #""text""#, "null", "ping", "[KEEPALIVE]", "true"])
    func `what is no object is a sign of life`(data: String) { #expect(Self.decode(data) == []) }

    @Test func `a call is begun by its first piece and whole with its last`() {
        var decoder = ChatCompletions().makeDecoder()
        func decode(_ call: String) -> [AnswerEvent] {
            let data = #"{"choices":[{"delta":{"tool_calls":[\#(call)]}}]}"#
            return decoder.decode(ServerSentEvent(data: Array(data.utf8)))
        }
        #expect(decode(#"{"index":0,"id":"1","function":{"name":"a","arguments":"{"}}"#) == [.callBegun])
        #expect(decode(#"{"index":0,"function":{"arguments":"}"}}"#) == [.piece])
        #expect(decode(#"{"index":1,"id":"2","function":{"name":"b"}}"#) == [.callBegun])
        #expect(
            decoder.calls()
                == [ToolCall(id: "1", name: "a", arguments: "{}"), ToolCall(id: "2", name: "b", arguments: "{}")])
    }

    @Test func `words in the event that is over a limit still count`() {
        let calls = (0...ModelLimits.toolCallsMax).map { #"{"id":"\#($0)"}"# }.joined(separator: ",")
        let events = Self.decode(#"{"choices":[{"delta":{"content":"x","tool_calls":[\#(calls)]}}]}"#)
        #expect(events.first == .text("x") && events.count == ModelLimits.toolCallsMax + 2)
        #expect(events.last == .malformed(StreamProblem("the answer has more than 1024 tool calls")))
    }

    @Test(arguments: ["sk-secret", nil])
    func `the key goes along as a bearer token and nowhere else`(key: String?) throws {
        let profile = Sample.profile(key: key)
        let conversation = try Conversation(Gateway.Chat.Request(id: "1", messages: [ChatMessage(.user, "hi")]))
        let request = try profile.dialect.request(for: conversation, to: profile)
        #expect(request.path == "/chat/completions")
        #expect(
            request.headers
                == [.init("Content-Type", "application/json"), .init("Accept", "text/event-stream")]
                + (key == nil ? [] : [.init("Authorization", "Bearer sk-secret")]))
        #expect(!String(decoding: request.body, as: UTF8.self).contains("sk-"))
    }

    @Test func `a request is written with every option in a fixed order`() throws {
        let request = Gateway.Chat.Request(
            id: "1", from: 3, provider: "p", model: "ignored",
            messages: [ChatMessage(.system, "Be brief."), ChatMessage(.user, "a/b \"c\"")], temperature: 0.5,
            maxTokens: 7, thinking: .high)
        let body = try Sample.body(of: request)
        let expected =
            #"{"max_tokens":7,"messages":[{"content":"Be brief.","role":"system"},"#
            + #"{"content":"a/b \"c\"","role":"user"}],"model":"m","reasoning_effort":"high","#
            + #""stream":true,"stream_options":{"include_usage":true},"temperature":0.5}"#
        #expect(body == expected)
    }

    @Test func `who does not want a model to think says so in the vendor's word`() throws {
        for (thinking, word) in zip(Thinking.allCases, ["none", "low", "medium", "high"]) {
            let request = Gateway.Chat.Request(id: "1", messages: [ChatMessage(.user, "hi")], thinking: thinking)
            let body = try Sample.body(of: request)
            #expect(body.contains(#""reasoning_effort":"\#(word)""#))
        }
    }

    @Test func `options that nobody set are left out`() throws {
        let request = Gateway.Chat.Request(id: "1", messages: [ChatMessage(.user, "hi")])
        let body = try Sample.body(of: request)
        let expected =
            #"{"messages":[{"content":"hi","role":"user"}],"model":"m","stream":true,"#
            + #""stream_options":{"include_usage":true}}"#
        #expect(body == expected)
    }

    @Test(arguments: [
        Gateway.Chat.Request(id: "1", messages: []),
        Gateway.Chat.Request(id: "1", messages: [ChatMessage(.user, "hi")], temperature: 2.5),
        Gateway.Chat.Request(id: "1", messages: [ChatMessage(.user, "hi")], temperature: .nan),
        Gateway.Chat.Request(id: "1", messages: [ChatMessage(.user, "hi")], maxTokens: 0),
    ])
    func `a request out of range is refused before it costs anything`(request: Gateway.Chat.Request) {
        #expect { try Conversation(request) } throws: {
            ($0 as? ServiceFailure)?.code == .invalid
        }
    }

    @Test(arguments: [("", 0), ("a", 1), ("four", 1), ("fives", 2), ("ä€", 2)])
    func `four bytes are estimated as a token`(text: String, tokens: Int) {
        #expect(TokenEstimate.tokens(in: text) == tokens)
        #expect(TokenEstimate.tokens(in: [ChatMessage(.user, text), ChatMessage(.user, text)]) == 2 * (tokens + 4))
    }

    @Test(
        arguments: [
            ([], 4), ([.text("fives")], 6), ([.outcome(of: "id", text: "fives")], 6),
            ([.call(ToolCall(id: "id", name: "fives", arguments: "12345"))], 8),
            // The family's byte, the text's four and the quotes.
            ([.opaque(OpaquePart(family: "f", value: .string("four")))], 6),
            (
                [
                    .opaque(
                        OpaquePart(family: "", value: .object(["key": .array([.null, .bool(true), .string("x")])])))
                ], 4 + 9
            ), ([.text("a"), .text("b"), .outcome(of: "", text: "c")], 7),
        ] as [([ContentPart], Int)])
    func `each part of a message is estimated`(content: [ContentPart], tokens: Int) {
        #expect(TokenEstimate.tokens(in: [ChatMessage(.tool, content)]) == tokens)
    }
}
