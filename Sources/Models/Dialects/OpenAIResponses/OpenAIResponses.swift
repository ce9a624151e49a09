import Services

/// OpenAI's Responses, the vendor's newer API: its thinking models keep their thoughts from call to call with it.
///
/// Nothing is stored at the vendor: a request holds the whole conversation, thoughts included, as encrypted by the
/// vendor.
///
/// | part | here |
/// |---|---|
/// | path, headers | this file |
/// | body | `ResponsesBody` |
/// | answer | `ResponsesDecoder`, of `ResponsesEvent`s |
/// | errors | `ProviderError` |
///
/// See: platform.openai.com/docs/api-reference/responses
public struct OpenAIResponses: ProviderDialect, Hashable {
    /// The family of the vendor's thoughts among the parts of a message.
    static let family = "responses"

    /// The dialect.
    public init() {}

    /// For messages.
    public var apiName: String { "OpenAI's Responses API" }

    /// llama.cpp says `response.completed` of every answer.
    public var tellsCuts: Bool { false }

    /// Writes the request.
    ///
    /// - Throws: `ServiceFailure` `internalError` if the conversation holds what JSON cannot express.
    public func request(
        for conversation: Conversation, to provider: ProviderProfile
    ) throws(ServiceFailure) -> ProviderRequest {
        let body = ResponsesBody(conversation, model: provider.model, refused: provider.refusedParameters)
        return ProviderRequest(
            path: "/responses", headers: headers(for: provider),
            body: try RequestJSON.bytes(body, of: conversation.id))
    }

    /// The same as that of the vendor's older API.
    public func headers(for provider: ProviderProfile) -> [ProviderRequest.Header] {
        ChatCompletions().headers(for: provider)
    }

    /// The same as that of the vendor's older API.
    public var modelListPath: String { ChatCompletions().modelListPath }

    /// A decoder at the beginning of an answer.
    public func makeDecoder() -> any AnswerDecoder { ResponsesDecoder() }

    /// Models that do not think have no thoughts to give back.
    public func canDoWithout(_ parameter: String, refused: Set<String>) -> Bool {
        parameter == "include" || parameter == "store"
    }

    /// Reads the error in the body.
    public func refusal(status: Int, retryAfter: Duration?, body: [UInt8]) -> ProviderRefusal {
        ProviderError(status: status, body: body, parameters: Self.parameters).refusal(retryAfter: retryAfter)
    }

    private static let parameters = KnownParameters(
        ["max_output_tokens", "temperature", "reasoning", "include", "store", "tools"],
        aliases: [("reasoning_effort", "reasoning"), ("thinking", "reasoning")])
}
