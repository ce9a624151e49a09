import Glibc
import JSON
import LinuxSystem
import Services
import Testing

/// MCP servers in a whole node: real ones and hostile ones, called by a scripted model.
@Suite(.serialized) struct MCPNodeTests {
    private static let scripts = Built.repository + "/Tests/ProcessTests/MCPServers"
    private static let modern = Built.repository + "/.build/mcp-venv/bin"
    private static let legacy = Built.repository + "/.build/mcp-venv-legacy/bin"

    private static func ask(_ calls: String...) -> String { "please fake:tools\n" + calls.joined(separator: "\n") }

    /// A section of `mcp_servers` for the script that misbehaves.
    private static func hostile(_ mode: String, _ more: String..., keys: String = "") -> String {
        let words = ["/usr/bin/python3", "\(scripts)/hostile.py", mode] + more
        return "  \(mode): {command: [\(words.joined(separator: ", "))], fs: {read: [\(scripts)]}\(keys)}\n"
    }

    /// What a server of a virtual environment reads: also the Python that has made it, unless that is the system's.
    private static func reads(_ directories: String...) -> String {
        let python = (try? CurrentProcess.resolve("\(modern)/python")) ?? "/usr/bin/python3"
        let home = Files.split(Files.split(python).directory).directory
        return "read: [\((directories + (home == "/usr" ? [] : [home])).joined(separator: ", "))]"
    }

    private static func sample(keys: String = "") -> String {
        "  sample: {command: [\(modern)/python, \(scripts)/sample.py], fs: {\(reads(scripts))}\(keys)}\n"
    }

    private static func node(_ servers: String, agent: String, isWaiting: Bool = true) throws -> TestNode {
        let node = try TestNode(
            configuration: "mcp_servers:\n\(servers)",
            records: ["scout.md": "---\nclass: agent\n\(agent)\n---\nYou are Scout.\n"])
        // Some servers are never ready.
        if isWaiting { try node.start() } else { try node.launch() }
        return node
    }

    /// Waits until servers have told their tools.
    private func areReady(_ names: String..., of node: TestNode) -> Bool {
        waits(for: 60) {
            let listed = (try? node.egghead("mcp", "list", "--json").output) ?? ""
            return names.allSatisfy { listed.contains("\"name\":\"\($0)\"") }
        }
    }

    private func said(_ node: TestNode, _ calls: String...) throws -> String {
        let text = "please fake:tools\n" + calls.joined(separator: "\n")
        return try node.egghead("chat", "@scout " + text, "--wait", "--timeout", "90").output
    }

    @Test func `real servers of both generations answer an agent that may call them, and no other`() throws {
        let scratch = try Scratch(), repository = scratch.newPath("repository"), database = scratch.newPath("data")
        try Files.makeDirectories(repository)
        try Files.makeDirectories(database)
        #expect(
            try Command("/usr/bin/git", ["init", "-q", repository], scratch: scratch).wait(seconds: 30).status == 0)
        let node = try Self.node(
            """
              time: {command: [\(Self.modern)/mcp-server-time, --local-timezone, UTC], fs: {\(Self.reads())}}
              git: {command: [\(Self.modern)/mcp-server-git], fs: {\(Self.reads(repository))}}
              sqlite:
                command: [\(Self.legacy)/mcp-server-sqlite, --db-path, \(database)/db]
                fs: {write: [\(database)], \(Self.reads())}

            """,
            agent: "capabilities: [\"mcp.call:time\", \"mcp.call:git\", {mcp.call: {servers: sqlite, tools: read_*}}]")
        try #require(areReady("time", "git", "sqlite", of: node))
        let output = try said(
            node, #"tool: mcp__time__get_current_time {"timezone":"Europe/Paris"}"#,
            #"tool: mcp__git__git_status {"repo_path":"\#(repository)"}"#,
            #"tool: mcp__sqlite__read_query {"query":"SELECT 40+2"}"#,
            #"tool: mcp__sqlite__write_query {"query":"CREATE TABLE t (x)"}"#,
            #"tool: mcp__time__convert_time {"source_timezone":"nowhere"}"#)
        #expect(output.contains("\"timezone\": \"Europe/Paris\""), "\(output)")
        #expect(output.contains("No commits yet") || output.contains("nothing to commit"), "\(output)")
        #expect(output.contains("42"), "\(output)")
        #expect(output.contains("(denied) agent:scout may not call mcp__sqlite__write_query"), "\(output)")
        #expect(output.contains("(failed)"), "\(output)")
        let list = try node.egghead("mcp", "list").output
        #expect(list.contains("2026-07-28") && list.contains("2025-11-25"), "\(list)")
        let who = try node.egghead("mcp", "who", "sqlite").output
        #expect(who.contains("@scout: yes, mcp__sqlite__read_query"), "\(who)")
        #expect(try node.egghead("tools", "list", "--agent", "scout").output.contains("mcp__time__get_current_time"))
    }

    @Test func `what an SDK can send reaches the model, and what a model cannot take is named`() throws {
        let node = try Self.node(Self.sample(), agent: "capabilities: [\"mcp.call:sample\"]")
        try #require(areReady("sample", of: node))
        let output = try said(
            node, #"tool: mcp__sample__add {"a":40,"b":2}"#, "tool: mcp__sample__picture {}",
            "tool: mcp__sample__mixed {}", "tool: mcp__sample__boom {}",
            #"tool: mcp__sample__slow {"steps":3,"pause":0.2}"#, "tool: mcp__sample__grow {}")
        #expect(output.contains("42"), "\(output)")
        #expect(output.contains("[an image (image/png, 1 KB), which is not shown here]"), "\(output)")
        #expect(output.contains("the note") && output.contains("note://b") && output.contains("y.rs"), "\(output)")
        #expect(output.contains("(failed)") && output.contains("boom"), "\(output)")
        #expect(output.contains("slow done") && output.contains("grown"), "\(output)")
        #expect(waits(for: 10) { (try? said(node, "tool: mcp__sample__extra {}").contains("more")) ?? false })
    }

    @Test func `a server that misbehaves takes nothing else down`() throws {
        let modes = ["silent", "exits", "floods", "big", "dies", "hangs", "ours", "instruct"]
        let servers = modes.map { Self.hostile($0, keys: ", timeout: 3s") }.joined()
        let node = try Self.node(
            servers
                + "  time: {command: [\(Self.modern)/mcp-server-time, --local-timezone, UTC], fs: {\(Self.reads())}}\n",
            agent: "capabilities: [\"mcp.call:*\"]", isWaiting: false)
        try #require(areReady("exits", "floods", "big", "dies", "hangs", "ours", "instruct", "time", of: node))
        let output = try said(
            node, #"tool: mcp__exits__say {"text":"a"}"#, #"tool: mcp__floods__say {"text":"b"}"#,
            "tool: mcp__big__say {}", "tool: mcp__dies__say {}", "tool: mcp__hangs__say {}",
            #"tool: mcp__ours__fs_read {"text":"c"}"#, #"tool: fs_read {"path":"/etc/passwd"}"#,
            #"tool: mcp__time__get_current_time {"timezone":"UTC"}"#)
        for words in ["said a", "said b", "said c", "\"timezone\": \"UTC\""] {
            #expect(output.contains(words), "\(output)")
        }
        #expect(output.contains("its answer has more than 8 MiB, which is not read"), "\(output)")
        #expect(output.contains("has not answered the call in time"), "\(output)")
        #expect(output.contains("(unknown)"), "\(output)")
        #expect(output.contains("(denied) agent:scout may not call fs_read"), "\(output)")
        #expect(!output.contains("root:"))
        #expect(
            waits(for: 60) { (try? said(node, "tool: mcp__exits__say {\"text\":\"d\"}").contains("said d")) ?? false })
        let states = try node.egghead("ps").output
        #expect(states.contains("mcp:silent") && states.contains("toolbox"), "\(states)")
    }

    @Test func `a tool that has changed since a person was asked is not called, and always is for the tool as it was`()
        throws
    {
        let node = try Self.node(
            Self.hostile("changes"), agent: "capabilities: [\"mcp.call:changes\"]\nask: [mcp.call]")
        try #require(areReady("changes", of: node))
        let always = try node.begin([
            "chat", "@scout " + Self.ask(#"tool: mcp__changes__say {"text":"one"}"#), "--wait",
        ])
        try #require(waitsForRequest(1, node))
        #expect(try node.egghead("approve", "1", "--always").status == 0)
        #expect(always.wait(seconds: 60).output.contains("said one"))
        let record = String(decoding: try Files.read("\(node.home)/records/scout.md", limit: 4_096), as: UTF8.self)
        #expect(record.contains("say@"), "\(record)")
        // As it was approved it needs nobody; its change makes it another one.
        #expect(try said(node, #"tool: mcp__changes__say {"text":"change"}"#).contains("said change"))
        #expect(
            waits(for: 30) {
                (try? node.egghead("mcp", "show", "changes").output.contains("sends it away")) ?? false
            })
        let asking = try node.begin([
            "chat", "@scout " + Self.ask(#"tool: mcp__changes__say {"text":"two"}"#), "--wait",
        ])
        try #require(waitsForRequest(2, node))
        #expect(try node.egghead("requests", "2").output.contains("| text: \"two\""))
        #expect(try node.egghead("deny", "2").status == 0)
        #expect(!asking.wait(seconds: 60).output.contains("said two"))
    }

    private func waitsForRequest(_ number: Int, _ node: TestNode) -> Bool {
        waits(for: 30) {
            (try? node.history().contains { $0.type == .notice && $0.text.hasPrefix("Request \(number): ") }) ?? false
        }
    }

    @Test func `what a server asks is a request to people`() throws {
        let node = try Self.node(Self.sample(), agent: "capabilities: [\"mcp.call:sample\"]")
        try #require(areReady("sample", of: node))
        func begin() throws -> Command {
            try node.begin(["chat", "@scout " + Self.ask("tool: mcp__sample__greet {}"), "--wait", "--timeout", "90"])
        }
        let answered = try begin()
        try #require(waitsForRequest(1, node))
        let told = try node.history().first { $0.text.hasPrefix("Request 1: ") }?.text ?? ""
        #expect(told.contains("the MCP server `sample` asks, in mcp__sample__greet for @scout"), "\(told)")
        #expect(told.contains("| Who are you?") && told.contains("egghead approve 1 age=… name=…"), "\(told)")
        #expect(try node.egghead("requests").output.contains("hear what the MCP server `sample` asks: Who are you?"))
        #expect(try node.egghead("requests", "1").output.contains("| color (one of red, green, may be left out)"))
        let wrong = try node.egghead("approve", "1", "age=many")
        #expect(wrong.status != 0 && wrong.errors.contains("`age`: a whole number is wanted"), "\(wrong)")
        #expect(wrong.errors.contains("`name` is wanted"), "\(wrong)")
        let always = try node.egghead("approve", "1", "--always")
        #expect(always.errors.contains("is answered this once"), "\(always)")
        #expect(try node.egghead("approve", "1", "name=Ann Lee", "age=30").status == 0)
        #expect(answered.wait(seconds: 60).output.contains("Hello Ann Lee, 30, red"))
        let denied = try begin()
        try #require(waitsForRequest(2, node))
        #expect(try node.egghead("deny", "2").status == 0)
        #expect(!denied.wait(seconds: 60).output.contains("Hello"))
        // It is gone with its server.
        let lost = try begin()
        try #require(waitsForRequest(3, node))
        try node.kill("mcp:sample")
        #expect(lost.wait(seconds: 60).output.contains("(unknown)"))
        #expect(waits(for: 20) { (try? node.egghead("requests").output.contains("No agent waits")) ?? false })
    }

    @Test(arguments: ["appends", "toolbox", "agent:scout", "egghead-mcp"])
    func `whoever dies in a call, it is made once, and nothing is left of the server`(victim: String) throws {
        let scratch = try Scratch(), directory = scratch.newPath("shared"), log = "\(directory)/log"
        try Files.makeDirectories(directory)
        let server =
            "  appends: {command: [/usr/bin/python3, \(Self.scripts)/hostile.py, appends, \(log), \"4\"], "
            + "fs: {read: [\(Self.scripts)], write: [\(directory)]}}\n"
        let node = try Self.node(server, agent: "capabilities: [\"mcp.call:appends\"]")
        try #require(areReady("appends", of: node))
        let asking = try node.begin(
            ["chat", "@scout " + Self.ask(#"tool: mcp__appends__say {"text":"a"}"#), "--wait", "--timeout", "90"])
        func lines() -> Int {
            String(decoding: (try? Files.read(log, limit: 1_000)) ?? [], as: UTF8.self).split(separator: "\n").count
        }
        #expect(waits(for: 60) { lines() == 1 })
        let before = Self.processes(of: log)
        #expect(!before.isEmpty)
        switch victim {
        case "appends": for pid in before { kill(pid, SIGKILL) }
        case "egghead-mcp": try node.kill("mcp:appends")
        case let child: try node.kill(child)
        }
        let result = asking.wait(seconds: 100)
        #expect(lines() == 1, "\(result)")
        if victim != "agent:scout" { #expect(result.output.contains("(unknown)"), "\(result)") }
        if victim == "appends" || victim == "egghead-mcp" {
            #expect(waits(for: 30) { before.allSatisfy { !ProcessInformation.isAlive($0) } })
            #expect(areReady("appends", of: node))
        }
        #expect(try node.egghead("stop", "mcp:appends").status == 0)
        #expect(waits(for: 30) { Self.processes(of: log).isEmpty })
    }

    @Test func `what a server has started does not outlive it`() throws {
        let node = try Self.node(Self.hostile("forks"), agent: "capabilities: [\"mcp.call:forks\"]")
        try #require(areReady("forks", of: node))
        #expect(Self.processes(of: "hostile.py\0forks").count >= 4)
        #expect(try node.egghead("stop", "mcp:forks").status == 0)
        #expect(waits(for: 30) { Self.processes(of: "hostile.py\0forks").isEmpty })
    }

    /// The processes in whose command line a text is, those that wait in a sandbox for others included.
    private static func processes(of text: String) -> [pid_t] {
        ((try? Files.list("/proc")) ?? []).compactMap { pid_t($0) }.filter { pid in
            let words = (try? Files.read("/proc/\(pid)/cmdline", limit: 65_536)) ?? []
            return String(decoding: words, as: UTF8.self).contains(text)
        }
    }

    @Test func `servers come and go with config.yml, whose comments stay`() throws {
        let node = try Self.node(
            "  # Ours.\n" + Self.hostile("exits"), agent: "capabilities: [\"proc.exec:git\"]")
        try #require(areReady("exits", of: node))
        let program = ["/usr/bin/python3", "\(Self.scripts)/hostile.py", "dies"]
        let added = try Command(
            Built.directory + "/egghead", ["mcp", "add", "said", "--read", Self.scripts, "--"] + program,
            environment: ["EGGHEAD_HOME": node.home], scratch: node.scratch
        ).wait(seconds: 60)
        #expect(added.output == "said: 1 tool; an agent needs mcp.call:said\n", "\(added)")
        #expect(areReady("said", of: node))
        #expect(try node.egghead("mcp", "remove", "exits").status == 0)
        #expect(waits(for: 30) { (try? !node.egghead("mcp", "list").output.contains("exits")) ?? false })
        let text = String(decoding: try Files.read("\(node.home)/config.yml", limit: 65_536), as: UTF8.self)
        #expect(text.contains("# Ours.") && !text.contains("exits") && text.contains("said:"), "\(text)")
        let file = node.scratch.newPath("mcp.json")
        let script = try Files.read("\(Self.scripts)/hostile.py", limit: 65_536)
        let code = String(decoding: JSON.encode(String(decoding: script, as: UTF8.self)), as: UTF8.self)
        try Files.replace(
            file,
            with: Array(
                """
                {
                  // What people have.
                  "mcpServers": {
                    "inline": {"command": "/usr/bin/python3", "args": ["-c", \(code), "instruct"],
                               "env": {"A": "${HOME}"}},
                    "far": {"type": "sse", "url": "https://example.org/mcp"},
                  }
                }
                """.utf8))
        let imported = try node.egghead("mcp", "import", file)
        #expect(imported.output.contains("inline: added") && imported.output.contains("far: left out"), "\(imported)")
        #expect(areReady("inline", of: node))
        // What it needs is what its section says.
        let section = String(decoding: try Files.read("\(node.home)/config.yml", limit: 65_536), as: UTF8.self)
        let limited = section.replacing("  inline:\n", with: "  inline:\n    requires: proc.exec:git\n")
        try Files.replace("\(node.home)/config.yml", with: Array(limited.utf8), mode: 0o600)
        #expect(try node.egghead("reload").status == 0)
        #expect(waits(for: 30) { (try? node.egghead("mcp", "who", "inline").output.contains("@scout: yes")) ?? false })
        let wrong = try node.egghead("mcp", "show", "inlien")
        #expect(wrong.status != 0 && wrong.errors.contains("did you mean inline?"), "\(wrong)")
    }

    @Test(arguments: ["auto", "legacy"])
    func `the official client uses a node in a person's name`(mode: String) throws {
        let node = try TestNode(records: [
            "scout.md": "---\nclass: agent\ntitle: Scout\n---\nYou are Scout.\n",
            "skills/tidy.md": "---\nclass: skill\ndescription: Tidies.\n---\nTidy up.\n",
        ])
        try node.start()
        #expect(waits(for: 30) { (try? node.egghead("skills").output.contains("tidy")) ?? false })
        let client = try Command(
            "\(Self.modern)/python", ["\(Self.scripts)/client.py", Built.directory + "/egghead", node.home, mode],
            scratch: node.scratch)
        let result = client.wait(seconds: 120)
        #expect(result.status == 0 && result.output == "done\n", "\(result)")
        let said = try node.history("attic").first { $0.text == "just a word" }
        #expect(said?.from.isPerson == true, "it is said in the name of whoever runs it")
    }
}
