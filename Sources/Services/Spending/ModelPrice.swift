/// What a model costs, each amount for a million tokens.
public struct ModelPrice: Codable, Sendable, Hashable {
    /// Tokens of the prompt.
    public var input: Money
    /// Tokens of the answer, thoughts included.
    public var output: Money
    /// Those of the prompt that the vendor reads from its cache; as others when nil.
    public var cacheRead: Money?
    /// Those of the prompt that the vendor writes to its cache; as others when nil.
    public var cacheWrite: Money?
    /// The prices of a call whose prompt is long; the same as of others when nil.
    public var long: LongPrompt?
    /// The most tokens of an answer; nil when it is not known.
    public var outputMax: TokenCount?
    /// The window in tokens; nil when it is not known.
    public var window: TokenCount?

    /// The prices of a call whose prompt has more tokens than others.
    public struct LongPrompt: Codable, Sendable, Hashable {
        /// The most tokens of a prompt that is not long.
        public var above: TokenCount
        /// As of `ModelPrice`.
        public var input: Money, output: Money, cacheRead: Money?, cacheWrite: Money?

        /// Prices.
        public init(
            above: TokenCount, input: Money, output: Money, cacheRead: Money? = nil, cacheWrite: Money? = nil
        ) {
            self.above = above
            self.input = input
            self.output = output
            self.cacheRead = cacheRead
            self.cacheWrite = cacheWrite
        }
    }

    /// A price.
    public init(
        input: Money, output: Money, cacheRead: Money? = nil, cacheWrite: Money? = nil, long: LongPrompt? = nil,
        outputMax: TokenCount? = nil, window: TokenCount? = nil
    ) {
        self.input = input
        self.output = output
        self.cacheRead = cacheRead
        self.cacheWrite = cacheWrite
        self.long = long
        self.outputMax = outputMax
        self.window = window
    }

    /// That of a model on one's own machine.
    public static let free = ModelPrice(input: .zero, output: .zero)

    /// Whether no call costs anything.
    public var isFree: Bool { input == .zero && output == .zero && long == nil }

    /// What a call costs.
    public func cost(of usage: TokenUsage) -> Money {
        let price = atPrompt(of: usage.inputTokens)
        let cached = usage.cacheReadTokens + usage.cacheWriteTokens
        let fresh = TokenCount(usage.inputTokens.value - cached.value)
        return Self.cost(of: fresh, at: price.input)
            + Self.cost(of: usage.cacheReadTokens, at: price.cacheRead ?? price.input)
            + Self.cost(of: usage.cacheWriteTokens, at: price.cacheWrite ?? price.input)
            + Self.cost(of: usage.outputTokens, at: price.output)
    }

    /// The most that a call can cost: nothing of its prompt is in the vendor's cache, and all of it is written there.
    public func costMax(prompt: TokenCount, answer: TokenCount) -> Money {
        let price = atPrompt(of: prompt)
        return Self.cost(of: prompt, at: max(price.input, price.cacheWrite ?? .zero))
            + Self.cost(of: answer, at: price.output)
    }

    /// How many tokens of an answer an amount buys, after a prompt of a length; nil for as many as one likes.
    public func answerTokens(for amount: Money, prompt: TokenCount) -> TokenCount? {
        let output = atPrompt(of: prompt).output.nanodollars
        guard output > 0 else { return nil }
        let (tokens, overflows) = amount.nanodollars.multipliedReportingOverflow(by: 1_000_000)
        return overflows ? .most : TokenCount(tokens / output)
    }

    private func atPrompt(of tokens: TokenCount) -> LongPrompt {
        if let long, tokens > long.above { return long }
        return LongPrompt(above: 0, input: input, output: output, cacheRead: cacheRead, cacheWrite: cacheWrite)
    }

    /// Rounded up, so that no tokens are free.
    private static func cost(of tokens: TokenCount, at price: Money) -> Money {
        let (product, overflows) = tokens.value.multipliedReportingOverflow(by: price.nanodollars)
        return overflows ? .most : Money(nanodollars: product / 1_000_000 + (product % 1_000_000 == 0 ? 0 : 1))
    }
}
