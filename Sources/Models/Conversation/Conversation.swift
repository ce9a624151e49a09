import Services

/// A conversation to be continued by a model, whichever provider it goes to: what a dialect writes a request from.
///
/// The options are within their ranges, so a dialect needs to check none of them.
public struct Conversation: Hashable, Sendable {
    /// The call's id, for messages about it; it does not go to the provider.
    public let id: String
    /// The messages, oldest first, at least one. Each call is followed by its outcome.
    public internal(set) var messages: [ChatMessage]
    /// Sampling temperature, 0 to 2; the provider's own if nil.
    public let temperature: Double?
    /// The most tokens of the answer, 1 or more; the provider's own bound if nil.
    public private(set) var maxTokens: Int?
    /// What the answer may not exceed with all that is thought for it; nothing if nil.
    private(set) var hardMax: Int?
    /// How long the model thinks; as long as the provider lets it if nil.
    public let thinking: Thinking?
    /// The tools that the model may call; none if nil.
    public internal(set) var tools: [ToolDefinition]?

    /// Takes the conversation out of a request. The rest of the request is for the gateway: who is asked, and from
    /// which chunk on.
    ///
    /// - Throws: `ServiceFailure` `invalid` if the temperature is not between 0 and 2, the tokens are not positive, or
    ///   there is no message.
    public init(_ request: Gateway.Chat.Request) throws(ServiceFailure) {
        guard !request.messages.isEmpty else { throw ServiceFailure(.invalid, "chat \(request.id): no messages") }
        if let temperature = request.temperature, !(0...2).contains(temperature) {
            throw ServiceFailure(.invalid, "chat \(request.id): temperature \(temperature) is not between 0 and 2")
        }
        if let tokens = request.maxTokens, tokens < 1 {
            throw ServiceFailure(.invalid, "chat \(request.id): maxTokens \(tokens) is less than 1")
        }
        id = request.id
        messages = CallPairing.paired(request.messages)
        temperature = request.temperature
        maxTokens = request.maxTokens
        thinking = request.thinking
        tools = request.tools?.isEmpty == true ? nil : request.tools  // vendors take no empty menu
    }

    /// What an answer to this conversation came to, where servers say that it has ended though it was cut at the most
    /// tokens that it may have. A tool call that is whole stays one.
    ///
    /// See: `ProviderDialect.tellsCuts`
    public func judged(_ outcome: ChatOutcome) -> ChatOutcome {
        // A vendor may raise a bound to the least that it takes.
        guard outcome.stopReason == .end, let maxTokens, let usage = outcome.usage,
            usage.outputTokens.value >= max(maxTokens, ModelLimits.boundTokensMin)
        else { return outcome }
        var cut = outcome
        cut.stopReason = .length
        return cut
    }

    /// The same conversation, to be continued with at most so many tokens, thoughts included.
    public func answering(within tokens: TokenCount) -> Conversation {
        var conversation = self
        conversation.hardMax = max(1, tokens.value)
        conversation.maxTokens = min(maxTokens ?? .max, max(1, tokens.value))
        return conversation
    }
}
