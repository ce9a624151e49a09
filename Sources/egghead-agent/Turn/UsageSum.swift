import Services

/// The tokens of all the model's calls in a turn together.
struct UsageSum: Hashable {
    /// The sum; nil while no provider has counted.
    private(set) var total: TokenUsage?

    /// Adds the tokens of a call; nil, where the provider does not count, adds nothing.
    mutating func add(_ usage: TokenUsage?) {
        guard let usage else { return }
        total = TokenUsage(
            inputTokens: (total?.inputTokens ?? 0) + usage.inputTokens,
            outputTokens: (total?.outputTokens ?? 0) + usage.outputTokens)
    }
}
