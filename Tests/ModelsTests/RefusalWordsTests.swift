import Models
import Services
import Testing

/// What vendors write of refusals in words and keys of their own.
@Suite struct RefusalWordsTests {
    private static let dialects: [any ProviderDialect] = [
        ChatCompletions(), OpenAIResponses(), AnthropicMessages(), GeminiContent(),
    ]

    private static func refusal(
        _ status: Int, _ body: String, in dialect: any ProviderDialect = ChatCompletions()
    ) -> ProviderRefusal {
        dialect.refusal(status: status, retryAfter: nil, body: Array(body.utf8))
    }

    private static func json(_ words: String) -> String {
        #"{"error":{"message":"\#(words.replacing("\"", with: "\\\""))"}}"#
    }

    @Test(
        arguments: [
            (400, "Cannot truncate prompt with n_keep (15028) >= n_ctx (7424)", 7_424),
            (
                400, "the number of tokens to keep is greater than the context length (n_keep: 9000>= n_ctx: 4096)",
                4_096
            ),
            (400, "<400> InternalError.Algo.InvalidParameter: Range of input length should be [1, 98304]", 98_304),
            (400, "Invalid request: Your request exceeded model token limit: 131072 (requested: 140000)", 131_072),
            (400, "Prompt exceeds max length", nil),
            (422, "`inputs` tokens + `max_new_tokens` must be <= 8193. Given: 9000 `inputs` tokens", 8_193),
            (400, "prompt token count of 155000 exceeds the limit of 128000", 128_000),
            (400, "length of prompt_tokens (140000) must be less than max_seq_len (32768).", 32_768),
            (400, "Input length 240000 exceeds the maximum length 229376.", 229_376),
            (
                400, "too many tokens: total number of tokens in the prompt cannot exceed 4081 - received 4292.",
                4_081
            ),
            (400, "This model's maximum input length is 8192 tokens, but 9000 given", 8_192),
            (400, "Prompt length 9000 exceeds maximum of 8192 tokens", 8_192),
            (400, "the input token count is 40000 but model only supports up to 32768.", 32_768),
            (
                429,
                "Request too large for gpt-4o on tokens per min (TPM): Limit 30000, Requested 45000. The input or "
                    + "output tokens must be reduced in order to run successfully.", 30_000
            ),
            (413, "Current length is 9000 while limit is 8192", 8_192),
        ] as [(Int, String, Int?)])
    func `a conversation that is too long is known in every vendor's words`(status: Int, words: String, window: Int?) {
        let expected = ProviderRefusal(
            status: status, words: words, cause: .contextOverflow, mayPass: false,
            window: window.map { TokenCount($0) })
        for dialect in Self.dialects {
            #expect(Self.refusal(status, Self.json(words), in: dialect) == expected)
        }
    }

    @Test(
        arguments: [
            (400, "max_tokens: 8192 > 4096, which is the maximum allowed number of output tokens"),
            (400, "Invalid 'input[0].content': string too long. Expected a string with maximum length 10485760"),
            (400, "tools.0.name: string should have at most 64 characters"),
            (429, "Limit 30000, Used 29000, Requested 2000 tokens per min. Please try again in 2s"),
            (400, "messages: text content blocks must be non-empty"),
            (400, "Invalid prompt: your prompt was flagged"),
            (402, "Prompt tokens limit exceeded: 9000 > 4000. To increase, upgrade to a paid account"),
            (503, "This would exceed your rate limit of 30000 input tokens per minute"),
        ]) func `no refusal is an overflow without a sign of length`(status: Int, words: String)
    {
        for dialect in Self.dialects {
            let refusal = Self.refusal(status, Self.json(words), in: dialect)
            #expect(refusal.cause != .contextOverflow && refusal.window == nil)
        }
    }

    @Test(
        arguments: [
            (2, 400, "This model does not support the effort parameter.", "output_config", true),
            (3, 400, "Thinking level is not supported for this model.", "thinkingLevel", true),
            (3, 400, "Thinking level MINIMAL is not supported for this model.", "thinkingLevel", true),
            (0, 400, "\"qwen2.5\" does not support thinking", "reasoning_effort", false),
            (0, 400, "invalid temperature: only 1 is allowed for this model", "temperature", false),
            (
                0, 400, "Additional properties are not allowed ('stream_options' was unexpected)", "stream_options",
                true
            ),
            (0, 404, "No endpoints found that support tool use. Try disabling \"x\".", "tools", false),
            (0, 400, "m does not support function calling", "tools", false),
            (3, 400, "Function calling is not enabled for models/gemma-3", "tools", false),
            (0, 500, "tools param requires --jinja flag", "tools", false),
            (
                0, 400, "\"auto\" tool choice requires --enable-auto-tool-choice and --tool-call-parser to be set",
                "tools", false
            ),
        ] as [(Int, Int, String, String, Bool)])
    func `a parameter is known in other words`(
        dialect: Int, status: Int, words: String, parameter: String, isLeftOut: Bool
    ) {
        let dialect = Self.dialects[dialect]
        #expect(
            Self.refusal(status, Self.json(words), in: dialect)
                == ProviderRefusal(
                    status: status, words: words, cause: .unsupportedParameter, mayPass: false, parameter: parameter))
        #expect(dialect.canDoWithout(parameter, refused: []) == isLeftOut)
    }

    @Test(arguments: [
        #"{"detail":"stream_options is not allowed"}"#,
        #"{"error":{"message":"Invalid argument: stream_options","param":"stream_options"}}"#,
        #"{"error":{"message":"Unrecognized request argument supplied: stream_options","param":"None"}}"#,
    ]) func `what the call costs is done without`(body: String) {
        let refusal = Self.refusal(400, body)
        #expect(refusal.cause == .unsupportedParameter && refusal.parameter == "stream_options" && !refusal.mayPass)
    }

    @Test(
        arguments: [
            (
                0, #"{"error":{"message":"max_tokens is too large: 100000","param":"max_tokens"}}"#, "max_tokens",
                "take max_tokens out of the agent's record"
            ),
            (
                2, #"{"error":{"message":"max_tokens: 8192 > 4096, which is the maximum allowed number of output"}}"#,
                "max_tokens", "take max_tokens out of the agent's record"
            ),
            (
                3, #"{"error":{"message":"Budget 0 is invalid. This model only works in thinking mode."}}"#,
                "thinkingConfig", "take thinking out of the agent's record"
            ),
        ]) func `a refused value names its key`(dialect: Int, body: String, parameter: String, advice: String)
    {
        var profile = Sample.profile()
        profile.dialect = Self.dialects[dialect]
        let refusal = Self.refusal(400, body, in: profile.dialect)
        #expect(
            refusal
                == ProviderRefusal(
                    status: 400, words: refusal.words, cause: .refusedValue, mayPass: false, parameter: parameter))
        #expect(ProviderFailure(refusal, of: profile).message.hasSuffix("; \(advice)"))
    }

    @Test func `a bound that nobody has set is lowered once`() throws {
        var profile = Sample.profile()
        profile.dialect = AnthropicMessages()
        let body = Self.json("max_tokens: 8192 > 4096, which is the maximum allowed number of output tokens")
        let actions = PlayedStream.actions(Array(body.utf8), in: AnthropicMessages(), status: 400)
        #expect(actions == [.sendCorrected(.without(parameter: "max_tokens"))])
        profile.refusedParameters = ["max_tokens"]
        let request = Gateway.Chat.Request(id: "1", messages: [ChatMessage(.user, "hi")])
        let written = try profile.dialect.request(for: Conversation(request), to: profile)
        #expect(String(decoding: written.body, as: UTF8.self).contains(#""max_tokens":4096"#))
    }

    @Test(
        arguments: [
            (400, "API key expired. Please renew the API key.", .keyRefused, false),
            (403, "Your api key was reported as leaked", .keyRefused, false),
            (403, "Your team doesn't have any credits yet", .limited, false),
            (403, "openai/x requires moderation on Azure. Your input was flagged", .filtered, false),
            (403, "<!DOCTYPE html><title>Just a moment…</title>", .denied, false),
            (403, "Your plan does not include this model", .denied, false),
            (403, "At most 4096 tokens are allowed here", .denied, false),
            (403, "Token sk-abc is not for this", .keyRefused, false),
            (400, "Unknown Model, please check the model code.", .unknownModel, false),
            (400, "Model does not exist. Please check it carefully.", .unknownModel, false),
            (400, "could not find real modelID", .unknownModel, false),
            (400, "The model `x` has been decommissioned and is no longer supported", .unknownModel, false),
            (400, "You have reached your specified API usage limits. You will regain access on …", .limited, false),
            (400, "You're out of extra usage", .limited, false),
            (429, "Insufficient balance or no resource package. Please recharge.", .limited, false),
            (429, "Your project has exceeded its monthly spending cap", .limited, false),
            (429, "You exceeded your current quota, please check your plan and billing details", .limited, true),
            (429, "Rate limit reached for requests per minute", .limited, true),
            (429, "moderation requests: slow down", .limited, true),
            (400, "the model has sent a tool call that was not found", .rejected, false),
            (500, "Conversation roles must alternate user/assistant/user/assistant/...", .rejected, false),
            (500, "Value is not callable: null at row 1, column 72", .rejected, false),
            (498, "flex tier capacity exceeded", .serverFault, true),
        ] as [(Int, String, ProviderRefusal.Cause, Bool)])
    func `a cause is known in every vendor's words`(
        status: Int, words: String, cause: ProviderRefusal.Cause, mayPass: Bool
    ) {
        for dialect in Self.dialects {
            #expect(
                Self.refusal(status, Self.json(words), in: dialect)
                    == ProviderRefusal(status: status, words: words, cause: cause, mayPass: mayPass))
        }
    }

    @Test(
        arguments: [
            (403, #"{"error":{"message":"x","code":"model_not_found"}}"#, .unknownModel),
            (400, #"{"error":{"message":"x","code":"model_decommissioned"}}"#, .unknownModel),
            (
                400,
                #"{"error":{"message":"The requested model is not supported","param":"model","#
                    + #""code":"model_not_supported"}}"#, .unknownModel
            ),
            (429, #"{"error":{"message":"x","type":"exceeded_current_quota_error"}}"#, .limited),
            (400, #"{"error":{"message":"x","code":"content_filter"}}"#, .filtered),
            (400, #"{"error":{"message":"x","details":[{"reason":"API_KEY_INVALID"}]}}"#, .keyRefused),
            (400, #"{"error":{"message":"x","code":"model_max_prompt_tokens_exceeded"}}"#, .contextOverflow),
        ] as [(Int, String, ProviderRefusal.Cause)])
    func `a cause is known by its kind`(status: Int, body: String, cause: ProviderRefusal.Cause) {
        for dialect in Self.dialects {
            let refusal = Self.refusal(status, body, in: dialect)
            #expect(refusal.cause == cause && !refusal.mayPass && refusal.parameter == nil)
        }
    }

    @Test func `a person reads whose refusal it is`() {
        let profile = Sample.profile()
        func message(_ cause: ProviderRefusal.Cause) -> ProviderFailure {
            ProviderFailure(ProviderRefusal(status: 403, words: "no", cause: cause, mayPass: false), of: profile)
        }
        #expect(
            message(.denied)
                == ProviderFailure(
                    .unauthorized,
                    "provider p does not allow the call to m (HTTP 403: no); check what its account may use"))
        #expect(
            message(.filtered)
                == ProviderFailure(
                    .rejected,
                    "provider p: a filter refused the conversation with m (HTTP 403: no); say it in other words, or "
                        + "use another model"))
    }
}
