import Services

extension AgentKey {
    /// Whether the key says what an agent may do, what it may use, or who thinks for it: whoever may set it decides how
    /// much harm the agent can do.
    public var isGuarded: Bool {
        switch self {
        case .capabilities, .access, .sandbox, .ask, .approvers, .askTimeout, .limits, .budget, .provider, .model,
            .models:
            true
        case .temperature, .thinking, .voice, .maxTokens, .contextThreshold, .contextWindow, .title, .tags, .quiet,
            .text:
            false
        }
    }

    /// Whether the key of a record is a guarded one; org's keys are the same in every case.
    public static func isGuarded(_ key: String) -> Bool { AgentKey(rawValue: key.lowercased())?.isGuarded ?? false }

    /// Whether any of the keys that a model gives is guarded; what is no object of keys counts as one that is.
    static func isGuarded(anyOf keys: JSONValue?) -> Bool {
        switch keys {
        case nil, .null?: false
        case .object(let members)?: members.keys.contains(where: isGuarded)
        case _: true
        }
    }
}
