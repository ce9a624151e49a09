import Services

/// A call that wants to be made, with the most that it can cost.
public struct SpendingRequest: Hashable, Sendable {
    /// Whose it is.
    public var key: SpendingKey
    /// The most tokens that its prompt can have.
    public var prompt: TokenCount
    /// The most tokens of its answer, thoughts included; as many as the model writes when nil.
    public var answer: TokenCount?
    /// The model's window in tokens.
    public var window: TokenCount
    /// What its model costs; nil when that is not known.
    public var price: ModelPrice?
    /// What its agent may spend in a day by its record.
    public var budget: SpendingCap?

    /// A request.
    public init(
        key: SpendingKey, prompt: TokenCount, answer: TokenCount?, window: TokenCount = .most, price: ModelPrice?,
        budget: SpendingCap? = nil
    ) {
        self.window = window
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

    /// The most that the attempts of a call cost that came to nothing, each with its prompt.
    public func lost(attempts: Int) -> SpendingCount {
        let one = SpendingCount(
            usage: TokenUsage(inputTokens: prompt, outputTokens: 0),
            cost: price?.costMax(prompt: prompt, answer: 0) ?? .zero)
        return (0..<max(0, attempts)).reduce(SpendingCount()) { sum, _ in sum + one }
    }

    /// The most tokens of the answer: the rest of the window, and what a model writes, when nobody bounds it.
    public var answerMax: TokenCount {
        if let answer { return answer }
        let most = min(price?.outputMax ?? Self.answerUnknown, Self.answerUnbounded)
        return min(most, max(SpendingLedger.answerMin, TokenCount(window.value - prompt.value)))
    }

    /// What the answer of a model is bounded to, if anything must be, and of one of which no more is known.
    private static let answerUnbounded: TokenCount = 16_384, answerUnknown: TokenCount = 8_192
}

/// Whether a call may be made.
public enum SpendingVerdict: Hashable, Sendable {
    /// It may. Its answer is to be bounded when there is a cap that it counts for; it is nil when there is none.
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
        var answer = wanted, waits = false, isConcerned = false
        let least = min(wanted, Self.answerMin)
        for limit in limits {
            let spent = spent(in: limit.scope), held = reserved(in: limit.scope)
            for isMoney in [false, true] {
                guard let left = Self.answer(request, limit.cap, after: spent + held, isMoney: isMoney) else {
                    continue
                }
                isConcerned = true
                if left >= least.value {
                    answer = min(answer, TokenCount(left))
                    continue
                }
                let later = Self.answer(request, limit.cap, after: spent, isMoney: isMoney) ?? .max
                guard later >= least.value else {
                    let use = use(of: limit.cap, in: limit.scope, day)
                    return .refused(ReachedCap(use: use, place: limit.place, isMoney: isMoney))
                }
                waits = true
            }
        }
        return waits ? .waits : .allowed(answerMax: isConcerned ? answer : nil)
    }

    /// The first cap that is passed by what is spent and held, if one is: a call that must be sent once more may not.
    public func passedCap(by request: SpendingRequest, caps: SpendingCaps, day: SpendingDay) -> ReachedCap? {
        for limit in limits(of: request.key, budget: request.budget, caps, day) {
            let count = spent(in: limit.scope) + reserved(in: limit.scope)
            let isMoney = limit.cap.money.map { count.cost > $0 } ?? false
            guard isMoney || limit.cap.tokens.map({ count.usage.total > $0 }) ?? false else { continue }
            return ReachedCap(use: use(of: limit.cap, in: limit.scope, day), place: limit.place, isMoney: isMoney)
        }
        return nil
    }

    /// The entry that holds the most that a call can cost.
    public func reservation(of request: SpendingRequest, answerMax: TokenCount?) -> SpendingEntry {
        .reserved(call: nextCall, request.key, request.most(answer: answerMax ?? request.answerMax))
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
