import Glibc
import LinuxSystem
import Services
import Testing

private func agent(_ words: String, title: String = "Scout", keys: String = "") -> String {
    "---\nclass: agent\ntitle: \(title)\ntags: [weather]\n\(keys)---\n\(words)\n"
}

/// What becomes of agents when their files change while they are up.
@Suite(.serialized) struct HotReloadTests {
    private static let name = "agent:agents/scout"

    /// A node with two agents, of whom scout has said something in the lobby.
    private func node() throws -> TestNode {
        let node = try TestNode(records: [
            "agents/scout.md": agent("You watch the weather."), "agents/keeper.md": agent("You keep.", title: "Keeper"),
        ])
        try node.start()
        try #require(try node.egghead("chat", "@scout is it raining?", "--wait").status == 0)
        return node
    }

    /// What agents have said of their records in the lobby.
    private func reloads(_ node: TestNode) throws -> [String] {
        try node.history().filter { $0.type == .action && $0.text.hasPrefix("reloaded") }.map {
            "\($0.from) \($0.text)"
        }
    }

    @Test func `an edit in the middle of a turn lets it end, is told once, and the next turn is the successor's`()
        throws
    {
        let node = try node()
        let before = try #require(node.pid(of: Self.name))
        let asking = try node.begin(["chat", "@scout tell me slowly fake:slow=60", "--wait"])
        try #require(waits(for: 30) { node.provider?.requests.contains { $0.contains("fake:slow") } == true })
        try node.write(record: "agents/scout.md", agent("You watch the sea.", title: "Sea scout"))
        let asked = asking.wait(seconds: 60)
        #expect(asked.status == 0 && asked.output.contains("word0 ") && asked.output.contains("word59 "), "\(asked)")
        #expect(waits(for: 30) { node.pid(of: Self.name).map { $0 != before } == true && node.isReady })
        #expect(waits(for: 30) { (try? reloads(node).isEmpty) == false })
        #expect(try reloads(node) == ["\(Self.name) reloaded: title, text changed"])
        let history = try node.history()
        let answer = try #require(history.last { $0.type == .message })
        #expect(answer.number < history.count, "the line follows the answer")
        #expect(!history.contains { $0.text.contains("died in this turn") })
        #expect(try node.egghead("chat", "@scout and now? fake:normal", "--wait").status == 0)
        #expect(node.provider?.requests.last { $0.contains("and now?") }?.contains("You watch the sea") == true)
    }

    @Test func `what needs no new process is told at once and replaces nobody`() throws {
        let node = try node()
        let before = node.pid(of: Self.name)
        try node.write(record: "agents/scout.md", agent("You watch the weather.", keys: "quiet: true\n"))
        #expect(waits(for: 30) { (try? reloads(node)) == ["\(Self.name) reloaded: quiet changed"] })
        #expect(node.pid(of: Self.name) == before)
    }

    @Test func `files that go and come back at once, as over two checkouts, stop nobody`() throws {
        let node = try node()
        let before = node.children.filter { $0.name.hasPrefix("agent:") }.map(\.pid)
        let folder = node.home + "/records/agents"
        let texts = try Files.list(folder).map { ($0, try Files.read("\(folder)/\($0)", limit: 1 << 16)) }
        for (name, _) in texts { try Files.remove("\(folder)/\(name)") }
        try #require(rmdir(folder) == 0)
        usleep(300_000)  // the store has seen it by then
        try Files.makeDirectories(folder)
        for (name, text) in texts { try Files.replace("\(folder)/\(name)", with: text) }
        // Long enough for the store to believe that they have gone, if it did.
        sleep(4)
        #expect(node.children.filter { $0.name.hasPrefix("agent:") }.map(\.pid) == before)
        #expect(node.children.allSatisfy { $0.restarts == 0 && $0.lastExit == nil })
        #expect(try node.egghead("chat", "@scout still there?", "--wait").status == 0)
        #expect(try reloads(node) == [])
    }

    @Test func `an operator's stop holds while the file goes and comes back and other agents change`() throws {
        let node = try node()
        func state(_ name: String) -> ChildStatus.State? { node.children.first { $0.name == name }?.state }
        try #require(try node.egghead("stop", Self.name).status == 0)
        let path = node.home + "/records/agents/scout.md", text = try Files.read(path, limit: 1 << 16)
        try Files.remove(path)
        try #require(waits(for: 30) { state(Self.name) == nil }, "\(node.children)")
        try Files.replace(path, with: text)
        try #require(waits(for: 30) { state(Self.name) != nil })
        #expect(state(Self.name) == .stopped)
        let keeper = try #require(node.pid(of: "agent:agents/keeper"))
        try node.write(record: "agents/keeper.md", agent("You keep everything.", title: "Keeper"))
        #expect(waits(for: 30) { node.pid(of: "agent:agents/keeper").map { $0 != keeper } == true })
        #expect(state(Self.name) == .stopped)
        #expect(try node.egghead("start", Self.name).status == 0)
        #expect(state(Self.name) == .ready)
    }

    @Test func `a record that became invalid keeps the process, and says why in the room and in the list`() throws {
        let node = try node()
        let before = node.pid(of: Self.name)
        try node.write(record: "agents/scout.md", agent("You watch the sea.", keys: "temperature: hot\n"))
        let reason = "agents/scout.md:5: agent agents/scout: temperature is not a number"
        func notices() throws -> [RoomEvent] { try node.history().filter { $0.text.contains(reason) } }
        #expect(waits(for: 30) { (try? notices().count) == 1 })
        #expect(try notices().map(\.type) == [.notice])
        #expect(try notices().first?.text.hasPrefix("@agents/scout keeps its previous record: ") == true)
        #expect(try node.egghead("agents").output.contains("record not applied: \(reason)"))
        #expect(try node.egghead("agents", "show", "agents/scout").output.contains("problem: \(reason)"))
        #expect(try node.egghead("chat", "@scout are you well?", "--wait").status == 0)
        let prompt = try #require(node.provider?.requests.last { $0.contains("are you well?") })
        #expect(prompt.contains("You watch the weather"))
        #expect(node.pid(of: Self.name) == before)
        // A new store has never understood it, and nobody is sent away for that.
        try node.kill("index")
        let words = "@agents/scout  record not applied"
        #expect(waits(for: 30) { (try? node.egghead("agents").output.contains(words)) == true })
        #expect(try node.egghead("chat", "@scout and still?", "--wait").status == 0)
        #expect(node.pid(of: Self.name) == before)
        try node.write(record: "agents/scout.md", agent("You watch the weather."))
        #expect(waits(for: 30) { (try? node.egghead("agents").output.contains("record not applied")) == false })
        #expect(node.pid(of: Self.name) == before)
        #expect(try notices().count == 1)
    }

    @Test(arguments: [false, true])
    func `an agent whose file goes, or is none of an agent's any more, ends its turn and leaves`(isRemoved: Bool) throws
    {
        let node = try node()
        let asking = try node.begin(["chat", "@scout tell me slowly fake:slow=60", "--wait"])
        try #require(waits(for: 30) { node.provider?.requests.contains { $0.contains("fake:slow") } == true })
        if isRemoved {
            try Files.remove(node.home + "/records/agents/scout.md")
        } else {
            try node.write(record: "agents/scout.md", "---\ntitle: Scout\n---\nA note.\n")
        }
        let asked = asking.wait(seconds: 60)
        #expect(asked.status == 0 && asked.output.contains("word59 "), "\(asked)")
        #expect(waits(for: 30) { !node.children.contains { $0.name == Self.name } }, "\(node.children)")
        #expect(try node.egghead("chat", "@scout and now?", "--wait").status == 1)
        #expect(node.pid(of: "agent:agents/keeper") != nil)
    }
}
