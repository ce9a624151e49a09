import EventStream
import Models
import Services
import Testing

/// What a refusal means, decided once.
@Suite struct RefusalTests {
    @Test(
        arguments: [
            (nil, .serverFault), (299, .rejected), (300, .redirected), (399, .redirected), (400, .rejected),
            (401, .keyRefused), (402, .limited), (403, .keyRefused), (404, .unknownModel), (405, .rejected),
            (412, .rejected), (413, .contextOverflow), (414, .rejected), (428, .rejected), (429, .limited),
            (430, .rejected), (499, .rejected), (500, .serverFault), (503, .serverFault), (599, .serverFault),
        ] as [(Int?, ProviderRefusal.Cause)])
    func `a status alone means the same in every dialect`(status: Int?, cause: ProviderRefusal.Cause) {
        #expect(ProviderRefusal.Cause(status: status) == cause)
    }

    @Test(
        arguments: [
            (400, #"{"error":{"message":"x","type":"exceed_context_size_error"}}"#, "x", .contextOverflow, false),
            (400, #"{"error":{"message":"x","code":"context_length_exceeded"}}"#, "x", .contextOverflow, false),
            (400, #"{"error":{"message":"x","status":"model_context_window_exceeded"}}"#, "x", .contextOverflow, false),
            (500, #"{"error":{"message":"x","code":"context_length_exceeded"}}"#, "x", .contextOverflow, false),
            (413, "", "", .contextOverflow, false),
            (400, #"{"error":"Maximum Context Length"}"#, "Maximum Context Length", .contextOverflow, false),
            (499, #"{"error":"the context size"}"#, "the context size", .contextOverflow, false),
            (429, #"{"error":"the context size"}"#, "the context size", .limited, true),
            (500, #"{"error":"the context size"}"#, "the context size", .contextOverflow, false),
            (399, #"{"error":"the context size"}"#, "the context size", .redirected, false),
            (429, #"{"error":{"message":"x","type":"insufficient_quota"}}"#, "x", .limited, false),
            (429, #"{"error":{"message":"x","code":"insufficient_quota"}}"#, "x", .limited, false),
            (429, #"{"error":{"message":"x","code":"rate_limit_exceeded"}}"#, "x", .limited, true),
            (402, #"{"error":{"message":"x"}}"#, "x", .limited, false),
            (401, #"{"error":{"message":"x"}}"#, "x", .keyRefused, false),
            (404, #"{"detail":"Not Found"}"#, "Not Found", .unknownModel, false),
            (422, #"{"message":"bad"}"#, "bad", .rejected, false),
            (400, #"{"error":null,"message":"x"}"#, "x", .rejected, false),
            // A vendor behind another one, as an object, as a JSON text and as any text.
            (
                400, #"{"error":{"message":"Provider returned error","code":400,"metadata":{"raw":{"error":"no"}}}}"#,
                "no", .rejected, false
            ),
            (
                400,
                #"{"error":{"message":"Provider returned error","metadata":{"raw":"{\"error\":{\"message\":\"the "#
                    + #"context size\"}}"}}}"#, "the context size", .contextOverflow, false
            ),
            (400, #"{"error":{"message":"y","metadata":{"raw":"plain"}}}"#, "plain", .rejected, false),
            // A list of places and texts.
            (
                422, #"{"detail":[{"loc":["body","messages",0],"msg":"Field required"},{"msg":"b"}]}"#,
                "Field required; b", .rejected, false
            ),
            (422, #"{"message":{"detail":[{"loc":["body","top_p"],"msg":"no"}]}}"#, "top_p: no", .rejected, false),
            // What some presets say with the status of a wrong request.
            (400, #"{"error":{"message":"Model Not Exist"}}"#, "Model Not Exist", .unknownModel, false),
            (400, #"{"message":"Invalid model: x","type":"invalid_model"}"#, "Invalid model: x", .unknownModel, false),
            (400, #"{"error":{"message":"x: not a valid model"}}"#, "x: not a valid model", .unknownModel, false),
            (
                400, #"{"code":"invalid argument","error":"Incorrect API key provided: x"}"#,
                "Incorrect API key provided: x", .keyRefused, false
            ),
            (408, #"{"message":"slow"}"#, "slow", .serverFault, true),
            (409, #"{"message":"lock"}"#, "lock", .rejected, true),
            (425, #"{"message":"soon"}"#, "soon", .serverFault, true),
            (503, #"[{"error":{"message":"x","code":429}}]"#, "x", .serverFault, true),
            (500, #"{"error":{"code":7}}"#, "", .serverFault, true),
            (500, "[]", "[]", .serverFault, true),
            (502, "<html>", "<html>", .serverFault, true),
        ] as [(Int, String, String, ProviderRefusal.Cause, Bool)])
    func `chat completions tell a refusal by status, kind and words`(
        status: Int, body: String, words: String, cause: ProviderRefusal.Cause, mayPass: Bool
    ) {
        let refusal = ChatCompletions().refusal(status: status, retryAfter: .seconds(3), body: Array(body.utf8))
        let expected = ProviderRefusal(
            status: status, words: words, cause: cause, mayPass: mayPass, retryAfter: .seconds(3))
        #expect(refusal == expected)
    }

    /// 2026-11-23T08:05:00Z
    private static let now: Int64 = 1_795_421_100

    @Test(
        arguments: [
            (["retry-after-ms": "1500"], .seconds(7), .milliseconds(1_500)),
            (["x-ms-retry-after-ms": "12.5"], nil, .microseconds(12_500)),
            (["retry-after-ms": "soon"], .seconds(7), .seconds(7)), (["retry-after-ms": "-1"], nil, nil),
            (["retry-after-ms": "inf"], nil, nil), (["retry-after-ms": "1e300"], nil, nil),
            // What vendors say of their limits counts for those that are used up, and Retry-After before it.
            (["x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m0s"], nil, .seconds(60)),
            (["x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "1m0.001s"], nil, nil),
            (["x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "6m0s"], .seconds(2), .seconds(2)),
            (["x-ratelimit-remaining-requests": "3", "x-ratelimit-reset-requests": "6m0s"], nil, nil),
            (["x-ratelimit-reset-requests": "6m0s"], nil, nil),
            (
                [
                    "x-ratelimit-remaining-requests": "0", "x-ratelimit-reset-requests": "120ms",
                    "x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "0h0m3.5s",
                ], nil, .milliseconds(3_500)
            ),
            (["x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "12"], nil, .seconds(12)),
            (["x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "a while"], nil, nil),
            (["x-ratelimit-remaining-tokens": "0", "x-ratelimit-reset-tokens": "9999999h"], nil, nil),
            (
                [
                    "anthropic-ratelimit-input-tokens-remaining": "0",
                    "anthropic-ratelimit-input-tokens-reset": "2026-11-23T08:05:20Z",
                    "anthropic-ratelimit-requests-remaining": "49",
                    "anthropic-ratelimit-requests-reset": "2026-11-23T08:06:00Z",
                ], nil, .seconds(20)
            ),
            (
                [
                    "anthropic-ratelimit-tokens-remaining": "0",
                    "anthropic-ratelimit-tokens-reset": "2026-11-23T08:04:00Z",
                ], nil, .zero
            ),
            (["x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795421130000"], nil, .seconds(30)),
            (["x-ratelimit-remaining": "0", "x-ratelimit-reset": "1795421130"], nil, .seconds(30)),
            (["x-ratelimit-remaining": "0", "x-ratelimit-reset": "30"], nil, .seconds(30)),
            (["x-ratelimit-remaining": "0", "x-ratelimit-reset": "1e400"], nil, nil), ([:], nil, nil),
        ] as [([String: String], Duration?, Duration?)])
    func `how long to wait is told by the most exact header`(
        headers: [String: String], standard: Duration?, told: Duration?
    ) {
        #expect(RetryAfter.told(status: 429, standard: standard, now: Self.now) { headers[$0] } == told)
        // With another status a limit says nothing.
        let isExact = headers.keys.contains { $0.hasSuffix("ms") }
        let other = RetryAfter.told(status: 503, standard: standard, now: Self.now) { headers[$0] }
        #expect(other == (isExact ? told : standard))
    }

    @Test func `how long to wait is read in a body`() {
        let body = #"{"error":{"code":429,"details":[{"@type":"x"},{"retryDelay":"12.5s"},{"retryDelay":"9s"}]}}"#
        let dialect = ChatCompletions()
        #expect(
            dialect.refusal(status: 429, retryAfter: nil, body: Array(body.utf8)).retryAfter == .milliseconds(12_500))
        #expect(
            dialect.refusal(status: 429, retryAfter: .seconds(3), body: Array(body.utf8)).retryAfter == .seconds(3))
    }

    @Test(
        arguments: [
            (#"{"message":"x","code":429}"#, 429, "x", .limited, true),
            (#"{"message":"x","code":401}"#, 401, "x", .keyRefused, false),
            (#"{"message":"the context size","code":400}"#, 400, "the context size", .contextOverflow, false),
            (#"{"message":"the context size"}"#, nil, "the context size", .contextOverflow, false),
            (#"{"message":"x","type":"context_length_exceeded"}"#, nil, "x", .contextOverflow, false),
            (#"{"message":"x","type":"overloaded_error"}"#, 529, "x", .serverFault, true),
            (#"{"message":"x","type":"invalid_prompt"}"#, 400, "x", .rejected, false),
            (#"{"message":"x","type":"nobody knows"}"#, nil, "x", .serverFault, true),
        ] as [(String, Int?, String, ProviderRefusal.Cause, Bool)])
    func `an error in a stream has the status that it names`(
        error: String, status: Int?, words: String, cause: ProviderRefusal.Cause, mayPass: Bool
    ) {
        var decoder = ChatCompletions().makeDecoder()
        let events = decoder.decode(ServerSentEvent(data: Array(#"{"error":\#(error)}"#.utf8)))
        #expect(events == [.refused(ProviderRefusal(status: status, words: words, cause: cause, mayPass: mayPass))])
    }

    @Test(
        arguments: [
            (
                "This model's maximum context length is 8192 tokens. However, you requested 9000 tokens (8000 in the "
                    + "messages, 1000 in the completion).", 8_192
            ),
            ("input (9000 tokens) is longer than the model's context length (8192 tokens)", 8_192),
            ("the request exceeds the available context size (4096 tokens), try increasing it", 4_096),
            ("request (6031 tokens) exceeds the available context size (4096 tokens)", 4_096),
            ("prompt is too long: 210000 tokens > 200000 maximum", 200_000),
            ("The input token count (2,000,000) exceeds the maximum number of tokens allowed (1,048,576).", 1_048_576),
            ("This model's maximum prompt length is 131072 but the request contains 537812 tokens.", 131_072),
            ("Requested token count exceeds the model's maximum context length of 262144 tokens.", 262_144),
            ("Your input exceeds the context window of this model. Please adjust your input", nil),
            ("the context length is exceeded", nil),
            ("prompt too long; exceeded max context length by 100 tokens", nil),
            ("Prompt with 300000 tokens is too large for model with 262144 maximum context length", 262_144),
        ] as [(String, Int?)]) func `a refusal tells the true window`(words: String, window: Int?) throws
    {
        for (status, isInStream) in [(400, false), (500, false), (200, true)] {
            let json = #"{"error":{"message":"\#(words)"}}"#
            var call = ProviderCall(to: Sample.profile(), seed: 1)
            _ = call.resume()
            _ = call.handle(.response(status: status, retryAfter: nil))
            let body = (isInStream ? "data: " : "") + json + "\n\n"
            let actions = call.handle(.bytes(Array(body.utf8))) + call.handle(.completed)
            guard case .fail(let failure)? = actions.last else {
                Issue.record("\(status): it is asked again")
                continue
            }
            #expect(failure.code == .contextOverflow && failure.window?.value == window)
            #expect(failure.message.contains(window.map { "set context_window: \($0)" } ?? "lower context_window"))
        }
    }

    /// The actions after a refusal, and the call.
    private func refused(_ call: inout ProviderCall, _ body: String, status: Int = 400) -> [ProviderCall.Action] {
        _ = call.handle(.response(status: status, retryAfter: nil))
        _ = call.handle(.bytes(Array(body.utf8)))
        return call.handle(.completed)
    }

    private static let newerName =
        #"{"error":{"message":"Unsupported parameter: 'max_tokens' is not supported with this "#
        + #"model. Use 'max_completion_tokens' instead.","type":"invalid_request_error","param":"max_tokens","#
        + #""code":"unsupported_parameter"}}"#

    @Test(arguments: [
        newerName, #"{"error":{"message":"Unknown parameter: \"max_tokens\""}}"#,
        #"{"detail":"'max_tokens' is not permitted"}"#,
        #"{"detail":[{"type":"extra_forbidden","loc":["body","max_tokens"],"msg":"Extra inputs are not permitted"}]}"#,
    ]) func `a bound under a name that the model refuses goes by its other name, once`(body: String) {
        var call = ProviderCall(to: Sample.profile(), seed: 1)
        _ = call.resume()
        #expect(refused(&call, body) == [.sendCorrected(.without(parameter: "max_tokens"))])
        guard case .fail(let failure)? = refused(&call, body).last else {
            Issue.record("it is asked for ever")
            return
        }
        #expect(failure.code == .rejected && failure.message.contains("take max_tokens out of the agent's record"))
    }

    @Test func `a parameter is known in whatever letters a vendor writes it`() {
        let body = #"{"error":"Model grok-4-latest does not support parameter reasoningEffort."}"#
        let refusal = ChatCompletions().refusal(status: 400, retryAfter: nil, body: Array(body.utf8))
        #expect(refusal.cause == .unsupportedParameter && refusal.parameter == "reasoning_effort")
    }

    @Test func `a correction uses up no attempt`() {
        var call = ProviderCall(to: Sample.profile(), seed: 1), attempts = 0
        while call.resume() == [.send] {
            attempts += 1
            if attempts == 1 {
                #expect(refused(&call, Self.newerName) == [.sendCorrected(.without(parameter: "max_tokens"))])
                let streams = #"{"error":{"message":"x","param":"stream_options","code":"unsupported_parameter"}}"#
                #expect(refused(&call, streams) == [.sendCorrected(.without(parameter: "stream_options"))])
            }
            _ = refused(&call, "", status: 500)
        }
        #expect(attempts == 4)
    }

    @Test(
        arguments: [
            ("temperature", "take temperature out of the agent's record"),
            ("reasoning_effort", "take thinking out of the agent's record"), ("tools", "set tools: false"),
        ]) func `what a person has set is not left out in silence`(parameter: String, advice: String)
    {
        var call = ProviderCall(to: Sample.profile(), seed: 1)
        _ = call.resume()
        let body = #"{"error":{"message":"Unsupported value: '\#(parameter)' does not support 0.2 with this model."}}"#
        guard case .fail(let failure)? = refused(&call, body).last else {
            Issue.record("it is asked again")
            return
        }
        #expect(failure.message.contains("does not take \(parameter)") && failure.message.contains(advice))
    }

    @Test func `a value out of range is no parameter that is refused`() {
        var call = ProviderCall(to: Sample.profile(), seed: 1)
        _ = call.resume()
        let body =
            #"{"error":{"message":"max_tokens is too large: 99999","param":"max_tokens","code":"invalid_value"}}"#
        guard case .fail(let failure)? = refused(&call, body).last else {
            Issue.record("it is asked again")
            return
        }
        #expect(failure.message.contains("does not take this value of max_tokens"))
    }

    @Test func `a request does without what its model has refused`() throws {
        var profile = Sample.profile()
        let request = Gateway.Chat.Request(id: "1", messages: [ChatMessage(.user, "hi")], maxTokens: 7)
        profile.refusedParameters = ["max_tokens", "stream_options"]
        let written = try profile.dialect.request(for: Conversation(request), to: profile)
        let expected =
            #"{"max_completion_tokens":7,"messages":[{"content":"hi","role":"user"}],"model":"m","#
            + #""stream":true}"#
        #expect(String(decoding: written.body, as: UTF8.self) == expected)
    }

    @Test(
        arguments: [
            (
                "/nope/x.sock",
                "/nope/x.sock: No such file or directory; "
                    + "start its server, or check socket of this provider in config.yml"
            ),
            (
                nil,
                "https://api.example/v1: No such file or directory; "
                    + "check the network, and url of this provider in config.yml"
            ),
        ] as [(String?, String)])
    func `whom nobody answers is told which key to check`(socket: String?, advice: String) {
        var settings = Sample.settings()
        settings.socket = socket
        let profile = ProviderProfile(settings, key: nil, model: nil)
        let failure = ProviderFailure.unreachable("No such file or directory", profile)
        #expect(failure == ProviderFailure(.unreachable, "provider p cannot be reached at \(advice)"))
    }
}
