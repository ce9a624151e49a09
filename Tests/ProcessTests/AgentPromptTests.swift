import LinuxSystem
import Services
import Testing

/// An agent that asks another one, in a whole node.
@Suite(.serialized) struct AgentPromptTests {
    private static func node() throws -> TestNode {
        let node = try TestNode()
        let records = [
            "scout": "capabilities: [{agent.prompt: {ids: [librarian, index]}}]", "librarian": "capabilities: []",
            "writer": "capabilities: [agent.prompt]",
        ]
        for (agent, keys) in records {
            let record = "---\nclass: agent\n\(keys)\n---\nYou are \(agent).\n"
            try Files.replace("\(node.home)/records/\(agent).md", with: Array(record.utf8))
        }
        try node.start()
        return node
    }

    private func ask(_ agent: String, _ call: String, _ node: TestNode) throws -> String {
        let result = try node.egghead(
            "chat", "@\(agent) please fake:tools\ntool: prompt_agent \(call)", "--wait", "--timeout", "60")
        #expect(result.status == 0, "\(result)")
        return result.output
    }

    @Test func `the other agent answers in its own room, and the asker gets its words`() throws {
        let node = try Self.node()
        let answer = try ask("scout", #"{"agent":"librarian","text":"Tuesday it is"}"#, node)
        #expect(answer.contains("Tuesday it is"), "\(answer)")
        let room = try node.history("prompt-librarian")
        #expect(room.map(\.from) == ["agent:scout", "agent:librarian"], "\(room)")
        #expect(try node.history().count == 2)
    }

    @Test(arguments: [
        ("writer", "it does not exist", #"{"agent":"zebra","text":"hello"}"#, "no agent is called zebra"),
        ("writer", "it has another id", #"{"agent":"librar","text":"hello"}"#, "no agent with this id"),
        ("writer", "it is itself", #"{"agent":"writer","text":"hello"}"#, "is you"),
        ("scout", "it is not granted", #"{"agent":"writer","text":"hello"}"#, "(denied)"),
    ])
    func `an agent that cannot be asked is told as one`(
        agent: String, because: String, call: String, told: String
    ) throws {
        let node = try Self.node()
        let answer = try ask(agent, call, node)
        #expect(answer.contains(told), "\(because): \(answer)")
    }

    @Test func `two that ask each other do not wait for ever`() throws {
        let node = try Self.node()
        let record = "---\nclass: agent\ncapabilities: [agent.prompt]\n---\nYou are the librarian.\n"
        try Files.replace("\(node.home)/records/librarian.md", with: Array(record.utf8))
        let inner = #"{\"agent\":\"scout\",\"text\":\"hello\"}"#
        let call = "{\"agent\":\"librarian\",\"text\":\"please fake:tools\\ntool: prompt_agent \(inner)\"}"
        let answer = try ask("scout", call, node)
        #expect(answer.contains("waits for your own answer"), "\(answer)")
    }
}
