import Services
import Testing

@testable import egghead

struct FindingTests {
    private let noProvider = Gateway.Providers.Reply(providers: [], defaultProvider: nil)

    @Test func `a supervisor is no finding, whatever its state`() {
        var children = SampleReplies.children
        for index in children.indices { children[index].kind = .supervisor }
        #expect(Finding.children(children) == [])
        #expect(Finding.children(SampleReplies.children).count == SampleReplies.states.count - 1)
    }

    @Test(arguments: [
        (true, "restart the node, which then runs the local model"),
        (false, "run scripts/run, which installs a local model (none is at /s/python)"),
    ])
    func `a node without a provider is told how to get one`(isInstalled: Bool, advice: String) {
        let findings = Finding.providers(
            noProvider, configFile: "/c.yml", interpreter: "/s/python", isInstalled: isInstalled)
        #expect(
            findings == [
                Finding(
                    "no model provider is configured",
                    fix: "set ANTHROPIC_API_KEY, OPENAI_API_KEY or GEMINI_API_KEY and restart the node, or name one "
                        + "under providers in /c.yml, or \(advice)")
            ])
    }

    @Test func `a node with a provider has no finding of its providers`() {
        let info = ProviderInfo(name: "p", model: "m", contextWindow: 4_096, tools: true, isLocal: false)
        let reply = Gateway.Providers.Reply(providers: [info], defaultProvider: nil)
        #expect(Finding.providers(reply, configFile: "", interpreter: "", isInstalled: false) == [])
    }
}
