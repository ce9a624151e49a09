import JSON
import LinuxSystem
import Services
import Testing

/// Caps and the ledger in a whole node, against a provider that counts what it has answered.
@Suite(.serialized) struct SpendingTests {
    private static let cap = 60_000

    private static func usage(_ node: TestNode, _ arguments: String...) throws -> Gateway.Usage.Reply {
        let result = try node.begin(["usage", "--json"] + arguments).wait()
        try #require(result.status == 0, "\(result.errors)")
        return try JSON.decode(Gateway.Usage.Reply.self, from: Array(result.output.utf8))
    }

    /// What the provider has counted.
    private static func counted(_ node: TestNode) throws -> TokenUsage {
        struct Line: Decodable {
            var input: TokenCount?, output: TokenCount?
        }
        return try #require(node.provider).requests.reduce(TokenUsage(inputTokens: 0, outputTokens: 0)) { sum, line in
            guard let line = try? JSON.decode(Line.self, from: Array(line.utf8)), let input = line.input else {
                return sum
            }
            return sum + TokenUsage(inputTokens: input, outputTokens: line.output ?? 0)
        }
    }

    /// What tokens cost by the prices of these tests.
    private static func cost(of usage: TokenUsage) -> Money {
        Money(nanodollars: usage.inputTokens.value * 2_000 + usage.outputTokens.value * 10_000)
    }

    /// Asks so many at once, and waits for all.
    private static func ask(_ asker: GatewayAsker, _ name: String, _ count: Int) throws {
        for number in 0..<count {
            asker.ask(id: "\(name) \(number)", "fake:costly \(name) \(number)") {
                ($0.maxTokens, $0.room) = (2_000, number % 2 == 0 ? "lobby" : nil)
            }
        }
        try asker.run {
            (0..<count).allSatisfy { asker.answers["\(name) \($0)"]?.hasEnded == true }
        }
    }

    @Test func `fifty at once never spend more than the cap, and the ledger has what the provider has counted`() throws
    {
        let node = try TestNode(
            configuration: "caps: {day: [\(Self.cap), $5]}\nprices: {fake: {in: 2, out: 10}}\n")
        try node.start()
        let asker = try GatewayAsker(node)
        try Self.ask(asker, "first", 20)
        let first = try Self.usage(node, "--by", "model")
        #expect(try first.total.usage == Self.counted(node) && first.total.calls == 20 && first.total.estimated == 0)
        #expect(first.total.cost == Self.cost(of: first.total.usage))
        #expect(first.sums.map(\.name) == ["fake/normal"] && first.withoutPrice == [])
        try Self.ask(asker, "second", 90)
        let second = try Self.usage(node)
        #expect(try second.total.usage == Self.counted(node))
        #expect(second.total.usage.total.value <= Self.cap)
        // What was refused was refused for lack of tokens alone, and only when nearly all were spent.
        let refused = asker.answers.values.count { $0.failure == .spent }
        #expect(refused > 0 && asker.answers.values.allSatisfy { $0.failure == .spent || $0.stop == .end })
        #expect(second.total.usage.total.value > Self.cap - 1_000)
        #expect(asker.messages.allSatisfy { $0.contains("of 60000 are spent (today)") })
        #expect(asker.messages.allSatisfy { $0.contains("or when caps.day in config.yml is raised") })
        let told = try node.egghead("usage", "--by", "room", "--since", "7d")
        #expect(told.status == 0 && told.output.contains("lobby"), "\(told)")
        #expect(told.output.contains("of 60000 tokens") && told.output.contains("of $5.00"), "\(told)")
        #expect(try node.egghead("usage", "--since", "yesterday").status == 64)
    }

    /// A budget is what an agent's record sets; it goes with each request.
    @Test(arguments: [
        "day: 60000", "month: 60000", "room: 60000", "day: $0.3", "month: [1M, $0.3]", "room: $0.3", "budget",
        "budget of $",
    ])
    func `a gateway that is killed with fifty calls has spent no more than the cap, and counts all of it`(
        cap: String
    ) throws {
        let isBudget = cap.hasPrefix("budget"), isMoney = cap.contains("$")
        let most = Money(nanodollars: 300_000_000)
        let budget = isMoney ? SpendingCap(money: most) : SpendingCap(tokens: TokenCount(Self.cap))
        let caps = isBudget ? "" : "caps: {\(cap)}\n"
        let node = try TestNode(configuration: caps + "prices: {fake: {in: 2, out: 10}}\n")
        try node.start()
        let asker = try GatewayAsker(node)
        asker.bearsDeaths = true
        for round in 0..<3 {
            for number in 0..<50 {
                asker.ask(id: "\(round) \(number)", "fake:costly \(round) \(number)") {
                    ($0.maxTokens, $0.room, $0.budget) = (1_000, "lobby", isBudget ? budget : nil)
                }
            }
            try asker.run { (0..<50).count { asker.answers["\(round) \($0)"]?.hasEnded == true } > 5 }
            try node.kill("llm")
        }
        // The provider writes down what broken calls have cost when it sees that nobody is there any more.
        let provider = try #require(node.provider)
        func open() -> Int { provider.requests.count { $0.contains(#""request""#) } * 2 - provider.requests.count }
        #expect(waits(for: 60) { open() <= 0 })
        let spent = try Self.usage(node).total, counted = try Self.counted(node)
        if isMoney {
            #expect(spent.cost <= most && Self.cost(of: counted) <= spent.cost)
        } else {
            #expect(spent.usage.total.value <= Self.cap)
        }
        #expect(counted.inputTokens <= spent.usage.inputTokens && counted.outputTokens <= spent.usage.outputTokens)
        #expect(spent.estimated > 0 && counted.total > 0)
    }

    @Test func `what was sent costs something, also when no answer came, and when it is sent again`() throws {
        let node = try TestNode(
            idleTimeout: "2s", configuration: "caps: {month: 1M}\nprices: {fake: {in: 2, out: 10}}\n")
        try node.start()
        let asker = try GatewayAsker(node)
        func total(after question: String) throws -> SpendingSum {
            let before = try Self.usage(node).total
            asker.ask(id: question, question)
            try asker.run { asker.answers[question]?.hasEnded == true }
            let after = try Self.usage(node).total
            return SpendingSum(
                name: question, calls: TokenCount(after.calls.value - before.calls.value),
                usage: TokenUsage(
                    inputTokens: TokenCount(after.usage.inputTokens.value - before.usage.inputTokens.value),
                    outputTokens: TokenCount(after.usage.outputTokens.value - before.usage.outputTokens.value)),
                estimated: TokenCount(after.estimated.value - before.estimated.value))
        }
        let unanswered = try total(after: "fake:stall-before")
        #expect(unanswered.calls == 1 && unanswered.estimated == 1 && unanswered.usage.inputTokens > 10)
        let again = try total(after: "one fake:overloaded-in-stream")
        #expect(again.calls == 1 && again.estimated == 1 && again.usage.inputTokens > unanswered.usage.inputTokens)
        // What the provider refuses costs nothing.
        for question in ["fake:always-500", "fake:unauthorized", "fake:quota"] {
            #expect(try total(after: question).calls == 0, "\(question)")
        }
    }

    @Test(.enabled(if: SmallDisk.canBeMade, "no file system can be mounted here"))
    func `with a full disk nothing is spent under a cap, and the asker hears why`() throws {
        let node = try TestNode(configuration: "caps: {day: 1M}\n")
        try Files.makeDirectories(node.home + "/state")
        try node.start(wrapper: SmallDisk.wrapper(node, ["state"], megabytes: 3))
        let asker = try GatewayAsker(node)
        asker.ask(id: "before", "before")
        try asker.run { asker.answers["before"]?.stop == .end }
        let state = try SmallDisk.path("state", of: node)
        try SmallDisk.fill(state, leaving: 0)
        for number in 0..<40 { asker.ask(id: "\(number)", "\(number)") }
        try asker.run { (0..<40).allSatisfy { asker.answers["\($0)"]?.hasEnded == true } }
        let refused = (0..<40).filter { asker.answers["\($0)"]?.failure == .spent }
        // A few lines may still fit a block that was begun.
        #expect(refused.count > 10 && asker.messages.contains { $0.contains("cannot be recorded, and there is a cap") })
        #expect(asker.messages.contains { $0.contains("No space left on device") })
        let asked = node.provider?.requests.count { $0.contains(#""event": "request""#) }
        #expect(asked == 41 - refused.count)
        SmallDisk.empty(state)
        #expect(
            try waits(for: 30) {
                let id = "after \(Clock.monotonic().nanoseconds)"
                asker.ask(id: id, "after")
                try asker.run { asker.answers[id]?.hasEnded == true }
                return asker.answers[id]?.stop == .end
            })
    }

    @Test func `an agent over its budget says so, and one with a second choice takes that`() throws {
        let records = [
            "scout.md": "---\nclass: agent\ntitle: Scout\nbudget: 20\n---\nYou scout.\n",
            "thrifty.md": "---\nclass: agent\nmodels: [fake/normal, spare]\n---\nYou save.\n",
        ]
        let prices = "prices: {fake: {in: 2, out: 10}, spare: free}\n"
        let node = try TestNode(
            configuration: "default_provider: spare\ncaps: {agent: $0.000001}\n" + prices, records: records,
            hasSpare: true)
        try node.start()
        let refused = try node.egghead("chat", "--wait", "@scout what is there?")
        #expect(refused.errors.contains("0 tokens of 20 are spent (agent scout today)"), "\(refused)")
        #expect(refused.errors.contains("or when budget of its record is raised"), "\(refused)")
        // Raising it is enough.
        try node.write(record: "scout.md", "---\nclass: agent\ntitle: Scout\nbudget: [5M, $2]\n---\nYou scout.\n")
        #expect(
            waits(for: 60) { (try? node.egghead("agents", "show", "scout").output.contains("5000000 tokens")) == true })
        #expect(try node.egghead("chat", "--wait", "@scout what is there?").status == 0)
        let answered = try node.egghead("chat", "--wait", "@thrifty what is there?")
        #expect(answered.status == 0, "\(answered)")
        let remark = try node.history().last { $0.type == .action && $0.text.hasPrefix("answers with spare/normal") }
        #expect(remark?.text.contains("$0.00 of $0.000001 are spent (agent thrifty today)") == true, "\(remark as Any)")
    }
}
