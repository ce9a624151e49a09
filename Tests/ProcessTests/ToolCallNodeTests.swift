import Glibc
import JSON
import LinuxSystem
import Runtime
import Services
import Testing

/// Tools, called by a scripted model and run by the real toolbox on the real store.
@Suite(.serialized) struct ToolCallNodeTests {
    private static let create = #"tool: create_record {"id":"inbox/leak","title":"Leak","body":"The valve drips."}"#

    /// A message that has the model call tools.
    private static func ask(_ calls: String...) -> String { "please fake:tools\n" + calls.joined(separator: "\n") }

    private static func node(agent: String = "") throws -> TestNode {
        try TestNode(records: ["scout.md": "---\nclass: agent\n\(agent)---\n# Scout\n\nYou are Scout.\n"])
    }

    private func path(_ node: TestNode, _ record: String) -> String { "\(node.home)/records/\(record).md" }
    private func journal(_ node: TestNode) -> String {
        String(decoding: (try? Files.read("\(node.home)/state/tools/journal", limit: 1 << 20)) ?? [], as: UTF8.self)
    }

    @Test func `a model writes a note and reads it, and everybody can see who wrote it`() throws {
        let node = try Self.node()
        try node.start()
        let result = try node.egghead(
            "chat", "@scout " + Self.ask(Self.create, #"tool: get_record {"id":"inbox/leak"}"#, "tool: fly {\"to\":1}"),
            "--wait")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("Created [[inbox/leak]]."))
        #expect(result.output.contains("[[inbox/leak]] Leak") && result.output.contains("The valve drips."))
        #expect(result.output.contains("(denied) there is no tool fly"))
        let text = String(decoding: try Files.read(path(node, "inbox/leak"), limit: 4_096), as: UTF8.self)
        #expect(text.contains("author: agent:scout") || text.contains("author: \"agent:scout\""))
        // What it wrote is not written twice, and what is there is not overwritten.
        let again = try node.egghead("chat", "@scout " + Self.ask(Self.create), "--wait")
        #expect(again.output.contains("(failed)"))
    }

    @Test func `what the record does not grant is denied, and is not on the menu`() throws {
        let node = try Self.node(agent: "capabilities: [records.read, \"records.create:inbox/*\"]\n")
        try node.start()
        let result = try node.egghead(
            "chat",
            "@scout "
                + Self.ask(
                    #"tool: create_record {"id":"guides/x","title":"X","body":"x"}"#,
                    #"tool: search_records {"query":"x"}"#, Self.create), "--wait")
        #expect(result.output.contains("(denied) agent:scout may not call create_record for [[guides/x]]"))
        #expect(result.output.contains("(denied) agent:scout may not call search_records"))
        #expect(result.output.contains("Created [[inbox/leak]]."))
        let told = try node.history().filter { $0.type == .action && $0.from == "agent:scout" }.map(\.text)
        #expect(
            told == [
                "was denied create_record: its capabilities do not go that far (scope_violation)",
                "was denied search_records: its record has no such capability (capability_absent)",
            ])
        func logged() -> [Substring] {
            node.daemon?.errors.split(separator: "\n").filter { $0.contains("tool.denied") } ?? []
        }
        #expect(waits(for: 10) { logged().count == 2 })
        let log = logged()
        for word in ["caller=agent:scout", "tool=create_record", "code=scope_violation", "guides/x"] {
            #expect(log.first?.contains(word) == true, "\(word): \(log)")
        }
        #expect((try? Files.status(path(node, "guides/x"))) == nil)
        let menu = try #require(node.provider?.requests.first)
        #expect(menu.contains("\"name\": \"create_record\"") && !menu.contains("\"name\": \"search_records\""))
    }

    @Test func `a tool that there is not is told to the model, to the room and to the log, and nothing is claimed`()
        throws
    {
        let node = try Self.node()
        try node.start()
        let result = try node.egghead(
            "chat",
            "@scout "
                + Self.ask(
                    #"tool: fly {"to":"the moon"}"#, #"tool: fly {"to":"mars"}"#, "tool: Get_Record {}",
                    "tool: proc_eval2 {}", #"tool: create_record {"id":"inbox/after","title":"A","body":"x"}"#),
            "--wait")
        #expect(result.status == 0, "\(result.errors)")
        for words in ["fly", "fly", "Get_Record", "proc_eval2"].map({ "there is no tool \($0); use one of the menu" }) {
            #expect(result.output.contains("(denied) \(words)"), "\(words) in \(result.output)")
        }
        // The turn goes on: the next call is one like any other.
        #expect(result.output.contains("Created [[inbox/after]]."))
        let told = try node.history().filter { $0.type == .action && $0.from == "agent:scout" }.map(\.text)
        #expect(
            told
                == ["fly", "Get_Record", "proc_eval2"].map {
                    "was denied \($0): there is no such tool (unknown_tool)"
                })
        func logged() -> [Substring] {
            node.daemon?.errors.split(separator: "\n").filter { $0.contains("tool.denied") } ?? []
        }
        #expect(waits(for: 10) { logged().count == 4 }, "\(logged())")
        for (line, tool) in zip(logged(), ["fly", "fly", "Get_Record", "proc_eval2"]) {
            for word in ["caller=agent:scout", "tool=\(tool) ", "code=unknown_tool"] {
                #expect(line.contains(word), "\(word): \(line)")
            }
        }
        #expect(journal(node).split(separator: "\n").count { $0.contains("\"claimed\"") } == 1, "\(journal(node))")
    }

    @Test func `notes are changed and deleted where that is granted, and agents are not`() throws {
        let grants = "[records.read, 'records.update:open/*', 'records.delete:open/*', records.update:scout]"
        let node = try TestNode(records: [
            "scout.md": "---\nclass: agent\ncapabilities: \(grants)\n---\nYou are Scout.\n",
            "open/a.md": "---\ntags: [x]\n---\n# A\n\nThe valve drips.\n", "open/b.md": "# B\n",
            "secret/c.md": "# C\n\nThe valve drips.\n",
        ])
        try node.start()
        let said = try node.egghead(
            "chat",
            "@scout "
                + Self.ask(
                    #"tool: update_record {"id":"open/a","old":"drips","new":"is dry"}"#,
                    #"tool: update_record {"id":"open/a","key":"tags","value":"x, done"}"#,
                    #"tool: update_record {"id":"secret/c","old":"drips","new":"x"}"#,
                    #"tool: update_record {"id":"scout","key":"capabilities","value":"proc.eval:/"}"#,
                    #"tool: delete_record {"id":"open/b"}"#, #"tool: delete_record {"id":"secret/c"}"#), "--wait"
        ).output
        for words in [
            "Changed [[open/a]].", "(denied) agent:scout may not call update_record for [[secret/c]]",
            "(denied) agent:scout may not set what agent:scout may do: it is itself",
            "Deleted [[open/b]].", "(denied) agent:scout may not call delete_record for [[secret/c]]",
        ] { #expect(said.contains(words), "\(words) in \(said)") }
        let text = String(decoding: try Files.read(path(node, "open/a"), limit: 4_096), as: UTF8.self)
        #expect(text.contains("The valve is dry.") && text.contains("done"))
        #expect((try? Files.status(path(node, "open/b"))) == nil && (try? Files.status(path(node, "secret/c"))) != nil)
        let agent = String(decoding: try Files.read(path(node, "scout"), limit: 4_096), as: UTF8.self)
        #expect(!agent.contains("proc.eval"))
    }

    @Test func `notes are listed with their links, as far as they may be searched for`() throws {
        let node = try TestNode(records: [
            "scout.md": "---\nclass: agent\ncapabilities: ['records.search:open/*']\n---\nYou are Scout.\n",
            "open/a.md": "---\ntags: [x]\n---\n# A\n\nSee [[open/b]], [[secret/c]] and [[open/none]].\n",
            "open/b.md": "# B\n", "secret/c.md": "# The secret\n\nSee [[open/a]].\n",
        ])
        try node.start()
        #expect(waits(for: 20) { (try? node.egghead("search", "secret").output.contains("secret/c")) == true })
        let said = try node.egghead(
            "chat",
            "@scout "
                + Self.ask(
                    "tool: list_records {}", #"tool: list_records {"prefix":"secret/"}"#, "tool: recent_records {}",
                    #"tool: find_links {"id":"open/a"}"#, #"tool: find_backlinks {"id":"open/b"}"#,
                    #"tool: find_links {"id":"secret/c"}"#, #"tool: list_records {"class":"none"}"#), "--wait"
        ).output
        for words in [
            "[[open/a]] A  #x\n20", "No such notes.", "Z [[open/b]] B",
            "[[open/none]] (there is no such note)",
            "(denied) agent:scout may not call find_links for [[secret/c]]",
            "(failed) list_records: there is no class none",
        ] { #expect(said.contains(words), "\(words) in \(said)") }
        #expect(!said.contains("The secret"), "\(said)")
    }

    @Test func `what the record does not grant is not in the prompt either`() throws {
        for (grants, isSeen) in [("[]", false), ("[\"records.search:public/*\"]", false), ("[records.search]", true)] {
            let node = try TestNode(records: [
                "scout.md": "---\nclass: agent\ncapabilities: \(grants)\n---\n# Scout\n\nYou are Scout.\n",
                "secret.md": "# Boiler\n\nThe boiler wants a pressure of 1.6 bar.\n",
            ])
            try node.start()
            #expect(waits(for: 20) { (try? node.egghead("search", "boiler").output.contains("secret")) == true })
            #expect(try node.egghead("chat", "@scout What pressure does the boiler want?", "--wait").status == 0)
            #expect(
                node.provider?.requests.contains { $0.contains("1.6 bar") } == isSeen,
                "\(grants)")
        }
    }

    /// The toolbox asks the next store again, which finds the note of the one that died.
    @Test(arguments: ["store", "index"])
    func `a note without an id is made once, whoever dies of those that make it`(victim: String) throws {
        let node = try Self.node()
        try node.start()
        try #require(try node.egghead("chat", "@scout hello", "--wait").status == 0)
        let index = try #require(node.pid(of: "index")), pid = try #require(node.pid(of: victim))
        let call = #"tool: create_record {"title":"A leak","body":"The valve drips."}"#
        let asking = try node.begin(["chat", "@scout please fake:tools-late\n" + call, "--wait", "--timeout", "90"])
        try #require(waits(for: 20) { node.provider?.requests.last?.contains("fake:tools-late") == true })
        Glibc.kill(index, SIGSTOP)
        #expect(waits(for: 20) { (try? Files.status(path(node, "a-leak"))) != nil })
        Glibc.kill(pid, SIGKILL)
        Glibc.kill(index, SIGCONT)
        let result = asking.wait(seconds: 120)
        #expect(result.status == 0 && result.output.contains("Created [[a-leak]]."), "\(result)")
        #expect((try? Files.status(path(node, "a-leak-2"))) == nil)
    }

    /// While the index is halted, the store says only after a fifth of a second that a note is written: the call hangs
    /// between its claim and its result. Should the result be quicker, the death comes after it.
    @Test(arguments: ["agent:scout", "toolbox", "broker", "coordinator", "llm"])
    func `somebody is killed between a claim and its result, and the effect is there once`(child: String) throws {
        let node = try Self.node()
        try node.start()
        try #require(try node.egghead("chat", "@scout hello", "--wait").status == 0)
        let index = try #require(node.pid(of: "index"))
        let text = "@scout please fake:tools-late\n" + Self.create
        let asking = try node.begin(["chat", text, "--wait", "--timeout", "90"])
        try #require(waits(for: 20) { node.provider?.requests.last?.contains("fake:tools-late") == true })
        Glibc.kill(index, SIGSTOP)
        let hasClaimed = waits(for: 20) { journal(node).contains("\"claimed\"") }
        let victim = try #require(node.pid(of: child))
        Glibc.kill(victim, SIGKILL)
        Glibc.kill(index, SIGCONT)
        #expect(hasClaimed)
        let result = asking.wait(seconds: 120)
        #expect(result.status == 0, "\(result.errors)")
        let answer = try #require(try node.history().last { $0.type == .message })
        #expect(answer.text.contains("Created [[inbox/leak]].") || answer.text.contains("(unknown)"), "\(answer.text)")
        #expect(waits(for: 20) { (try? Files.status(path(node, "inbox/leak"))) != nil })
        #expect((try? Files.status(path(node, "inbox/leak-2"))) == nil)
        let claims = journal(node).split(separator: "\n").filter { $0.contains("\"claimed\"") }
        #expect(claims.count == 1, "\(claims)")
        #expect(waits(for: 60) { node.isReady })
    }

    /// How many messages the broker has put on their way to the toolbox.
    private func messagesToToolbox(_ node: TestNode) throws -> Int {
        let result = try node.egghead("bus", "stats", "--json")
        let stats = try JSON.decode(Broker.Stats.Reply.self, from: Array(result.output.utf8))
        return try #require(stats.connections.first { $0.name == "toolbox" }).messagesOut
    }

    /// The call and the questions of the successor wait in the toolbox's socket: when it goes on, it is asked for the
    /// calls before the store has said whether the old one is granted.
    @Test(arguments: [1, 3])
    func `an agent is killed while its call waits in a toolbox that is held up, and the effect is there once`(
        calls: Int
    ) throws {
        let node = try Self.node()
        try node.start()
        try #require(try node.egghead("chat", "@scout hello", "--wait").status == 0)
        let titles = ["alpha", "beta", "gamma"].prefix(calls)
        let wanted = titles.map { #"tool: create_record {"title":"\#($0)","body":"The valve drips."}"# }
        let text = (["@scout please fake:tools-late=\(calls)"] + wanted).joined(separator: "\n")
        let asking = try node.begin(["chat", text, "--wait", "--timeout", "90"])
        try #require(waits(for: 20) { node.provider?.requests.last?.contains("fake:tools-late") == true })
        let toolbox = try #require(node.pid(of: "toolbox")), agent = try #require(node.pid(of: "agent:scout"))
        let before = try messagesToToolbox(node)
        Glibc.kill(toolbox, SIGSTOP)
        #expect(try waits(for: 20) { try messagesToToolbox(node) > before })
        Glibc.kill(agent, SIGKILL)
        // The deliberation, the passages, the menu and the calls.
        #expect(try waits(for: 20) { try messagesToToolbox(node) >= before + 5 })
        Glibc.kill(toolbox, SIGCONT)
        let result = asking.wait(seconds: 120)
        #expect(result.status == 0, "\(result.errors)")
        for title in titles { #expect(result.output.contains("Created [[\(title)]]."), "\(result.output)") }
        let notes = try Files.list("\(node.home)/records").filter { $0.hasSuffix(".md") && $0 != "scout.md" }
        #expect(notes.sorted() == titles.map { "\($0).md" })
        #expect(journal(node).split(separator: "\n").count { $0.contains("\"claimed\"") } == calls)
    }
}
