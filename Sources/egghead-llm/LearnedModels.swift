import Models
import Services
import Time

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
    /// Until when models are left alone whose vendors have said so.
    private var leftAlone: [ModelAddress: Instant] = [:]

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
    ///
    /// - Returns: For how long its model is to be left alone, when its vendor has said so. It may take other models
    ///   meanwhile.
    mutating func note(
        _ outcome: ChatOutcome?, _ failure: ProviderFailure?, of profile: ProviderProfile, at now: Instant
    ) -> Duration? {
        let model = ModelAddress(profile)
        if let window = failure?.window { learn(window, of: profile) }
        if outcome?.thoughtBytes != nil {
            if beginningWithinThoughts.count >= GatewayLimits.modelsKnownMax { beginningWithinThoughts.removeAll() }
            beginningWithinThoughts.insert(model)
        }
        guard let failure, failure.code == .rateLimited, let seconds = failure.retryAfterSeconds, seconds > 0 else {
            return nil
        }
        let pause = min(Duration.seconds(seconds), ProviderOutages.lengthMax)
        leftAlone = leftAlone.filter { now < $0.value }
        if leftAlone.count >= GatewayLimits.modelsKnownMax { leftAlone.removeAll() }
        leftAlone[model] = now + pause
        return pause
    }

    /// For how long a model still wants to be left alone; nil when it does not.
    func pause(of profile: ProviderProfile, at now: Instant) -> Duration? {
        leftAlone[ModelAddress(profile)].flatMap { now < $0 ? $0 - now : nil }
    }

    /// A provider has another key: what its vendor wanted was for the one before.
    mutating func endPauses(of provider: String) {
        leftAlone = leftAlone.filter { $0.key.provider != provider }
    }

    private mutating func learn(_ window: TokenCount, of profile: ProviderProfile) {
        if windows[profile.name, default: [:]].count >= GatewayLimits.modelsKnownMax { windows[profile.name] = nil }
        windows[profile.name, default: [:]][profile.model] = window
    }
}
