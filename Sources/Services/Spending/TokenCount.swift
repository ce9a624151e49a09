/// A number of tokens, 0 to `most`: the type of every count that a provider, a message of the bus or a journal tells.
///
/// A number from outside becomes a count where it is read, and whatever it was, nothing that is done with the count
/// overflows: sums stop at the bound.
public struct TokenCount: Sendable, Hashable, Comparable {
    /// The number, 0 to `most.value`.
    public let value: Int

    /// A thousand times the largest budget of a day, and far from what an `Int` or a JSON number can hold.
    public static let most = TokenCount(1 << 50)

    /// The count nearest to a number: 0 for a negative one, `most` for one that exceeds it.
    public init(_ value: Int) { self.value = max(0, min(value, 1 << 50)) }

    /// The sum, at most `most`.
    public static func + (first: TokenCount, second: TokenCount) -> TokenCount {
        TokenCount(first.value + second.value)
    }

    /// The smaller count comes first.
    public static func < (first: TokenCount, second: TokenCount) -> Bool { first.value < second.value }
}

extension TokenCount: ExpressibleByIntegerLiteral {
    /// A count in the program's own text.
    public init(integerLiteral value: Int) { self.init(value) }
}

extension TokenCount: CustomStringConvertible {
    /// The digits.
    public var description: String { String(value) }
}

/// The JSON text is the number. Whole numbers beyond the bound are read as the bound, also those that no `Int` holds.
extension TokenCount: Codable {
    /// Reads a number.
    ///
    /// - Throws: `DecodingError` for what is no count: a negative number, a fraction, anything but a number.
    public init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let number = try container.decode(Double.self)
        guard number >= 0, number == number.rounded() else {
            throw DecodingError.dataCorruptedError(in: container, debugDescription: "a count is 0 or more")
        }
        self = number < Double(Self.most.value) ? TokenCount(try container.decode(Int.self)) : Self.most
    }

    /// Writes the number.
    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(value)
    }
}

/// Tokens of one call, or of several together.
public struct TokenUsage: Sendable, Hashable {
    /// Tokens of the prompt, cached ones included.
    public var inputTokens: TokenCount
    /// Tokens of the answer, thoughts included.
    public var outputTokens: TokenCount
    /// Those of the prompt that the vendor has read from its cache.
    public var cacheReadTokens: TokenCount
    /// Those of the prompt that the vendor has written to its cache.
    public var cacheWriteTokens: TokenCount

    /// A count.
    public init(
        inputTokens: TokenCount, outputTokens: TokenCount, cacheReadTokens: TokenCount = 0,
        cacheWriteTokens: TokenCount = 0
    ) {
        self.inputTokens = inputTokens
        self.outputTokens = outputTokens
        self.cacheReadTokens = cacheReadTokens
        self.cacheWriteTokens = cacheWriteTokens
    }

    /// The usage of one call without the counts that no call has, as if they had not been told; nil when none is left.
    ///
    /// What some servers say that do not count is the largest number that they know.
    public var ofOneCall: TokenUsage? {
        let counts = [inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens]
        let known = counts.map { $0 > Self.ofOneCallMax ? 0 : $0 }
        if known != counts, known.allSatisfy({ $0 == 0 }) { return nil }
        return TokenUsage(
            inputTokens: known[0], outputTokens: known[1], cacheReadTokens: known[2], cacheWriteTokens: known[3])
    }

    /// The largest window that can be configured.
    private static let ofOneCallMax: TokenCount = 100_000_000

    /// Prompt and answer together.
    public var total: TokenCount { inputTokens + outputTokens }

    /// What two calls cost together.
    public static func + (first: TokenUsage, second: TokenUsage) -> TokenUsage {
        TokenUsage(
            inputTokens: first.inputTokens + second.inputTokens,
            outputTokens: first.outputTokens + second.outputTokens,
            cacheReadTokens: first.cacheReadTokens + second.cacheReadTokens,
            cacheWriteTokens: first.cacheWriteTokens + second.cacheWriteTokens)
    }
}

extension TokenUsage: Codable {
    private enum CodingKeys: String, CodingKey { case inputTokens, outputTokens, cacheReadTokens, cacheWriteTokens }

    /// Reads the counts. What is no count is 0: neither a message nor a line of a journal is lost because of it.
    ///
    /// - Throws: `DecodingError` if it is no object.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        inputTokens = (try? fields.decode(TokenCount.self, forKey: .inputTokens)) ?? 0
        outputTokens = (try? fields.decode(TokenCount.self, forKey: .outputTokens)) ?? 0
        cacheReadTokens = (try? fields.decodeIfPresent(TokenCount.self, forKey: .cacheReadTokens)) ?? 0
        cacheWriteTokens = (try? fields.decodeIfPresent(TokenCount.self, forKey: .cacheWriteTokens)) ?? 0
    }

    /// Writes the counts, those of the cache only if there are any.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(inputTokens, forKey: .inputTokens)
        try fields.encode(outputTokens, forKey: .outputTokens)
        if cacheReadTokens > 0 { try fields.encode(cacheReadTokens, forKey: .cacheReadTokens) }
        if cacheWriteTokens > 0 { try fields.encode(cacheWriteTokens, forKey: .cacheWriteTokens) }
    }
}
