import Models
import Services

/// What an agent must know of the model that speaks for it.
struct ModelFacts: Hashable {
    /// The provider's name in the configuration.
    var provider: String
    /// The model's name.
    var model: String
    /// The window in tokens, as far as an agent can use it.
    var window: Int
    /// The share of the window at which a session hands off, 0 to 1.
    var threshold: Double
    /// Whether the model may be trusted to call tools and to cite; if not, the program grounds its answers.
    var tools: Bool
    /// Whether it runs on this machine.
    var isLocal: Bool

    /// The facts for an agent; its record goes before the provider's configuration.
    ///
    /// - Throws: `ServiceFailure`, in words for a room, when the agent's provider is not configured.
    init(
        for agent: AgentDefinition, among reply: Gateway.Providers.Reply, threshold: Double
    ) throws(ServiceFailure) {
        guard let name = agent.provider ?? reply.defaultProvider else {
            throw ServiceFailure(.notFound, "no model provider is configured; add one under `providers:` in config.yml")
        }
        guard let provider = reply.providers.first(where: { $0.name == name }) else {
            if let problem = reply.unusable?[name] {
                throw ServiceFailure(.notFound, ProviderFailure.unusable(name, problem).message)
            }
            let known = reply.providers.map(\.name).joined(separator: ", ")
            throw ServiceFailure(
                .notFound,
                "agent \(agent.id): its provider \(name) is not in config.yml, which has "
                    + (known.isEmpty ? "none" : known) + "; add it there or change `provider` in the agent's record")
        }
        // A model may be named with its provider, when the record names none beside it.
        let named = agent.provider == nil ? agent.model.flatMap { ModelName($0, among: reply.providers) } : nil
        self.init(
            provider: named?.provider ?? provider, model: named?.model ?? agent.model ?? provider.model, for: agent,
            threshold: threshold)
    }

    /// The facts of a model that an agent names.
    init(_ name: ModelName, for agent: AgentDefinition, threshold: Double) {
        self.init(provider: name.provider, model: name.model, for: agent, threshold: threshold)
    }

    private init(provider: ProviderInfo, model: String, for agent: AgentDefinition, threshold: Double) {
        self.init(
            provider: provider.name, model: model, window: agent.contextWindow ?? provider.contextWindow,
            threshold: agent.contextThreshold ?? threshold, tools: provider.tools, isLocal: provider.isLocal)
        if let learned = provider.learnedWindows?[model] { self = limited(to: learned) }
    }

    /// Facts as given, but for a window or a share out of range, of which the nearest that is within counts.
    init(provider: String, model: String, window: Int, threshold: Double, tools: Bool, isLocal: Bool) {
        self.provider = provider
        self.model = model
        self.window = max(0, min(window, AgentLimits.windowTokensMax))
        self.threshold = max(0, min(threshold, 1))
        self.tools = tools
        self.isLocal = isLocal
    }

    /// The facts with the window that the provider has told, which is true whatever is configured.
    func limited(to learned: TokenCount) -> ModelFacts {
        var facts = self
        facts.window = min(window, max(learned.value, AgentLimits.windowTokensMin))
        return facts
    }

    /// The tokens at which a session is full.
    var thresholdTokens: Int { Int(Double(window) * threshold) }

    /// The most tokens of an answer, whatever the record says: the rest of the window is the conversation's.
    var answerTokensMax: Int { max(1, window / 4) }

    /// Whether a session of this many tokens is full.
    func isFull(_ tokens: Int) -> Bool { tokens >= thresholdTokens }

    /// How much of the window is used, in per cent.
    func percent(_ tokens: Int) -> Int { window > 0 ? tokens * 100 / window : 0 }
}
