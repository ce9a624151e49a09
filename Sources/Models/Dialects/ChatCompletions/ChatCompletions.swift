import Services

/// OpenAI's chat completions, which most vendors and all common model servers speak as well.
///
/// | part | here |
/// |---|---|
/// | path, headers | this file |
/// | body | `ChatCompletionsBody` |
/// | answer | `ChatCompletionsDecoder` |
/// | errors | `ProviderError` |
///
/// See: platform.openai.com/docs/api-reference/chat/create
public struct ChatCompletions: ProviderDialect, Hashable {
    /// The dialect.
    public init() {}

    /// For messages.
    public var apiName: String { "an OpenAI-compatible API" }

    /// Writes the request.
    ///
    /// - Throws: `ServiceFailure` `internalError` if the conversation holds what JSON cannot express.
    public func request(
        for conversation: Conversation, to provider: ProviderProfile
    ) throws(ServiceFailure) -> ProviderRequest {
        let body = ChatCompletionsBody(conversation, model: provider.model, refused: provider.refusedParameters)
        return ProviderRequest(
            path: "/chat/completions", headers: headers(for: provider),
            body: try RequestJSON.bytes(body, of: conversation.id))
    }

    /// The key goes along as a bearer token.
    public func headers(for provider: ProviderProfile) -> [ProviderRequest.Header] {
        provider.headers(keyIn: "Authorization")
    }

    /// All models are on one page.
    public var modelListPath: String { "/models" }

    /// A decoder at the beginning of an answer.
    public func makeDecoder() -> any AnswerDecoder { ChatCompletionsDecoder() }

    /// The bound of an answer has two names, and nobody misses what the call costs.
    public func canDoWithout(_ parameter: String, refused: Set<String>) -> Bool {
        switch parameter {
        case "max_tokens": !refused.contains("max_completion_tokens")
        case "stream_options": true
        case _: false
        }
    }

    /// Reads the body by the vendors' several shapes of an error.
    public func refusal(status: Int, retryAfter: Duration?, body: [UInt8]) -> ProviderRefusal {
        ProviderError(status: status, body: body, parameters: Self.parameters).refusal(retryAfter: retryAfter)
    }

    private static let parameters = KnownParameters(
        ["max_completion_tokens", "reasoning_effort", "stream_options", "temperature", "max_tokens", "tools"],
        aliases: [("thinking", "reasoning_effort")])
}
