import Services

/// The models that may speak for an agent, in the order in which they are tried: the first one that is not known to be
/// out takes the turn, and the next one when it fails before its first word.
struct ModelChoices: Hashable {
    /// The first one, for which the agent's session is.
    let first: ModelFacts
    /// The one that takes the turn.
    private(set) var current: ModelFacts
    /// Those that are left when it fails.
    private(set) var rest: [ModelFacts]
    /// Why others before it do not take the turn, each in words for the room.
    private(set) var reasons: [String] = []
    /// How many have failed in the turn.
    private(set) var failures = 0

    /// The choices of an agent's record, or else of the configuration, or else the one model that both name.
    ///
    /// - Throws: `ServiceFailure`, in words for a room, when a name is no model's.
    init(
        for agent: AgentDefinition, among reply: Gateway.Providers.Reply, threshold: Double
    ) throws(ServiceFailure) {
        let names = agent.models ?? (agent.provider == nil && agent.model == nil ? reply.models : nil) ?? []
        var choices: [ModelFacts] = []
        for name in names {
            let provider = String(name.prefix { $0 != "/" })
            if let problem = reply.unusable?[provider] {
                reasons.append("\(name) is out: \(problem)")
                continue
            }
            guard let found = ModelName(name, among: reply.providers) else {
                if let (out, problem) = reply.unusable?.min(by: { $0.key < $1.key }), provider == name {
                    reasons.append("\(name) has no provider, and \(out) is out: \(problem)")
                    continue
                }
                let known = reply.providers.map(\.name).joined(separator: ", ")
                throw ServiceFailure(
                    .notFound,
                    "agent \(agent.id): no provider is known for the model \(name); write PROVIDER/MODEL with one of "
                        + "the providers in config.yml (\(known.isEmpty ? "none" : known))")
            }
            choices.append(ModelFacts(found, for: agent, threshold: threshold))
        }
        if choices.isEmpty, let reason = reasons.first {
            throw ServiceFailure(.notFound, "agent \(agent.id): \(reason)")
        }
        if choices.isEmpty { choices = [try ModelFacts(for: agent, among: reply, threshold: threshold)] }
        first = choices[0]
        current = first
        rest = Array(choices.dropFirst())
        let outages = Dictionary(
            reply.providers.compactMap { info in info.outage.map { (info.name, $0) } }
        ) { first, _ in first }
        guard let next = choices.firstIndex(where: { outages[$0.provider] == nil }) else { return }
        reasons += choices[..<next].map { "\($0.name) is out: \(outages[$0.provider] ?? "")" }
        current = choices[next]
        rest = Array(choices[(next + 1)...])
    }

    /// A single model.
    init(_ model: ModelFacts) { (first, current, rest) = (model, model, []) }

    /// The model has failed before its first word: the next one takes the turn, if there is one that can.
    ///
    /// - Parameter wantsTools: Whether the turn has called tools already, so that a model without them is no help.
    /// - Returns: Whether there is one.
    mutating func fall(after failure: ProviderFailure, wantsTools: Bool) -> Bool {
        guard failure.code.isOutage || failure.code == .spent,
            let next = rest.firstIndex(where: { $0.tools || !wantsTools })
        else {
            return false
        }
        failures += 1
        reasons.append("\(current.name) failed: \(failure.message)")
        current = rest[next]
        rest = Array(rest[(next + 1)...])
        return true
    }

    /// What the room is told of a turn that another model than the first one has taken; nil if the first one has.
    var remark: String? {
        reasons.isEmpty ? nil : "answers with \(current.name), because \(reasons.joined(separator: "; and "))"
    }
}

extension ModelFacts {
    /// `openai/gpt-5.4-mini`
    var name: String { "\(provider)/\(model)" }
}
