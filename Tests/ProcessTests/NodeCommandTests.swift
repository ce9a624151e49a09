import Glibc
import JSON
import LinuxSystem
import Services
import Testing

/// Commands on a node as a whole, and what `doctor` finds when no agent can answer.
@Suite(.serialized) struct NodeCommandTests {
    private func configure(_ node: TestNode, _ text: String) throws {
        try Files.replace(node.home + "/config.yml", with: Array(text.utf8), mode: 0o600)
    }

    @Test func `a node says what it is, refuses a wrong configuration, and stops when it is told to`() throws {
        let node = try TestNode()
        try node.start()
        let pid = try #require(node.daemon?.pid)
        let status = try node.egghead("status")
        #expect(status.status == 0 && status.output.contains("process \(pid), since "), "\(status)")
        #expect(status.output.contains("configuration: \(node.home)/config.yml\n"))
        let before = try Files.read(node.home + "/config.yml", limit: 1 << 16)

        try configure(node, "room: {budgets: 3}\n")
        let refused = try node.egghead("reload")
        #expect(refused.status == 1 && refused.errors.contains("config.yml:1: room.budgets: unknown key"), "\(refused)")
        #expect(try node.egghead("status").output.contains("problem: \(node.home)/config.yml:1: room.budgets"))
        try configure(node, String(decoding: before, as: UTF8.self))
        #expect(try node.egghead("reload").status == 0)
        #expect(try node.egghead("chat", "--wait", "still there?").status == 0)

        let stopped = try node.egghead("shutdown")
        #expect(stopped.status == 0, "\(stopped)")
        #expect(!ProcessInformation.isAlive(pid) && node.processesLeft == [])
        #expect(try node.egghead("status").status == 69)
    }

    @Test func `a process that is halted is not ready, and doctor says how it goes on`() throws {
        let node = try TestNode()
        try node.start()
        let pid = try #require(node.pid(of: "toolbox"))
        Glibc.kill(pid, SIGSTOP)
        #expect(
            waits(for: 30) {
                node.children.contains { $0.name == "toolbox" && $0.state == .starting && $0.condition == .halted }
            })
        #expect(try node.egghead("ps").output.contains(" halted "))
        #expect(try node.egghead("status").status == 1)
        #expect(try node.egghead("doctor").output.contains("`egghead signal toolbox CONT` lets it go on"))
        #expect(try node.egghead("signal", "toolbox", "CONT").status == 0)
        #expect(waits(for: 30) { node.isReady })
    }

    @Test func `the agents of the sample home are as they are meant`() throws {
        let sample = Built.repository + "/share/sample/records/agents", node = try TestNode()
        try Files.makeDirectories("\(node.home)/records/agents")
        let agents = try Files.list(sample).filter { $0.hasSuffix(".md") }
        for agent in agents {
            try Files.replace(
                "\(node.home)/records/agents/\(agent)", with: try Files.read("\(sample)/\(agent)", limit: 100_000))
        }
        try node.start()
        let doctor = try node.egghead("doctor")
        #expect(agents.count >= 6 && doctor.output.contains("\nnothing is wrong\n"), "\(doctor)")
        let grants = try node.egghead("agents", "capabilities", "reader").output
        #expect(["records.create {paths: inbox/*", "net.get"].allSatisfy { grants.contains($0) }, "\(grants)")
    }

    /// What each of the four is for, and where it ends; the model is told which tools to call.
    @Test func `the agents of the sample home do their work, ask before they change, and get no further`() throws {
        let node = try TestNode(), checkout = node.scratch.newPath("checkout")
        for agent in ["committer", "gardener", "nightwatch", "reader"] {
            let text = try Files.read("\(Built.repository)/share/sample/records/agents/\(agent).md", limit: 100_000)
            let own = String(decoding: text, as: UTF8.self).replacing("/srv/checkout", with: checkout)
            try node.write(record: "agents/\(agent).md", own)
        }
        try node.write(record: "guides/old.md", "---\ntitle: Old\n---\nSee [[guides/gone]].\n")
        try Files.makeDirectories(checkout)
        let git = "git init -q . && git config user.name n && git config user.email e && echo a >a && git add a"
        let script = "cd \(checkout) && \(git) && git commit -qm a"
        #expect(try Command("/bin/sh", ["-c", script], scratch: node.scratch).wait().status == 0)
        try node.start()
        /// Calls tools, and answers what people are asked meanwhile.
        func ask(_ agent: String, yes: Bool, _ calls: String...) throws -> String {
            let text = "@\(agent) please fake:tools=1\n" + calls.map { "tool: \($0)" }.joined(separator: "\n")
            let asking = try node.begin(["chat", "-r", agent, "--wait", "--timeout", "90", text])
            while !asking.hasEnded {
                let waiting = try JSON.decode(
                    [ApprovalRequest].self, from: Array(try node.egghead("requests", "--json").output.utf8))
                for request in waiting { try node.egghead(yes ? "approve" : "deny", "\(request.number)") }
            }
            return asking.wait().output
        }
        let night = try ask(
            "nightwatch", yes: false,
            #"proc_exec {"command":["journalctl","--directory","/var/log/journal","--no-pager"]}"#,
            #"fs_list {"path":"/var/log"}"#, #"fs_write {"path":"/var/log/x","text":"x"}"#,
            #"fs_read {"path":"/etc/passwd"}"#)
        #expect(night.contains("[exit status") && night.ranges(of: "(denied)").count == 2, "\(night)")
        let tidy = try ask(
            "gardener", yes: false, "list_records {}", #"find_links {"id":"guides/old"}"#,
            #"update_record {"id":"guides/old","old":"See [[guides/gone]].","new":""}"#,
            #"create_record {"title":"T","body":"x"}"#)
        #expect(tidy.contains("[[guides/old]] Old") && tidy.contains("guides/gone"), "\(tidy)")
        #expect(tidy.contains("(refused)") && tidy.contains("(denied) agent:gardener may not call create"), "\(tidy)")
        let change = try ask(
            "committer", yes: true, #"fs_read {"path":"a"}"#, #"fs_write {"path":"a","text":"b\n"}"#,
            #"proc_exec {"command":["git","commit","-am","say b"]}"#, #"proc_exec {"command":["git","push"]}"#)
        #expect(change.contains("1 file changed") && change.contains("(denied) agent:committer may not"), "\(change)")
        let page = try ask(
            "reader", yes: false, #"create_record {"id":"inbox/page","title":"Page","body":"x","class":"inbox"}"#,
            #"create_record {"id":"guides/page","title":"Page","body":"x"}"#, #"web_fetch {"url":"http://127.0.0.1/"}"#)
        #expect(page.contains("Created [[inbox/page]].") && page.ranges(of: "(denied)").count == 2, "\(page)")
    }

    @Test func `doctor says which node it looks at, and nothing is wrong when a model answers`() throws {
        let node = try TestNode()
        try node.start()
        let doctor = try node.egghead("doctor")
        #expect(doctor.status == 0, "\(doctor)")
        let pid = try #require(node.daemon?.pid)
        let lines = """
            looking at the node of \(node.home)/run with \(node.home)/config.yml, process \(pid)
            eggheadd: all system calls
            broker, index, store, toolbox, llm, coordinator, agent:index: system calls filtered, no new privileges
            egghead-agent: 15 of 15 attempts refused
            egghead-broker: 13 of 15 attempts refused, 2 needed for its work
            egghead-coordinator: 15 of 15 attempts refused
            egghead-llm: 11 of 15 attempts refused, 4 needed for its work
            egghead-mcp-remote: 12 of 15 attempts refused, 3 needed for its work
            egghead-proxy: 13 of 15 attempts refused, 2 needed for its work
            egghead-records index: 15 of 15 attempts refused
            egghead-records store: 15 of 15 attempts refused
            nothing is wrong

            """
        #expect(doctor.output == lines)
    }

    @Test(arguments: [
        ("url: http://127.0.0.1:9/v1, model: m", "start its server, or correct its url"),
        ("url: http://127.0.0.1:9/v1, model: m, key_environment: EGGHEAD_NO_SUCH_KEY", "EGGHEAD_NO_SUCH_KEY"),
    ])
    func `doctor finds what keeps a model from answering`(provider: String, words: String) throws {
        let node = try TestNode(model: nil, configuration: "providers:\n  far: {\(provider)}\n")
        try node.start()
        let doctor = try node.egghead("doctor")
        #expect(doctor.status == 1, "\(doctor)")
        #expect(doctor.output.contains("no agent with provider far can answer: ") && doctor.output.contains(words))
        #expect(doctor.output.contains("nothing is wrong") == false)
    }

    @Test func `agents tells the model, the tokens of today and what is left of the budget`() throws {
        let node = try TestNode(
            records: ["scout.md": "---\nclass: agent\ntitle: Scout\nbudget: 1000000\n---\nYou scout.\n"])
        try node.start()
        #expect(try node.egghead("chat", "--wait", "@scout what is there?").status == 0)
        let listed = try node.egghead("agents")
        let line = try #require(listed.output.split(separator: "\n").first { $0.hasPrefix("@scout ") }, "\(listed)")
        let use = try #require(line.range(of: "normal of fake, "))
        let words = line[use.upperBound...].split(separator: " ")
        let spent = try #require(words.first.flatMap { Int($0) })
        #expect(spent > 0 && words.dropFirst().joined(separator: " ") == "tokens today, \(1_000_000 - spent) left")
        #expect(try node.egghead("agents", "show", "scout").output.contains("use: normal of fake, \(spent) tokens"))
    }
}

/// What every executable tells a person who asks it.
@Suite struct VersionTests {
    @Test(arguments: [
        "eggheadd", "egghead", "egghead-agent", "egghead-broker", "egghead-coordinator", "egghead-llm",
        "egghead-mcp", "egghead-mcp-remote", "egghead-proxy", "egghead-records", "egghead-toolbox", "egghead-tui",
    ])
    func `each executable knows its version, and helps`(name: String) throws {
        let scratch = try Scratch()
        func run(_ argument: String) throws -> Command.Result {
            try Command("\(Built.directory)/\(name)", [argument], scratch: scratch).wait(seconds: 20)
        }
        let version = try run("--version")
        #expect(version.status == 0 && version.output == "\(name) \(Release.version)\n", "\(version)")
        let help = try run("--help")
        #expect(help.status == 0 && help.output.contains(name), "\(help)")
    }
}
