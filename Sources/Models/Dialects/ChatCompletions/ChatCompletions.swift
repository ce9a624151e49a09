import Services

/// OpenAI's chat completions, which most vendors and all common model servers speak as well.
///
/// | part | here |
/// |---|---|
/// | path, headers | this file |
/// | body | `ChatCompletionsBody` |
/// | answer | `ChatCompletionsDecoder` |
/// | errors | `ChatCompletionsError` |
///
/// See: platform.openai.com/docs/api-reference/chat/create
public struct ChatCompletions: ProviderDialect, Hashable {
    /// The dialect.
    public init() {}

    /// For messages.
    public var apiName: String { "an OpenAI-compatible API" }

    /// Writes the request; the key goes along as a bearer token.
    ///
    /// - Throws: `ServiceFailure` `internalError` if the conversation holds what JSON cannot express.
    public func request(
        for conversation: Conversation, to provider: ProviderProfile
    ) throws(ServiceFailure) -> ProviderRequest {
        var headers: [ProviderRequest.Header] = [
            .init("Content-Type", "application/json"), .init("Accept", "text/event-stream"),
        ]
        if let key = provider.key { headers.append(.init("Authorization", "Bearer \(key)")) }
        return ProviderRequest(
            path: "/chat/completions", headers: headers,
            body: try ChatCompletionsBody(
                conversation, model: provider.model, refused: provider.refusedParameters
            ).json())
    }

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
        ChatCompletionsError(status: status, body: body).refusal(retryAfter: retryAfter)
    }
}
