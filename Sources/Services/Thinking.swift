/// How long a model thinks before it answers, for models that do.
public enum Thinking: String, Codable, Sendable, CaseIterable {
    case off, low, medium, high
}
