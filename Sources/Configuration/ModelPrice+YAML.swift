import Services

extension ModelPrice {
    /// Reads a price: `free`, or amounts in dollars for a million tokens. What is wrong is reported.
    init?(_ node: YAMLNode) {
        if node.scalar == "free" {
            self = .free
            return
        }
        let keys = node.mapping(known: ["in", "out", "cache_read", "cache_write", "window", "max_out", "above"])
        guard let input = keys["in"].flatMap(Self.money), let output = keys["out"].flatMap(Self.money) else {
            node.report("in and out are wanted, in dollars for a million tokens; or free")
            return nil
        }
        var long: LongPrompt?
        if let above = keys["above"] {
            let keys = above.mapping(known: ["tokens", "in", "out", "cache_read", "cache_write"])
            if let tokens = keys["tokens"].flatMap(Self.tokens), let input = keys["in"].flatMap(Self.money),
                let output = keys["out"].flatMap(Self.money)
            {
                long = LongPrompt(
                    above: tokens, input: input, output: output, cacheRead: keys["cache_read"].flatMap(Self.money),
                    cacheWrite: keys["cache_write"].flatMap(Self.money))
            } else {
                above.report("tokens, in and out are wanted")
            }
        }
        self.init(
            input: input, output: output, cacheRead: keys["cache_read"].flatMap(Self.money),
            cacheWrite: keys["cache_write"].flatMap(Self.money), long: long,
            outputMax: keys["max_out"].flatMap(Self.tokens), window: keys["window"].flatMap(Self.tokens))
    }

    /// Far more than any vendor asks for a million tokens.
    private static let dollarsMax = 100_000.0

    private static func money(_ node: YAMLNode) -> Money? {
        node.number(in: 0...dollarsMax).flatMap(Money.init(dollars:))
    }

    private static func tokens(_ node: YAMLNode) -> TokenCount? {
        node.integer(in: 1...TokenCount.most.value).map { TokenCount($0) }
    }
}

extension SpendingCap {
    /// Reads a cap: tokens, money, or a list of both. What is wrong is reported.
    init?(_ node: YAMLNode) {
        let parts = node.scalar == nil ? node.list() : [node]
        let caps = parts.compactMap { part -> SpendingCap? in
            let cap = part.text().flatMap { SpendingCap($0) }
            if cap == nil { part.report(Self.requirement) }
            return cap
        }
        guard let first = caps.first, caps.count == parts.count else { return nil }
        guard let all = caps.dropFirst().reduce(Optional(first), { $0?.and($1) }) else {
            node.report("tokens and money are wanted once each")
            return nil
        }
        self = all
    }
}
