import Services

/// A call that wants to be made, with the most that it can cost.
public struct SpendingRequest: Hashable, Sendable {
    /// Whose it is.
    public var key: SpendingKey
    /// The most tokens that its prompt can have.
    public var prompt: TokenCount
    /// The most tokens of its answer; as many as the model writes when nil.
    public var answer: TokenCount?
    /// What its model costs; nil when that is not known.
    public var price: ModelPrice?
    /// What its agent may spend in a day by its record.
    public var budget: SpendingCap?

    /// A request.
    public init(
        key: SpendingKey, prompt: TokenCount, answer: TokenCount?, price: ModelPrice?, budget: SpendingCap? = nil
    ) {
        self.key = key
        self.prompt = prompt
        self.answer = answer
        self.price = price
        self.budget = budget
    }

    /// The most that it can cost with an answer of so many tokens.
    public func most(answer: TokenCount) -> SpendingCount {
        SpendingCount(
            calls: 1, usage: TokenUsage(inputTokens: prompt, outputTokens: answer),
            cost: price?.costMax(prompt: prompt, answer: answer) ?? .zero)
    }

    /// The tokens of an answer that nobody bounds.
    var answerMax: TokenCount { answer ?? price?.outputMax ?? Self.answerUnbounded }

    /// What the answer of a model is bounded to that tells no bound of its own, if anything must be.
    private static let answerUnbounded: TokenCount = 16_384
}

/// Whether a call may be made.
public enum SpendingVerdict: Hashable, Sendable {
    /// It may. Its answer is to be bounded when a cap is near, or when nobody else bounds it and there is a cap.
    case allowed(answerMax: TokenCount?)
    /// Not now: what running calls may cost is more than the cap leaves, what they will have cost may be less.
    case waits
    /// Not before the cap is renewed.
    case refused(ReachedCap)
}

/// A cap that leaves too little for a call.
public struct ReachedCap: Hashable, Sendable {
    /// Whose it is, and how much of it is used.
    public var use: CapUse
    /// What is to be changed for more: a key of the agent's record, or of `config.yml`.
    public var place: String
    /// Whether it is money that is short.
    public var isMoney: Bool
}

extension SpendingLedger {
    /// The fewest tokens of an answer for which a call is made: less than that says nothing.
    static let answerMin: TokenCount = 256

    /// Whether a call may be made now.
    public func verdict(on request: SpendingRequest, caps: SpendingCaps, day: SpendingDay) -> SpendingVerdict {
        let limits = limits(of: request.key, budget: request.budget, caps, day)
        let wanted = request.answerMax
        guard !limits.isEmpty else { return .allowed(answerMax: nil) }
        var answer = wanted, waits = false
        let least = min(wanted, Self.answerMin)
        for limit in limits {
            let spent = spent(in: limit.scope), held = reserved(in: limit.scope)
            for isMoney in [false, true] {
                guard let left = Self.answer(request, limit.cap, after: spent + held, isMoney: isMoney) else {
                    continue
                }
                if left >= least.value {
                    answer = min(answer, TokenCount(left))
                    continue
                }
                let later = Self.answer(request, limit.cap, after: spent, isMoney: isMoney) ?? 0
                guard later >= least.value else {
                    let use = use(of: limit.cap, in: limit.scope, day)
                    return .refused(ReachedCap(use: use, place: limit.place, isMoney: isMoney))
                }
                waits = true
            }
        }
        return waits ? .waits : .allowed(answerMax: answer)
    }

    /// The entry that holds the most that a call can cost.
    public func reservation(of request: SpendingRequest, answerMax: TokenCount?) -> SpendingEntry {
        .reserved(call: nextCall, request.key, request.most(answer: answerMax ?? request.answer ?? 0))
    }

    /// How many tokens of an answer a cap leaves; negative when it leaves not even the prompt, nil when it is of
    /// something else.
    private static func answer(
        _ request: SpendingRequest, _ cap: SpendingCap, after spent: SpendingCount, isMoney: Bool
    ) -> Int? {
        if isMoney {
            guard let money = cap.money, let price = request.price, price.isFree == false else { return nil }
            let prompt = price.costMax(prompt: request.prompt, answer: 0)
            guard spent.cost + prompt <= money else { return -1 }
            return price.answerTokens(for: money - (spent.cost + prompt), prompt: request.prompt)?.value
        }
        return cap.tokens.map { $0.value - spent.usage.total.value - request.prompt.value }
    }

    private struct Limit {
        var scope: Scope, cap: SpendingCap, place: String
    }

    private func limits(
        of key: SpendingKey, budget: SpendingCap?, _ caps: SpendingCaps, _ day: SpendingDay
    ) -> [Limit] {
        let isAgent = key.caller.agent != nil
        let all: [(Scope?, SpendingCap?, String)] = [
            (.agent(key.caller, day: day.name), budget, "budget of its record"),
            (isAgent ? .agent(key.caller, day: day.name) : nil, caps.agent, "caps.agent in config.yml"),
            (key.room.map { .room($0, day: day.name) }, caps.room, "caps.room in config.yml"),
            (.day(day.name), caps.day, "caps.day in config.yml"),
            (.month(day.month), caps.month, "caps.month in config.yml"),
        ]
        return all.compactMap { scope, cap, place in
            if let scope, let cap { Limit(scope: scope, cap: cap, place: place) } else { nil }
        }
    }

    private func use(of cap: SpendingCap, in scope: Scope, _ day: SpendingDay) -> CapUse {
        let count = spent(in: scope) + reserved(in: scope)
        let (name, renewed) =
            switch scope {
            case .agent(let caller, _): ("agent \(caller.agent?.rawValue ?? caller.rawValue) today", day.end)
            case .room(let room, _): ("room \(room) today", day.end)
            case .day: ("today", day.end)
            case .month: ("this month", day.monthEnd)
            }
        return CapUse(scope: name, cap: cap, tokens: count.usage.total, money: count.cost, renewed: renewed)
    }

    /// The caps that are in use, the node's first.
    public func uses(of caps: SpendingCaps, day: SpendingDay) -> [CapUse] {
        let node: [(Scope, SpendingCap?)] = [(.day(day.name), caps.day), (.month(day.month), caps.month)]
        let others: [CapUse] = scopes(on: day.name).compactMap { scope in
            let cap: SpendingCap? =
                switch scope {
                case .agent(let caller, _): caller.agent == nil ? nil : caps.agent
                case .room: caps.room
                case .day, .month: nil
                }
            return cap.map { use(of: $0, in: scope, day) }
        }
        return node.compactMap { scope, cap in cap.map { use(of: $0, in: scope, day) } }
            + others.sorted { $0.scope < $1.scope }
    }
}
