import Foundation
import Services
import Testing

@testable import Configuration

@Suite struct ProviderPresetTests {
    private static func configuration(_ providers: String) throws -> NodeConfiguration {
        try NodeConfiguration(yaml: "providers: \(providers)", path: "config.yml") { _ in true }
    }

    private static func problems(_ providers: String) -> [String] {
        do {
            return try configuration(providers).providerProblems.map(\.description)
        } catch {
            return (error as? ConfigurationError)?.problems.map(\.description) ?? ["\(error)"]
        }
    }

    @Test(
        arguments: [
            ("anthropic: {}", .anthropic, "https://api.anthropic.com/v1", "claude-sonnet-5", "ANTHROPIC_API_KEY"),
            ("openai: {}", .responses, "https://api.openai.com/v1", "gpt-5.4-mini", "OPENAI_API_KEY"),
            (
                "google: {}", .gemini, "https://generativelanguage.googleapis.com/v1beta", "gemini-3.5-flash",
                "GEMINI_API_KEY"
            ),
            ("groq: {model: m}", .chatCompletions, "https://api.groq.com/openai/v1", "m", "GROQ_API_KEY"),
            (
                "work: {preset: azure, url: 'https://w.openai.azure.com/openai/v1', model: m}", .chatCompletions,
                "https://w.openai.azure.com/openai/v1", "m", "AZURE_OPENAI_API_KEY"
            ),
            ("ollama: {model: 'qwen3:8b'}", .chatCompletions, "http://localhost:11434/v1", "qwen3:8b", nil),
            (
                "openai: {api: chat-completions, url: 'http://localhost:1/v1', key_environment: MINE}",
                .chatCompletions, "http://localhost:1/v1", "gpt-5.4-mini", "MINE"
            ),
            (
                "own: {url: 'http://localhost:1/v1', api: anthropic, model: m}", .anthropic, "http://localhost:1/v1",
                "m", nil
            ),
        ] as [(String, ProviderAPI, String, String, String?)])
    func `a line is enough for a vendor that is known`(
        line: String, api: ProviderAPI, url: String, model: String, variable: String?
    ) throws {
        var configuration = try Self.configuration("{\(line)}")
        configuration.chooseVariables { $0 == variable }
        let settings = try #require(configuration.providers.first?.settings)
        #expect(settings.api == api && settings.url == url && settings.model == model)
        #expect(settings.keySource == variable.map(KeySource.environment) && settings.key == nil)
        #expect(settings.keyHeader == (line.contains("azure") ? "api-key" : nil))
    }

    /// `docs/models.md`, as lines.
    private static func page() throws -> [Substring] {
        let path = #filePath.dropLast("Tests/ConfigurationTests/ProviderPresetTests.swift".count) + "docs/models.md"
        let text = try String(contentsOfFile: String(path), encoding: .utf8)
        return text.split(separator: "\n", omittingEmptySubsequences: false)
    }

    @Test func `the page has every vendor with an example that works, and says what its name stands for`() throws {
        let rows = try Self.page().filter { $0.hasPrefix("| `") && $0.contains(": {") }
            .map { $0.split(separator: "|").map { $0.filter { $0 != "`" }.trimmingCharacters(in: .whitespaces) } }
        #expect(Set(rows.map { $0[0] }) == Set(ProviderPreset.all.map(\.name)), "\(rows)")
        for row in rows where row.count == 4 {
            var configuration = try Self.configuration("{\(row[3])}")
            #expect(configuration.providerProblems.isEmpty, "\(configuration.providerProblems)")
            let variables = row[2] == "none" ? [] : row[2].components(separatedBy: ", ")
            configuration.chooseVariables { $0 == variables.last }
            let settings = try #require(configuration.providers.first?.settings)
            #expect(settings.name == row[0] && settings.api.rawValue == row[1])
            #expect(settings.keySource == variables.last.map(KeySource.environment))
            let isHere = settings.url.hasPrefix("http://localhost:")
            #expect((isHere || settings.url.hasPrefix("https://")) && isHere == variables.isEmpty, "\(settings.url)")
        }
    }

    @Test func `the page's parts of a configuration are what they should be`() throws {
        let blocks = try Self.page().joined(separator: "\n").components(separatedBy: "```yaml\n").dropFirst()
            .map { $0.components(separatedBy: "```")[0] }
        #expect(blocks.count >= 4)
        for block in blocks where ["providers:", "caps:"].contains(where: block.hasPrefix) {
            let configuration = try NodeConfiguration(yaml: block, path: "config.yml") { _ in true }
            #expect(configuration.providerProblems.isEmpty, "\(block)\n\(configuration.providerProblems)")
        }
    }

    @Test func `the second of two usual variables counts when the first one is not set`() throws {
        for (set, expected) in [("GOOGLE_API_KEY", "GOOGLE_API_KEY"), ("", "GEMINI_API_KEY")] {
            var configuration = try Self.configuration("{google: {}}")
            configuration.chooseVariables { $0 == set }
            #expect(configuration.providers.first?.settings.keySource == .environment(expected))
        }
    }

    @Test(arguments: [
        (
            "{groq: {}}", "config.yml:1: providers.groq: model is missing: the provider's name for it"
        ),
        (
            "{azure: {model: m}}",
            "config.yml:1: providers.azure: url is missing: the base of your API, such as https://…/v1"
        ),
        (
            "{a: {preset: antropic, url: 'http://x/v1', model: m}}",
            "config.yml:1: providers.a.preset: there is no preset antropic; there are \(ProviderPreset.names)"
        ),
        (
            "{a: {api: openai, url: 'http://x/v1', model: m}}",
            "config.yml:1: providers.a.api: there is no API openai; there are chat-completions, responses, "
                + "anthropic, gemini"
        ),
    ])
    func `what is missing or unknown is named with what there is`(providers: String, problem: String) {
        #expect(Self.problems(providers) == [problem])
    }

    @Test(
        arguments: [
            ([:], []), (["ANTHROPIC_API_KEY": ""], []),
            (["GEMINI_API_KEY": "g", "ANTHROPIC_API_KEY": "a"], ["anthropic", "google"]),
            (["OPENAI_API_KEY": "o"], ["openai"]), (["GROQ_API_KEY": "no model is known"], []),
        ] as [([String: String], [String])])
    func `without a configuration the usual variables are enough`(
        environment: [String: String], names: [String]
    ) throws {
        var configuration = NodeConfiguration()
        let isSet = { (name: String) in environment[name]?.isEmpty == false }
        configuration.addVendorsIfAlone(isSet: isSet)
        #expect(configuration.providers.map(\.settings.name) == names)
        #expect(configuration.defaultProvider == names.first)
        #expect(configuration.providers.allSatisfy { $0.settings.key == nil && $0.settings.keySource != nil })
        var configured = try Self.configuration("{own: {url: 'http://x/v1', model: m}}")
        configured.addVendorsIfAlone(isSet: isSet)
        #expect(configured.providers.map(\.settings.name) == ["own"], "what is configured is not added to")
    }
}
