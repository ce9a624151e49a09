import Accounts
import Glibc
import LinuxSystem
import Runtime
import Services
import Testing

/// A note that answers one question and no other.
private let boilerNote = """
    ---
    title: The boiler
    tags: [house]
    ---
    # The boiler

    ## Pressure

    The boiler wants a pressure of 1.6 bar. Fill it at the blue valve behind the washing machine.
    """

/// The whole path: a question in a room is answered by an agent's process.
@Suite(.serialized) struct SpineTests {
    @Test func `a question is answered by an agent that is a process, and everything is gone after the stop`() throws {
        let node = try TestNode(records: ["boiler.md": boilerNote])
        try node.start()
        let names = node.children.map(\.name)
        #expect(
            names == [
                "eggheadd", "broker", "records", "index", "store", "models", "tools", "toolbox", "mcp", "layer", "llm",
                "coordinator", "agents", "agent:index",
            ])
        #expect(waits(for: 20) { (try? title(of: "agent:index", in: node)) == "egghead-agent index: idle" })
        let agent = try #require(node.pid(of: "agent:index"))
        #expect(try Files.read("/proc/\(agent)/comm", limit: 64) == Array("agent:index\n".utf8))
        #expect(ProcessInformation.variable("NOTIFY_SOCKET", of: agent)?.hasPrefix(node.home) == true)

        let answer = try node.egghead("chat", "What pressure does the boiler want?", "--wait")
        #expect(answer.status == 0 && answer.errors == "")
        #expect(answer.output.hasPrefix("index: You said:"))
        #expect(answer.output.hasSuffix("What pressure does the boiler want?.\n"))
        // The prompt held the passage, found by the program and not by the model.
        #expect(node.provider?.requests.contains { $0.contains("1.6 bar") && $0.contains("[[boiler]]") } == true)

        let history = try node.history()
        #expect(history.map(\.type) == [.message, .message])
        #expect(history.map(\.number) == [1, 2])
        #expect(history.map(\.from) == [.user(Users.name(of: getuid())), "agent:index"])

        #expect(node.stop() == 0)
        #expect(node.processesLeft == [])
    }

    /// What ps shows of a child.
    private func title(of name: String, in node: TestNode) throws -> String {
        let bytes = try Files.read("/proc/\(try #require(node.pid(of: name)))/cmdline", limit: 4_096)
        return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
    }

    @Test func `a model that cannot call tools is answered for by the notes, word for word`() throws {
        let node = try TestNode(tools: false, records: ["boiler.md": boilerNote])
        try node.start()
        let found = try node.egghead("chat", "What pressure does the boiler want?", "--wait")
        #expect(found.status == 0)
        #expect(
            found.output.contains(
                "> The boiler wants a pressure of 1.6 bar. Fill it at the blue valve behind the washing machine."))
        #expect(found.output.contains("[[boiler]]"))
        #expect(found.output.contains("> The boiler wants a pressure of 1.6 bar.\n"))
        let nothing = try node.egghead("chat", "Who painted the ceiling of the chapel?", "--wait")
        #expect(nothing.status == 0)
        #expect(!nothing.output.contains("[[boiler]]") && nothing.output.contains("No note has an answer to this."))
        #expect(node.provider?.requests == [])
    }

    @Test(arguments: ["agent:index", "index", "coordinator", "broker", "llm", "store"])
    func `a child is killed in the middle of a question, and nothing that was acknowledged is lost`(child: String)
        throws
    {
        let node = try TestNode(records: ["boiler.md": boilerNote])
        try node.start()
        try #require(try node.egghead("chat", "before", "--wait").status == 0)
        let asking = try node.begin(["chat", "tell me slowly fake:slow", "--wait", "--timeout", "60"])
        let asked = waits(for: 30) { node.provider?.requests.contains { $0.contains("fake:slow") } == true }
        try #require(asked, "the question never reached the provider")
        let before = Dictionary(
            uniqueKeysWithValues: node.children.compactMap { status in status.pid.map { (status.name, $0) } })
        try node.kill(child)

        let after = Dictionary(
            uniqueKeysWithValues: node.children.compactMap { status in status.pid.map { (status.name, $0) } })
        let restarted = Set(before.keys.filter { before[$0] != after[$0] })
        #expect(restarted == Self.restartedWith[child])

        let asked2 = asking.wait(seconds: 90)
        #expect(asked2.status == 0, "\(asked2) \(node.daemon?.errors ?? "")")
        let next = try node.egghead("chat", "and afterwards", "--wait")
        #expect(next.status == 0, "\(next)")
        let texts = try node.history().filter { $0.from.isPerson }.map(\.text)
        #expect(texts == ["before", "tell me slowly fake:slow", "and afterwards"])
        #expect(try node.history().map(\.number) == Array(1...(try node.history().count)))
    }

    /// Who is new after the death of a child, by the tree of docs/architecture.md.
    private static let restartedWith: [String: Set<String>] = [
        "agent:index": ["agent:index"], "index": ["index", "store"], "store": ["store"], "broker": ["broker"],
        "coordinator": ["coordinator", "agent:index"], "llm": ["llm", "coordinator", "agent:index"],
    ]

    @Test func `a turn whose agent the store could not tell goes on when the store is back, and nobody has to ask`()
        throws
    {
        let node = try TestNode()
        try node.start(environment: ["EGGHEAD_DEBUG": "1"])
        try #require(try node.egghead("chat", "before", "--wait").status == 0)
        try #require(try node.egghead("stop", "store").status == 0)
        try #require(try node.egghead("chat", "and without a store").status == 0)
        // It keeps asking: a timer of somebody else's would bring one or two tries, and then silence.
        let tries = { node.daemon?.errors.occurrences(of: "agents.unknown") ?? 0 }
        #expect(waits(for: 30) { tries() >= 10 }, "the store was asked \(tries()) times and no more")
        try #require(try node.egghead("start", "store").status == 0)
        // The journal is read and not the bus: a question to the coordinator could wake what should wake by itself.
        let journal = node.home + "/state/rooms/journal"
        let answered = waits(for: 60) {
            let text = (try? Files.read(journal, limit: 1 << 20)).map { String(decoding: $0, as: UTF8.self) } ?? ""
            return text.contains("You said:") && text.contains("and without a store.")
        }
        #expect(answered, "\(node.daemon?.errors ?? "")")
    }

    @Test func `messages survive the end of everything`() throws {
        let node = try TestNode()
        try node.start()
        try #require(try node.egghead("chat", "remember this", "--wait").status == 0)
        let before = try node.history()
        let daemon = try #require(node.daemon)
        kill(daemon.pid, SIGKILL)
        #expect(waits(for: 20) { node.processesLeft.isEmpty }, "\(node.processesLeft)")
        try node.start()
        #expect(try node.history() == before)
    }

    @Test func `a stop in the middle of the start leaves nothing`() throws {
        let node = try TestNode()
        let daemon = try Command(Built.directory + "/eggheadd", ["--home", node.home], scratch: node.scratch)
        try #require(waits(for: 30) { !node.children.isEmpty })
        kill(daemon.pid, SIGTERM)
        #expect(daemon.wait(seconds: 30).status == 0)
        #expect(node.processesLeft == [])
    }
}

extension String {
    /// How often a word stands in the text.
    fileprivate func occurrences(of word: String) -> Int {
        split(separator: word, omittingEmptySubsequences: false).count - 1
    }
}
