import Services

/// The tokens that agents have used in the turns of a day: prompts and answers together, as far as providers count
/// them. A day is UTC's, and of each agent only the newest one is kept, so that years cost no more than a day.
struct Spending: Hashable, Codable, Sendable {
    private struct Day: Hashable, Codable, Sendable {
        var date: String
        var tokens: TokenCount
    }

    private var days: [AgentID: Day] = [:]

    /// Nothing is spent yet.
    init() {}

    /// Adds what a turn has cost.
    ///
    /// - Parameter timestamp: When it was given to the agent, RFC 3339.
    mutating func add(_ usage: TokenUsage, of agent: AgentID, at timestamp: String) {
        let date = Self.date(of: timestamp), tokens = usage.total
        switch days[agent] {
        case let day? where day.date > date: break
        case let day? where day.date == date: days[agent]?.tokens = day.tokens + tokens
        case _: days[agent] = Day(date: date, tokens: tokens)
        }
    }

    /// What an agent has used on the day of a moment.
    func tokens(of agent: AgentID, on timestamp: String) -> TokenCount {
        guard let day = days[agent], day.date == Self.date(of: timestamp) else { return 0 }
        return day.tokens
    }

    /// What every agent has used on the day of a moment, in the order of their ids.
    func all(on timestamp: String) -> [AgentSpending] {
        days.filter { $0.value.date == Self.date(of: timestamp) }.sorted { $0.key.rawValue < $1.key.rawValue }
            .map { AgentSpending(agent: $0.key, tokens: $0.value.tokens) }
    }

    /// `2026-11-25`
    private static func date(of timestamp: String) -> String { String(timestamp.prefix(10)) }
}
