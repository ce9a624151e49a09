/// How long a model thinks before it answers, for models that do.
public enum Thinking: String, Codable, Sendable, CaseIterable {
    case off, low, medium, high

    /// The word of vendors whose models think with more or less effort: `none`, `low` and so on.
    public var effort: String { self == .off ? "none" : rawValue }

    /// How many tokens a model may think, for vendors that want a number; nil for none.
    public var budgetTokens: Int? {
        switch self {
        case .off: nil
        case .low: 1_024
        case .medium: 4_096
        case .high: 16_384
        }
    }
}
