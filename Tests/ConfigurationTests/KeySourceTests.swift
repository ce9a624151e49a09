import Services
import Testing

@testable import Configuration

@Suite struct KeySourceTests {
    private static func configuration(key: String) throws -> NodeConfiguration {
        try NodeConfiguration(
            yaml: "providers:\n  a: {url: 'http://a', model: m, key: \(key)}\n", path: "config.yml"
        ) { _ in true }
    }

    private static func problems(_ key: String) -> [String] {
        do {
            return try configuration(key: key).providerProblems.map(\.description)
        } catch {
            return (error as? ConfigurationError)?.problems.map(\.description) ?? ["\(error)"]
        }
    }

    @Test(
        arguments: [
            ("'{env:MY_KEY}'", .environment("MY_KEY")), ("{env:MY_KEY}", .environment("MY_KEY")),
            ("{env: MY_KEY}", .environment("MY_KEY")), ("'{ env: MY_KEY }'", .environment("MY_KEY")),
            ("'{file:/etc/k}'", .file("/etc/k")), ("{file: /etc/k}", .file("/etc/k")),
            ("{cred:openai}", .credential("openai")), ("{cred: openai}", .credential("openai")),
            ("{command: [/usr/bin/pass, show, 'my key']}", .command(["/usr/bin/pass", "show", "my key"])),
            ("sk-1", nil),
        ] as [(String, KeySource?)])
    func `a key, or where it is`(key: String, source: KeySource?) throws {
        let settings = try #require(try Self.configuration(key: key).providers.first?.settings)
        #expect(settings.keySource == source && settings.key == (source == nil ? key : nil))
    }

    @Test(arguments: [
        ("{env: 'A KEY'}", #".env: "A KEY" is not the name of a variable; letters, digits and _ are wanted"#),
        ("{file: etc/k}", ".file: an absolute path is wanted"),
        ("{cred: ../k}", ".cred: the name of a credential is wanted"),
        ("{command: pass}", ".command: a list is wanted"),
        ("{command: [pass]}", ".command: a program, by its absolute path, and its arguments are wanted"),
        (
            "'{vault:x}'",
            ": a key is wanted, or {env: NAME}, {file: PATH}, {cred: NAME}, {command: [PROGRAM, ARGUMENT, …]}"
        ),
        (
            "'{}'", ": a key is wanted, or {env: NAME}, {file: PATH}, {cred: NAME}, {command: [PROGRAM, ARGUMENT, …]}"
        ),
    ])
    func `what looks like a place and is none is reported with its line`(key: String, problem: String) {
        let found = Self.problems(key)
        #expect(found.contains("config.yml:2: providers.a.key\(problem)"), "\(found)")
    }

    @Test(
        arguments: [
            ("\"${OPENAI_API_KEY}\"", "variables are not written ${…; write {env: OPENAI_API_KEY}"),
            ("$OPENAI_API_KEY", "variables are not written $…; write {env: OPENAI_API_KEY}"),
            ("$5", "variables are not written $…; write {env: NAME}"),
            ("env:A_KEY", "variables are not written env:…; write {env: A_KEY}"),
            ("os.environ/A_KEY", "variables are not written os.environ/…; write {env: A_KEY}"),
            ("'{env:HOME'", "a brace is missing; write \(places)"), ("'env:HOME}'", nil),
            ("'HOME}'", "a brace is missing; write \(places)"),
            ("true", "true is no key; write the key itself, or \(places)"),
            ("'false'", "false is no key; write the key itself, or \(places)"),
            ("x", ""), ("EMPTY", ""), ("none", ""), ("'sk-$a{b}c'", ""), ("'null'", ""), ("truely", ""),
        ] as [(String, String?)])
    func `a slip in telling where a key is is told with what to write`(key: String, problem: String?) {
        let told = problem ?? "variables are not written env:…; write {env: HOME}"
        #expect(Self.problems(key) == (told.isEmpty ? [] : ["config.yml:2: providers.a.key: \(told)"]))
    }

    private static let places = "{env: NAME}, {file: PATH}, {cred: NAME} or {command: [PROGRAM, ARGUMENT, …]}"

    @Test(arguments: ["null", "Null", "NULL", "~", "", "'null'", "'~'"])
    func `a key without a value is none, however that is written`(key: String) throws {
        let settings = try #require(try Self.configuration(key: key).providers.first?.settings)
        #expect(settings.key == (key.hasPrefix("'") ? String(key.dropFirst().dropLast()) : nil))
        let block = "providers:\n  a:\n    url: http://a\n    model: m\n    key: \(key)\n    key_environment: null\n"
        let read = try NodeConfiguration(yaml: block, path: "config.yml") { _ in true }
        #expect(read.providers.first?.settings == settings)
    }

    @Test(arguments: ["{env: E}", "{file: /k}", "{cred: c}", "{command: [/k]}"])
    func `a key in another place is the gateway's to read`(key: String) throws {
        var configuration = try Self.configuration(key: key)
        configuration.chooseVariables { _ in true }
        let settings = try #require(configuration.providers.first?.settings)
        #expect(settings.key == nil && settings.keySource != nil)
    }

    @Test(
        arguments: [
            ("sk-1", nil), ("sk-1\n", nil), ("sk-1\r\n\n", nil), ("sk\n1", true), ("a b", true), ("é", true),
            ("", true),
        ] as [(String, Bool?)])
    func `a key is visible characters, and a file's line end is none of it`(text: String, isRefused: Bool?) {
        #expect((KeySource.objection(toKey: KeySource.key(text)) != nil) == (isRefused ?? false))
    }

    @Test func `a place of a key may stand in a file that others can read`() throws {
        for (key, isRefused) in [("{env: E}", false), ("'{file:/k}'", false), ("sk-1", true)] {
            let yaml = "providers: {a: {url: 'http://a', model: m, key: \(key)}}"
            do throws(ConfigurationError) {
                _ = try NodeConfiguration(yaml: yaml, path: "c", exposure: "chmod 600 c") { _ in true }
                #expect(!isRefused)
            } catch {
                #expect(isRefused)
            }
        }
    }
}
