import Services

/// The tokens of all the model's calls in a turn together.
struct UsageSum: Hashable {
    /// The sum; nil while no provider has counted.
    private(set) var total: TokenUsage?

    /// Adds the tokens of a call; nil, where the provider does not count, adds nothing.
    mutating func add(_ usage: TokenUsage?) {
        if let usage { total = total.map { $0 + usage } ?? usage }
    }
}
