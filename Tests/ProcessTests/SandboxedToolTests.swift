import Glibc
import LinuxSystem
import Services
import Testing

/// Tools on files and programs in a whole node: what the record grants is done, and nothing else.
@Suite(.serialized) struct SandboxedToolTests {
    private static func ask(_ calls: String...) -> String { "please fake:tools\n" + calls.joined(separator: "\n") }

    /// A node with an agent that has a directory.
    ///
    /// - Parameter mount: A command that mounts something at `$APP/sub` where the node sees it.
    private static func node(
        _ grants: String, mounting mount: String? = nil
    ) throws -> (node: TestNode, directory: String) {
        let node = try TestNode(), directory = node.scratch.newPath("app")
        try Files.makeDirectories(directory)
        try Files.replace("\(directory)/log", with: Array("one\ntwo\n".utf8))
        let record = "---\nclass: agent\nsandbox: \(directory)\ncapabilities: \(grants)\n---\nYou are Scout.\n"
        try Files.replace("\(node.home)/records/scout.md", with: Array(record.utf8))
        guard let mount else {
            try node.start()
            return (node, directory)
        }
        try Files.makeDirectories("\(directory)/sub")
        let script = "NODE=\(node.home) APP=\(directory)\n\(mount) && exec \"$@\""
        try node.start(wrapper: ["/usr/bin/unshare", "--mount", "--propagation", "private", "/bin/sh", "-c", script, "sh"])
        return (node, directory)
    }

    @Test func `an agent reads, writes and runs what its record grants, in its directory`() throws {
        let (node, directory) = try Self.node("[fs.read, fs.write, {proc.exec: {cmds: [wc, rm]}}]")
        let result = try node.egghead(
            "chat",
            "@scout "
                + Self.ask(
                    #"tool: fs_read {"path":"log"}"#, #"tool: fs_write {"path":"new","text":"three"}"#,
                    #"tool: proc_exec {"command":["wc","-c","log","new"]}"#,
                    #"tool: proc_exec {"command":["cat","log"]}"#, #"tool: fs_read {"path":"/etc/passwd"}"#,
                    #"tool: proc_eval {"code":"cat log"}"#), "--wait")
        #expect(result.status == 0, "\(result.errors)")
        #expect(result.output.contains("\(directory)/log, lines 1 to 2:"))
        #expect(result.output.contains("Wrote \(directory)/new: 5 bytes."))
        #expect(result.output.contains("13 total"))
        #expect(result.output.contains("(denied) agent:scout may not call proc_exec for `cat log` in \(directory)"))
        #expect(result.output.contains("(denied) agent:scout may not call fs_read for /etc/passwd"))
        #expect(result.output.contains("(denied) agent:scout may not call proc_eval in"))
        #expect(!result.output.contains("root:"))
        let told = try node.history().filter { $0.type == .action }.map(\.text)
        #expect(
            told == [
                "was denied proc_exec: its capabilities do not go that far (scope_violation)",
                "was denied fs_read: its capabilities do not go that far (scope_violation)",
                "was denied proc_eval: its record has no such capability (capability_absent)",
            ])
    }

    /// Mounts of a namespace of the node's own: its notes by another name, and the processes of the machine.
    @Test(arguments: [
        ("mount --bind \"$NODE/records\" \"$APP/sub\"", "shows the node's own"),
        ("mount -t proc proc \"$APP/sub\"", "has the kernel's proc mounted at"), ("mount -t tmpfs none \"$APP/sub\"", nil),
    ])
    func `a directory by which others are seen is nobody's`(mount: String, problem: String?) throws {
        let (node, directory) = try Self.node("[fs.read]", mounting: mount)
        let result = try node.egghead("chat", "@scout " + Self.ask(#"tool: fs_read {"path":"log"}"#), "--wait")
        guard let problem else {
            #expect(result.output.contains("\(directory)/log, lines 1 to 2:"), "\(result)")
            return
        }
        #expect(result.output.contains("(failed) fs_read: \(directory) \(problem)"), "\(result)")
        #expect(result.output.contains("\(directory)/sub; grant another directory"), "\(result)")
    }

    @Test func `whoever waits for a long call is told how far it is`() throws {
        let (node, _) = try Self.node("[proc.eval]")
        let code = "echo secret; sleep 12"
        let result = try node.egghead("chat", "@scout " + Self.ask(#"tool: proc_eval {"code":"\#(code)"}"#), "--wait")
        #expect(result.status == 0 && result.output.contains("exit status 0"), "\(result)")
        let words = "has needed 10 seconds so far for proc_eval; 7 bytes printed; egghead cancel lobby.1 stops it"
        #expect(result.errors.contains("scout \(words)"), "\(result.errors)")
        let told = try node.history().filter { $0.type == .action }
        #expect(told.first?.text == words && told.first?.from == "agent:scout", "\(told)")
    }

    @Test func `people see what an agent may do, and why not, and nothing runs`() throws {
        let (node, directory) = try Self.node(
            "[fs.read, proc.eval, fs.rread, 'fs.write:/etc', {proc.exec: {cmds: wc}}]")
        let capabilities = try node.egghead("agents", "capabilities", "scout")
        #expect(capabilities.output.contains("fs.read:\(directory)") && capabilities.output.contains("critical"))
        #expect(capabilities.output.contains("fs.write:/etc allows nothing: /etc is not in the sandbox \(directory)"))
        let allowed = try node.egghead("tools", "try", "--agent", "scout", "fs_read", #"{"path":"log"}"#)
        #expect(allowed.status == 0 && allowed.output == "allowed by fs.read:\(directory)\n", "\(allowed)")
        for (tool, arguments, words) in [
            (
                "fs_read", #"{"path":"/etc/passwd"}"#,
                "denied, scope_violation: agent:scout may not call fs_read for /etc/passwd"
            ),
            ("fs_write", #"{"path":"x","text":""}"#, "denied, capability_absent: agent:scout may not call fs_write"),
            ("fly", "{}", "denied, unknown_tool: there is no tool fly"),
            ("fs_read", "[]", "fs_read: the arguments are no JSON"),
        ] {
            let refused = try node.egghead("tools", "try", "--agent", "scout", tool, arguments)
            #expect(refused.status == 1 && refused.output.hasPrefix(words), "\(refused)")
        }
        let evaluated = try node.egghead("tools", "try", "--agent", "scout", "proc_eval", #"{"code":"touch ran"}"#)
        #expect(evaluated.status == 0 && (try? Files.status("\(directory)/ran")) == nil)
        let menu = try node.egghead("tools", "list", "--agent", "scout").output
        #expect(menu.contains("fs_read") && menu.contains("proc_exec") && !menu.contains("fs_write"))
        let doctor = try node.begin(["doctor"]).wait().output
        #expect(doctor.contains("agent:scout: fs.write:/etc allows nothing"), "\(doctor)")
        #expect(!doctor.contains("no sandbox"), "\(doctor)")
        #expect(doctor.contains("capabilities has the unknown fs.rread; did you mean fs.read?"), "\(doctor)")
    }

    /// What was running is dead and told as unknown, and nothing runs twice, whoever dies.
    @Test(arguments: ["toolbox", "agent:scout", "eggheadd", "coordinator"])
    func `who is killed while a program runs, it runs once, and nothing of it is left`(victim: String) throws {
        let (node, directory) = try Self.node("[proc.eval, fs.write]")
        let script = "echo ran >> ran; sleep 86415; echo over >> ran"
        let asking = try node.begin([
            "chat", "@scout " + Self.ask("tool: proc_eval {\"code\":\"\(script)\",\"timeout\":6}"), "--wait",
            "--timeout", "60",
        ])
        try #require(waits(for: 20) { (try? Files.status("\(directory)/ran")) != nil })
        let pid = victim == "eggheadd" ? node.daemon?.pid : node.pid(of: victim)
        Glibc.kill(try #require(pid), SIGKILL)
        if victim == "toolbox" || victim == "eggheadd" {
            #expect(waits(for: 20) { Self.processes(with: "86415").isEmpty }, "the program outlives its toolbox")
        }
        if victim == "eggheadd" { try node.start() }
        _ = asking.wait(seconds: 90)
        #expect(waits(for: 20) { Self.processes(with: "86415").isEmpty })
        let ran = String(decoding: try Files.read("\(directory)/ran", limit: 1_000), as: UTF8.self)
        #expect(ran == "ran\n")
    }

    private static func processes(with word: String) -> [String] {
        ((try? Files.list("/proc")) ?? []).filter { Int($0) != nil }.filter { pid in
            let line = (try? Files.read("/proc/\(pid)/cmdline", limit: 1 << 16)) ?? []
            return line.split(separator: 0).contains { $0.elementsEqual(word.utf8) }
        }
    }
}
