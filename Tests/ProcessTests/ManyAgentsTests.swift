import LinuxSystem
import Services
import Testing

/// A crowd of real agents, and many rooms at once.
@Suite(.serialized) struct ManyAgentsTests {
    @Test func `two hundred agents in one room are asked at once, and every answer is there once`() throws {
        let records = (0..<200).map {
            ("team/a\($0).md", "---\nclass: agent\n---\n# Agent \($0)\n\nYou are one of many.\n")
        }
        // Two hundred streams at once from a provider in Python, beside other tests: a silence is no fault here.
        let node = try TestNode(idleTimeout: "60s", records: Dictionary(uniqueKeysWithValues: records))
        try node.start()
        try #require(
            waits(for: 60) { node.children.count { $0.name.hasPrefix("agent:team/") && $0.state == .ready } == 200 })
        let asked = try node.egghead("chat", "@jam hello", "--wait", "--timeout", "110")
        #expect(asked.status == 0, "\(asked.errors)")
        let history = try node.history()
        #expect(history.map(\.number) == Array(1...history.count))
        let answers = history.filter { $0.type == .message && $0.from.agent != nil }
        let others = history.filter { $0.type != .message }.map(\.text)
        #expect(answers.count == 201 && Set(answers.map(\.from)).count == 201, "\(others)")
        #expect(answers.allSatisfy { $0.text.hasPrefix("You said:") })
    }

    @Test func `fifty rooms at once are each answered, in order`() throws {
        let node = try TestNode(
            idleTimeout: "60s",
            records: [
                "scout.md": "---\nclass: agent\nquiet: true\n---\n# Scout\n\nYou are Scout.\n"
            ])
        try node.start()
        let asking = try (0..<50).map { room in
            try (0..<2).map { try node.begin(["chat", "-r", "room\(room)", "@scout question \($0)", "--wait"]) }
        }
        for command in asking.joined() {
            let result = command.wait(seconds: 110)
            #expect(result.status == 0, "\(result)")
        }
        for room in 0..<50 {
            let history = try node.history("room\(room)")
            #expect(history.map(\.number) == [1, 2, 3, 4])
            #expect(history.count { $0.from == "agent:scout" } == 2)
            #expect(Set(history.filter { $0.from.isPerson }.map(\.text)).count == 2)
        }
    }
}
