import Services

/// What an agent uses: the model that answers for it, its tokens of today, and what is left of its budget.
struct AgentUse: Codable, Hashable {
    /// The model, with the provider that serves it; nil when neither the record nor the node names one.
    var model: String?
    /// The tokens of today, UTC; nil when the coordinator does not answer.
    var tokensToday: TokenCount?
    /// What its record's `budget` leaves for today; nil without a budget.
    var tokensLeft: TokenCount?

    /// What is known of an agent's use.
    init(
        of agent: AgentDefinition, spending: Coordinator.Spending.Reply?, providers: Gateway.Providers.Reply?
    ) {
        let known = providers?.providers ?? []
        let namesNone = agent.provider == nil && agent.model == nil
        let first = agent.models?.first ?? (namesNone ? providers?.models?.first : nil)
        let named = (first ?? (agent.provider == nil ? agent.model : nil)).flatMap { ModelName($0, among: known) }
        let name = named?.provider.name ?? agent.provider ?? providers?.defaultProvider
        let model = named?.model ?? first ?? agent.model ?? known.first { $0.name == name }?.model
        self.model = model.map { model in name.map { "\(model) of \($0)" } ?? model }
        tokensToday = spending.map { reply in reply.agents.first { $0.agent == agent.id }?.tokens ?? 0 }
        if let budget = agent.budget, let tokensToday { tokensLeft = TokenCount(budget - tokensToday.value) }
    }

    /// `qwen3:8b of ollama, 1200 tokens today, 8800 left`
    var words: String {
        [model, tokensToday.map { Counted.words($0.value, "token") + " today" }, tokensLeft.map { "\($0) left" }]
            .compactMap { $0 }.joined(separator: ", ")
    }

    /// How long an answer is waited for; without it the rest is shown.
    private static let wait = Duration.seconds(3)

    /// What is known of the use of some agents.
    static func of(_ agents: [AgentDefinition], _ place: Place) -> [AgentID: AgentUse] {
        let spending = try? NodeSession.ask(Coordinator.Spending.self, Empty(), of: place, wait: wait)
        let providers = try? NodeSession.ask(Gateway.Providers.self, Empty(), of: place, wait: wait)
        let uses = agents.map { ($0.id, AgentUse(of: $0, spending: spending, providers: providers)) }
        return Dictionary(uses) { first, _ in first }
    }
}

/// An agent as `egghead agents --json` prints it: the keys of its record, and `use`.
struct PrintedAgent: Encodable {
    /// The agent.
    let agent: AgentDefinition
    /// What it uses.
    let use: AgentUse?

    private enum Key: String, CodingKey { case use }

    func encode(to encoder: any Encoder) throws {
        try agent.encode(to: encoder)
        var container = encoder.container(keyedBy: Key.self)
        try container.encodeIfPresent(use, forKey: .use)
    }
}
