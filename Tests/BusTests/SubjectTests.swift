import Services
import Testing

@testable import Bus

@Suite struct SubjectTests {
    @Test(arguments: [
        ("a", true, true), ("a.b.c", true, true), ("_INBOX.user:ann.3.17", true, true), ("größe.ü", true, true),
        ("a.*", false, true), ("*", false, true), (">", false, true), ("a.>", false, true), ("*.>", false, true),
        ("a.*b", true, true), ("a.>b", true, true), ("a>.b", true, true),
        ("a.>.b", false, false), (">.a", false, false),
        ("", false, false), (".", false, false), ("a.", false, false), (".a", false, false), ("a..b", false, false),
        ("a b", false, false), ("a\tb", false, false), ("a\r\nPUB x 0", false, false), ("a\u{7F}", false, false),
    ])
    func `a subject has whole visible tokens, and only a pattern has wildcards`(
        text: String, isSubject: Bool, isPattern: Bool
    ) {
        #expect((Subject(text) != nil) == isSubject)
        #expect((SubjectPattern(text) != nil) == isPattern)
    }

    @Test(arguments: [
        ("a.b", "a.b", true), ("a.b", "a.c", false), ("a.b", "a", false), ("a", "a.b", false),
        ("a.*", "a.b", true), ("a.*", "a", false), ("a.*", "a.b.c", false), ("*.b", "a.b", true),
        ("a.>", "a.b", true), ("a.>", "a.b.c", true), ("a.>", "a", false), (">", "a", true), (">", "a.b.c", true),
        ("*.*.c", "a.b.c", true), ("a.*.>", "a.b", false), ("a.*.>", "a.b.c.d", true), ("A.b", "a.b", false),
        // Patterns within patterns.
        ("a.*", "a.*", true), ("a.>", "a.*", true), ("a.>", "a.>", true), ("a.>", "a.*.>", true), (">", "*.>", true),
        ("a.*", "a.>", false), ("a.b", "a.*", false), ("a.b.>", "a.>", false), ("a.*.c", "a.>", false),
        ("*", ">", false),
    ])
    func `a pattern covers what every subject of the other would match`(pattern: String, other: String, covers: Bool) {
        #expect(SubjectSyntax.covers(pattern.utf8, other.utf8) == covers)
    }

    @Test(arguments: [
        ("scout", "scout"), ("people/Ann_B-2", "people/Ann_B-2"), ("a b", "a%20b"), ("a.b", "a%2Eb"), ("*", "%2A"),
        (">", "%3E"), ("50%", "50%25"), ("é", "%C3%A9"), ("x:y", "x%3Ay"), ("\u{0}\n", "%00%0A"),
    ])
    func `an id becomes one plain token and comes back`(id: String, token: String) {
        #expect(Subject.encode(id) == token)
        #expect(Subject.decode(token) == id)
        #expect(Subject("agent.\(token).turn") == .agent(AgentID(id), "turn"))
    }

    @Test(arguments: ["%", "%2", "%2e", "%G0", "a.b", "a b", "%FF", "é"])
    func `what no id is encoded as is not decoded`(token: String) {
        #expect(Subject.decode(token) == nil)
    }

    @Test func `the empty id makes a subject that stands for nothing`() {
        #expect(Subject.agent("", "turn").description == "agent.%.turn")
        #expect(Subject.decode("%") == nil)
    }

    @Test(arguments: [
        (Subject.service(.store, "get", caller: .agent("people/ann b")), "svc.store.get.agent:people/ann%20b"),
        (.service(.broker, "children", caller: .service(.llm)), "svc.broker.children.llm"),
        (.roomEvent("the_lobby"), "room.the_lobby.event"), (.roomHead("lobby"), "room.lobby.head"),
        (.roomDelta("lobby", .agent("x.y")), "room.lobby.delta.agent:x%2Ey"), (.agent("a/b", "turn"), "agent.a/b.turn"),
        (.child("agent:a b"), "sys.child.agent:a%20b"), (.child("layer"), "sys.child.layer"),
        (.recordsChanged, "records.changed"), (.inboxPrefix(.user("ann"), life: "4"), "_INBOX.user:ann.4"),
    ])
    func `the subjects of the contract`(subject: Subject, text: String) {
        #expect(subject.description == text)
        #expect(Subject(text) == subject)
    }

    @Test(arguments: [
        ("agent:scout", Principal.agent("scout")), ("agent:a:b", .agent("a:b")), ("user:ann", .user("ann")),
        ("client:laptop", .client("laptop")), ("mcp:git", .server("git")), ("store", .service(.store)),
        ("broker", .service(.broker)),
    ])
    func `a name survives its written form and its token`(text: String, name: Principal) {
        #expect(Principal(rawValue: text) == name)
        #expect(name.description == text)
        #expect(Principal(token: name.token) == name)
    }

    @Test(arguments: ["", "agent:", "agent", "root:x", "model:local", "Store", "mcp:", ":x"])
    func `names that may not speak are none`(text: String) {
        #expect(Principal(rawValue: text) == nil)
    }
}
