import Services
import Testing

@testable import Records

struct AgentRecordTests {
    private static func agent(_ yaml: String, body: String = "You are Scout.\n", path: String = "agents/scout.md")
        -> Record
    {
        Record(path: path, text: "---\nclass: agent\n\(yaml)\n---\n\n\(body)")
    }

    @Test func `an agent is what its record says`() throws {
        let record = Self.agent(
            """
            title: Scout
            tags: [search, news]
            provider: local
            model: gpt-4.1
            temperature: 0.7
            max_tokens: 512
            context_threshold: 0.8
            context_window: 8192
            thinking: low
            limits: {memory: 256M, tasks: 64, cpu: 50%}
            quiet: true
            """)
        let digest = try #require(record.agent?.digest)
        #expect(
            record.agent
                == AgentDefinition(
                    id: "agents/scout", title: "Scout", tags: ["search", "news"], disposition: "You are Scout.",
                    digest: digest, provider: "local", model: "gpt-4.1", temperature: 0.7, maxTokens: 512,
                    contextThreshold: 0.8, contextWindow: 8192, thinking: .low,
                    limits: ResourceLimits(memoryBytes: 256 << 20, tasks: 64, cpuPercent: 50), quiet: true))
        #expect(record.problems == [])
    }

    @Test(arguments: [
        ("title: Other", false), ("tags: [x]", false), ("quiet: true", false), ("severity: 1", false),
        ("provider: p", true), ("model: m", true), ("models: [m, n]", true), ("models: m", true),
        ("temperature: 1", true), ("max_tokens: 5", true),
        ("context_threshold: 0.5", true), ("context_window: 4096", true), ("thinking: off", true),
        ("access: read", false), ("capabilities: []", false), ("budget: 5", false), ("limits: {tasks: 5}", true),
        ("limits: {}", false), ("limits:", false), ("thinking:", false),
    ])
    func `only what needs a new process changes the digest`(yaml: String, changes: Bool) throws {
        let plain = try #require(Self.agent("author: ann").agent), other = try #require(Self.agent(yaml).agent)
        #expect((plain.digest != other.digest) == changes)
    }

    @Test
    func `every key has its place in the table, and what changes in place changes nothing that a process is born with`()
    {
        #expect(
            AgentKey.allCases.filter { $0.effect == .inPlace } == [
                .voice, .title, .tags, .quiet, .access, .capabilities, .sandbox, .ask, .approvers, .budget, .askTimeout,
            ])
        let plain = AgentDefinition(id: "a", title: "A", tags: [], disposition: "You.", digest: "").withDigest
        for key in AgentKey.allCases where key != .access {  // which is short for capabilities
            var other = plain
            switch key {
            case .provider: other.provider = "p"
            case .model: other.model = "m"
            case .models: other.models = ["m", "n"]
            case .temperature: other.temperature = 1
            case .maxTokens: other.maxTokens = 5
            case .contextThreshold: other.contextThreshold = 0.5
            case .contextWindow: other.contextWindow = 4_096
            case .thinking: other.thinking = .off
            case .voice: other.voice = .free
            case .access, .capabilities: other.capabilities = [Grant(.readRecords)]
            case .sandbox: other.sandbox = "/srv"
            case .ask: other.ask = [.execute]
            case .approvers: other.approvers = ["ann"]
            case .askTimeout: other.askTimeoutSeconds = 60
            case .budget: other.budget = SpendingCap(tokens: 5)
            case .limits: other.limits = ResourceLimits(tasks: 5)
            case .title: other.title = "B"
            case .tags: other.tags = ["x"]
            case .quiet: other.quiet = true
            case .text: other.disposition = "I."
            }
            #expect(other.keysChanged(since: plain) == [key])
            #expect((other.withDigest.digest != plain.digest) == (key.effect == .newProcess))
        }
    }

    @Test func `a record says for what a person is asked, who answers, and how long that may take`() throws {
        let agent = try #require(
            Self.agent("ask: [proc.exec, fs.write]\napprovers: ann\nask_timeout: 30m\n").agent)
        #expect(agent.ask == [.execute, .writeFiles] && agent.approvers == ["ann"] && agent.askTimeoutSeconds == 1_800)
        #expect(try #require(Self.agent("ask: []").agent).ask == [])
    }

    @Test(
        arguments: [
            ("", nil), ("access: none", []), ("access: read", ["records.search", "records.read"]),
            ("access: write", ["records.search", "records.read", "records.create"]), ("capabilities: []", []),
            ("capabilities: records.read", ["records.read"]), ("access: none\nsandbox: /srv", []),
            ("access: read\nsandbox: /srv", ["records.search", "records.read", "fs.read"]),
            (
                "access: write\nsandbox: /srv",
                ["records.search", "records.read", "records.create", "fs.read", "fs.write"]
            ),
            ("sandbox: /srv", nil), ("capabilities: [records.fly, records.read]", ["records.read"]),
            ("capabilities: records.fly", []), ("capabilities: {a: b}", []),
            (
                "capabilities: [{fs.read: {in: /var/log, paths: ['*.log']}, proc.exec: {cmds: [df, du]}}]",
                ["fs.read {in: /var/log, paths: *.log}", "proc.exec {cmds: [df, du]}"]
            ),
            ("capabilities: [{fs.read: {on: /var/log}}]", []),
            ("capabilities: [\"records.create:inbox/*\"]", ["records.create:inbox/*"]),
            ("capabilities: [{proc.exec: {cmds: df, ask: false}}]", ["proc.exec {cmds: df, ask: false}"]),
            ("capabilities: [{records.delete: {ask: true}}]", ["records.delete {ask: true}"]),
            ("capabilities: [{proc.exec: {cmds: df, ask: never}}]", []),
        ] as [(String, [String]?)])
    func `access is short for capabilities`(yaml: String, capabilities: [String]?) throws {
        #expect(try #require(Self.agent(yaml).agent).capabilities?.map(\.description) == capabilities)
    }

    @Test(arguments: [
        "ask: proc.exce", "ask: [proc.exec, fly]", "ask: {proc.exec: true}", "approvers: [[ann]]", "approvers: ['']",
        "ask_timeout: 5s", "ask_timeout: 169h", "ask_timeout: soon", "ask_timeout: 60",
        "access: all", "access: read\ncapabilities: []", "sandbox: srv", "sandbox: [/a]",
        "budget: 0",
        "budget: 1.5", "budget: lots",
    ])
    func `what is none of them keeps the agent as it was`(yaml: String) { #expect(Self.agent(yaml).agent == nil) }

    @Test(arguments: [
        ("records.fly", "has the unknown records.fly; known are records.search, "),
        ("record.read", "has the unknown record.read; did you mean records.read?"),
        ("{fs.read: {path: /var}}", "has the unknown key path in the scope of fs.read; did you mean paths?"),
        ("{fs.read: {hosts: a}}", "has the unknown key hosts in the scope of fs.read; known are in, paths"),
        ("{fs.read: [a]}", "has a scope of fs.read that is no map such as {in: …}"),
        ("{fs.read: {in: [a, b]}}", "has in in the scope of fs.read that is not one directory; write a grant for each"),
        ("{proc.exec: {cmds: []}}", "has cmds in the scope of proc.exec that is neither a text nor a list of texts"),
        ("{agent.prompt: {id: a, ids: b}}", "has id and ids in the scope of agent.prompt; remove one of them"),
        ("[[a]]", "has an item that is no capability"),
    ])
    func `what is no capability is told with its line, and the agent is as the rest says`(
        value: String, complaint: String
    ) throws {
        let record = Self.agent("capabilities: \(value.hasPrefix("[") ? value : "[\(value), records.read]")")
        let agent = try #require(record.agent), problem = try #require(record.problems.first)
        #expect(agent.capabilities == (value.hasPrefix("[") ? [] : [Grant(.readRecords)]))
        #expect(problem.message.contains("capabilities \(complaint)"), "\(problem)")
        #expect(problem.message.hasSuffix("; it grants nothing") && problem.line == 3, "\(problem)")
    }

    @Test func `another body is another digest`() throws {
        #expect(Self.agent("a: 1").agent?.digest != Self.agent("a: 1", body: "You are not.").agent?.digest)
    }

    @Test(arguments: [
        "temperature: hot", "temperature: 2.5", "temperature: -1", "max_tokens: 0", "max_tokens: many",
        "max_tokens: 1.5",
        "context_threshold: 1.5", "context_threshold: 0", "context_window: 1", "quiet: maybe", "provider: [a]",
        "models: []", "models: [m, 7, {}]", "models: [a, b, c, d, e, f, g, h, i]", "models: [m]\nmodel: x",
        "model: {a: 1}", "thinking: much", "thinking: false", "thinking: [low]", "limits: 256M", "limits: [memory]",
        "limits: {memory: much}", "limits: {memory: 0M}", "limits: {tasks: 0}", "limits: {tasks: few}",
        "limits: {cpu: 50}", "limits: {cpu: 0%}", "limits: {cpu: 9223372036854775807%}", "limits: {disk: 1G}",
        "limits: {memory: [256M]}",
    ])
    func `a wrong value is reported with its line, and defines no agent`(yaml: String) {
        let record = Self.agent("title: Scout\n" + yaml)
        #expect(record.agent == nil)
        #expect(record.problems.map(\.line) == [4])
        #expect(record.problems.map(\.path) == ["agents/scout.md"])
    }

    @Test func `a record of another class is no agent`() {
        #expect(Record(path: "a.md", text: "---\nmodel: m\n---\nbody").agent == nil)
    }
}
