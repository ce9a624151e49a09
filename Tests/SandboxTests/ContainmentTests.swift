import Capabilities
import Foundation
import Glibc
import LinuxSystem
import Services
import Testing

/// What a program does to whom it has, and that nothing of it is left when its call has ended.
@Suite(.serialized) struct ContainmentTests {
    @Test(arguments: [
        ("true", "[exit status 0]\n"), ("echo a; echo b >&2; exit 3", "[exit status 3]\na\nb\n"),
        ("kill -9 $$", "[ended by SIGKILL]\n"), ("kill -SEGV $$", "[ended by SIGSEGV]\n"),
        ("pwd", "[exit status 0]\n$ROOT\n"), ("echo x > f && cat f", "[exit status 0]\nx\n"),
        ("echo $PATH $HOME", "[exit status 0]\n/usr/local/bin:/usr/bin:/bin:/usr/local/sbin:/usr/sbin:/sbin /tmp\n"),
    ])
    func `a program is told by its status and what it printed`(script: String, text: String) throws {
        let sandbox = try Sandbox()
        let outcome = try sandbox.evaluate(script)
        #expect(outcome == ToolOutcome(.done, text.replacing("$ROOT", with: sandbox.root)))
    }

    @Test func `Python is a language, too, and others are not`() throws {
        let sandbox = try Sandbox(), grant = [Grant(.evaluate, [.root: [sandbox.root]])]
        let python = try sandbox.call(
            "proc_eval", ["code": .string("print(6 * 7)"), "language": .string("python")], capabilities: grant)
        #expect(python == ToolOutcome(.done, "[exit status 0]\n42\n"))
        let perl = try sandbox.call(
            "proc_eval", ["code": .string("1"), "language": .string("perl")], capabilities: grant)
        #expect(perl.status == .failed && perl.text.contains("neither sh nor python"))
    }

    @Test func `long output is cut in the middle`() throws {
        let outcome = try Sandbox().evaluate("seq 1 200000")
        #expect(outcome.text.hasPrefix("[exit status 0]\n1\n2\n") && outcome.text.hasSuffix("\n200000\n"))
        #expect(outcome.text.contains("bytes are left out here") && outcome.text.utf8.count < 50_000)
    }

    @Test func `what was left out of long output is read on`() throws {
        let sandbox = try Sandbox(), grants = [Grant(.evaluate, [.root: [sandbox.root]])]
        func read(_ output: Int, from: Int, _ capabilities: [Grant]) throws -> ToolOutcome {
            let arguments = ["output": JSONValue.integer(output), "from": .integer(from), "lines": .integer(2)]
            return try sandbox.call("read_output", arguments, capabilities: capabilities)
        }
        #expect(try sandbox.evaluate("seq 1 9000").text.hasSuffix("\n9000\n"))
        #expect(try read(1, from: 1, grants).status == .failed, "nothing was left out")
        #expect(try sandbox.evaluate("seq 1 200000").text.contains("read_output with output 1 reads all of it"))
        #expect(try sandbox.evaluate("seq 1 100000").text.contains("read_output with output 2 reads all of it"))
        let middle = try read(1, from: 100_000, grants)
        #expect(
            middle.status == .done && middle.text.contains("100000\n") && middle.text.contains("100001"), "\(middle)")
        #expect(try read(2, from: -2, grants).text.contains("99999"))
        #expect(try read(3, from: 1, grants).text.contains("there is no output 3"))
        #expect(try read(1, from: 1, [Grant(.readFiles, [.root: [sandbox.root]])]).status == .denied)
    }

    @Test func `output without end is kept to a length, and of an agent's the newest`() throws {
        let sandbox = try Sandbox()
        let long = try sandbox.evaluate("head -c 40M /dev/zero | tr '\\0' 'x'")
        #expect(long.text.contains("read_output with output 1"), "\(long.text.prefix(100))")
        let directory = "\(sandbox.node)/tools/output/scout.output"
        #expect(try Files.status("\(directory)/1").size == 16 << 20)
        for _ in 0..<21 { _ = try sandbox.evaluate("head -c 50000 /dev/zero") }
        #expect(try Files.list(directory).compactMap { Int($0) }.sorted() == Array(3...22))
    }

    @Test func `what takes too long is ended with all that it has started`() throws {
        let sandbox = try Sandbox()
        let outcome = try sandbox.evaluate("(setsid sleep 86413 &) ; sleep 86413", timeout: 1)
        #expect(outcome == ToolOutcome(.done, "[ended because it took longer than 1 s]\n"))
        // The kernel ends what is in a namespace of processes after the first of them, and not with it.
        #expect(waits { (try? processes(with: "86413")) == [] })
    }

    @Test(arguments: [
        "setsid sleep 86414 &", "nohup sleep 86414 >/dev/null 2>&1 & disown 2>/dev/null; exit 0", "(sleep 86414 &) &",
    ])
    func `what a program leaves behind dies with its call`(script: String) throws {
        let outcome = try Sandbox().evaluate(script)
        #expect(outcome.text.hasPrefix("[exit status 0]"))
        #expect(waits { (try? processes(with: "86414")) == [] })
    }

    @Test func `a fork bomb is that call's, and ends with it`() throws {
        // As root, without a cgroup, it is counted and not bounded: one that grows faster than the toolbox of a loaded
        // machine gets to count would take the other tests along.
        let outcome = try Sandbox().evaluate(
            "bomb86415() { sleep 0.05; bomb86415 | bomb86415 & bomb86415; }; bomb86415; sleep 5; echo over", timeout: 10
        )
        // The kernel itself bounds everybody but the machine's root.
        let isBounded = geteuid() != 0 && outcome.text.contains("annot fork")
        #expect(
            isBounded || outcome.text.hasPrefix("[ended because it had more than 256 processes]"),
            "\(outcome.text.prefix(300))")
        #expect(waits { (try? processes(with: "bomb86415")) == [] })
    }

    @Test func `memory without end is that call's`() throws {
        let outcome = try Sandbox().evaluate("python3 -c \"a = b'x' * (3 << 30); print(len(a))\"")
        #expect(outcome.status == .done && !outcome.text.contains("3221225472"), "\(outcome)")
    }

    @Test(arguments: ["/tmp/f", "/dev/shm/f"])
    func `a temporary directory is small`(file: String) throws {
        let outcome = try Sandbox().evaluate(
            "head -c 200M /dev/zero > \(file); echo $(($(stat -c %s \(file)) >> 20)) MiB")
        #expect(outcome.text.contains("No space left"), "\(outcome)")
    }

    @Test(.enabled(if: geteuid() == 0, "no file system can be mounted here"))
    func `a disk is never filled`() throws {
        let disk = NSTemporaryDirectory() + "/disk-\(UUID().uuidString.prefix(8))"
        try FileManager.default.createDirectory(atPath: disk, withIntermediateDirectories: true)
        try #require(mount("none", disk, "tmpfs", 0, "size=64m,nr_inodes=4000") == 0)
        defer {
            umount2(disk, CInt(MNT_DETACH))
            rmdir(disk)
        }
        let sandbox = try Sandbox(in: disk)
        let grow = "while :; do head -c 300k /dev/zero >> f || echo full; sleep 0.02; done"
        let outcome = try sandbox.evaluate(grow, timeout: 50)
        #expect(
            outcome.text.hasPrefix("[ended because the disk of \(sandbox.root) has "), "\(outcome.text.prefix(300))")
        #expect(outcome.text.contains(" MiB left, and 3 MiB are not for agents]") && !outcome.text.contains("full"))
        let grants = [Grant(.writeFiles, [.root: [sandbox.root]]), Grant(.deleteFiles, [.root: [sandbox.root]])]
        let write = try sandbox.call(
            "fs_write", ["path": .string("g"), "text": .string("x")], capabilities: grants)
        #expect(write.status == .failed && write.text.contains("MiB are not for agents"), "\(write)")
        // Making room is no writing.
        let deleted = try sandbox.call("fs_delete", ["path": .string("f")], capabilities: grants)
        #expect(deleted.status == .done, "\(deleted)")
        let files = try sandbox.evaluate(
            "i=0; while :; do i=$((i+1)); : > n$i || echo full; sleep 0.001; done", timeout: 50)
        #expect(files.text.contains(" more files, and 200 are not for agents]") && !files.text.contains("full"))
    }

    @Test func `a file has an end`() throws {
        let outcome = try Sandbox().evaluate("truncate -s 2G f && echo grown")
        #expect(outcome.status == .done && !outcome.text.contains("grown"), "\(outcome)")
    }

    @Test func `without a grant to write, the directory can only be read`() throws {
        let sandbox = try Sandbox()
        let outcome = try sandbox.call(
            "proc_eval", ["code": .string("touch x || echo refused; cat link; ls")],
            capabilities: [Grant(.evaluate, [.root: [sandbox.root]])])
        #expect(outcome.text.contains("refused") && outcome.text.contains("\nroot") == false, "\(outcome)")
    }

    @Test(
        arguments: [
            (["echo", "$HOME", ";", "x"], "[exit status 0]\n$HOME ; x\n"), (["no-such-program"], nil),
            (["/usr/bin/env", "true"], nil), (["ls", "-d", "."], "[exit status 0]\n.\n"),
        ] as [([String], String?)])
    func `a program gets its arguments as they are, and one that is not granted does not run`(
        words: [String], text: String?
    ) throws {
        let sandbox = try Sandbox()
        let grant = Grant(.execute, [.commands: ["echo", "no-such-program", "ls"], .root: [sandbox.root]])
        let outcome = try sandbox.call(
            "proc_exec", ["command": .array(words.map(JSONValue.string))], capabilities: [grant])
        if let text { return #expect(outcome == ToolOutcome(.done, text)) }
        if words[0] == "no-such-program" {
            #expect(outcome == ToolOutcome(.failed, "there is no program no-such-program in the sandbox"))
        } else {
            #expect(outcome.status == .denied && outcome.denial == .scopeViolation, "\(outcome)")
        }
    }

    @Test func `a program without a directory has none of the machine's`() throws {
        let outcome = try Sandbox().call(
            "proc_exec", ["command": .array([.string("ls"), .string("/home"), .string("/tmp")])],
            capabilities: [Grant(.execute, [.commands: ["ls"]])])
        #expect(outcome.text.contains("cannot access '/home'") && outcome.text.hasSuffix("/tmp:\n"), "\(outcome)")
    }

    /// The processes of the machine with a word in their arguments.
    private func processes(with word: String) throws -> [String] {
        try Files.list("/proc").filter { Int($0) != nil }.filter { pid in
            ((try? Files.read("/proc/\(pid)/cmdline", limit: 1 << 16)) ?? []).contains(word.utf8)
        }
    }

    /// Whether something comes true within some seconds.
    private func waits(_ isTrue: () -> Bool) -> Bool {
        for _ in 0..<200 {
            if isTrue() { return true }
            usleep(50_000)
        }
        return false
    }
}
