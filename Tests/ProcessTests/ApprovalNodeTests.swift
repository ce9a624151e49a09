import Glibc
import LinuxSystem
import Services
import Testing

/// A person's yes in a whole node: what waits for it survives everything, and runs once.
@Suite(.serialized) struct ApprovalNodeTests {
    private static func ask(_ calls: String...) -> String { "please fake:tools\n" + calls.joined(separator: "\n") }
    private static let touch = #"tool: proc_eval {"code":"echo ran >> ran"}"#

    /// A node with an agent that has a directory, and asks before it does anything there.
    private static func node(
        _ keys: String = "capabilities: [proc.eval, fs.write, proc.exec:touch]\nask: [proc.eval, proc.exec, fs.write]",
        of made: TestNode? = nil
    ) throws -> (node: TestNode, directory: String) {
        let node = try made ?? TestNode(), directory = node.scratch.newPath("app")
        try Files.makeDirectories(directory)
        let record = "---\nclass: agent\nsandbox: \(directory)\n\(keys)\n---\nYou are Scout.\n"
        try Files.replace("\(node.home)/records/scout.md", with: Array(record.utf8))
        try node.start()
        return (node, directory)
    }

    private func ran(_ directory: String) -> String {
        String(decoding: (try? Files.read("\(directory)/ran", limit: 1_000)) ?? [], as: UTF8.self)
    }

    /// Whoever speaks in the room: the person that runs the tests.
    private func person(_ node: TestNode) throws -> String {
        try #require(try node.history().first { $0.from.isPerson }).from.name
    }

    private func waitsForRequest(_ number: Int, _ node: TestNode) -> Bool {
        waits(for: 30) {
            (try? node.history().contains { $0.type == .notice && $0.text.hasPrefix("Request \(number): ") }) ?? false
        }
    }

    @Test func `what a person approves runs, and the room says who said yes`() throws {
        let (node, directory) = try Self.node()
        let asking = try node.begin(["chat", "@scout " + Self.ask(Self.touch), "--wait", "--timeout", "60"])
        try #require(waitsForRequest(1, node))
        let told = try #require(try node.history().last { $0.type == .notice }?.text)
        let summary = "run code in \(directory), where it can change every file"
        #expect(told.hasPrefix("Request 1: @scout asks to \(summary)\n| > echo ran >> ran\n"), "\(told)")
        #expect(told.contains("Answer with: egghead approve 1, or egghead deny 1 REASON."))
        #expect(try node.egghead("requests").output.contains("run code in \(directory)"))
        #expect(try node.egghead("requests", "1").output.contains("| > echo ran >> ran\n"))
        #expect(ran(directory) == "")
        let approved = try node.egghead("approve", "1")
        #expect(approved.status == 0 && approved.output == "agent:scout may \(summary)\n", "\(approved)")
        let result = asking.wait(seconds: 60)
        #expect(result.status == 0 && result.output.contains("[exit status 0]"), "\(result)")
        #expect(ran(directory) == "ran\n")
        let name = try person(node)
        #expect(
            try node.history().contains { $0.text == "\(name) has approved request 1: \(summary)" })
        #expect(try node.egghead("requests").output == "No agent waits for an answer.\n")
        #expect(try node.egghead("approve", "1").status == 0, "a repetition, as when the first answer was lost")
        let late = try node.egghead("deny", "1")
        #expect(late.status == 1 && late.errors.contains("deny 1: \(name) has approved it"), "\(late)")
        let unknown = try node.egghead("approve", "7")
        #expect(unknown.status == 1 && unknown.errors.contains("approve 7: no such request waits"), "\(unknown)")
    }

    @Test(arguments: [true, false])
    func `before a file is replaced, people read what changes in it, and agents only what they may read`(
        mayRead: Bool
    ) throws {
        let (node, directory) = try Self.node(
            "capabilities: [\(mayRead ? "fs.read, " : "")fs.write]\nask: [fs.write]")
        try Files.replace("\(directory)/limits", with: Array("one\ntwo\nthree\n".utf8), mode: 0o644)
        let call = #"tool: fs_write {"path":"limits","text":"one\n2\nthree\n"}"#
        let asking = try node.begin(["chat", "@scout " + Self.ask(call), "--wait", "--timeout", "60"])
        try #require(waitsForRequest(1, node))
        let told = try #require(try node.history().last { $0.type == .notice }?.text)
        let change = "|   one\n| - two\n| + 2\n|   three\n|   \n"
        let new = "| [as it is now: egghead requests 1]\n| + one\n| + 2\n| + three\n| + \n"
        #expect(
            told.hasPrefix("Request 1: @scout asks to write \(directory)/limits\n\(mayRead ? change : new)"), "\(told)")
        let requests = try node.egghead("requests", "1")
        #expect(requests.output.contains("| - two\n| + 2\n"), "\(requests)")
        #expect(try node.egghead("approve", "1").status == 0)
        _ = asking.wait(seconds: 60)
        #expect(try Files.read("\(directory)/limits", limit: 100) == Array("one\n2\nthree\n".utf8))
    }

    @Test func `a reload brings what people are asked for into force, and where agents have no files`() throws {
        let (node, directory) = try Self.node("capabilities: [proc.eval, fs.read]")
        let run = #"tool: proc_eval {"code":"echo ran"}"#, read = #"tool: fs_read {"path":"key"}"#
        try Files.replace("\(directory)/key", with: Array("sk-0123456789abcdef".utf8), mode: 0o600)
        let free = try node.egghead("chat", "@scout " + Self.ask(run), "--wait", "--timeout", "60")
        #expect(free.output.contains("[exit status 0]"), "\(free)")
        let file = node.home + "/config.yml", config = try Files.read(file, limit: 1 << 16)
        let keyed = "\n  keyed: {url: \"http://127.0.0.1:9/v1\", model: m, key: {file: \(directory)/key}}\n"
        try Files.replace(file, with: Array("ask: [proc.eval]\n".utf8) + config + Array(keyed.utf8), mode: 0o600)
        #expect(try node.egghead("reload").status == 0)
        let asking = try node.begin(["chat", "@scout " + Self.ask(run), "--wait", "--timeout", "60"])
        try #require(waitsForRequest(1, node))
        #expect(try node.egghead("deny", "1").status == 0)
        _ = asking.wait(seconds: 60)
        let key = try node.egghead("chat", "@scout " + Self.ask(read), "--wait", "--timeout", "60")
        #expect(key.output.contains("are in one another") && !key.output.contains("sk-"), "\(key)")
    }

    @Test func `what a person denies does not run, and the agent is told why`() throws {
        let (node, directory) = try Self.node()
        let asking = try node.begin(["chat", "@scout " + Self.ask(Self.touch), "--wait", "--timeout", "60"])
        try #require(waitsForRequest(1, node))
        #expect(try node.egghead("deny", "1", "not", "on", "a", "Friday").status == 0)
        let result = asking.wait(seconds: 60)
        #expect(result.output.contains("(refused) \(try person(node)) has refused it: not on a Friday."), "\(result)")
        #expect(ran(directory) == "")
        #expect(try node.history().contains { $0.text.hasSuffix("has denied request 1: not on a Friday") })
    }

    @Test func `with --always the record grants just this, and nobody is asked again`() throws {
        let (node, directory) = try Self.node()
        let call = #"tool: proc_exec {"command":["touch","ran"]}"#
        let asking = try node.begin(["chat", "@scout " + Self.ask(call), "--wait", "--timeout", "60"])
        try #require(waitsForRequest(1, node))
        let approved = try node.egghead("approve", "1", "--always")
        #expect(
            approved.output.contains(
                "Its record grants from now on: proc.exec {patterns: touch ran, in: \(directory), ask: false}"),
            "\(approved)")
        #expect(asking.wait(seconds: 60).output.contains("[exit status 0]"))
        let record = String(decoding: try Files.read("\(node.home)/records/scout.md", limit: 10_000), as: UTF8.self)
        #expect(record.contains("touch ran") && record.contains("ask: [proc.eval, proc.exec, fs.write]"), "\(record)")
        let again = try node.egghead("chat", "@scout " + Self.ask(call), "--wait")
        #expect(again.output.contains("[exit status 0]"), "\(again)")
        let other = try node.begin(
            ["chat", "@scout " + Self.ask(#"tool: proc_exec {"command":["touch","other"]}"#), "--wait"])
        #expect(waitsForRequest(2, node))
        #expect(try node.egghead("deny", "2").status == 0)
        _ = other.wait(seconds: 60)
    }

    @Test func `an agent cannot answer, nor a person whom nobody has named, and a cancelled turn asks no more`() throws
    {
        let (node, directory) = try Self.node("capabilities: [proc.eval]\nask: [proc.eval]\napprovers: [nobody-here]")
        let asking = try node.begin(["chat", "@scout " + Self.ask(Self.touch), "--wait", "--timeout", "60"])
        try #require(waitsForRequest(1, node))
        for command in ["approve", "deny"] {
            let refused = try node.egghead(command, "1")
            #expect(
                refused.status == 1 && refused.errors.contains("is not among the approvers, nobody-here"), "\(refused)")
        }
        #expect(try node.egghead("cancel", "lobby").status == 0)
        _ = asking.wait(seconds: 60)
        #expect(waits(for: 10) { (try? node.egghead("requests").output) == "No agent waits for an answer.\n" })
        #expect(ran(directory) == "")
    }

    @Test func `a person whom the record names answers`() throws {
        let name = try #require(getpwuid(geteuid()).map { String(cString: $0.pointee.pw_name) })
        let (node, directory) = try Self.node(
            "capabilities: [proc.eval, fs.write]\nask: [proc.eval]\napprovers: [\(name)]")
        let asking = try node.begin(["chat", "@scout " + Self.ask(Self.touch), "--wait", "--timeout", "60"])
        try #require(waitsForRequest(1, node))
        #expect(try node.egghead("approve", "1").status == 0)
        #expect(asking.wait(seconds: 60).status == 0 && ran(directory) == "ran\n")
    }

    @Test func `nobody answers in time, and it is denied`() throws {
        let (node, directory) = try Self.node("capabilities: [proc.eval]\nask: [proc.eval]\nask_timeout: 10s")
        let result = try node.egghead("chat", "@scout " + Self.ask(Self.touch), "--wait", "--timeout", "60")
        #expect(result.output.contains("(refused) Nobody has answered the request for it in time"), "\(result)")
        #expect(ran(directory) == "")
        #expect(
            try node.history().contains { $0.text == "Request 1 was not answered within 10 seconds: it is denied." })
    }

    /// A person may think for longer than a turn may go without progress: whoever waits for an answer makes some.
    @Test func `a call that waits for a person outlasts the limit of its turn, and runs once`() throws {
        let limit = 20  // the least that `config.yml` takes, in seconds
        let (node, directory) = try Self.node(
            of: try TestNode(idleTimeout: "4s", configuration: "room: {turn_timeout: \(limit)s}\n"))
        let agent = try #require(node.pid(of: "agent:scout"))
        let asking = try node.begin(["chat", "@scout " + Self.ask(Self.touch), "--wait", "--timeout", "120"])
        try #require(waitsForRequest(1, node))
        // That time passes is what is tested here: whatever begins anew with the request is over, too.
        sleep(UInt32(2 * limit + 2))
        #expect(ran(directory) == "" && node.pid(of: "agent:scout") == agent)
        #expect(try node.egghead("requests").output.contains("run code in \(directory)"))
        #expect(try node.egghead("approve", "1").status == 0)
        let result = asking.wait(seconds: 60)
        #expect(result.status == 0 && result.output.contains("[exit status 0]"), "\(result)")
        #expect(ran(directory) == "ran\n" && node.pid(of: "agent:scout") == agent)
        let texts = try node.history().filter { $0.type == .notice }.map(\.text)
        #expect(!texts.contains { $0.contains("made no progress") }, "\(texts)")
        #expect(texts.count { $0.hasPrefix("Request 1: ") } == 1, "\(texts)")
    }

    /// Whoever dies right behind the answer, what was approved runs once, and no more than that.
    @Test(arguments: ["toolbox", "agent:scout", "coordinator", "store", "eggheadd"])
    func `an answer survives the death of`(victim: String) throws {
        let (node, directory) = try Self.node()
        let call = #"tool: proc_eval {"code":"echo ran >> ran; sleep 3; echo over >> ran"}"#
        let asking = try node.begin(["chat", "@scout " + Self.ask(call), "--wait", "--timeout", "90"])
        try #require(waitsForRequest(1, node))
        let pid = victim == "eggheadd" ? node.daemon?.pid : node.pid(of: victim)
        #expect(try node.egghead("approve", "1").status == 0)
        Glibc.kill(try #require(pid), SIGKILL)
        if victim == "eggheadd" { try node.start() }
        _ = asking.wait(seconds: 90)
        #expect(
            waits(for: 60) {
                (try? node.history().contains { $0.type == .message && $0.from == "agent:scout" }) ?? false
            })
        // With its toolbox the program dies, wherever it was; with anybody else's death it goes on.
        let text = ran(directory)
        let isProgramsDeath = victim == "toolbox" || victim == "eggheadd"
        #expect(isProgramsDeath ? ["", "ran\n", "ran\nover\n"].contains(text) : text == "ran\nover\n", "\(text)")
        let texts = try node.history().map(\.text)
        #expect(texts.count { $0.contains("approved request 1") } == 1, "\(texts)")
        #expect(try node.egghead("requests").output == "No agent waits for an answer.\n")
    }

    /// Whoever dies while a person is asked, the request is still there, once, and what it is about runs once.
    @Test(arguments: ["toolbox", "agent:scout", "coordinator", "store", "eggheadd"])
    func `a request survives the death of`(victim: String) throws {
        let (node, directory) = try Self.node()
        let asking = try node.begin(["chat", "@scout " + Self.ask(Self.touch), "--wait", "--timeout", "90"])
        try #require(waitsForRequest(1, node))
        let pid = victim == "eggheadd" ? node.daemon?.pid : node.pid(of: victim)
        Glibc.kill(try #require(pid), SIGKILL)
        if victim == "eggheadd" { try node.start() }
        #expect(waits(for: 30) { (try? node.egghead("approve", "1").status) == 0 })
        #expect(waits(for: 30) { ran(directory) == "ran\n" }, "it did not run")
        _ = asking.wait(seconds: 90)
        #expect(
            waits(for: 30) {
                (try? node.history().contains { $0.type == .message && $0.from == "agent:scout" }) ?? false
            })
        #expect(ran(directory) == "ran\n")
        let texts = try node.history().map(\.text)
        #expect(
            texts.count { $0.hasPrefix("Request 1: ") } == 1 && texts.count { $0.contains("approved request 1") } == 1)
    }
}
