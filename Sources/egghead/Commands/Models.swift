import ArgumentParser
import Control
import Services
import Terminal

/// `egghead llm …`: the models, and the providers that have them.
struct Models: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "llm",
        abstract: "Lists the model providers, asks them what they offer, tries, adds and removes them.",
        subcommands: [List.self, Offered.self, Test.self, Add.self, Remove.self], defaultSubcommand: List.self)

    /// `egghead llm list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the providers of the configuration.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format

        func run() throws {
            let reply = try NodeSession.ask(Gateway.Providers.self, Empty(), of: place)
            if format.isJSON { return Output.print(json: reply) }
            Output.print(ModelLines.list(reply))
            let nearby = try? NodeSession.ask(Gateway.Nearby.self, Empty(), of: place, wait: .seconds(3))
            Output.print(nearby?.servers.map(ModelLines.offer) ?? [])
        }
    }

    /// `egghead llm models [PROVIDER]`
    struct Offered: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "models", abstract: "Prints the models that a provider offers, by its own list.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Argument(help: "The provider; the default one when it is left out.") var provider: String?

        func run() throws {
            let reply = try NodeSession.ask(
                Gateway.Models.self, .init(provider: provider), of: place, wait: .seconds(30))
            if format.isJSON { return Output.print(json: reply) }
            Output.print(ModelLines.offered(reply))
        }
    }

    /// `egghead llm test [MODEL…]`
    struct Test: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Has models answer a few words, and prints how long that took, or what is wrong.",
            discussion: """
                It is a real call, and costs a few tokens. Without a name each provider of the configuration is tried \
                with its own model. Ends with status 1 if one of them does not answer.
                """)

        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Argument(help: "Models, such as openai/gpt-5.4-mini, or providers.") var names: [String] = []

        func run() throws {
            let reply = try NodeSession.ask(Gateway.Providers.self, Empty(), of: place)
            let models =
                try names.isEmpty
                ? reply.providers.compactMap { ModelName($0.name, among: reply.providers) }
                : names.map { name in
                    let provider = String(name.prefix { $0 != "/" })
                    if let problem = reply.unusable?[provider] {
                        throw CommandFailure(.failure, "test \(name): provider \(provider) is out: \(problem)")
                    }
                    guard let model = ModelName(name, among: reply.providers) else {
                        let known = reply.providers.map(\.name).joined(separator: ", ")
                        throw CommandFailure(
                            .usage,
                            "test \(name): no provider is known for this model; there are "
                                + (known.isEmpty ? "none" : known))
                    }
                    return model
                }
            guard !models.isEmpty else {
                throw CommandFailure(.failure, "no provider is configured; see docs/models.md")
            }
            let trials = try ModelTrial.run(models, of: place)
            if format.isJSON {
                Output.print(jsonLines: trials)
            } else {
                Output.print(trials.map(ModelLines.trial))
            }
            if trials.contains(where: { $0.problem != nil }) { throw CommandFailure(.failure) }
        }
    }
}
