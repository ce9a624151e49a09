import EventStream
import Models
import Services
import Testing

/// Errors in a stream, or in place of one, in every shape that vendors give them.
@Suite struct RefusalShapesTests {
    private static let dialects: [any ProviderDialect] = [
        ChatCompletions(), OpenAIResponses(), AnthropicMessages(), GeminiContent(),
    ]

    /// The refusal that a body is which comes with the status 200; nil if it is none.
    private static func refusal(_ body: String, in dialect: any ProviderDialect) -> ProviderRefusal? {
        var parser = ServerSentEventParser(bytesMax: ModelLimits.eventBytesMax), decoder = dialect.makeDecoder()
        var events = (try? parser.feed(Array(body.utf8))) ?? []
        events += [(try? parser.finish()) ?? nil].compactMap(\.self)
        guard case .refused(let refusal)? = events.flatMap({ decoder.decode($0) }).first else { return nil }
        return refusal
    }

    private static let money = "Insufficient balance or no resource package"
    private static let length = "This model's maximum context length is 8192 tokens"

    @Test(
        arguments: [
            (#"{"object":"error","message":"\#(length)","code":400}"#, 400, length, .contextOverflow, false),
            (#"{"object":"error","message":"\#(money)","code":402}"#, 402, money, .limited, false),
            (
                #"{"choices":null,"base_resp":{"status_code":1008,"status_msg":"insufficient balance"}}"#, nil,
                "insufficient balance", .limited, false
            ),
            (#"{"code":1113,"msg":"\#(money)","success":false}"#, nil, money, .limited, false),
            (#"{"code":500,"msg":"404 NOT_FOUND","success":false}"#, 500, "404 NOT_FOUND", .serverFault, true),
            (#"{"detail":"Not authenticated"}"#, nil, "Not authenticated", .keyRefused, false),
            (#"{"type":"error","message":"no","code":400}"#, 400, "no", .rejected, false),
            (
                #"{"choices":null,"error_type":"BadRequestError","error_message":"\#(length)"}"#, 400, length,
                .contextOverflow, false
            ),
            (#"{"error":{"message":"no","code":"400"}}"#, 400, "no", .rejected, false),
            (#"{"error":{"message":"no","http_status_code":422}}"#, 422, "no", .rejected, false),
            (#"{"error":{"message":"no","status_code":"403"}}"#, 403, "no", .denied, false),
            (#"{"error":{"message":"no","code":"0"}}"#, nil, "no", .serverFault, true),
            (#"{"error":{"message":"no","type":"usage_limit_reached"}}"#, 429, "no", .limited, false),
        ] as [(String, Int?, String, ProviderRefusal.Cause, Bool)])
    func `an error is known without the key that most have`(
        body: String, status: Int?, words: String, cause: ProviderRefusal.Cause, mayPass: Bool
    ) {
        let expected = ProviderRefusal(
            status: status, words: words, cause: cause, mayPass: mayPass,
            window: cause == .contextOverflow ? TokenCount(8_192) : nil)
        for dialect in Self.dialects {
            #expect(Self.refusal("data: \(body)\n\n", in: dialect) == expected)
            // The same as a document.
            let whole = PlayedStream(Array(body.utf8), in: dialect)
            #expect(whole.isTriedAgain == mayPass && (whole.failure == nil) == mayPass)
        }
    }

    @Test func `an event that is called an error is one`() {
        let body = #"{"message":"quota exceeded","code":402}"#
        let expected = ProviderRefusal(status: 402, words: "quota exceeded", cause: .limited, mayPass: false)
        for dialect in Self.dialects {
            #expect(Self.refusal("event: error\ndata: \(body)\n\n", in: dialect) == expected)
            #expect(Self.refusal(": keep-alive\n\n{\"error\":\(body)}\n", in: dialect) == expected)
            #expect(Self.refusal(": keep-alive\n\n{\n  \"error\":\n\(body)\n}\n", in: dialect) == expected)
        }
    }

    @Test func `the field of a server that fails is an event`() {
        let body = #"error: {"code":400,"message":"x","type":"exceed_context_size_error","n_ctx":4096}"#
        for dialect in Self.dialects {
            #expect(
                Self.refusal(body + "\n\n", in: dialect)
                    == ProviderRefusal(
                        status: 400, words: "x", cause: .contextOverflow, mayPass: false, window: TokenCount(4_096)))
        }
    }

    @Test(arguments: [
        #""""#, "{}", "false", "[]", "0", "null", #"{"message":null,"code":null}"#, #"{"message":"","code":0}"#,
    ])
    func `an empty error beside an answer is none`(error: String) {
        let bodies = [
            #"data: {"error":\#(error),"choices":[{"delta":{"content":"Hi"},"finish_reason":"stop"}]}"#,
            #"data: {"type":"response.output_text.delta","output_index":0,"delta":"Hi","error":\#(error)}"#
                + "\n\n"
                + #"data: {"type":"response.completed","response":{"status":"completed","error":\#(error)}}"#,
            #"data: {"type":"content_block_delta","delta":{"text":"Hi"},"error":\#(error)}"# + "\n\n"
                + #"data: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"error":\#(error)}"#,
            #"data: {"error":\#(error),"candidates":[{"content":{"parts":[{"text":"Hi"}]},"finishReason":"STOP"}]}"#,
        ]
        for (dialect, body) in zip(Self.dialects, bodies) {
            #expect(PlayedStream(Array((body + "\n\n").utf8), in: dialect) == PlayedStream(words: "Hi", end: .end))
        }
    }

    @Test(arguments: [
        #"{"status":"processing","message":"queued"}"#, #"{"type":"ping","message":"alive"}"#,
        #"{"choices":[],"prompt_filter_results":[]}"#, #"{"base_resp":{"status_code":0,"status_msg":""}}"#,
        #"{"code":200,"msg":"ok"}"#, #"{"detail":""}"#,
    ]) func `a sign of progress is no error`(body: String) {
        for dialect in Self.dialects { #expect(Self.refusal("data: \(body)\n\n", in: dialect) == nil) }
    }

    @Test func `a response that has failed for no reason is tried again`() {
        let body = #"data: {"type":"response.failed","response":{"status":"failed","error":null}}"# + "\n\n"
        #expect(PlayedStream(Array(body.utf8), in: OpenAIResponses()) == PlayedStream(isTriedAgain: true))
    }
}
