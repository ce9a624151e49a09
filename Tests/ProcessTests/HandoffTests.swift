import Glibc
import LinuxSystem
import Runtime
import Services
import Testing

/// Hand-offs of real processes with a scripted model.
@Suite(.serialized) struct HandoffTests {
    private static let scout = ["scout.md": "---\nclass: agent\n---\n# Scout\n\nYou are Scout.\n"]

    /// The texts of an agent's deliberations in a room, oldest first.
    private func deliberations(_ node: TestNode, _ agent: String, in room: String = "lobby") throws -> [String] {
        let folder = "\(node.home)/records/deliberations/\(agent)/\(room)"
        let names = ((try? Files.list(folder)) ?? []).filter { $0.hasSuffix(".md") }.sorted()
        return try names.map { String(decoding: try Files.read("\(folder)/\($0)", limit: 1 << 20), as: UTF8.self) }
    }

    @Test func `a person has an agent hand off, and every session is written down`() throws {
        let node = try TestNode(records: Self.scout)
        try node.start()
        #expect(try node.egghead("chat", "@scout remember fact:lobby-one", "--wait").status == 0)
        #expect(try node.egghead("chat", "-r", "kitchen", "@scout remember fact:kitchen-two", "--wait").status == 0)
        let before = try #require(node.pid(of: "agent:scout"))
        let asked = try node.egghead("agents", "handoff", "scout")
        #expect(asked.status == 0, "\(asked.errors)")
        try #require(waits(for: 60) { node.pid(of: "agent:scout").map { $0 != before } ?? false && node.isReady })
        let status = try #require(node.children.first { $0.name == "agent:scout" })
        #expect(status.lastExit == ExitReport(kind: .exited, code: 80))
        for (room, fact) in [("lobby", "fact:lobby-one"), ("kitchen", "fact:kitchen-two")] {
            let texts = try deliberations(node, "scout", in: room)
            #expect(texts.count == 1 && texts[0].contains("> Known: \(fact)."), "\(room): \(texts)")
            #expect(texts[0].contains("author: agent:scout") || texts[0].contains("author: \"agent:scout\""))
            #expect(try node.egghead("chat", "-r", room, "@scout what was it?", "--wait").status == 0)
            let prompt = try #require(node.provider?.requests.last { $0.contains("what was it?") })
            #expect(prompt.contains("in your own note:\\nKnown: \(fact)."))
        }
        // The room of the fullest session is told.
        let told = try ["lobby", "kitchen"].flatMap { try node.history($0) }.filter { $0.type == .action }.map(\.text)
        #expect(
            told == [
                "was asked to hand off: it writes down what it knows",
                "goes on as a new process, from its note and the transcript",
            ])
        // Nothing is left to write down for a process that has just been born and asked nothing.
        try node.kill("agent:scout")
        let refused = try node.egghead("agents", "handoff", "scout")
        #expect(refused.status == 1 && refused.errors.contains("nothing to write down"))
    }

    @Test func `a window that is smaller than configured is learned from the refusal, and told in the room`() throws {
        let node = try TestNode(model: "fake:overflow=6000", window: 100_000, records: Self.scout)
        try node.start()
        let before = try #require(node.pid(of: "agent:scout")), padding = String(repeating: "pad ", count: 700)
        var asked = 0
        while asked < 40, node.pid(of: "agent:scout") == before {
            let text = asked == 0 ? "remember fact:swordfish" : "question \(asked)"
            let result = try node.egghead("chat", "@scout \(text)\n\(padding)", "--wait")
            try #require(result.status == 0, "\(asked): \(result.errors)")
            asked += 1
        }
        #expect(asked < 40)
        let told = try node.history().filter { $0.type == .action }.map(\.text)
        let shortened = told.filter { $0.hasPrefix("has shortened the conversation, because ") }
        #expect(shortened.count == 1, "\(told)")
        #expect(shortened.first?.contains("context_window") == true && shortened.first?.contains("6000") == true)
        #expect(try deliberations(node, "scout").contains { $0.contains("fact:swordfish") })
        try #require(waits(for: 60) { node.isReady })
        #expect(try node.egghead("chat", "@scout what was it?", "--wait").status == 0)
    }

    @Test func `what was told before the first hand-off is known after the last, and the records hold everything`()
        throws
    {
        let node = try TestNode(window: 6_000, records: Self.scout)
        try node.start()
        var questions: [String] = []
        let padding = String(repeating: "pad ", count: 700)
        for number in 0..<24 {
            let tools = number == 1 ? "\ntool: create_record {\"title\":\"Leak\",\"body\":\"It drips.\"}" : ""
            let scenario = number == 1 ? " fake:tools" : ""
            let text = number == 0 ? "remember fact:swordfish" : "question \(number)\(scenario)\(tools)"
            questions.append(text)
            let result = try node.egghead("chat", "@scout \(text)\n\(padding)", "--wait")
            try #require(result.status == 0, "\(number): \(result.errors)")
        }
        let texts = try deliberations(node, "scout")
        #expect(texts.count >= 3, "\(texts.count) hand-offs")
        #expect(texts.allSatisfy { $0.contains("fact:swordfish") })
        #expect(texts.dropFirst().allSatisfy { $0.contains("predecessor: ") })
        try node.egghead("agents", "handoff", "scout")
        try #require(waits(for: 60) { (try? deliberations(node, "scout").count) ?? 0 > texts.count && node.isReady })
        #expect(try node.egghead("chat", "@scout and now?", "--wait").status == 0)
        let prompt = try #require(node.provider?.requests.last { $0.contains("and now?") })
        #expect(prompt.contains("fact:swordfish"))
        let all = try deliberations(node, "scout").joined(separator: "\n")
        for question in questions { #expect(all.contains("> \(question.prefix { $0 != "\n" })"), "\(question)") }
        #expect(all.contains("#### Called create_record") && all.contains("> Created [[leak]]."))
    }

    @Test func `an agent is killed while it writes itself down, and the room goes on`() throws {
        let node = try TestNode(model: "stall-notes", window: 10_000, idleTimeout: "60s", records: Self.scout)
        try node.start()
        #expect(try node.egghead("chat", "@scout so much fake:long=9000", "--wait").status == 0)
        try #require(
            waits(for: 20) {
                node.children.first { $0.name == "agent:scout" }?.status == "handing off lobby: writing the note"
            })
        let waiting = try node.begin(["chat", "@scout still there?", "--wait", "--timeout", "60"])
        try node.kill("agent:scout")
        #expect(waiting.wait().status == 0)
        #expect(try node.history().contains { $0.text.contains("before it had written everything down") })
        #expect(try deliberations(node, "scout") == [])
    }

    @Test func `an agent that does nothing but hand off is quarantined, and the room is told why`() throws {
        let node = try TestNode(model: "context-overflow", records: Self.scout)
        try node.start()
        var isQuarantined = false
        for number in 0..<14 where !isQuarantined {
            _ = try node.egghead("chat", "@scout question \(number)", "--wait", "--timeout", "60")
            isQuarantined = node.children.first { $0.name == "agent:scout" }?.state == .quarantined
        }
        #expect(isQuarantined, "\(node.children)")
        #expect(try node.egghead("chat", "@scout and now?", "--wait").status == 1)
        #expect(try node.history().last?.text.contains("quarantined") == true)
    }
}
