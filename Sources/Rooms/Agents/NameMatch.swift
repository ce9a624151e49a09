import Services

/// Whom a name that somebody typed means.
public enum NameMatch: Hashable, Sendable {
    /// Exactly one agent, by its id.
    case agent(AgentID)
    /// Several agents equally well.
    case ambiguous([AgentID])
    /// Nobody; the agents whose names are nearest.
    case unknown(nearest: [AgentID])

    /// Finds the agent that a name means: the first rule that any agent satisfies decides, and two that satisfy it are
    /// ambiguous.
    ///
    /// 1. the id, exactly: `agents/scout`
    /// 2. the last component of the id, exactly: `scout`
    /// 3. id, last component or title without regard to case, spaces, `-` and `_`: `DataScout` for "Data scout"
    /// 4. the beginning of one of these, from two characters: `sc`
    /// 5. at most one slip of the finger in four or five characters, two in more
    ///
    /// - Parameters:
    ///   - name: What was typed, without the `@`.
    ///   - agents: All agents, in the order of their ids.
    public static func resolve(_ name: String, among agents: [AgentDefinition]) -> NameMatch {
        let folded = fold(name)
        let rules: [(AgentDefinition) -> Bool] = [
            { $0.id.rawValue == name },
            { isExactly(name, $0) },
            { names(of: $0).contains(folded) },
            { agent in folded.count >= 2 && names(of: agent).contains { $0.hasPrefix(folded) } },
        ]
        for rule in rules {
            let matches = agents.filter(rule).map(\.id)
            if matches.count == 1 { return .agent(matches[0]) }
            if matches.count > 1 { return .ambiguous(matches) }
        }
        return nearest(to: folded, among: agents)
    }

    /// Whether a name is an agent's by one of the first two rules.
    static func isExactly(_ name: String, _ agent: AgentDefinition) -> Bool {
        agent.id.rawValue == name || lastComponent(agent.id) == name
    }

    /// The last rule, and when it finds nobody, the nearest three.
    private static func nearest(to folded: String, among agents: [AgentDefinition]) -> NameMatch {
        let slipsMax = folded.count < 4 ? 0 : folded.count < 6 ? 1 : 2
        let ranked = agents.enumerated()
            .map { place, agent in
                (id: agent.id, slips: names(of: agent).map { folded.slips(to: $0) }.min() ?? .max, place: place)
            }
            .sorted { ($0.slips, $0.place) < ($1.slips, $1.place) }
        guard let best = ranked.first, best.slips <= slipsMax else {
            return .unknown(nearest: ranked.prefix(3).map(\.id))
        }
        let equals = ranked.filter { $0.slips == best.slips }.map(\.id)
        return equals.count == 1 ? .agent(best.id) : .ambiguous(equals)
    }

    private static func names(of agent: AgentDefinition) -> [String] {
        [fold(agent.id.rawValue), fold(lastComponent(agent.id)), fold(agent.title)]
    }

    private static func lastComponent(_ id: AgentID) -> String {
        String(id.rawValue.split(separator: "/").last ?? Substring(id.rawValue))
    }

    /// A name without what people do not remember of it.
    private static func fold(_ name: String) -> String {
        String(name.lowercased().filter { !$0.isWhitespace && $0 != "-" && $0 != "_" })
    }
}
