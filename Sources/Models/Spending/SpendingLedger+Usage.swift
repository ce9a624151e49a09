import Services

extension SpendingLedger {
    /// The sums that a person asks for.
    ///
    /// - Parameter isPriced: Whether the price of a model is known, by `PROVIDER/MODEL`.
    public func usage(
        _ request: Gateway.Usage.Request, caps: SpendingCaps, day: SpendingDay, isPriced: (String) -> Bool
    ) -> Gateway.Usage.Reply {
        let since = request.since ?? day.name
        var sums: [String: SpendingSum] = [:], total = SpendingSum(name: "total"), models: [String: Money] = [:]
        for (key, count) in self.sums where key.day >= since && count.calls > 0 {
            let name = Self.name(of: key, by: request.by)
            sums[name, default: SpendingSum(name: name)].add(count)
            total.add(count)
            models[key.model, default: .zero] = models[key.model, default: .zero] + count.cost
        }
        let ordered = sums.values.sorted {
            request.by == .day
                ? $0.name < $1.name
                : ($1.cost, $1.usage.total, $0.name) < ($0.cost, $0.usage.total, $1.name)
        }
        return Gateway.Usage.Reply(
            today: day.name, since: since,
            sums: request.by == .day
                ? ordered.suffix(Gateway.Usage.sumsMax) : Array(ordered.prefix(Gateway.Usage.sumsMax)),
            total: total, caps: Array(uses(of: caps, day: day).prefix(Gateway.Usage.sumsMax)),
            withoutPrice: models.filter { $0.value == .zero && !isPriced($0.key) }.map(\.key).sorted())
    }

    private static func name(of key: SpendingKey, by grouping: Gateway.Usage.Grouping) -> String {
        switch grouping {
        case .agent: key.caller.agent?.rawValue ?? key.caller.rawValue
        case .model: key.model
        case .room: key.room?.rawValue ?? "-"
        case .day: key.day
        }
    }
}

extension SpendingSum {
    fileprivate mutating func add(_ count: SpendingCount) {
        calls = calls + count.calls
        usage = usage + count.usage
        cost = cost + count.cost
        estimated = estimated + count.estimated
    }
}
