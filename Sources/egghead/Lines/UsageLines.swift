import Services
import Terminal

/// Spending as `egghead usage` prints it.
enum UsageLines {
    /// The sums, their total, and the caps.
    static func all(_ reply: Gateway.Usage.Reply, by grouping: Gateway.Usage.Grouping) -> [String] {
        let days = reply.since == reply.today ? "\(reply.today)" : "\(reply.since) to \(reply.today)"
        guard !reply.sums.isEmpty else { return ["nothing was spent, \(days)"] + caps(reply) }
        let heading = [grouping.rawValue.uppercased(), "CALLS", "IN", "CACHED", "OUT", "COST"]
        let sums = reply.sums.count > 1 ? reply.sums + [reply.total] : reply.sums
        return ["\(days) (UTC)"] + TextTable.lines([heading] + sums.map(row), .byBlock) + caps(reply)
    }

    private static func row(_ sum: SpendingSum) -> [String] {
        [
            SafeText.line(sum.name), "\(sum.calls)", "\(sum.usage.inputTokens)", "\(sum.usage.cacheReadTokens)",
            "\(sum.usage.outputTokens)", (sum.estimated > 0 ? "~" : "") + "\(sum.cost)",
        ]
    }

    private static func caps(_ reply: Gateway.Usage.Reply) -> [String] {
        let rows = reply.caps.flatMap { use -> [[String]] in
            let name = SafeText.line(use.scope), renewed = use.renewed.prefix(16).replacing("T", with: " ")
            var rows: [[String]] = []
            if let cap = use.cap.money {
                let share = Double(use.money.nanodollars) / Double(max(1, cap.nanodollars))
                rows.append([name, bar(share), "\(use.money) of \(cap)", "anew at \(renewed) UTC"])
            }
            if let cap = use.cap.tokens {
                let share = Double(use.tokens.value) / Double(max(1, cap.value))
                rows.append([name, bar(share), "\(use.tokens) of \(cap) tokens", "anew at \(renewed) UTC"])
            }
            return rows
        }
        return rows.isEmpty ? [] : [""] + TextTable.lines([["CAP", "", "SPENT", ""]] + rows, .byBlock)
    }

    private static let barWidth = 20

    /// `[######--------------]  30 %`
    private static func bar(_ share: Double) -> String {
        let share = max(0, min(share, 1)), filled = Int(share * Double(barWidth))
        let percent = "\(Int(share * 100))"
        return "[" + String(repeating: "#", count: filled) + String(repeating: "-", count: barWidth - filled) + "] "
            + String(repeating: " ", count: 3 - percent.count) + percent + " %"
    }
}
