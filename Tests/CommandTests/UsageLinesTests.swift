import Services
import Testing

@testable import egghead

/// Spending as people see it.
@Suite struct UsageLinesTests {
    private func reply(_ sums: [SpendingSum], _ caps: [CapUse] = []) -> Gateway.Usage.Reply {
        .init(
            today: "2026-11-30", since: "2026-11-28", sums: sums, total: SpendingSum(name: "total", calls: 7),
            caps: caps, withoutPrice: [])
    }

    private func use(_ share: Int, of cap: SpendingCap) -> CapUse {
        CapUse(
            scope: "today", cap: cap, tokens: TokenCount(share), money: Money(nanodollars: share * 10_000_000),
            renewed: "2026-12-01T00:00:00Z")
    }

    @Test(arguments: [
        (0, "[--------------------]   0 %"), (30, "[######--------------]  30 %"), (99, "[###################-]  99 %"),
        (100, "[####################] 100 %"), (250, "[####################] 100 %"),
    ])
    func `a bar shows how much of a cap is spent`(share: Int, bar: String) {
        for cap in [SpendingCap(tokens: 100), SpendingCap(money: Money(nanodollars: 1_000_000_000))] {
            let lines = UsageLines.all(reply([], [use(share, of: cap)]), by: .agent)
            #expect(lines.first == "nothing was spent, 2026-11-28 to 2026-11-30")
            #expect(lines.last?.contains(bar) == true, "\(lines)")
            #expect(lines.last?.hasSuffix("anew at 2026-12-01 00:00 UTC") == true, "\(lines)")
        }
    }

    @Test(arguments: Gateway.Usage.Grouping.allCases)
    func `sums are named by what they are of, and what is estimated is marked`(grouping: Gateway.Usage.Grouping) {
        let one = SpendingSum(name: "a", calls: 3, cost: Money(nanodollars: 20_000_000))
        let other = SpendingSum(name: "b\u{1b}[2J", calls: 4, cost: Money(nanodollars: 10_000_000), estimated: 1)
        let lines = UsageLines.all(reply([one, other]), by: grouping)
        #expect(lines.count == 5 && lines[0] == "2026-11-28 to 2026-11-30 (UTC)")
        #expect(lines[1].hasPrefix(grouping.rawValue.uppercased()) && lines[1].hasSuffix("COST"))
        #expect(lines[2].hasSuffix("\(one.cost)") && lines[3].hasSuffix("~\(other.cost)"), "\(lines)")
        #expect(!lines[3].contains("\u{1b}") && lines[4].hasPrefix("total"))
        #expect(UsageLines.all(reply([one]), by: grouping).count == 3, "a single sum is its own total")
    }
}
