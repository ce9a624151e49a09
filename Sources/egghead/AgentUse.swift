import Services

/// What an agent uses: the model that answers for it, its tokens of today, and what is left of its budget.
struct AgentUse: Codable, Hashable {
    /// The model, with the provider that serves it; nil when neither the record nor the node names one.
    var model: String?
    /// The tokens of today, UTC; nil when the gateway does not answer.
    var tokensToday: TokenCount?
    /// Their price, as far as it is known.
    var costToday: Money?
    /// What its record's `budget` leaves for today; nil without a budget of tokens.
    var tokensLeft: TokenCount?
    /// The same in money; nil without a budget of money.
    var moneyLeft: Money?

    /// What is known of an agent's use.
    init(
        of agent: AgentDefinition, usage: Gateway.Usage.Reply?, providers: Gateway.Providers.Reply?
    ) {
        let known = providers?.providers ?? []
        let namesNone = agent.provider == nil && agent.model == nil
        let first = agent.models?.first ?? (namesNone ? providers?.models?.first : nil)
        let named = (first ?? (agent.provider == nil ? agent.model : nil)).flatMap { ModelName($0, among: known) }
        let name = named?.provider.name ?? agent.provider ?? providers?.defaultProvider
        let model = named?.model ?? first ?? agent.model ?? known.first { $0.name == name }?.model
        self.model = model.map { model in name.map { "\(model) of \($0)" } ?? model }
        guard let usage else { return }
        let spent = usage.sums.first { $0.name == agent.id.rawValue } ?? SpendingSum(name: agent.id.rawValue)
        tokensToday = spent.usage.total
        costToday = spent.cost > .zero ? spent.cost : nil
        tokensLeft = agent.budget?.tokens.map { TokenCount($0.value - spent.usage.total.value) }
        moneyLeft = agent.budget?.money.map { $0 - spent.cost }
    }

    /// `qwen3:8b of ollama, 1200 tokens today, 8800 left`
    var words: String {
        let spent = tokensToday.map { tokens in
            Counted.words(tokens.value, "token") + (costToday.map { " for \($0)" } ?? "") + " today"
        }
        return [model, spent, tokensLeft.map { "\($0) left" }, moneyLeft.map { "\($0) left" }]
            .compactMap { $0 }.joined(separator: ", ")
    }

    /// How long an answer is waited for; without it the rest is shown.
    private static let wait = Duration.seconds(3)

    /// What is known of the use of some agents.
    static func of(_ agents: [AgentDefinition], _ place: Place) -> [AgentID: AgentUse] {
        let usage = try? NodeSession.ask(Gateway.Usage.self, .init(by: .agent), of: place, wait: wait)
        let providers = try? NodeSession.ask(Gateway.Providers.self, Empty(), of: place, wait: wait)
        let uses = agents.map { ($0.id, AgentUse(of: $0, usage: usage, providers: providers)) }
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
