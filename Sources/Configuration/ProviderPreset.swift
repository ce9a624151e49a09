import Services

/// What is known of a vendor or a model server, so that a line of configuration is enough for it.
struct ProviderPreset {
    /// Its name, which a provider has itself or names under `preset`.
    let name: String
    /// The base URL; nil where each customer has one.
    let url: String?
    /// What it speaks.
    let api: ProviderAPI
    /// The variables of the environment that people keep its key in, the usual one first; none for a server that wants
    /// no key.
    let variables: [String]
    /// The header that the key goes into; that of the API when nil.
    let keyHeader: String?
    /// The model for people who name none.
    let model: String?
    /// The window of its models in tokens, where no more is known.
    let contextWindow: Int

    private init(
        _ name: String, _ url: String?, _ api: ProviderAPI = .chatCompletions, keys variables: [String] = [],
        in keyHeader: String? = nil, model: String? = nil, window: Int = 128_000
    ) {
        self.name = name
        self.url = url
        self.api = api
        self.variables = variables
        self.keyHeader = keyHeader
        self.model = model
        contextWindow = window
    }

    /// All of them: first the vendors whose key alone is enough, in the order in which they are looked for.
    static let all = [
        ProviderPreset(
            "anthropic", "https://api.anthropic.com/v1", .anthropic, keys: ["ANTHROPIC_API_KEY"],
            model: "claude-sonnet-5", window: 200_000),
        ProviderPreset(
            "openai", "https://api.openai.com/v1", .responses, keys: ["OPENAI_API_KEY"], model: "gpt-5.4-mini",
            window: 272_000),
        ProviderPreset(
            "google", "https://generativelanguage.googleapis.com/v1beta", .gemini,
            keys: ["GEMINI_API_KEY", "GOOGLE_API_KEY"], model: "gemini-3.5-flash", window: 1_000_000),
        ProviderPreset("azure", nil, keys: ["AZURE_OPENAI_API_KEY"], in: "api-key"),
        ProviderPreset("deepseek", "https://api.deepseek.com/v1", keys: ["DEEPSEEK_API_KEY"]),
        ProviderPreset("groq", "https://api.groq.com/openai/v1", keys: ["GROQ_API_KEY"]),
        ProviderPreset("mistral", "https://api.mistral.ai/v1", keys: ["MISTRAL_API_KEY"]),
        ProviderPreset("openrouter", "https://openrouter.ai/api/v1", keys: ["OPENROUTER_API_KEY"]),
        ProviderPreset("together", "https://api.together.xyz/v1", keys: ["TOGETHER_API_KEY"]),
        ProviderPreset("xai", "https://api.x.ai/v1", keys: ["XAI_API_KEY"]),
        ProviderPreset("llamacpp", "http://localhost:8080/v1", window: 4_096),
        ProviderPreset("lmstudio", "http://localhost:1234/v1", window: 4_096),
        ProviderPreset("ollama", "http://localhost:11434/v1", window: 4_096),
        ProviderPreset("vllm", "http://localhost:8000/v1", window: 8_192),
    ]

    /// What is spoken at a URL. Of OpenAI's two APIs the servers of others speak the older one.
    func api(at url: String) -> ProviderAPI { api == .responses && url != self.url ? .chatCompletions : api }

    /// Whether a provider is a model server of one's own at its usual place.
    static func isOwnServer(_ settings: ProviderSettings) -> Bool {
        guard let url = settings.vendor.flatMap(named)?.url else { return false }
        return url == settings.url && url.hasPrefix("http://localhost:")
    }

    /// The preset of a name; nil if there is none.
    static func named(_ name: String) -> ProviderPreset? { all.first { $0.name == name } }

    /// Their names, for messages.
    static var names: String { all.map(\.name).joined(separator: ", ") }
}

extension NodeConfiguration {
    /// The model servers of one's own that are not among the providers, at their usual places.
    public var ownServers: [ProviderSettings] {
        let configured = Set(providers.map { Self.place(of: $0.settings.url) })
        let names = Set(providers.map(\.settings.name)).union(unusable.keys)
        return ProviderPreset.all.compactMap { preset in
            guard let url = preset.url, preset.variables.isEmpty, !names.contains(preset.name),
                !configured.contains(Self.place(of: url))
            else { return nil }
            return ProviderSettings(
                name: preset.name, vendor: preset.name, api: preset.api, url: url, model: "",
                contextWindow: preset.contextWindow, tools: true,
                idleTimeoutMilliseconds: Self.idleTimeoutDefault.wholeMilliseconds, isSupervised: false)
        }
    }

    /// A URL of this machine in one way of several.
    private static func place(of url: String) -> String {
        let host = url.replacing("//127.0.0.1:", with: "//localhost:").replacing("//[::1]:", with: "//localhost:")
        return host.hasSuffix("/") ? String(host.dropLast()) : host
    }

    /// Adds a provider for each key that is in one of the usual variables, when no provider is configured.
    ///
    /// - Parameter isSet: Whether a variable is there and not empty.
    public mutating func addVendorsIfAlone(isSet: (String) -> Bool) {
        guard providers.isEmpty, unusable.isEmpty else { return }
        providers = ProviderPreset.all.compactMap { preset in
            guard let url = preset.url, let model = preset.model,
                let variable = preset.variables.first(where: isSet)
            else { return nil }
            let settings = ProviderSettings(
                name: preset.name, vendor: preset.name, api: preset.api, url: url, keySource: .environment(variable),
                keyHeader: preset.keyHeader,
                model: model, contextWindow: preset.contextWindow, tools: true,
                idleTimeoutMilliseconds: Self.idleTimeoutDefault.wholeMilliseconds, isSupervised: false)
            return Provider(settings: settings, command: nil)
        }
        defaultProvider = providers.first?.settings.name
    }
}
