extension Gateway {
    /// `usage`: what calls have cost.
    public enum Usage: ServiceOperation {
        public static let service = ServiceName.llm, name = "usage"

        /// What the sums are of.
        public enum Grouping: String, Codable, Sendable, CaseIterable {
            case agent, model, room, day
        }

        /// Which sums.
        public struct Request: Codable, Sendable, Hashable {
            /// What the sums are of.
            public var by: Grouping
            /// The first day, `2026-11-28`, UTC; today when nil.
            public var since: String?

            /// A request.
            public init(by: Grouping, since: String? = nil) {
                self.by = by
                self.since = since
            }
        }

        /// The sums.
        public struct Reply: Codable, Sendable, Hashable {
            /// Today, UTC.
            public var today: String
            /// The first day that counts.
            public var since: String
            /// Those that cost most first, days in their order; at most `sumsMax`.
            public var sums: [SpendingSum]
            /// All of them together.
            public var total: SpendingSum
            /// The caps of the configuration that are in use, the node's first.
            public var caps: [CapUse]
            /// The models whose price is not known, and that count as costing nothing.
            public var withoutPrice: [String]

            /// A reply.
            public init(
                today: String, since: String, sums: [SpendingSum], total: SpendingSum, caps: [CapUse],
                withoutPrice: [String]
            ) {
                self.today = today
                self.since = since
                self.sums = sums
                self.total = total
                self.caps = caps
                self.withoutPrice = withoutPrice
            }
        }

        /// The most sums, and the most caps, of a reply.
        public static let sumsMax = 1_000
    }
}

/// What calls have cost together.
public struct SpendingSum: Codable, Sendable, Hashable {
    /// Whose they are: an agent, or who else has asked; a model, a room, a day. `-` without a room.
    public var name: String
    /// How many.
    public var calls: TokenCount
    /// Their tokens.
    public var usage: TokenUsage
    /// Their price.
    public var cost: Money
    /// How many of them are estimated, since they ended without the provider's count.
    public var estimated: TokenCount

    /// A sum.
    public init(
        name: String, calls: TokenCount = 0, usage: TokenUsage = TokenUsage(inputTokens: 0, outputTokens: 0),
        cost: Money = .zero, estimated: TokenCount = 0
    ) {
        self.name = name
        self.calls = calls
        self.usage = usage
        self.cost = cost
        self.estimated = estimated
    }
}

/// A cap, and how much of it is used.
public struct CapUse: Codable, Sendable, Hashable {
    /// What it is for: `today`, `this month`, `agent scout today`, `room lobby today`.
    public var scope: String
    /// The cap.
    public var cap: SpendingCap
    /// The tokens that are spent, those of running calls included.
    public var tokens: TokenCount
    /// The money.
    public var money: Money
    /// When it begins anew, RFC 3339.
    public var renewed: String

    /// A use.
    public init(scope: String, cap: SpendingCap, tokens: TokenCount, money: Money, renewed: String) {
        self.scope = scope
        self.cap = cap
        self.tokens = tokens
        self.money = money
        self.renewed = renewed
    }
}
