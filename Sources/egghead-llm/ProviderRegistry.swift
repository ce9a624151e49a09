import LinuxSystem
import Models
import Services

/// The providers as configured, with their keys. No other process has them, and none leaves this one.
struct ProviderRegistry {
    /// A provider that a call has been resolved to.
    struct Endpoint {
        /// What the call's decisions and messages need.
        var profile: ProviderProfile
        /// The base URL, without a slash at its end.
        var url: String
        /// The Unix socket instead of the URL's host.
        var socket: String?
    }

    private let settings: GatewaySettings
    private let keys: KeyRing
    private let prices: PriceTable

    /// The providers of a configuration. Windows that are not configured are those of the table of prices.
    ///
    /// - Parameter keys: Those that are in files, and those that programs print.
    init(_ settings: GatewaySettings, keys: KeyRing, prices: PriceTable) {
        var settings = settings
        for index in settings.providers.indices { prices.setWindow(of: &settings.providers[index]) }
        self.settings = settings
        self.keys = keys
        self.prices = prices
    }

    /// What everybody may know.
    ///
    /// - Parameters:
    ///   - windows: The windows of a provider's models, by its name, that it has told of itself.
    ///   - outages: Why a provider, by its name, is not to be asked for the time being.
    func reply(
        learned windows: [String: [String: TokenCount]], outages: [String: String]
    ) -> Gateway.Providers.Reply {
        let providers = settings.providers.map {
            ProviderInfo(
                name: $0.name, model: $0.model, contextWindow: $0.contextWindow, tools: $0.tools,
                isLocal: $0.isSupervised, learnedWindows: windows[$0.name], vendor: $0.vendor, outage: outages[$0.name])
        }
        return Gateway.Providers.Reply(
            providers: providers, defaultProvider: settings.defaultProvider, models: settings.models,
            unusable: settings.unusable.isEmpty ? nil : settings.unusable)
    }

    /// The model servers that may listen on this machine without being configured.
    var ownServers: [Endpoint] {
        settings.ownServers.map { Endpoint(profile: ProviderProfile($0, key: nil, model: nil), url: $0.url) }
    }

    /// How much may be spent.
    var caps: SpendingCaps { settings.caps }

    /// The window of a provider's models, in tokens.
    func window(of name: String) -> TokenCount {
        settings.providers.first { $0.name == name }.map { TokenCount($0.contextWindow) } ?? .most
    }

    /// What a provider's model costs; nil when that is not known.
    func price(of model: String, at name: String) -> ModelPrice? {
        let vendor = settings.providers.first { $0.name == name }?.vendor
        return prices.price(of: model, at: name, vendor: vendor)
    }

    /// Their names, in the order of the configuration.
    var names: [String] { settings.providers.map(\.name) }

    /// The providers, by their names, whose key is to come from somewhere and has not, each with what to do about it.
    var withoutKey: [String: ProviderFailure] {
        let providers = settings.providers.filter { $0.keySource != nil && !isAwaited($0) && key(of: $0) == nil }
        return Dictionary(
            providers.map { ($0.name, ProviderFailure.keyMissing(profile(of: $0, model: nil))) },
            uniquingKeysWith: { first, _ in first })
    }

    /// Whether the key of a provider is being had: a program that prints it has not ended.
    func awaitsKey(of name: String?) -> Bool {
        let name = name ?? settings.defaultProvider
        return settings.providers.contains { $0.name == name && isAwaited($0) }
    }

    /// Where a call goes.
    ///
    /// - Parameters:
    ///   - name: The provider; the default one when nil.
    ///   - model: The model; the provider's own when nil.
    /// - Throws: `notConfigured`, or `unauthorized` when there is no key where it is to come from.
    func endpoint(_ name: String?, model: String?) throws(ProviderFailure) -> Endpoint {
        if let wanted = name ?? settings.defaultProvider, let problem = settings.unusable[wanted] {
            throw .unusable(wanted, problem)
        }
        guard let wanted = name ?? settings.defaultProvider,
            let provider = settings.providers.first(where: { $0.name == wanted })
        else { throw .notConfigured(name ?? settings.defaultProvider, known: names) }
        let profile = profile(of: provider, model: model)
        if provider.keySource != nil, profile.key == nil { throw .keyMissing(profile) }
        let base = provider.url.hasSuffix("/") ? String(provider.url.dropLast()) : provider.url
        return Endpoint(profile: profile, url: base, socket: provider.socket)
    }

    private func isAwaited(_ provider: ProviderSettings) -> Bool {
        keys.isAwaited(provider.name)
    }

    private func profile(of provider: ProviderSettings, model: String?) -> ProviderProfile {
        var profile = ProviderProfile(provider, key: key(of: provider), model: model)
        profile.keyProblem = keys.problem(of: provider.name)
        return profile
    }

    private func key(of provider: ProviderSettings) -> String? {
        let key = provider.key ?? keys.key(of: provider.name)
        // Line ends would begin a header of their own; files that keys are copied from end with one.
        let visible = key.map { String($0.filter { !$0.isWhitespace && $0.asciiValue != nil }) }
        return visible?.isEmpty == false ? visible : nil
    }
}
