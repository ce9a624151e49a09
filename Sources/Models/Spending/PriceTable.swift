import Services

/// What is known of the prices of models.
public struct PriceTable: Sendable, Hashable {
    /// The prices of the vendors' models, by the names of their presets and of the models.
    public var vendors: [String: [String: ModelPrice]]
    /// The prices of the configuration, by `PROVIDER/MODEL`, or by `PROVIDER` for all of its models. They go before the
    /// vendors'.
    public var own: [String: ModelPrice]

    /// A table.
    public init(vendors: [String: [String: ModelPrice]] = [:], own: [String: ModelPrice] = [:]) {
        self.vendors = vendors
        self.own = own
    }

    /// The price of a model; nil when it is not known.
    ///
    /// A model that its vendor has made since the table was written costs as much as the vendor's dearest one, so that
    /// a cap holds all the same.
    ///
    /// - Parameters:
    ///   - provider: The provider's name in the configuration.
    ///   - vendor: The preset that it is of.
    public func price(of model: String, at provider: String, vendor: String?) -> ModelPrice? {
        if let price = own["\(provider)/\(model)"] ?? own[provider] { return price }
        guard let models = vendor.flatMap({ vendors[$0] }) else { return nil }
        if let price = listed(model, vendor: vendor) { return price }
        let dearest = models.values.max { ($0.output, $0.input) < ($1.output, $1.input) }
        return dearest.map { ModelPrice(input: $0.input, output: $0.output, cacheWrite: $0.cacheWrite) }
    }

    /// A vendor's model in the table; nil when it is not there.
    public func listed(_ model: String, vendor: String?) -> ModelPrice? {
        guard let models = vendor.flatMap({ vendors[$0] }) else { return nil }
        let model = model.hasPrefix("models/") ? String(model.dropFirst("models/".count)) : model  // Google's own form
        if let price = models[model] { return price }
        let names = models.keys.filter { model.hasPrefix($0) && Self.isRelease(model.dropFirst($0.count)) }
        return names.max { $0.count < $1.count }.flatMap { models[$0] }
    }

    /// Sets the window of a provider's model to what is known of it, unless it is configured.
    public func setWindow(of provider: inout ProviderSettings) {
        guard !provider.isWindowConfigured else { return }
        let price = own["\(provider.name)/\(provider.model)"] ?? listed(provider.model, vendor: provider.vendor)
        if let window = price?.window { provider.contextWindow = window.value }
    }

    /// Whether what follows a model's name says which release of it is meant: `-20251001`, `-2026-03-05`, `-latest`,
    /// `-preview-09-2025`.
    private static func isRelease(_ rest: Substring) -> Bool {
        guard rest.first == "-" || rest.first == "@" else { return false }
        let rest = rest.dropFirst()
        if rest == "latest" || rest == "preview" || rest.hasPrefix("preview-") { return true }
        let digits = rest.filter { $0 != "-" }
        return digits.count >= 4 && digits.allSatisfy { $0.isASCII && $0.isNumber }
    }
}
