import Models
import Services
import Testing

/// One conversation as each vendor is sent it.
struct VendorRequestTests {
    private static let tool = ToolDefinition(
        name: "find", description: "Finds notes.", parameters: .object(["type": .string("object")]))

    /// A turn with a call, its outcome, and a second question.
    private static func conversation(thinking: Thinking? = nil, maxTokens: Int? = nil) -> Gateway.Chat.Request {
        let call = ToolCall(id: "turn/1:1", name: "find", arguments: #"{"q":"x"}"#)
        return Gateway.Chat.Request(
            id: "1",
            messages: [
                ChatMessage(.system, "Be brief."), ChatMessage(.user, "Find x."),
                ChatMessage(.assistant, [.text("I look."), .call(call)]), ChatMessage(outcomeOf: call.id, "x is here"),
                ChatMessage(.user, "And y?"),
            ], maxTokens: maxTokens, thinking: thinking, tools: [tool])
    }

    @Test func `Anthropic's: two speakers, outcomes first, two marks for the cache`() throws {
        let body = try Sample.body(of: Self.conversation(), in: AnthropicMessages())
        #expect(
            body
                == #"{"max_tokens":8192,"messages":[{"content":[{"text":"Find x.","type":"text"}],"role":"user"},"#
                + #"{"content":[{"text":"I look.","type":"text"},"#
                + #"{"id":"turn_1_1","input":{"q":"x"},"name":"find","type":"tool_use"}],"role":"assistant"},"#
                + #"{"content":[{"content":"x is here","tool_use_id":"turn_1_1","type":"tool_result"},"#
                + #"{"cache_control":{"type":"ephemeral"},"text":"And y?","type":"text"}],"role":"user"}],"#
                + #""model":"m","stream":true,"#
                + #""system":[{"cache_control":{"type":"ephemeral"},"text":"Be brief.","type":"text"}],"#
                + #""tools":[{"description":"Finds notes.","input_schema":{"type":"object"},"name":"find"}]}"#)
    }

    @Test(
        arguments: [(100, 100, .length), (100, 99, .end), (5, 15, .end), (5, 16, .length), (nil, 10_000, .end)]
            as [(Int?, Int, ChatOutcome.StopReason)])
    func `an answer that fills its bound was cut, whatever the server says`(
        maxTokens: Int?, told: Int, stop: ChatOutcome.StopReason
    ) throws {
        let conversation = try Conversation(Self.conversation(maxTokens: maxTokens))
        let usage = TokenUsage(inputTokens: 5, outputTokens: TokenCount(told))
        var outcome = ChatOutcome(stopReason: .end, usage: usage, provider: "p", model: "m")
        #expect(conversation.judged(outcome).stopReason == stop)
        outcome.stopReason = .toolCalls
        #expect(conversation.judged(outcome) == outcome)
    }

    @Test func `Responses': an item for each call and outcome, nothing stored`() throws {
        let body = try Sample.body(of: Self.conversation(thinking: .low, maxTokens: 5), in: OpenAIResponses())
        #expect(
            body
                == #"{"include":["reasoning.encrypted_content"],"input":["#
                + #"{"content":"Find x.","role":"user","type":"message"},"#
                + #"{"content":"I look.","role":"assistant","type":"message"},"#
                + #"{"arguments":"{\"q\":\"x\"}","call_id":"turn/1:1","name":"find","type":"function_call"},"#
                + #"{"call_id":"turn/1:1","output":"x is here","type":"function_call_output"},"#
                + #"{"content":"And y?","role":"user","type":"message"}],"#
                + #""instructions":"Be brief.","max_output_tokens":16,"model":"m","reasoning":{"effort":"low"},"#
                + #""store":false,"stream":true,"tools":[{"description":"Finds notes.","name":"find","#
                + #""parameters":{"type":"object"},"strict":false,"type":"function"}]}"#)
    }

    @Test func `Gemini's: names with the outcomes, and a word for a signature that nobody has`() throws {
        let body = try Sample.body(of: Self.conversation(thinking: .high, maxTokens: 5), in: GeminiContent())
        #expect(
            body
                == #"{"contents":[{"parts":[{"text":"Find x."}],"role":"user"},"#
                + #"{"parts":[{"text":"I look."},{"functionCall":{"args":{"q":"x"},"id":"turn/1:1","name":"find"},"#
                + #""thoughtSignature":"skip_thought_signature_validator"}],"role":"model"},"#
                + #"{"parts":[{"functionResponse":{"id":"turn/1:1","name":"find","response":{"output":"x is here"}}},"#
                + #"{"text":"And y?"}],"role":"user"}],"#
                + #""generationConfig":{"maxOutputTokens":5,"thinkingConfig":{"thinkingLevel":"high"}},"#
                + #""systemInstruction":{"parts":[{"text":"Be brief."}]},"#
                + #""tools":[{"functionDeclarations":[{"description":"Finds notes.","name":"find","#
                + #""parametersJsonSchema":{"type":"object"}}]}]}"#)
    }

    @Test(
        arguments: [
            (AnthropicMessages(), "/messages", "x-api-key", "k3y"),
            (OpenAIResponses(), "/responses", "Authorization", "Bearer k3y"),
            (GeminiContent(), "/models/m:streamGenerateContent?alt=sse", "x-goog-api-key", "k3y"),
            (ChatCompletions(), "/chat/completions", "Authorization", "Bearer k3y"),
        ] as [(any ProviderDialect, String, String, String)])
    func `the path, and the key in its header alone`(
        dialect: any ProviderDialect, path: String, field: String, value: String
    ) throws {
        var profile = Sample.profile(key: "k3y")
        profile.dialect = dialect
        let request = try dialect.request(for: Conversation(Self.conversation()), to: profile)
        #expect(request.path == path)
        #expect(request.headers.filter { $0.value.contains("k3y") } == [.init(field, value)])
        #expect(!String(decoding: request.body, as: UTF8.self).contains("k3y"))
        profile.keyHeader = "api-key"
        let azure = try dialect.request(for: Conversation(Self.conversation()), to: profile)
        #expect(azure.headers.filter { $0.value.contains("k3y") } == [.init("api-key", "k3y")])
    }

    @Test(arguments: [("models/gemini-x", "gemini-x"), ("tuned/my model", "tuned%2Fmy%20model"), ("ä", "%C3%A4")])
    func `the name of Gemini's model is part of the path`(model: String, segment: String) throws {
        var profile = Sample.profile()
        profile.model = model
        let request = try GeminiContent().request(for: Conversation(Self.conversation()), to: profile)
        #expect(request.path == "/models/\(segment):streamGenerateContent?alt=sse")
    }

    @Test(
        arguments: [
            (.off, [], #""max_tokens":9,"#, #""thinking":{"type":"disabled"}"#),
            (.low, [], #""max_tokens":9,"#, #""output_config":{"effort":"low"},"#),
            (.high, [], #""max_tokens":9,"#, #""thinking":{"type":"adaptive"}"#),
        ] as [(Thinking, Set<String>, String, String)])
    func `thinking for Anthropic has a newer and an older form`(
        thinking: Thinking, refused: Set<String>, bound: String, form: String
    ) throws {
        var profile = Sample.profile()
        profile.refusedParameters = refused
        let conversation = try Conversation(Self.conversation(thinking: thinking, maxTokens: 9))
        let body = try AnthropicMessages().request(for: conversation, to: profile).body
        let text = String(decoding: body, as: UTF8.self)
        #expect(text.contains(bound) && text.contains(form), "\(text)")
    }

    @Test func `the older form of thinking has a number of tokens, which the bound leaves room for`() throws {
        var profile = Sample.profile()
        profile.refusedParameters = ["thinking"]
        let request = Gateway.Chat.Request(
            id: "1", messages: [ChatMessage(.user, "?")], temperature: 2, maxTokens: 9, thinking: .low)
        let body = try AnthropicMessages().request(for: Conversation(request), to: profile).body
        let text = String(decoding: body, as: UTF8.self)
        #expect(text.contains(#""max_tokens":1033,"#) && !text.contains("temperature"))
        #expect(text.contains(#""thinking":{"budget_tokens":1024,"type":"enabled"}"#), "\(text)")
    }

    @Test(
        arguments: [
            (AnthropicMessages(), "adaptive thinking is not supported on this model", "thinking"),
            (AnthropicMessages(), "thinking.type.enabled is not supported for this model", "thinking"),
            (AnthropicMessages(), "temperature: Extra inputs are not permitted", "temperature"),
            (AnthropicMessages(), "`temperature` is deprecated for this model.", "temperature"),
            (OpenAIResponses(), "Encrypted content is not supported with this model: include", "include"),
            (OpenAIResponses(), "Unsupported parameter: 'reasoning.effort'", "reasoning"),
            (GeminiContent(), "Thinking level (thinking_level) is not supported for this model.", "thinkingLevel"),
        ] as [(any ProviderDialect, String, String)])
    func `a parameter that a model refuses is found in the vendor's words`(
        dialect: any ProviderDialect, words: String, parameter: String
    ) {
        let body = Array(#"{"error":{"message":"\#(words)","type":"invalid_request_error"}}"#.utf8)
        #expect(dialect.refusal(status: 400, retryAfter: nil, body: body).parameter == parameter)
    }

    @Test(arguments: ["messages.1.content.0.thinking.signature: Extra inputs are not permitted", "input[3].content"])
    func `what is wrong with a part of the conversation is no matter of a parameter`(words: String) {
        for error in [
            #"{"message":"\#(words) is not supported"}"#, #"{"message":"unknown","param":"\#(words)"}"#,
        ] {
            let refusal = AnthropicMessages().refusal(
                status: 400, retryAfter: nil, body: Array(#"{"error":\#(error)}"#.utf8))
            #expect(refusal.parameter == nil && refusal.cause == .rejected, "\(error)")
        }
    }

    @Test func `an account without money is over its limit, so that another vendor can help`() {
        let body = #"{"error":{"type":"invalid_request_error","message":"Your credit balance is too low"}}"#
        let refusal = AnthropicMessages().refusal(status: 400, retryAfter: nil, body: Array(body.utf8))
        #expect(refusal.cause == .limited && !refusal.mayPass)
    }

    @Test func `thinking in its older form is left out where a call has no thought before it`() throws {
        var profile = Sample.profile()
        profile.refusedParameters = ["thinking"]
        var request = Self.conversation(thinking: .low)
        request.messages.removeLast()
        let body = try AnthropicMessages().request(for: Conversation(request), to: profile).body
        #expect(!String(decoding: body, as: UTF8.self).contains(#""thinking""#))
    }

    @Test(arguments: VendorStream.allCases)
    func `what a status and a kind mean is the same for all`(vendor: VendorStream) {
        func cause(_ status: Int, _ error: String) -> ProviderRefusal.Cause {
            vendor.dialect.refusal(status: status, retryAfter: nil, body: Array(#"{"error":\#(error)}"#.utf8)).cause
        }
        #expect(cause(401, #"{"type":"authentication_error","message":"invalid x-api-key"}"#) == .keyRefused)
        #expect(cause(400, #"{"status":"INVALID_ARGUMENT","message":"API key not valid."}"#) == .keyRefused)
        #expect(cause(404, #"{"type":"not_found_error","message":"model: x"}"#) == .unknownModel)
        #expect(cause(529, #"{"type":"overloaded_error","message":"Overloaded"}"#) == .serverFault)
        #expect(cause(429, #"{"status":"RESOURCE_EXHAUSTED","message":"quota"}"#) == .limited)
        #expect(cause(413, #"{"type":"request_too_large","message":"too large"}"#) == .contextOverflow)
        #expect(cause(400, #"{"message":"messages: roles must alternate"}"#) == .rejected)
    }

    @Test func `a model that speaks first, and messages without words, are made what vendors take`() throws {
        let request = Gateway.Chat.Request(
            id: "1",
            messages: [ChatMessage(.assistant, "Hello."), ChatMessage(.user, " \n"), ChatMessage(.system, "Note.")])
        let text = try Sample.body(of: request, in: AnthropicMessages())
        #expect(
            text.contains(
                #""messages":[{"content":[{"text":"…","type":"text"}],"role":"user"},"#
                    + #"{"content":[{"text":"Hello.","type":"text"}],"role":"assistant"},"#
                    + #"{"content":[{"cache_control":{"type":"ephemeral"},"text":"Note.","type":"text"}],"#
                    + #""role":"user"}]"#), "\(text)")
    }

    @Test(arguments: [#"["x"]"#, "not JSON", #""text""#])
    func `arguments that are no object are passed on under a key`(arguments: String) throws {
        let call = ToolCall(id: "c", name: "find", arguments: arguments)
        let request = Gateway.Chat.Request(
            id: "1", messages: [ChatMessage(.user, "?"), ChatMessage(.assistant, "", calls: [call])])
        let quoted = arguments.replacing("\"", with: "\\\"")
        for dialect in [AnthropicMessages(), GeminiContent()] as [any ProviderDialect] {
            #expect(try Sample.body(of: request, in: dialect).contains(#"{"arguments":"\#(quoted)"}"#))
        }
    }
}
