import Runtime
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
                    "no model provider is configured", fix: "name one under providers in /c.yml, or \(advice)")
            ])
    }

    @Test func `a node with a provider has no finding of its providers`() {
        let info = ProviderInfo(name: "p", model: "m", contextWindow: 4_096, tools: true, isLocal: false)
        let reply = Gateway.Providers.Reply(providers: [info], defaultProvider: nil)
        #expect(Finding.providers(reply, configFile: "", interpreter: "", isInstalled: false) == [])
    }
}

struct CommandFailureTests {
    @Test(
        arguments: [
            (.invalid, .usage), (.unavailable, .unavailable), (.timeout, .temporaryFailure), (.notFound, .failure),
            (.exists, .failure), (.stale, .failure), (.denied, .failure), (.exhausted, .failure), (.failed, .failure),
            (.internalError, .failure),
        ] as [(ServiceFailure.Code, Runtime.ExitStatus)])
    func `the code of a service's refusal decides the exit status`(
        code: ServiceFailure.Code, status: Runtime.ExitStatus
    ) {
        let failure = CommandFailure(ServiceFailure(code, "why"))
        #expect(failure?.status == status)
        #expect(failure?.message == "why")
    }
}

struct PrintedMessageTests {
    @Test(
        arguments: [
            (#"{"a":[1,null]}"#, .object(["a": .array([.integer(1), .null])])), ("17", .integer(17)),
            ("not JSON", .string("not JSON")), ("", .string("")),
        ] as [(String, JSONValue)])
    func `a payload that is JSON is printed as a value, any other as a text`(payload: String, value: JSONValue) {
        #expect(PrintedMessage(subject: "s", reply: nil, payload: Array(payload.utf8)).payload == value)
    }

    @Test func `a message without --json is one line, safe for a terminal`() {
        let payload = Array("a\n\u{1B}b".utf8)
        #expect(PrintedMessage.line(subject: "room.\u{7}x", payload: payload) == "room.\\u{7}x a\\u{a}\\u{1b}b")
        #expect(PrintedMessage.line(subject: nil, payload: payload) == "a\\u{a}\\u{1b}b")
    }
}
