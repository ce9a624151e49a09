/// A model as people name it, found among the providers.
///
/// | name | means |
/// |---|---|
/// | `local` | the provider of this name, with its own model |
/// | `openai/gpt-5.4-mini` | the model of this provider; only the first `/` counts |
/// | `gpt-5.4-mini` | the provider whose own model this is, or else that of the vendor whose models are called so |
public struct ModelName: Hashable, Sendable {
    /// The provider.
    public let provider: ProviderInfo
    /// The model, by the provider's name for it.
    public let model: String

    /// The model of a name; nil when no provider is known to have it.
    public init?(_ name: String, among providers: [ProviderInfo]) {
        if let provider = providers.first(where: { $0.name == name }) {
            self.init(provider, provider.model)
        } else if let slash = name.firstIndex(of: "/"),
            let provider = providers.first(where: { $0.name[...] == name[..<slash] }),
            slash < name.index(before: name.endIndex)
        {
            self.init(provider, String(name[name.index(after: slash)...]))
        } else if let provider = providers.first(where: { $0.model == name }) {
            self.init(provider, name)
        } else if let vendor = Self.vendors.first(where: { name.hasPrefix($0.prefix) })?.vendor,
            let provider = providers.first(where: { $0.vendor == vendor })
        {
            self.init(provider, name)
        } else {
            return nil
        }
    }

    private init(_ provider: ProviderInfo, _ model: String) {
        self.provider = provider
        self.model = model
    }

    /// How the models of some vendors are called.
    private static let vendors: [(prefix: String, vendor: String)] = [
        ("claude-", "anthropic"), ("gpt-", "openai"), ("chatgpt-", "openai"), ("o1", "openai"), ("o3", "openai"),
        ("o4", "openai"), ("gemini-", "google"), ("deepseek-", "deepseek"), ("mistral-", "mistral"),
        ("codestral-", "mistral"), ("magistral-", "mistral"), ("grok-", "xai"),
    ]
}
