import Services

/// Anthropic's Messages, which some model servers speak as well.
///
/// | part | here |
/// |---|---|
/// | path, headers | this file |
/// | body | `AnthropicBody` |
/// | answer | `AnthropicDecoder`, of `AnthropicEvent`s |
/// | errors | `ProviderError` |
///
/// See: platform.claude.com/docs/en/api/messages
public struct AnthropicMessages: ProviderDialect, Hashable {
    /// The family of the vendor's thoughts among the parts of a message.
    static let family = "anthropic"

    /// The dialect.
    public init() {}

    /// For messages.
    public var apiName: String { "Anthropic's Messages API" }

    /// Writes the request.
    ///
    /// - Throws: `ServiceFailure` `internalError` if the conversation holds what JSON cannot express.
    public func request(
        for conversation: Conversation, to provider: ProviderProfile
    ) throws(ServiceFailure) -> ProviderRequest {
        let body = AnthropicBody(conversation, model: provider.model, refused: provider.refusedParameters)
        return ProviderRequest(
            path: "/messages", headers: headers(for: provider), body: try RequestJSON.bytes(body, of: conversation.id))
    }

    /// The key goes along in a header of the vendor's own.
    public func headers(for provider: ProviderProfile) -> [ProviderRequest.Header] {
        provider.headers(keyIn: "x-api-key") + [.init("anthropic-version", "2023-06-01")]
    }

    /// More models than the vendor has.
    public var modelListPath: String { "/models?limit=1000" }

    /// A decoder at the beginning of an answer.
    public func makeDecoder() -> any AnswerDecoder { AnthropicDecoder() }

    /// Thinking has an older form, which models before 2026 want.
    public func canDoWithout(_ parameter: String, refused: Set<String>) -> Bool {
        ["thinking", "output_config", "cache_control", "max_tokens"].contains(parameter)
    }

    /// The vendor wants a bound of every answer, and has older models with a lower one.
    public func canBound(_ parameter: String) -> Bool { parameter == "max_tokens" }

    /// Reads the error in the body.
    public func refusal(status: Int, retryAfter: Duration?, body: [UInt8]) -> ProviderRefusal {
        ProviderError(status: status, body: body, parameters: Self.parameters).refusal(retryAfter: retryAfter)
    }

    /// What models are known to refuse. What is within one is refused as that one is: `thinking.type`.
    private static let parameters = KnownParameters(
        ["thinking", "output_config", "temperature", "max_tokens", "tools", "cache_control"],
        aliases: [("effort", "output_config")])
}
