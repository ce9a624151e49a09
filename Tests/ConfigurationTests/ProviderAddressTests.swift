import Testing

@testable import Configuration

/// How providers and their models are named and reached.
@Suite struct ProviderAddressTests {
    @Test(arguments: [
        (
            "providers: {a: {url: 'http://a', model: \"x\\ny\"}}",
            [#"providers.a.model: "x y" contains a line end or a tab; the provider's name for the model is wanted"#]
        ),
        ("providers: {a: {url: 'http://a', model: tuned/my model}}", []),
        (
            "providers: {a: {url: 'http://a', model: null}}",
            ["providers.a: model is missing: the provider's name for it"]
        ),
        (
            "providers: {a: {url: 'https://a/v1?x=1', model: m}}",
            [#"providers.a.url: "https://a/v1?x=1" has a ?, behind which no path can be; write "https://a/v1""#]
        ),
        (
            "providers: {a: {url: 'https://a/v1#x', model: m}}",
            [#"providers.a.url: "https://a/v1#x" has a #, behind which no path can be; write "https://a/v1""#]
        ),
        (
            "providers: {a: {url: 'https://a/v1/chat/completions/', model: m}}",
            [
                #"providers.a.url: "https://a/v1/chat/completions/" is where requests go, and /chat/completions is "#
                    + #"added to the base; write "https://a/v1""#
            ]
        ),
        ("providers: {a: {url: 'https://a/messages/v1', model: m}}", []),
        (
            "providers: {a: {url: 'https://a/v1/messages', model: m}}",
            [
                #"providers.a.url: "https://a/v1/messages" is where requests go, and /messages is added to the base; "#
                    + #"write "https://a/v1""#
            ]
        ),
        ("models: [a]\nproviders: {a: {url: 'https://a/v1', model: m}}", []),
        ("models: [a, a/m/]\nproviders: {a: {url: 'https://a/v1', model: m}}", []),
        ("models: [a/]\nproviders: {a: {url: 'https://a/v1', model: m}}", ["models[0]: \(model("a/"))"]),
        (
            "models: [a, a/m, a]\nproviders: {a: {url: 'https://a/v1', model: m}}",
            ["models[2]: a occurs twice; remove one"]
        ),
        ("prices: {a/: free, a: free}\nproviders: {a: {url: 'https://a/v1', model: m}}", ["prices.a/: \(model("a/"))"]),
    ])
    func `what names no model or no base is told with what to write`(yaml: String, expected: [String]) throws {
        var problems: [String]
        do throws(ConfigurationError) {
            let read = try NodeConfiguration(yaml: yaml, path: "config.yml") { _ in true }
            problems = read.providerProblems.map(\.description)
        } catch {
            problems = error.problems.map(\.description)
        }
        #expect(problems == expected.map { "config.yml:1: \($0)" })
    }

    private static func model(_ name: String) -> String {
        "no model stands behind the /; write \(name.dropLast()) or \(name)MODEL"
    }
}
