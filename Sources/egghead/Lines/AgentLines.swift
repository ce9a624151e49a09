import Services
import Terminal

/// What `egghead agents` prints of agents.
enum AgentLines {
    /// The list: a line for each agent.
    static func list(_ agents: [AgentDefinition], uses: [AgentID: AgentUse]) -> [String] {
        agents.map { agent in
            let tags = agent.tags.isEmpty ? "" : "  (\(agent.tags.joined(separator: ", ")))"
            let problem = agent.problem.map { "  record not applied: \($0)" } ?? ""
            let use = uses[agent.id].map { $0.words.isEmpty ? "" : "  \($0.words)" } ?? ""
            return SafeText.line("@\(agent.id)  \(agent.title)\(tags)\(use)\(problem)")
        }
    }

    /// The end of the list: a line for each record that cannot be read and of which a process from before runs.
    static func kept(_ undecided: [UndecidedAgent]) -> [String] {
        undecided.map { SafeText.line("@\($0.id)  record not applied: \($0.problem)") }
    }

    /// One agent: a line for each key of its record that is set, the state of its process, an empty line, and the
    /// disposition.
    static func show(_ agent: AgentDefinition, use: AgentUse?, child: ChildStatus?) -> [String] {
        let facts: [(String, String?)] = [
            ("title", agent.title), ("tags", agent.tags.isEmpty ? nil : agent.tags.joined(separator: ", ")),
            ("provider", agent.provider), ("model", agent.model), ("models", agent.models?.joined(separator: ", ")),
            ("temperature", agent.temperature.map { "\($0)" }), ("max_tokens", agent.maxTokens.map(String.init)),
            ("thinking", agent.thinking?.rawValue), ("voice", agent.voice?.rawValue),
            ("limits", agent.limits?.description),
            ("context_threshold", agent.contextThreshold.map { "\($0)" }),
            ("context_window", agent.contextWindow.map(String.init)), ("quiet", agent.quiet ? "true" : nil),
            (
                "capabilities",
                agent.capabilities.map { $0.isEmpty ? "none" : $0.map(\.description).joined(separator: ", ") }
            ),
            ("budget", agent.budget.map { "\($0) a day" }),
            ("use", use?.words),
            ("problem", agent.problem?.description),
            ("state", child.map { "\($0.word)\($0.status.map { ", \($0)" } ?? "")" } ?? "no process"),
        ]
        return facts.compactMap { key, value in value.map { SafeText.line("\(key): \($0)") } }
            + ["", SafeText.block(agent.disposition)]
    }
}
