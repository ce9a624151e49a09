import Models
import Services

/// What answers and refusals have told of models. It is learned again after a reload: another server may stand behind
/// the same name.
struct LearnedModels {
    /// A model at a provider.
    private struct ModelAddress: Hashable {
        var provider: String, address: String, model: String

        init(_ profile: ProviderProfile) {
            (provider, address, model) = (profile.name, profile.address, profile.model)
        }
    }

    /// The windows, by provider and model, that were told when a longer conversation was refused.
    private(set) var windows: [String: [String: TokenCount]] = [:]
    private var refusedParameters: [ModelAddress: Set<String>] = [:]
    private var beginningWithinThoughts: Set<ModelAddress> = []

    /// A profile with all that is known of its model.
    func known(of profile: ProviderProfile) -> ProviderProfile {
        var profile = profile
        let model = ModelAddress(profile)
        profile.refusedParameters = refusedParameters[model] ?? []
        profile.beginsWithinThoughts = beginningWithinThoughts.contains(model)
        return profile
    }

    /// A model has refused a parameter. It is in no later request.
    mutating func note(refused parameter: String, by profile: ProviderProfile) {
        let model = ModelAddress(profile)
        if refusedParameters.count >= GatewayLimits.modelsKnownMax, refusedParameters[model] == nil {
            refusedParameters.removeAll()
        }
        refusedParameters[model, default: []].insert(parameter)
    }

    /// A call has ended.
    mutating func note(_ outcome: ChatOutcome?, _ failure: ProviderFailure?, of profile: ProviderProfile) {
        if let window = failure?.window { learn(window, of: profile) }
        guard outcome?.thoughtBytes != nil else { return }
        if beginningWithinThoughts.count >= GatewayLimits.modelsKnownMax { beginningWithinThoughts.removeAll() }
        beginningWithinThoughts.insert(ModelAddress(profile))
    }

    private mutating func learn(_ window: TokenCount, of profile: ProviderProfile) {
        if windows[profile.name, default: [:]].count >= GatewayLimits.modelsKnownMax { windows[profile.name] = nil }
        windows[profile.name, default: [:]][profile.model] = window
    }
}
