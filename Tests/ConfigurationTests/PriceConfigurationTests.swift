import Foundation
import Models
import Services
import Testing

@testable import Configuration

/// What models cost and how much may be spent, by the configuration.
@Suite struct PriceConfigurationTests {
    private static func configuration(_ yaml: String) throws -> NodeConfiguration {
        try NodeConfiguration(yaml: yaml, path: "config.yml") { _ in true }
    }

    @Test func `the table that is installed has a price for every model that a preset names`() throws {
        let root = #filePath.dropLast("/Tests/ConfigurationTests/PriceConfigurationTests.swift".count)
        var table = PriceTable()
        let text = try String(contentsOfFile: "\(root)/models/prices.txt", encoding: .utf8)
        #expect(table.read(text, of: Set(ProviderPreset.all.map(\.name))) == [])
        for preset in ProviderPreset.all {
            guard let model = preset.model else { continue }
            #expect(table.listed(model, vendor: preset.name) != nil, "\(preset.name)/\(model)")
        }
        let vendors = text.split(separator: "\n").filter { $0.hasPrefix("vendor ") }.map { String($0.dropFirst(7)) }
        #expect(vendors.count == 7 && vendors.allSatisfy { ProviderPreset.named($0) != nil })
    }

    @Test func `prices and caps are as written, and own servers are free unless they are not`() throws {
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
        #expect(configuration.providers.map(\.settings.isWindowConfigured).prefix(2) == [false, true])
        let prices = configuration.prices, work = prices["work/claude-opus-5"]
        #expect(prices.keys.sorted() == ["lmstudio", "ollama", "served", "work/claude-opus-5"])
        #expect(work?.input == Money(dollars: 7) && work?.long?.output == Money(dollars: 10) && work?.outputMax == 5)
        #expect(prices["ollama"] == .free && prices["served"] == .free)
        #expect(prices["lmstudio"]?.output == Money(dollars: 2))
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
