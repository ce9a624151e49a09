import Services
import Testing

@testable import Configuration

/// The problems of a configuration, a line each; empty when it is right.
private func problems(_ yaml: String) -> [String] {
    do throws(ConfigurationError) {
        _ = try NodeConfiguration(yaml: yaml, path: "config.yml") { $0 == "/usr/bin/server" }
        return []
    } catch {
        return error.problems.map(\.description)
    }
}

@Suite struct NodeConfigurationTests {
    @Test func `an empty file is a configuration with every default`() throws {
        for text in ["", "# nothing but a comment\n", "providers:\n"] {
            #expect(try NodeConfiguration(yaml: text, path: "config.yml") { _ in true } == NodeConfiguration())
        }
    }

    @Test func `every key is read`() throws {
        let configuration = try NodeConfiguration(
            yaml: """
                default_provider: near
                context_threshold: 0.5
                room: {default: ops, budget: 3}
                providers:
                  far:
                    url: https://api.example.org/v1
                    key_environment: FAR_KEY
                    model: large
                  near:
                    url: http://localhost/v1
                    socket: /run/model.sock
                    model: small
                    context_window: 4096
                    tools: false
                    idle_timeout: 2m
                    command: [/usr/bin/server, --quick]
                """, path: "config.yml"
        ) { $0 == "/usr/bin/server" }
        var expected = NodeConfiguration()
        expected.defaultProvider = "near"
        expected.contextThreshold = 0.5
        expected.defaultRoom = "ops"
        expected.turnBudget = 3
        expected.providers = [
            .init(
                settings: ProviderSettings(
                    name: "far", url: "https://api.example.org/v1", keyEnvironment: "FAR_KEY", model: "large",
                    contextWindow: 128_000, tools: true, idleTimeoutMilliseconds: 60_000, isSupervised: false),
                command: nil),
            .init(
                settings: ProviderSettings(
                    name: "near", url: "http://localhost/v1", socket: "/run/model.sock", model: "small",
                    contextWindow: 4_096, tools: false, idleTimeoutMilliseconds: 120_000, isSupervised: true),
                command: ["/usr/bin/server", "--quick"]),
        ]
        #expect(configuration == expected)
    }

    @Test(arguments: [
        ("room: [", ["config.yml:2: is not YAML: did not find expected node content"]),
        ("- a", ["config.yml:1: a mapping of keys and values is wanted"]),
        (
            "colour: red",
            ["config.yml:1: colour: unknown key; known are default_provider, providers, room, context_threshold"]
        ),
        ("room: {budget: many}", ["config.yml:1: room.budget: a whole number from 1 to 1000 is wanted"]),
        ("room: {default: \"a b\"}", ["config.yml:1: room.default: letters, digits, - and _ are wanted, up to 64"]),
        ("context_threshold: 7", ["config.yml:1: context_threshold: a number from 0.1 to 0.95 is wanted"]),
        ("default_provider: gone", ["config.yml:1: default_provider: no provider gone stands under providers"]),
        (
            "providers:\n  a: {url: https://a/v1, model: m, tools: yes, idle_timeout: soon}",
            [
                "config.yml:2: providers.a.idle_timeout: a duration such as 500ms, 5s, 10m or 1h is wanted",
                "config.yml:2: providers.a.tools: true or false is wanted",
            ]
        ),
        (
            "providers:\n  a:\n    url: ftp://a\n    model: m\n    command: [/nowhere/server]",
            [
                "config.yml:3: providers.a.url: a URL that begins with https:// or http:// is wanted",
                "config.yml:5: providers.a.command: /nowhere/server is not a file that can be executed",
            ]
        ),
    ])
    func `every problem is told with its line`(yaml: String, expected: [String]) {
        #expect(problems(yaml) == expected)
    }

    @Test func `the local model is added when no provider is configured and the model is installed`() {
        func added(to configuration: NodeConfiguration, installed: Bool) -> NodeConfiguration {
            var configuration = configuration
            configuration.addLocalModelIfAlone(interpreter: "/p", script: "/s.py", socket: "/m.sock") { _ in installed }
            return configuration
        }
        let alone = added(to: NodeConfiguration(), installed: true)
        #expect(alone.providers.map(\.command) == [["/p", "/s.py", "--socket", "/m.sock"]])
        #expect(alone.defaultProvider == "local")
        #expect(added(to: NodeConfiguration(), installed: false) == NodeConfiguration())
        #expect(added(to: alone, installed: true) == alone)
    }
}
