import Services

/// How one family of providers is spoken to: what a request is made of, and how an answer and a refusal are read.
///
/// A dialect is a value without state; `ProviderProfile` says which one a provider speaks. Retry, timeouts, limits and
/// the order of an answer are decided by `ProviderCall`, which knows no dialect; the gateway is the transport. In every
/// dialect a request is one HTTP POST, and an answer is a stream of server-sent events.
///
/// Each dialect has a folder here.
public protocol ProviderDialect: Sendable {
    /// What an answer is expected to be, for messages: `Anthropic's Messages API`.
    var apiName: String { get }

    /// Whether its servers say when an answer was cut at the most tokens that it may have.
    var tellsCuts: Bool { get }

    /// Writes the request that continues a conversation with a streamed answer.
    ///
    /// Opaque parts of another family than the dialect's own are left out.
    ///
    /// - Parameters:
    ///   - provider: The provider, with its key and the model of the call.
    /// - Throws: `ServiceFailure` `internalError` if the conversation holds what JSON cannot express.
    func request(
        for conversation: Conversation, to provider: ProviderProfile
    ) throws(ServiceFailure) -> ProviderRequest

    /// The head of every request, with the key.
    func headers(for provider: ProviderProfile) -> [ProviderRequest.Header]

    /// The path of the list of models below the base URL, with the query that has it in one page.
    var modelListPath: String { get }

    /// A decoder for one answer, from its first event on.
    func makeDecoder() -> any AnswerDecoder

    /// Reads an HTTP answer that is not a stream, and decides what it means.
    ///
    /// - Parameters:
    ///   - status: The HTTP status, not 2xx.
    ///   - retryAfter: What the head of the answer says of it.
    ///   - body: The body, cut at `ModelLimits.refusalBytesMax`.
    func refusal(status: Int, retryAfter: Duration?, body: [UInt8]) -> ProviderRefusal

    /// Whether a request means the same when it does without a parameter that the model refuses: under another name, or
    /// because no person has set it.
    ///
    /// - Parameters:
    ///   - parameter: The vendor's name of it.
    ///   - refused: What the model has refused before; `request` does without these.
    func canDoWithout(_ parameter: String, refused: Set<String>) -> Bool

    /// Whether a request has a value of its own for a parameter that no person has set, and a lower one to try when
    /// the model refuses it.
    func canBound(_ parameter: String) -> Bool
}

/// What a provider is sent, apart from where its server is.
public struct ProviderRequest: Hashable, Sendable {
    /// The path below the provider's base URL, with the query if there is one: `/chat/completions`.
    public var path: String
    /// The header fields, in the order in which they are sent. The key is among them, so they are never logged.
    public var headers: [Header]
    /// The JSON text, keys in a fixed order; none for a GET.
    public var body: [UInt8]

    /// A field of the HTTP head.
    public struct Header: Hashable, Sendable {
        /// The field's name: `Content-Type`.
        public var name: String
        /// Its value, without line ends.
        public var value: String

        /// A field. Neither text may hold a line end, which would begin another field.
        public init(_ name: String, _ value: String) {
            self.name = name
            self.value = value
        }
    }

    /// A request in its parts, each as it is sent.
    public init(path: String, headers: [Header], body: [UInt8]) {
        self.path = path
        self.headers = headers
        self.body = body
    }
}

extension ProviderAPI {
    /// How the API is spoken.
    var dialect: any ProviderDialect {
        switch self {
        case .chatCompletions: ChatCompletions()
        case .responses: OpenAIResponses()
        case .anthropic: AnthropicMessages()
        case .gemini: GeminiContent()
        }
    }
}

extension ProviderDialect {
    /// They do, as a rule.
    public var tellsCuts: Bool { true }

    /// What no person has set is left out, as a rule.
    public func canBound(_ parameter: String) -> Bool { false }
}
