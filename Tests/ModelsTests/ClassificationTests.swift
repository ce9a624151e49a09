import Models
import Services
import Testing

/// What a provider's refusal means, and what a person reads of it.
struct ClassificationTests {
    private static func failure(
        status: Int, body: String, retryAfter: Duration? = nil, key: String? = "sk-secret",
        url: String = "https://api.example/v1"
    ) -> ProviderFailure? {
        let settings = ProviderSettings(
            name: "p", url: url, keySource: .environment("P_KEY"), model: "m", contextWindow: 1_000,
            tools: true, idleTimeoutMilliseconds: 30_000, isSupervised: false)
        var policy = RetryPolicy()
        (policy.attemptsMax, policy.untoldPausedMax) = (1, .zero)
        var call = ProviderCall(to: ProviderProfile(settings, key: key, model: nil), policy: policy, seed: 1)
        _ = call.resume()
        let events: [ProviderCall.Event] = [
            .response(status: status, retryAfter: retryAfter), .bytes(Array(body.utf8)), .completed,
        ]
        guard case .fail(let failure) = events.flatMap({ call.handle($0) }).last else { return nil }
        return failure
    }

    @Test(
        arguments: [
            (401, #"{"error":{"message":"Incorrect API key","code":"invalid_api_key"}}"#, .unauthorized),
            (403, #"{"error":"forbidden"}"#, .unauthorized),
            (402, #"{"error":{"message":"Insufficient credits","code":402}}"#, .rateLimited),
            (429, #"{"error":{"message":"slow down","type":"requests"}}"#, .rateLimited),
            (429, #"{"error":{"message":"tokens in context window per minute","type":"tokens"}}"#, .rateLimited),
            (500, "", .serverError),
            (503, #"{"error":{"code":503,"message":"Loading model","type":"unavailable_error"}}"#, .serverError),
            (529, #"{"error":{"type":"overloaded_error","message":"Overloaded"}}"#, .serverError),
            (404, #"{"error":{"message":"no such model","code":"model_not_found"}}"#, .rejected),
            (400, #"{"error":{"code":400,"message":"bad","type":"invalid_request_error"}}"#, .rejected),
            (
                400,
                #"{"error":{"code":400,"message":"request (6031 tokens) exceeds the available context size"#
                    + #" (4096 tokens)","type":"exceed_context_size_error","n_prompt_tokens":6031,"n_ctx":4096}}"#,
                .contextOverflow
            ),
            (400, #"{"error":{"message":"too long","code":"context_length_exceeded"}}"#, .contextOverflow),
            (400, #"{"message":"This model's maximum context length is 8192 tokens"}"#, .contextOverflow),
            (400, #"{"error":{"message":"prompt is too long: 210000 tokens > 200000"}}"#, .contextOverflow),
            (400, #"{"error":{"message":"This model's maximum prompt length is 131072"}}"#, .contextOverflow),
            (400, #"[{"error":{"message":"The input token count (9) exceeds the maximum"}}]"#, .contextOverflow),
            (413, "<html>Payload Too Large</html>", .contextOverflow),
            (302, "", .rejected),
        ] as [(Int, String, ProviderFailure.Code)])
    func `status and body decide the kind of failure`(status: Int, body: String, code: ProviderFailure.Code) {
        #expect(Self.failure(status: status, body: body)?.code == code)
    }

    @Test(arguments: [
        (
            401, #"{"error":{"message":"Incorrect API key: sk-sec***"}}"#,
            "provider p refused the key (HTTP 401); check the environment variable P_KEY"
        ),
        (
            404, #"{"error":"model 'm' not found"}"#,
            "provider p knows no model m at https://api.example/v1 (HTTP 404: model 'm' not found); "
                + "check model and url of this provider in config.yml"
        ),
        (
            429, #"[{"error":{"code":429,"message":"Quota","status":"RESOURCE_EXHAUSTED"}}]"#,
            "provider p refused the call: too many requests or no quota left (HTTP 429: Quota); try again later"
        ),
        (
            500, #"{"detail":"two\nlines\u001b[31m and sk-secret"}"#,
            "provider p failed by its own fault (HTTP 500: two lines [31m and [key]); "
                + "try again, or use another provider"
        ),
        (
            502, "<html>bad gateway</html>",
            "provider p failed by its own fault (HTTP 502: <html>bad gateway</html>); "
                + "try again, or use another provider"
        ),
    ])
    func `a person reads what happened and what to do`(status: Int, body: String, message: String) {
        #expect(Self.failure(status: status, body: body)?.message == message)
    }

    @Test(arguments: 185...205)
    func `no part of the key is left where a refusal is cut`(offset: Int) {
        let body = String(repeating: "x", count: offset) + "sk-secret"
        #expect(Self.failure(status: 500, body: body)?.message.contains("sk-") == false)
    }

    @Test(arguments: ["https://ann:pass@api.example/v1", "https://api.example/v1"])
    func `an address is told without a password`(url: String) {
        #expect(Self.failure(status: 404, body: "", url: url)?.message.contains(" https://api.example/v1 ") == true)
    }

    @Test func `the provider's wish to be left alone is told`() {
        let failure = Self.failure(status: 429, body: "", retryAfter: .seconds(90))
        #expect(failure?.message.hasSuffix("(HTTP 429); try again in 90 s") == true)
        for wait in [Duration.seconds(21_600), .seconds(1_000_000_000), .seconds(Int64.max)] {
            let failure = Self.failure(status: 429, body: "", retryAfter: wait)
            #expect(failure?.message.hasSuffix("(HTTP 429); try again in 6 h or more") == true)
        }
    }

    @Test(
        arguments: [
            (nil, "model and url of this provider in config.yml", "of this provider in config.yml"),
            (
                [.model], "model in the agent's record, and url of this provider in config.yml",
                "of this provider in config.yml"
            ),
            (
                [.models, .contextWindow], "models in the agent's record, and url of this provider in config.yml",
                "in the agent's record"
            ),
        ] as [([AgentKey]?, String, String)])
    func `the place to change is where it is set`(keys: [AgentKey]?, model: String, window: String) {
        var profile = Sample.profile()
        profile.recordKeys = keys ?? []
        let unknown = ProviderFailure(
            ProviderRefusal(status: 404, words: "no", cause: .unknownModel, mayPass: false), of: profile)
        #expect(unknown.message.hasSuffix("; check \(model)"))
        let overflow = ProviderFailure(
            ProviderRefusal(status: 400, words: "no", cause: .contextOverflow, mayPass: false, window: 8_192),
            of: profile)
        #expect(overflow.message.hasSuffix("; set context_window: 8192 \(window)"))
    }

    @Test func `a long refusal is cut`() {
        let failure = Self.failure(status: 500, body: String(repeating: "long ", count: 50_000))
        #expect((failure?.message.count ?? .max) < 350)
    }

    @Test func `no provider at all is said as plainly as an unknown one`() {
        #expect(
            ProviderFailure.notConfigured(nil, known: []).message
                == "no model provider is configured; set ANTHROPIC_API_KEY, OPENAI_API_KEY or GEMINI_API_KEY and "
                + "restart the node, or add one under providers in config.yml, or run scripts/run to install the local "
                + "model")
        #expect(
            ProviderFailure.notConfigured("x", known: ["a", "b"]).message
                == "no provider x is configured; configured are a, b")
    }
}
