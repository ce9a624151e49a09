import Services
import Testing

@testable import Configuration

/// The problems of a configuration, a line each; empty when it is right.
private func problems(_ yaml: String) -> [String] {
    do throws(ConfigurationError) {
        let read = try NodeConfiguration(yaml: yaml, path: "config.yml") { $0 == "/usr/bin/server" }
        return read.providerProblems.map(\.description)
    } catch {
        return error.problems.map(\.description)
    }
}

@Suite struct NodeConfigurationTests {
    @Test func `an empty file is a configuration with every default`() throws {
        for text in ["", "# nothing but a comment\n", "providers:\n", "\u{feff}", "\u{feff}providers:\n"] {
            #expect(try NodeConfiguration(yaml: text, path: "config.yml") { _ in true } == NodeConfiguration())
        }
    }

    @Test func `every key is read`() throws {
        let configuration = try NodeConfiguration(
            yaml: """
                default_provider: near
                context_threshold: 0.5
                room: {default: ops, budget: 3, turn_timeout: 90s, keep: 90d}
                rooms: {builds: {keep: 10000}}
                bus: {listen: '127.0.0.1:4222', tokens: {laptop: 0123456789abcdef, ci-box: fedcba9876543210}}
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
        expected.turnTimeoutMilliseconds = 90_000
        expected.retention.everyRoom = .days(90)
        expected.retention.rooms = ["builds": .events(10_000)]
        expected.broker = BrokerSettings(
            listen: LoopbackAddress("127.0.0.1:4222"),
            tokens: ["laptop": "0123456789abcdef", "ci-box": "fedcba9876543210"])
        expected.providers = [
            .init(
                settings: ProviderSettings(
                    name: "far", url: "https://api.example.org/v1", keySource: .environment("FAR_KEY"), model: "large",
                    contextWindow: 128_000, tools: true, idleTimeoutMilliseconds: 60_000, isSupervised: false),
                command: nil),
            .init(
                settings: ProviderSettings(
                    name: "near", url: "http://localhost/v1", socket: "/run/model.sock", model: "small",
                    contextWindow: 4_096, isWindowConfigured: true, tools: false,
                    idleTimeoutMilliseconds: 120_000, isSupervised: true),
                command: ["/usr/bin/server", "--quick"]),
        ]
        #expect(configuration == expected)
    }

    @Test(
        arguments: [
            ("0.0.0.0:4222", nil), ("192.168.1.1:4222", nil), ("[::]:4222", nil), ("localhost:4222", nil),
            (":4222", nil),
            ("4222", nil), ("127.0.0.1", nil), ("127.0.0.1:0", nil), ("127.0.0.1:65536", nil), ("127.0.0.1:-1", nil),
            ("127.1:4222", nil), ("127.0.0.1.5:4222", nil), ("127.0.0.256:4222", nil), ("127.0.0.1 :4222", nil),
            ("128.0.0.1:4222", nil), ("::1:4222", nil), ("[::1]:4222", "[::1]:4222"),
            ("127.0.0.1:4222", "127.0.0.1:4222"),
            ("127.255.0.3:1", "127.255.0.3:1"),
        ] as [(String, String?)])
    func `the broker listens on this machine alone`(text: String, address: String?) {
        #expect(LoopbackAddress(text)?.description == address)
        let found = problems("bus: {listen: '\(text)', tokens: {laptop: 0123456789abcdef}}")
        let problem =
            "config.yml:1: bus.listen: a loopback address is wanted, such as 127.0.0.1:4222 or [::1]:4222"
        #expect(found == (address == nil ? [problem] : []))
    }

    @Test(arguments: [
        ("{listen: '127.0.0.1:1'}", "bus.listen: tokens is missing: a name and a token for each client"),
        (
            "{tokens: {laptop: short}}",
            "bus.tokens.laptop: 16 visible characters or more are wanted, such as `openssl rand -hex 16` prints"
        ),
        (
            "{tokens: {laptop: 'with blanks 01234567'}}",
            "bus.tokens.laptop: 16 visible characters or more are wanted, such as `openssl rand -hex 16` prints"
        ),
        (
            "{tokens: {a: 0123456789abcdef, b: 0123456789abcdef}}", "bus.tokens.b: another client has the same token"
        ),
        ("{tokens: {a b: 0123456789abcdef}}", "bus.tokens.a b: a client's name is letters, digits, - and _, up to 64"),
        ("{port: 1}", "bus.port: unknown key; known are listen, tokens"),
    ])
    func `a token is a secret of one client`(bus: String, problem: String) {
        #expect(problems("bus: \(bus)") == ["config.yml:1: \(problem)"])
    }

    @Test(arguments: [
        ("room: [", ["config.yml:2: is not YAML: did not find expected node content"]),
        ("- a", ["config.yml:1: a mapping of keys and values is wanted"]),
        (
            "colour: red",
            [
                "config.yml:1: colour: unknown key; known are default_provider, models, providers, room, rooms, "
                    + "context_threshold, bus, caps, prices, mcp_servers, skills, sandbox, ask, approvers, ask_timeout"
            ]
        ),
        ("ask: [proc.exce]", ["config.yml:1: ask[0]: there is no permission proc.exce; did you mean proc.exec?"]),
        ("ask: proc.exec", ["config.yml:1: ask: a list is wanted"]),
        ("approvers: ann", ["config.yml:1: approvers: a list is wanted"]),
        ("ask_timeout: 5s", ["config.yml:1: ask_timeout: 10s to 168h are wanted"]),
        ("ask_timeout: 60", ["config.yml:1: ask_timeout: a duration such as 500ms, 5s, 10m or 1h is wanted"]),
        ("room: {budget: many}", ["config.yml:1: room.budget: a whole number from 1 to 1000 is wanted"]),
        (
            "room: {turn_timeout: 19s}",
            ["config.yml:1: room.turn_timeout: 20s or more are wanted: agents report every 10 to 15 s"]
        ),
        ("room: {default: \"a b\"}", ["config.yml:1: room.default: letters, digits, - and _ are wanted, up to 64"]),
        ("context_threshold: 7", ["config.yml:1: context_threshold: a number from 0.1 to 0.95 is wanted"]),
        ("default_provider: gone", ["config.yml:1: default_provider: there is no provider gone under providers"]),
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

    @Test(arguments: [
        ("room: {budget: 1}", []), ("room: {budget: 1000}", []),
        ("room: {budget: 0}", ["room.budget: a whole number from 1 to 1000 is wanted"]),
        ("room: {budget: 1001}", ["room.budget: a whole number from 1 to 1000 is wanted"]),
        ("room: {keep: 90d}\nrooms: {ops: {keep: forever}, a_1: {keep: 10000}}", []),
        ("room: {keep: 3w}", ["room.keep: \(Retention.requirement)"]),
        ("rooms: {ops: {keep: 999}}", ["rooms.ops.keep: \(Retention.requirement)"]),
        ("rooms: {ops: {budget: 3}}", ["rooms.ops.budget: unknown key; known are keep"]),
        ("rooms: {a b: {keep: 1d}}", ["rooms.a b: letters, digits, - and _ are wanted as a room's name, up to 64"]),
        ("room: {turn_timeout: 20s}", []), ("context_threshold: 0.1", []), ("context_threshold: 0.95", []),
        ("context_threshold: 0.09", ["context_threshold: a number from 0.1 to 0.95 is wanted"]),
        ("context_threshold: 0.96", ["context_threshold: a number from 0.1 to 0.95 is wanted"]),
        (
            "providers: {a: {model: m}}",
            [
                "providers.a: url is missing: the base of the provider's API, such as https://…/v1; or preset: one of "
                    + ProviderPreset.names
            ]
        ),
        (
            "providers: {a: {url: 'http://a'}}",
            ["providers.a: model is missing: the provider's name for it"]
        ),
        (
            "providers: {a: {url: 'httpx://a', model: m}}",
            ["providers.a.url: a URL that begins with https:// or http:// is wanted"]
        ),
        (
            "providers: {a: {url: 'http://a b/v1', model: m}}",
            [
                #"providers.a.url: "http://a b/v1" contains a blank or a control character; "#
                    + "a URL such as https://api.example.org/v1 is wanted"
            ]
        ),
        (
            "providers: {a: {url: 'http:///v1', model: m}}",
            [#"providers.a.url: "http:///v1" names no host; a URL such as https://api.example.org/v1 is wanted"#]
        ),
        (
            "providers: {a: {url: 'http://a:99999', model: m}}",
            [
                #"providers.a.url: "http://a:99999" has a port that is not from 1 to 65535; "#
                    + "a URL such as https://api.example.org/v1 is wanted"
            ]
        ),
        ("providers: {a: {url: 'http://[::1]:80/v1', model: m}}", []),
        ("providers: {a: {url: 'http://u:p@a:1', model: m}}", []),
        (
            "providers: {a: {url: 'http://a', model: ' '}}",
            [#"providers.a.model: " " is empty; the provider's name for the model is wanted"#]
        ),
        (
            "providers: {a: {url: 'http://a', model: ''}}",
            [#"providers.a.model: "" is empty; the provider's name for the model is wanted"#]
        ),
        (
            "providers: {a: {url: 'http://a', model: m, key: 'a b'}}",
            [
                "providers.a.key: the key is empty or contains a blank or a control character; "
                    + "visible characters of ASCII are wanted"
            ]
        ),
        (
            "providers: {a: {url: 'http://a', model: m, key: \"a\\u0001b\"}}",
            [
                "providers.a.key: the key is empty or contains a blank or a control character; "
                    + "visible characters of ASCII are wanted"
            ]
        ),
        (
            "providers: {a: {url: 'http://[::1', model: m}}",
            [#"providers.a.url: "http://[::1" has an address that is not like [::1]; \#(url)"#]
        ),
        (
            "providers: {a: {url: 'http://u:secret@[zz]/v1', model: m}}",
            [#"providers.a.url: "http://…@[zz]/v1" has an address that is not like [::1]; \#(url)"#]
        ),
        (
            "providers: {a: {url: 'http://a]/v1', model: m}}",
            [#"providers.a.url: "http://a]/v1" has an address that is not like [::1]; \#(url)"#]
        ),
        ("providers: {a: {url: 'http://[fe80::1%25eth0]:80/v1', model: m}}", []),
        ("providers: {a: {url: 'http://a', model: m, idle_timeout: 1s}}", []),
        ("providers: {a: {url: 'http://a', model: m, idle_timeout: 0s}}", [idle]),
        ("providers: {a: {url: 'http://a', model: m, idle_timeout: 1h}}", []),
        (
            "providers: {a: {url: 'http://a', model: m, idle_timeout: 100h}}",
            ["providers.a.idle_timeout: 1h or less is wanted: an answer that takes longer is broken off"]
        ),
        ("providers: {a: {url: 'http://a', model: m, idle_timeout: 999ms}}", [idle]),
        (
            "providers: {a: {url: 'http://a', model: m, command: ['']}}",
            ["providers.a.command: a program and its arguments are wanted"]
        ),
        ("providers: {a: {url: 'http://a', model: m, command: [server, '']}}", []),
        ("providers: {a: {url: 'http://a', model: m, socket: \(socket(107))}}", []),
        (
            "providers: {a: {url: 'http://a', model: m, socket: \(socket(108))}}",
            ["providers.a.socket: the path has 108 bytes, and that of a socket has at most 107; choose a shorter one"]
        ),
        (
            "providers: {a: {url: 'http://a', model: m, key_environment: 'A KEY'}}",
            [#"providers.a.key_environment: "A KEY" is not the name of a variable; letters, digits and _ are wanted"#]
        ),
        (
            "providers: {a: {url: 'http://a', model: m, key: k, key_environment: K}}",
            ["providers.a.key_environment: key is set, too; remove one of them"]
        ),
        ("providers: {a: {url: 'http://a', model: m, socket: a}}", ["providers.a.socket: an absolute path is wanted"]),
        ("providers: {a: {url: 'http://a', model: m, context_window: 512}}", []),
        (
            "providers: {a: {url: 'http://a', model: m, context_window: 511}}",
            ["providers.a.context_window: a whole number from 512 to 100000000 is wanted"]
        ),
        (
            "providers: {a: {url: 'http://a', model: m, command: []}}",
            ["providers.a.command: a program and its arguments are wanted"]
        ),
        ("providers: {a: {url: 'http://a', model: m, command: [server]}}", []),
        (
            "providers: {a b: {url: 'http://a', model: m}}",
            ["providers.a b: a provider's name is letters, digits, - and _, up to 64"]
        ),
        ("bus: {tokens: {a: 0123456789abcde}}", [token]), ("bus: {tokens: {a: 0123456789abcdef}}", []),
        ("bus: {tokens: {a: \"0123456789abcde\\x7f\"}}", [token]),
    ])
    func `a bound is itself within it`(yaml: String, expected: [String]) {
        #expect(problems(yaml) == expected.map { "config.yml:1: \($0)" })
    }

    private static let url = "a URL such as https://api.example.org/v1 is wanted"
    private static let idle = "providers.a.idle_timeout: 1s or more is wanted: no provider answers without a pause"

    private static func socket(_ count: Int) -> String { "/" + String(repeating: "s", count: count - 1) }

    private static let token =
        "bus.tokens.a: 16 visible characters or more are wanted, such as `openssl rand -hex 16` prints"

    @Test(arguments: [(100, 0), (101, 1)])
    func `the broker has a hundred clients at most`(count: Int, problemCount: Int) {
        let tokens = (0..<count).map { "c\($0): 0123456789abcdef-\($0)" }.joined(separator: ", ")
        #expect(problems("bus: {tokens: {\(tokens)}}").count == problemCount)
    }

    @Test(arguments: [
        ("a", true), ("Az-_09", true), (String(repeating: "x", count: 64), true), ("", false),
        (String(repeating: "x", count: 65), false), ("a.b", false), ("a b", false), ("é", false), ("a/b", false),
        ("@", false), ("[", false), ("`", false), ("{", false), (":", false),
    ])
    func `a name is letters, digits, hyphens and underscores`(text: String, isName: Bool) {
        #expect(NodeConfiguration.isName(text) == isName)
    }

    /// The first is found by the parser; two spellings of a name, one of them a number to YAML, are found after it.
    @Test(arguments: [
        (
            "room: {budget: 1}\nroom: {budget: 2}",
            "config.yml:2: room: occurs twice, on line 1 for the first time; remove one"
        ),
        (
            "room: {budget: 1, budget: 2}",
            "config.yml:1: budget: occurs twice, on line 1 for the first time; remove one"
        ),
        (
            "providers:\n  1: {url: 'https://a/v1', model: m}\n  '1': {url: 'https://b/v1', model: n}",
            "config.yml:3: providers.1: occurs twice; remove one"
        ),
        (
            "bus:\n  tokens:\n    7: 0123456789abcdef\n    '7': fedcba9876543210",
            "config.yml:4: bus.tokens.7: occurs twice; remove one"
        ),
    ])
    func `a key that stands twice is refused`(yaml: String, problem: String) {
        #expect(problems(yaml) == [problem])
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

    @Test func `a secret in a file that others can read is refused with what to type, and nothing else is`() throws {
        func problems(_ provider: String, _ bus: String = "", url: String = "https://a/v1") -> [String] {
            let yaml = "providers:\n  far: {url: '\(url)', model: m\(provider)}\n\(bus)"
            do throws(ConfigurationError) {
                _ = try NodeConfiguration(
                    yaml: yaml, path: "config.yml", exposure: "chmod 600 config.yml", isExecutable: { _ in true })
                return []
            } catch {
                return error.problems.map(\.description)
            }
        }
        #expect(problems(", key: secret") == ["config.yml:2: providers.far.key: chmod 600 config.yml"])
        #expect(problems(", key_environment: KEY") == [] && problems("") == [])
        #expect(
            problems("", url: "https://ann:secret@a/v1") == ["config.yml:2: providers.far.url: chmod 600 config.yml"])
        #expect(problems("", url: "https://a/v1/@ann") == [])
        let bus = "bus: {listen: '127.0.0.1:4222', tokens: {laptop: 0123456789abcdef}}"
        #expect(problems("", bus) == ["config.yml:3: bus.tokens.laptop: chmod 600 config.yml"])
    }
}
