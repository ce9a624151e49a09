import Models
import Services
import Testing

/// What is spent, and whether a cap leaves anything.
@Suite struct SpendingLedgerTests {
    private static let day = SpendingDay(seconds: 1_796_000_000)
    private static let price = ModelPrice(input: Money(nanodollars: 2_000_000_000), output: Money(dollars: 10) ?? .zero)
    private static let scout = Principal.agent("scout")

    private static func request(
        _ caller: Principal = scout, room: RoomName? = "lobby", prompt: TokenCount = 1_000, answer: TokenCount? = 500,
        price: ModelPrice? = price, budget: SpendingCap? = nil
    ) -> SpendingRequest {
        let key = SpendingKey(day: day.name, caller: caller, room: room, model: "openai/x")
        return SpendingRequest(key: key, prompt: prompt, answer: answer, price: price, budget: budget)
    }

    private static func count(_ input: TokenCount, _ output: TokenCount) -> SpendingCount {
        let usage = TokenUsage(inputTokens: input, outputTokens: output)
        return SpendingCount(calls: 1, usage: usage, cost: price.cost(of: usage))
    }

    @Test func `days and months end at midnight UTC`() {
        let last = SpendingDay(seconds: 1_798_761_599)
        #expect(last.name == "2026-12-31" && last.month == "2026-12")
        #expect(last.end == "2027-01-01T00:00:00.000Z" || last.end == "2027-01-01T00:00:00Z", "\(last.end)")
        #expect(last.monthEnd == last.end)
        #expect(SpendingDay(seconds: 1_798_761_600).name == "2027-01-01")
        #expect(SpendingDay(seconds: 1_772_150_400).monthEnd.hasPrefix("2026-03-01"))
        #expect(SpendingDay.name(daysBefore: 60, seconds: 1_772_150_400) == "2025-12-29")
    }

    @Test func `a call costs what the vendor counts, cached tokens at their price, long prompts at theirs`() {
        var price = ModelPrice(
            input: Money(nanodollars: 3_000_000_000), output: Money(nanodollars: 15_000_000_000),
            cacheRead: Money(nanodollars: 300_000_000), cacheWrite: Money(nanodollars: 3_750_000_000))
        let usage = TokenUsage(
            inputTokens: 10_000, outputTokens: 1_000, cacheReadTokens: 6_000, cacheWriteTokens: 3_000)
        // 1,000 · 3 + 6,000 · 0.3 + 3,000 · 3.75 + 1,000 · 15 dollars a million.
        #expect(price.cost(of: usage) == Money(nanodollars: 31_050_000))
        #expect(price.costMax(prompt: 10_000, answer: 1_000) == Money(nanodollars: 52_500_000))
        price.long = .init(above: 9_999, input: Money(dollars: 6) ?? .zero, output: Money(dollars: 20) ?? .zero)
        #expect(price.cost(of: usage) == Money(nanodollars: 80_000_000))
        #expect(ModelPrice.free.cost(of: usage) == .zero)
        // Nothing traps, and nothing that was bought is free.
        let most = TokenUsage(inputTokens: .most, outputTokens: .most, cacheReadTokens: .most)
        #expect(price.cost(of: most) == .most)
        let one = TokenUsage(inputTokens: 1, outputTokens: 0)
        #expect(ModelPrice(input: Money(nanodollars: 1), output: .zero).cost(of: one) == Money(nanodollars: 1))
    }

    @Test func `what runs is held, what has ended counts, and what nobody knows counts as the most`() {
        var ledger = SpendingLedger()
        let caps = SpendingCaps(day: SpendingCap(tokens: 4_000))
        for _ in 0..<2 {
            #expect(ledger.verdict(on: Self.request(), caps: caps, day: Self.day) == .allowed(answerMax: 500))
            ledger.apply(ledger.reservation(of: Self.request(), answerMax: 500))
        }
        // 3,000 are held; what is left is enough for a short prompt alone.
        #expect(ledger.verdict(on: Self.request(), caps: caps, day: Self.day) == .waits)
        #expect(
            ledger.verdict(on: Self.request(prompt: 600), caps: caps, day: Self.day) == .allowed(answerMax: 400))
        ledger.apply(.settled(call: 1, Self.count(700, 100)))
        #expect(ledger.verdict(on: Self.request(), caps: caps, day: Self.day) == .allowed(answerMax: 500))
        let abandoned = ledger.abandoned
        abandoned.forEach { ledger.apply($0) }
        #expect(abandoned.count == 1 && ledger.abandoned.isEmpty)
        let reply = ledger.usage(.init(by: .agent), caps: caps, day: Self.day) { _ in true }
        #expect(reply.total.usage.total == 2_300 && reply.total.calls == 2 && reply.total.estimated == 1)
        #expect(reply.caps.map(\.scope) == ["today"] && reply.caps[0].tokens == 2_300)
        // A second word on the same call, or one on a call that never was, changes nothing.
        ledger.apply(.settled(call: 2, Self.count(9, 9)))
        ledger.apply(.settled(call: 77, Self.count(9, 9)))
        #expect(ledger.usage(.init(by: .agent), caps: caps, day: Self.day) { _ in true } == reply)
    }

    @Test func `each cap stops what it is for, and says when it goes on`() {
        let cap = SpendingCap(tokens: 1_800)
        let cases: [(SpendingCaps, SpendingCap?, String, String)] = [
            (SpendingCaps(agent: cap), nil, "agent scout today", "caps.agent in config.yml"),
            (SpendingCaps(room: cap), nil, "room lobby today", "caps.room in config.yml"),
            (SpendingCaps(day: cap), nil, "today", "caps.day in config.yml"),
            (SpendingCaps(month: cap), nil, "this month", "caps.month in config.yml"),
            (SpendingCaps(), cap, "agent scout today", "budget of its record"),
        ]
        for (caps, budget, scope, place) in cases {
            var ledger = SpendingLedger()
            ledger.apply(ledger.reservation(of: Self.request(budget: budget), answerMax: 500))
            ledger.apply(.settled(call: 1, Self.count(900, 100)))
            let verdict = ledger.verdict(on: Self.request(budget: budget), caps: caps, day: Self.day)
            guard case .refused(let reached) = verdict else {
                Issue.record("\(scope): \(verdict)")
                continue
            }
            #expect(reached.use.scope == scope && reached.place == place && !reached.isMoney)
            #expect(reached.use.tokens == 1_000)
            let failure = ProviderFailure.spent(reached)
            #expect(failure.code == .spent && failure.message.contains("1000 tokens of 1800 are spent (\(scope))"))
            #expect(failure.message.contains(" 00:00 UTC, or when \(place) is raised"), "\(failure.message)")
        }
    }

    @Test func `an agent's cap is for agents, a room's for its room, and a free model passes a cap of money`() {
        var ledger = SpendingLedger()
        ledger.apply(ledger.reservation(of: Self.request(), answerMax: 500))
        ledger.apply(.settled(call: 1, Self.count(900, 100)))
        let caps = SpendingCaps(agent: SpendingCap(tokens: 1_000), room: SpendingCap(tokens: 1_000))
        func isAllowed(_ request: SpendingRequest, _ caps: SpendingCaps) -> Bool {
            if case .allowed = ledger.verdict(on: request, caps: caps, day: Self.day) { true } else { false }
        }
        #expect(!isAllowed(Self.request(room: "kitchen", prompt: 1), caps))
        #expect(!isAllowed(Self.request(.agent("index"), prompt: 1), caps))
        #expect(isAllowed(Self.request(.agent("index"), room: "kitchen", prompt: 1), caps))
        #expect(isAllowed(Self.request(.user("ann"), room: nil), caps))
        let money = SpendingCaps(day: SpendingCap(money: Money(nanodollars: 1_000)))
        #expect(!isAllowed(Self.request(), money))
        #expect(isAllowed(Self.request(price: .free), money))
        // Another day, another account.
        #expect(
            ledger.verdict(on: Self.request(), caps: caps, day: SpendingDay(seconds: 1_796_086_400))
                == .waits || isAllowed(Self.request(room: nil), SpendingCaps(room: caps.room)))
    }

    @Test func `near a cap the answer is bounded by what is left, in tokens and in money`() {
        let ledger = SpendingLedger()
        // 1,000 tokens of the prompt cost $0.002, 300 of the answer $0.003.
        let money = SpendingCaps(day: SpendingCap(money: Money(nanodollars: 5_000_000)))
        #expect(ledger.verdict(on: Self.request(), caps: money, day: Self.day) == .allowed(answerMax: 300))
        // Who bounds no answer gets a bound as soon as there is a cap.
        let far = SpendingCaps(month: SpendingCap(tokens: 1_000_000))
        #expect(ledger.verdict(on: Self.request(answer: nil), caps: far, day: Self.day) == .allowed(answerMax: 8_192))
        #expect(
            ledger.verdict(on: Self.request(answer: nil), caps: SpendingCaps(), day: Self.day)
                == .allowed(answerMax: nil))
        // An answer that is short by itself needs no more than its own tokens.
        let tight = SpendingCaps(day: SpendingCap(tokens: 1_010))
        #expect(ledger.verdict(on: Self.request(answer: 10), caps: tight, day: Self.day) == .allowed(answerMax: 10))
    }

    @Test func `the ledger in few entries is the same ledger`() {
        var ledger = SpendingLedger()
        for call in 1...40 {
            let caller: Principal = call % 2 == 0 ? Self.scout : .user("ann")
            let room: RoomName? = call % 3 == 0 ? nil : "lobby"
            ledger.apply(ledger.reservation(of: Self.request(caller, room: room), answerMax: 9))
            if call < 38 { ledger.apply(.settled(call: call, Self.count(TokenCount(call), 1))) }
        }
        var second = SpendingLedger()
        let entries = ledger.condensed(since: "2026-01-01")
        #expect(entries.count == 4 + 3)
        entries.forEach { second.apply($0) }
        for by in Gateway.Usage.Grouping.allCases {
            let replies = [ledger, second].map {
                $0.usage(.init(by: by), caps: SpendingCaps(), day: Self.day) { _ in true }
            }
            #expect(replies[0] == replies[1])
        }
        #expect(second.nextCall == ledger.nextCall && second.abandoned == ledger.abandoned)
        #expect(ledger.condensed(since: "2999-01-01").count == 3)
    }
}
