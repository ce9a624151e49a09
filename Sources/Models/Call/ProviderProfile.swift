import Services

/// What a call has to know of its provider, and what its messages say of it.
public struct ProviderProfile: Sendable {
    /// The name in the configuration.
    public var name: String
    /// The model of this call.
    public var model: String
    /// How it is spoken to.
    public var dialect: any ProviderDialect
    /// The endpoint, for messages: the URL, or the socket.
    public var address: String
    /// Whether the endpoint is a socket.
    public var hasSocket: Bool
    /// Where the key comes from, for messages; nil when it stands in the configuration.
    public var keySource: KeySource?
    /// Why there is no key there, in words.
    public var keyProblem: String?
    /// The header field for the key; that of the dialect when nil.
    public var keyHeader: String?
    /// The key itself, to be kept out of whatever the provider's words repeat.
    public var key: String?
    /// How long the stream may be silent.
    public var idleTimeout: Duration
    /// Whether eggheadd runs the server, so that it may be starting.
    public var isSupervised: Bool
    /// The parameters that the model has refused, by the vendor's names.
    public var refusedParameters: Set<String> = []
    /// Whether the model's answers begin within thoughts: the server keeps the mark to itself that begins them.
    public var beginsWithinThoughts = false
    /// What of model and window the asker's record sets, for messages.
    public var recordKeys: [AgentKey] = []

    /// What a call knows of a configured provider.
    ///
    /// - Parameters:
    ///   - settings: The provider's settings.
    ///   - key: The key, wherever it came from.
    ///   - model: The caller's wish; the provider's own model when nil.
    public init(_ settings: ProviderSettings, key: String?, model: String?) {
        name = settings.name
        self.model = model ?? settings.model
        dialect = settings.api.dialect
        hasSocket = settings.socket != nil
        address = settings.socket ?? Self.withoutCredentials(settings.url)
        keySource = settings.keySource
        keyHeader = settings.keyHeader
        self.key = key
        idleTimeout = .milliseconds(settings.idleTimeoutMilliseconds)
        isSupervised = settings.isSupervised
    }

    /// A URL without `user:password@`.
    ///
    /// See: RFC 3986 §3.2
    private static func withoutCredentials(_ url: String) -> String {
        guard let account = URLAuthority(url)?.account else { return url }
        return "\(url[..<account.startIndex])\(url[account.endIndex...].dropFirst())"
    }

    /// What the provider says, fit for a notice. The key is taken out before the words are cut: half of it is left
    /// otherwise.
    func quoted(_ words: String) -> String {
        guard let key, !key.isEmpty else { return words.quotable }
        return SecretWords.removed(key, from: words).quotable
    }
}
