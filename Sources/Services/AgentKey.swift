/// What a record can say of an agent: the keys of its frontmatter by their names there, and its text. What each changed
/// value needs to come into force says the table in `Sources/Records/AgentRecord.swift`.
public enum AgentKey: String, Codable, Sendable, CaseIterable {
    case provider, model, models, temperature, thinking, voice
    case maxTokens = "max_tokens"
    case contextThreshold = "context_threshold"
    case contextWindow = "context_window"
    case limits
    case title, tags, quiet, access, capabilities, sandbox, ask, approvers, budget
    case askTimeout = "ask_timeout"
    case text
}

extension AgentDefinition {
    /// The value of a key as a text that is another one when the value is; nil when the record does not set it.
    public func value(of key: AgentKey) -> String? {
        switch key {
        case .provider: provider
        case .model: model
        case .models: models?.joined(separator: "\n")
        case .temperature: temperature.map { "\($0)" }
        case .thinking: thinking?.rawValue
        case .voice: voice?.rawValue
        case .maxTokens: maxTokens.map { "\($0)" }
        case .contextThreshold: contextThreshold.map { "\($0)" }
        case .contextWindow: contextWindow.map { "\($0)" }
        case .limits: limits?.description
        case .title: title
        case .tags: tags.joined(separator: "\n")
        case .quiet: "\(quiet)"
        case .access: nil  // it is short for some capabilities
        case .budget: budget.map { "\($0)" }
        case .capabilities: capabilities?.map(\.description).joined(separator: "\n")
        case .sandbox: sandbox
        case .ask: ask.map { $0.map(\.rawValue).joined(separator: "\n") }
        case .approvers: approvers?.joined(separator: "\n")
        case .askTimeout: askTimeoutSeconds.map { "\($0)" }
        case .text: disposition
        }
    }

    /// What of model and window the record sets; nil for nothing.
    public var modelKeys: [AgentKey]? {
        let keys = [AgentKey.model, .models, .contextWindow].filter { value(of: $0) != nil }
        return keys.isEmpty ? nil : keys
    }

    /// The keys whose values are others than in an older definition.
    public func keysChanged(since old: AgentDefinition) -> [AgentKey] {
        AgentKey.allCases.filter { value(of: $0) != old.value(of: $0) }
    }
}
