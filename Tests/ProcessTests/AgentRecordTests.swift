import Glibc
import LinuxSystem
import Services
import Testing

private func agent(_ words: String, model: String? = nil) -> String {
    """
    ---
    class: agent
    title: Scout
    tags: [weather]
    \(model.map { "model: \($0)\n" } ?? "")---
    \(words)
    """
}

/// Agents are records: the file is the deploy.
@Suite(.serialized) struct AgentRecordTests {
    @Test func `a new record starts a process, an edit replaces it, a removal stops it`() throws {
        let node = try TestNode()
        try node.start()
        try node.write(record: "agents/scout.md", agent("You watch the weather."))
        try #require(waits(for: 30) { node.pid(of: "agent:agents/scout") != nil && node.isReady }, "\(node.children)")
        let first = try #require(node.pid(of: "agent:agents/scout"))
        let index = node.pid(of: "agent:index")
        #expect(try node.egghead("chat", "@scout is it raining?", "--wait").status == 0)
        #expect(try node.history().last?.from == "agent:agents/scout")

        try node.write(record: "agents/scout.md", agent("You watch the weather and nothing else."))
        #expect(waits(for: 30) { node.pid(of: "agent:agents/scout").map { $0 != first } ?? false && node.isReady })
        #expect(try node.egghead("chat", "@scout and now?", "--wait").status == 0)
        #expect(node.provider?.requests.last { $0.contains("and now?") }?.contains("and nothing else") == true)

        try Files.remove(node.home + "/records/agents/scout.md")
        #expect(waits(for: 30) { !node.children.contains { $0.name == "agent:agents/scout" } })
        #expect(node.pid(of: "agent:index") == index, "a neighbour was touched")
    }

    @Test func `limits reach eggheadd and thinking the provider, and both are shown`() throws {
        let node = try TestNode(records: [
            "scout.md": "---\nclass: agent\nthinking: low\nlimits: {memory: 256M, tasks: 64}\n---\nYou are Scout."
        ])
        try node.start()
        // No cgroup is delegated to a test's node, so what a limit comes to here is a word about it.
        #expect(node.daemon?.errors.contains("limit.unenforced child=agent:scout") == true)
        #expect(node.daemon?.errors.contains("limit.unenforced child=agent:index") == false)
        #expect(try node.egghead("chat", "@scout hello", "--wait").status == 0)
        func lastCall() -> String { node.provider?.requests.last { $0.contains(#""event": "request""#) } ?? "" }
        #expect(lastCall().contains(#""reasoning_effort": "low""#))
        #expect(try node.egghead("chat", "@index hello", "--wait").status == 0)
        #expect(lastCall().contains("You are Index") && !lastCall().contains("reasoning_effort"))
        let shown = try node.egghead("agents", "show", "scout").output
        #expect(shown.contains("thinking: low\nlimits: memory 256M, tasks 64\n"))
        let before = try #require(node.pid(of: "agent:scout"))
        try node.write(
            record: "scout.md", "---\nclass: agent\nthinking: low\nlimits: {memory: 1G}\n---\nYou are Scout.")
        #expect(waits(for: 30) { node.pid(of: "agent:scout").map { $0 != before } == true && node.isReady })
        #expect(waits(for: 30) { (try? node.history().last?.text) == "reloaded: limits changed" })
    }

    @Test func `an agent that does not exist is answered with the nearest names`() throws {
        let node = try TestNode(records: ["agents/scout.md": agent("You watch the weather.")])
        try node.start()
        let result = try node.egghead("chat", "@scouut hello", "--wait")
        // A near name is taken for what was meant; a far one is not.
        #expect(result.status == 0)
        let unknown = try node.egghead("chat", "@archibald hello", "--wait")
        #expect(unknown.status == 1)
        let notice = try #require(try node.history().last)
        #expect(notice.type == .notice)
        #expect(notice.text.contains("archibald") && notice.text.contains("scout"))
    }

    @Test func `a full context is written down, and the successor goes on from the note`() throws {
        let node = try TestNode(window: 10_000)
        try node.start()
        let before = try #require(node.pid(of: "agent:index"))
        #expect(try node.egghead("chat", "the password of the day is swordfish fake:long=9000", "--wait").status == 0)
        try #require(waits(for: 60) { node.pid(of: "agent:index").map { $0 != before } ?? false && node.isReady })
        let status = try #require(node.children.first { $0.name == "agent:index" })
        #expect(status.lastExit == ExitReport(kind: .exited, code: 80))
        let names = try Files.list(node.home + "/records/deliberations/index/lobby")
        #expect(names.count == 1)
        let record = try Files.read(node.home + "/records/deliberations/index/lobby/" + names[0], limit: 1 << 20)
        let text = String(decoding: record, as: UTF8.self)
        #expect(text.contains("class: deliberation") && text.contains("swordfish"))
        #expect(try node.egghead("chat", "what was it?", "--wait").status == 0)
        #expect(node.provider?.requests.last { $0.contains("what was it?") }?.contains("swordfish") == true)
    }
}
