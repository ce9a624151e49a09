import Foundation
import Services
import Testing

@testable import Configuration

/// What models cost, by the table that is installed and by the configuration.
@Suite struct PriceTableTests {
    private static let path =
        String(#filePath.dropLast("/Tests/ConfigurationTests/PriceTableTests.swift".count))
        + "/models/prices.yml"

    private static func table() throws -> PriceTable {
        try PriceTable(yaml: try String(contentsOfFile: path, encoding: .utf8), path: "prices.yml")
    }

    private static func configuration(_ yaml: String) throws -> NodeConfiguration {
        var configuration = try NodeConfiguration(yaml: yaml, path: "config.yml") { _ in true }
        configuration.fill(from: try table())
        return configuration
    }

    @Test func `the table that is installed has a price for every model that a preset names`() throws {
        let table = try Self.table()
        #expect(table.date == "2026-10-08")
        for preset in ProviderPreset.all {
            guard let model = preset.model else { continue }
            #expect(table.listed(model, vendor: preset.name) != nil, "\(preset.name)/\(model)")
        }
        #expect(table.vendors.keys.allSatisfy { ProviderPreset.named($0) != nil })
        let sonnet = try #require(table.listed("claude-sonnet-4-5-20250929", vendor: "anthropic"))
        #expect(sonnet.input == Money(dollars: 3) && sonnet.cacheWrite == Money(dollars: 3.75))
        #expect(sonnet.long?.above == 200_000 && sonnet.window == 200_000 && sonnet.outputMax == 64_000)
    }

    @Test func `windows come from the table unless they are configured, own servers are free unless they are not`()
        throws
    {
        let configuration = try Self.configuration(
            """
            providers:
              anthropic: {model: claude-opus-5}
              work: {preset: anthropic, model: claude-opus-5, context_window: 50000}
              ollama: {model: m}
              lmstudio: {model: m}
              served: {url: "http://localhost/v1", model: m, command: [/bin/true]}
              far: {url: "http://far/v1", model: m}
            prices:
              lmstudio: {in: 1, out: 2}
              work/claude-opus-5: {in: 7, out: 8, above: {tokens: 1000, in: 9, out: 10}, max_out: 5}
            caps: {agent: 500k, room: $2, day: [5M, $20], month: $300}
            """)
        #expect(configuration.providerProblems.isEmpty)
        #expect(configuration.providers.map(\.settings.contextWindow).prefix(2) == [1_000_000, 50_000])
        let prices = configuration.prices
        #expect(prices.vendors.keys.sorted() == ["anthropic"])
        #expect(prices.price(of: "claude-opus-5", at: "anthropic", vendor: "anthropic")?.output == Money(dollars: 25))
        let work = prices.price(of: "claude-opus-5", at: "work", vendor: "anthropic")
        #expect(work?.input == Money(dollars: 7) && work?.long?.output == Money(dollars: 10) && work?.outputMax == 5)
        #expect(prices.price(of: "x", at: "ollama", vendor: "ollama") == .free)
        #expect(prices.price(of: "x", at: "served", vendor: nil) == .free)
        #expect(prices.price(of: "x", at: "lmstudio", vendor: "lmstudio")?.output == Money(dollars: 2))
        #expect(prices.price(of: "x", at: "far", vendor: nil) == nil)
        let caps = configuration.caps
        #expect(
            caps.agent == SpendingCap("500k") && caps.room == SpendingCap("$2") && caps.month == SpendingCap("$300"))
        #expect(caps.day == SpendingCap(tokens: 5_000_000, money: Money(dollars: 20)))
        #expect(configuration.ownServers.map(\.name) == ["llamacpp", "vllm"])
    }

    @Test(arguments: [
        ("caps: {day: lots}", "caps.day: tokens, such as 200k or 5M, or dollars, such as $2.50, are wanted"),
        ("caps: {day: [5M, 6M]}", "caps.day: tokens and money are wanted once each"),
        ("caps: {week: 5M}", "caps.week: unknown key; known are agent, room, day, month"),
        (
            "prices: {nobody/x: free}",
            "prices.nobody/x: there is no provider nobody under providers; PROVIDER/MODEL or "
                + "PROVIDER is wanted"
        ),
        (
            "providers: {a: {url: 'http://a', model: m}}\nprices: {a: {in: 1}}",
            "prices.a: in and out are wanted, in dollars for a million tokens; or free"
        ),
        (
            "providers: {a: {url: 'http://a', model: m}}\nprices: {a: {in: -1, out: 1}}",
            "prices.a.in: a number from 0.0 to 100000.0 is wanted"
        ),
    ])
    func `what is wrong is told with its line`(yaml: String, problem: String) {
        let error = #expect(throws: ConfigurationError.self) { try Self.configuration(yaml) }
        #expect(error?.problems.contains { $0.message == problem } == true, "\(error as Any)")
    }

    @Test func `a provider whose section is wrong is out alone`() throws {
        let yaml = """
            default_provider: bad
            models: [bad/x, good]
            providers:
              bad: {url: "http://a", modell: m}
              good: {url: "http://a", model: m}
            prices: {bad: free}
            """
        let configuration = try NodeConfiguration(yaml: yaml, path: "config.yml") { _ in true }
        #expect(configuration.providers.map(\.settings.name) == ["good"] && configuration.defaultProvider == "bad")
        let known = "unknown key; known are preset"
        let problems = configuration.providerProblems.map(\.description)
        #expect(problems.count == 2 && problems[0].hasPrefix("config.yml:4: providers.bad.modell: \(known)"))
        #expect(problems[1].hasPrefix("config.yml:4: providers.bad: model is missing") || problems[1].contains("model"))
        // With something else wrong, all of it is told at once.
        let error = #expect(throws: ConfigurationError.self) {
            try NodeConfiguration(yaml: yaml + "\nroom: {budget: x}\n", path: "config.yml") { _ in true }
        }
        #expect(error?.problems.count == 3)
    }
}
