import Services

/// Whose a cost is.
public struct SpendingKey: Codable, Hashable, Sendable {
    /// The day of the call, `2026-11-28`, UTC.
    public var day: String
    /// Who has asked.
    public var caller: Principal
    /// The room that it was for, if it was for one.
    public var room: RoomName?
    /// `openai/gpt-5.4-mini`
    public var model: String

    /// A key.
    public init(day: String, caller: Principal, room: RoomName?, model: String) {
        self.day = day
        self.caller = caller
        self.room = room
        self.model = model
    }
}

/// An entry of the journal of spending.
public enum SpendingEntry: Hashable, Sendable {
    /// A call is about to be made, and can cost so much.
    case reserved(call: Int, SpendingKey, SpendingCount)
    /// A call has ended, and has cost so much.
    case settled(call: Int, SpendingCount)
    /// What calls have cost together, of which no more is kept.
    case sum(SpendingKey, SpendingCount)
}

/// A number of calls with their tokens and their price.
public struct SpendingCount: Hashable, Sendable {
    /// How many.
    public var calls: TokenCount
    /// Their tokens.
    public var usage: TokenUsage
    /// Their price.
    public var cost: Money
    /// How many of them are counted as the most that they can have cost.
    public var estimated: TokenCount

    /// A count.
    public init(
        calls: TokenCount = 0, usage: TokenUsage = TokenUsage(inputTokens: 0, outputTokens: 0), cost: Money = .zero,
        estimated: TokenCount = 0
    ) {
        self.calls = calls
        self.usage = usage
        self.cost = cost
        self.estimated = estimated
    }

    /// The sum.
    public static func + (first: SpendingCount, second: SpendingCount) -> SpendingCount {
        SpendingCount(
            calls: first.calls + second.calls, usage: first.usage + second.usage, cost: first.cost + second.cost,
            estimated: first.estimated + second.estimated)
    }
}

/// The JSON object has whole numbers alone, as a journal wants it: money in billionths of a dollar.
extension SpendingCount: Codable {
    private enum CodingKeys: String, CodingKey { case calls, usage, nanodollars, estimated }

    /// Reads a count.
    ///
    /// - Throws: `DecodingError` if it is none.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        calls = try fields.decode(TokenCount.self, forKey: .calls)
        usage = try fields.decode(TokenUsage.self, forKey: .usage)
        cost = Money(nanodollars: try fields.decode(Int.self, forKey: .nanodollars))
        estimated = try fields.decodeIfPresent(TokenCount.self, forKey: .estimated) ?? 0
    }

    /// Writes the count.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        try fields.encode(calls, forKey: .calls)
        try fields.encode(usage, forKey: .usage)
        try fields.encode(cost.nanodollars, forKey: .nanodollars)
        if estimated > 0 { try fields.encode(estimated, forKey: .estimated) }
    }
}

/// The JSON object says what it is by its keys: `call` and `key`, `call` alone, `key` alone, each with `count`.
extension SpendingEntry: Codable {
    private enum CodingKeys: String, CodingKey { case call, key, count }

    /// Reads an entry.
    ///
    /// - Throws: `DecodingError` if it is none.
    public init(from decoder: any Decoder) throws {
        let fields = try decoder.container(keyedBy: CodingKeys.self)
        let call = try fields.decodeIfPresent(Int.self, forKey: .call)
        let key = try fields.decodeIfPresent(SpendingKey.self, forKey: .key)
        let count = try fields.decode(SpendingCount.self, forKey: .count)
        switch (call, key) {
        case (let call?, let key?): self = .reserved(call: call, key, count)
        case (let call?, nil): self = .settled(call: call, count)
        case (nil, let key?): self = .sum(key, count)
        case (nil, nil):
            throw DecodingError.dataCorruptedError(
                forKey: .key, in: fields, debugDescription: "neither a call nor a key")
        }
    }

    /// Writes the entry.
    public func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: CodingKeys.self)
        switch self {
        case .reserved(let call, let key, let count):
            try fields.encode(call, forKey: .call)
            try fields.encode(key, forKey: .key)
            try fields.encode(count, forKey: .count)
        case .settled(let call, let count):
            try fields.encode(call, forKey: .call)
            try fields.encode(count, forKey: .count)
        case .sum(let key, let count):
            try fields.encode(key, forKey: .key)
            try fields.encode(count, forKey: .count)
        }
    }
}
