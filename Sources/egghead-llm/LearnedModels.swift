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
    private var thoughtHabits: [ModelAddress: UnopenedThoughts.Habit] = [:]

    /// A profile with all that is known of its model.
    func known(of profile: ProviderProfile) -> ProviderProfile {
        var profile = profile
        let model = ModelAddress(profile)
        profile.refusedParameters = refusedParameters[model] ?? []
        profile.beginsWithinThoughts = thoughtHabits[model]?.isKnown ?? false
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
    ///
    /// - Parameter beganWithinThoughts: Whether its answer did; nil when that is not known.
    mutating func note(beganWithinThoughts: Bool?, _ failure: ProviderFailure?, of profile: ProviderProfile) {
        if let window = failure?.window { learn(window, of: profile) }
        if let beganWithinThoughts { learn(beganWithinThoughts, of: ModelAddress(profile)) }
    }

    private mutating func learn(_ beganWithinThoughts: Bool, of model: ModelAddress) {
        guard beganWithinThoughts || thoughtHabits[model] != nil else { return }
        if thoughtHabits.count >= GatewayLimits.modelsKnownMax, thoughtHabits[model] == nil {
            thoughtHabits.removeAll()
        }
        thoughtHabits[model, default: UnopenedThoughts.Habit()].note(beganWithinThoughts)
    }

    private mutating func learn(_ window: TokenCount, of profile: ProviderProfile) {
        if windows[profile.name, default: [:]].count >= GatewayLimits.modelsKnownMax { windows[profile.name] = nil }
        windows[profile.name, default: [:]][profile.model] = window
    }
}
