import Services
import Terminal

/// Providers and models as `egghead llm` prints them.
enum ModelLines {
    /// A line for each provider, the headings first; the default one has a `*`.
    static func list(_ reply: Gateway.Providers.Reply) -> [String] {
        let unusable = (reply.unusable ?? [:]).sorted { $0.key < $1.key }.map { name, problem in
            [(name == reply.defaultProvider ? "*" : " ") + name, "-", "-", "-", "out: \(SafeText.line(problem))"]
        }
        guard !reply.providers.isEmpty || !unusable.isEmpty else {
            return [
                "no provider is configured; set ANTHROPIC_API_KEY, OPENAI_API_KEY or GEMINI_API_KEY and restart the "
                    + "node, or name one under providers in config.yml"
            ]
        }
        let rows = reply.providers.map { provider in
            [
                (provider.name == reply.defaultProvider ? "*" : " ") + provider.name, SafeText.line(provider.model),
                String(provider.contextWindow), provider.tools ? "yes" : "no",
                provider.outage.map { "out: \(SafeText.line($0))" } ?? "-",
            ]
        }
        let order = reply.models.map { ["agents that name no model use: \($0.joined(separator: ", then "))"] } ?? []
        return TextTable.lines([[" PROVIDER", "MODEL", "WINDOW", "TOOLS", "STATE"]] + rows + unusable, .byBlock) + order
    }

    /// How a server that listens on this machine would be used.
    static func offer(of server: NearbyServer) -> String {
        let models = server.models.prefix(modelsOffered).map(SafeText.line), more = server.models.count - models.count
        let list = models.joined(separator: ", ") + (more > 0 ? " and \(more) more" : "")
        let example = "egghead llm add \(server.name) --model \(quoted(server.models.first ?? "MODEL"))"
        return "\(server.name) listens at \(SafeText.line(server.url)) and is not used"
            + (models.isEmpty ? "" : "; it offers \(list)") + "; to use it: \(example)"
    }

    private static let modelsOffered = 5

    /// A word of a command that a person may paste: a server says what it likes.
    private static func quoted(_ word: String) -> String {
        let isPlain = word.allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || "._/:@+-".contains($0)) }
        return isPlain ? word : "'\(SafeText.line(word).replacing("'", with: #"'\''"#))'"
    }

    /// A line for each model, with its window where the provider tells it.
    static func offered(_ reply: Gateway.Models.Reply) -> [String] {
        TextTable.lines(
            reply.models.map { model in
                [
                    SafeText.line("\(reply.provider)/\(model.name)"),
                    model.contextWindow.map { "\($0) tokens" } ?? "",
                ]
            }, .byBlock)
    }

    /// `openai/gpt-5.4-mini: answers; first word after 612 ms, all after 640 ms, 9 + 2 tokens`
    static func trial(_ trial: ModelTrial) -> String {
        let name = SafeText.line("\(trial.provider)/\(trial.model)")
        if let problem = trial.problem { return "\(name): \(SafeText.line(problem))" }
        let facts = [
            trial.isCut ? "no word within \(ModelTrial.tokensMax) tokens, in which it thought" : nil,
            trial.firstWordMilliseconds.map { "first word after \($0) ms" },
            trial.milliseconds.map { "all after \($0) ms" },
            trial.usage.map { "\($0.inputTokens) + \($0.outputTokens) tokens" },
        ]
        return "\(name): answers; " + facts.compactMap { $0 }.joined(separator: ", ")
    }
}
