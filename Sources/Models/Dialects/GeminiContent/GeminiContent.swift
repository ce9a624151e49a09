import Services

/// Google's `streamGenerateContent`, the API of Gemini.
///
/// | part | here |
/// |---|---|
/// | path, headers | this file |
/// | body | `GeminiBody` |
/// | answer | `GeminiDecoder`, of `GeminiChunk`s |
/// | errors | `ProviderError` |
///
/// See: ai.google.dev/api/generate-content
public struct GeminiContent: ProviderDialect, Hashable {
    /// The family of the vendor's signatures among the parts of a message.
    static let family = "gemini"

    /// The dialect.
    public init() {}

    /// For messages.
    public var apiName: String { "Google's Gemini API" }

    /// Writes the request.
    ///
    /// - Throws: `ServiceFailure` `internalError` if the conversation holds what JSON cannot express.
    public func request(
        for conversation: Conversation, to provider: ProviderProfile
    ) throws(ServiceFailure) -> ProviderRequest {
        let body = GeminiBody(conversation, model: provider.model, refused: provider.refusedParameters)
        // Models are listed with this head, and people copy it.
        let name = provider.model.hasPrefix("models/") ? String(provider.model.dropFirst(7)) : provider.model
        return ProviderRequest(
            path: "/models/\(name.asPathSegment):streamGenerateContent?alt=sse",
            headers: headers(for: provider),
            body: try RequestJSON.bytes(body, of: conversation.id))
    }

    /// The key goes along in a header of the vendor's own, never in the URL.
    public func headers(for provider: ProviderProfile) -> [ProviderRequest.Header] {
        provider.headers(keyIn: "x-goog-api-key")
    }

    /// More models than the vendor has.
    public var modelListPath: String { "/models?pageSize=1000" }

    /// A decoder at the beginning of an answer.
    public func makeDecoder() -> any AnswerDecoder { GeminiDecoder() }

    /// Thinking has an older form, a number, which models before Gemini 3 want.
    public func canDoWithout(_ parameter: String, refused: Set<String>) -> Bool { parameter == "thinkingLevel" }

    /// Reads the error in the body.
    public func refusal(status: Int, retryAfter: Duration?, body: [UInt8]) -> ProviderRefusal {
        ProviderError(status: status, body: body, parameters: Self.parameters).refusal(retryAfter: retryAfter)
    }

    /// Errors have the names of the request's keys, or those of the vendor's own types.
    private static let parameters = KnownParameters(
        ["thinkingLevel", "thinkingConfig", "temperature", "maxOutputTokens", "tools"],
        aliases: [("thinkingBudget", "thinkingConfig"), ("thinking", "thinkingConfig"), ("budget", "thinkingConfig")])
}

extension String {
    /// The text as a segment of a URL's path.
    ///
    /// See: RFC 3986 §3.3
    fileprivate var asPathSegment: String {
        let kept = Set("-._~@".utf8), digits = Array("0123456789ABCDEF")
        return utf8.reduce(into: "") { path, byte in
            let isLetter = Character(Unicode.Scalar(byte)).isLetter && byte < 0x80
            if isLetter || (0x30...0x39).contains(byte) || kept.contains(byte) {
                path.append(Character(Unicode.Scalar(byte)))
            } else {
                path += "%\(digits[Int(byte >> 4)])\(digits[Int(byte & 15)])"
            }
        }
    }
}
