/// How much may be spent: tokens, money, or both, of which the one that is reached first counts.
public struct SpendingCap: Sendable, Hashable {
    /// Prompts and answers together; any number when nil.
    public var tokens: TokenCount?
    /// Any amount when nil.
    public var money: Money?

    /// A cap.
    public init(tokens: TokenCount? = nil, money: Money? = nil) {
        self.tokens = tokens
        self.money = money
    }

    /// A cap in its written form: `200000`, `200k`, `5M` are tokens, `$2.50` is money; nil for what is neither, or is
    /// nothing.
    public init?(_ text: String) {
        if text.hasPrefix("$") {
            let digits = text.dropFirst()
            guard !digits.isEmpty, digits.allSatisfy({ $0.isASCII && ($0.isNumber || $0 == ".") }),
                let money = Double(digits).flatMap(Money.init(dollars:)), money > .zero
            else { return nil }
            self.init(money: money)
        } else {
            let unit = text.last == "k" ? 1_000 : text.last == "M" ? 1_000_000 : 1
            let digits = unit == 1 ? text[...] : text.dropLast()
            guard digits.allSatisfy({ $0.isASCII && $0.isNumber }), let number = Int(digits), number > 0 else {
                return nil
            }
            let (tokens, overflows) = number.multipliedReportingOverflow(by: unit)
            self.init(tokens: overflows ? .most : TokenCount(tokens))
        }
    }

    /// What is wanted where a text is none.
    public static let requirement = "tokens, such as 200k or 5M, or dollars, such as $2.50, are wanted"

    /// Both caps at once; nil when both speak of the same.
    public func and(_ other: SpendingCap) -> SpendingCap? {
        guard tokens == nil || other.tokens == nil, money == nil || other.money == nil else { return nil }
        return SpendingCap(tokens: tokens ?? other.tokens, money: money ?? other.money)
    }
}

extension SpendingCap: CustomStringConvertible {
    /// `200000 tokens or $2.50`
    public var description: String {
        [tokens.map { "\($0) tokens" }, money.map { "\($0)" }].compactMap(\.self).joined(separator: " or ")
    }
}

extension SpendingCap: Codable {
    private enum CodingKeys: String, CodingKey { case tokens, money }

    /// Reads a cap; a number alone is one of tokens.
    ///
    /// - Throws: `DecodingError` if it is neither.
    public init(from decoder: any Decoder) throws {
        if let tokens = try? decoder.singleValueContainer().decode(TokenCount.self) {
            self.init(tokens: tokens)
        } else {
            let fields = try decoder.container(keyedBy: CodingKeys.self)
            self.init(
                tokens: try fields.decodeIfPresent(TokenCount.self, forKey: .tokens),
                money: try fields.decodeIfPresent(Money.self, forKey: .money))
        }
    }

    /// Writes a cap.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encodeIfPresent(tokens, forKey: .tokens)
        try fields.encodeIfPresent(money, forKey: .money)
    }
}

/// The caps of `config.yml`; each is none when nil.
public struct SpendingCaps: Codable, Sendable, Hashable {
    /// What each agent may spend in a day, UTC.
    public var agent: SpendingCap?
    /// What may be spent in each room in a day.
    public var room: SpendingCap?
    /// What the node may spend in a day.
    public var day: SpendingCap?
    /// What the node may spend in a month.
    public var month: SpendingCap?

    /// Caps.
    public init(
        agent: SpendingCap? = nil, room: SpendingCap? = nil, day: SpendingCap? = nil, month: SpendingCap? = nil
    ) {
        self.agent = agent
        self.room = room
        self.day = day
        self.month = month
    }
}
