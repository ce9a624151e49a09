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

    /// The providers of a configuration.
    init(_ settings: GatewaySettings) { self.settings = settings }

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
            providers: providers, defaultProvider: settings.defaultProvider, models: settings.models)
    }

    /// Their names, in the order of the configuration.
    var names: [String] { settings.providers.map(\.name) }

    /// The names of the providers whose key is to come from an environment variable that is not set.
    var withoutKey: [String] {
        settings.providers.filter { $0.keyEnvironment != nil && key(of: $0) == nil }.map(\.name)
    }

    /// Where a call goes.
    ///
    /// - Parameters:
    ///   - name: The provider; the default one when nil.
    ///   - model: The model; the provider's own when nil.
    /// - Throws: `notConfigured`, or `unauthorized` when the key's variable is not set.
    func endpoint(_ name: String?, model: String?) throws(ProviderFailure) -> Endpoint {
        guard let wanted = name ?? settings.defaultProvider,
            let provider = settings.providers.first(where: { $0.name == wanted })
        else { throw .notConfigured(name ?? settings.defaultProvider, known: names) }
        let key = key(of: provider)
        let profile = ProviderProfile(provider, key: key, model: model)
        if provider.keyEnvironment != nil && key == nil { throw .keyMissing(profile) }
        let base = provider.url.hasSuffix("/") ? String(provider.url.dropLast()) : provider.url
        return Endpoint(profile: profile, url: base, socket: provider.socket)
    }

    private func key(of provider: ProviderSettings) -> String? {
        let key = provider.key ?? provider.keyEnvironment.flatMap(CurrentProcess.environment)
        // Line ends would begin a header of their own; files that keys are copied from end with one.
        let visible = key.map { String($0.filter { !$0.isWhitespace && $0.asciiValue != nil }) }
        return visible?.isEmpty == false ? visible : nil
    }
}
