import Foundation
import Glibc
import Services
import Testing

/// What a hostile agent tries with `proc_exec`: the attempts of `EscapeTests` by a shell that it may run, and programs
/// of the machine with arguments that lead out.
@Suite struct ProgramEscapeTests {
    @Test(arguments: EscapeTests.attempts)
    func `an attempt to get out comes to nothing by way of a program, too`(attempt: EscapeTests.Attempt) throws {
        let sandbox = try Sandbox()
        let outcome = try sandbox.execute(attempt.script + "\necho ATTEMPTED")
        #expect(outcome.status == .done && outcome.text.hasSuffix("ATTEMPTED\n"), "\(outcome)")
        #expect(!outcome.text.contains("ESCAPED"), "\(outcome)")
        #expect(sandbox.isOutsideIntact)
    }

    /// Programs with their arguments, which get what they want when they end with status 0. `ROOT` is the agent's
    /// directory, `OUT` somebody else's, `NODE` the node's own, `PID` a process of the machine.
    static let commands = [
        // Reading what is somebody else's.
        "cat OUT/secret", "cat ROOT/../outside/secret", "cat ../outside/secret", "cat link", "cat allOUT/secret",
        "cat ROOT/allOUT/secret", "cat /proc/self/rootOUT/secret", "cat /proc/self/cwd/../outside/secret",
        "cat /proc/PID/rootOUT/secret", "cat /proc/PID/cmdline", "cat /proc/PID/environ", "cat NODE/key",
        "cat NODE/environment", "cat /etc/shadow", "ls OUT", "ls NODE", "ls NODE/records", "ls ROOT/../outside",
        "ls /root",
        "ls /run", "ls allOUT", "find OUT -name secret", "grep -r secret OUT", "head -n 1 OUT/secret",
        "sed -n p NODE/key", "awk {print} OUT/secret", "stat OUT/secret", "readlink /proc/PID/cwd",
        "readlink -e link", "realpath -e OUT/secret", "dd if=OUT/secret of=taken", "cp OUT/secret taken",
        "cp -L link taken", "tar -cf taken -C OUT secret", "sort link -o taken", "diff OUT/secret OUT/secret",
        "python3 -c open('OUT/secret').read()", "perl -e open(F,'<','OUT/secret')||exit(1)",
        "env -C OUT cat secret", "env -i cat OUT/secret", "xargs -a /dev/null cat OUT/secret",
        "timeout 5 cat OUT/secret", "nice cat OUT/secret", "setsid -w cat OUT/secret",
        // Changing it.
        "touch OUT/new", "touch ROOT/../outside/new", "touch allOUT/new", "touch NODE/records/new.md", "mkdir OUT/d",
        "cp /bin/true OUT/new", "tee OUT/new", "truncate -s 0 link", "truncate -s 0 OUT/secret", "rm OUT/secret",
        "rm allOUT/secret", "rmdir NODE/records", "mv OUT/secret taken", "mv NODE taken", "mv ROOT ROOT.old",
        "ln OUT/secret hard", "ln -L link hard", "ln -sfn ROOT NODE/records/new.md", "sed -i s/secret/x/ OUT/secret",
        "chmod 777 OUT", "chmod 666 link", "chown 65534 OUT/secret", "chown -R 65534 OUT", "chgrp 65534 link",
        "dd if=/dev/null of=OUT/secret", "install -m 600 /dev/null NODE/records/new.md",
        "find OUT -name secret -delete",
        "python3 -c open('OUT/new','w')", "sort /dev/null -o OUT/new", "split -n 2 /etc/passwd OUT/new",
        // Rights, processes and the machine.
        "unshare -Ur true", "unshare -m true", "unshare -n true", "unshare -p -f true", "nsenter -t PID -m true",
        "mount -t tmpfs none /tmp", "mount --bind /usr /tmp", "umount -l /proc", "chroot / true",
        "chroot ROOT/all true",
        "setpriv --reuid 1 --clear-groups true", "hostname taken", "mknod null c 1 3", "mknod ROOT/disk b 7 0",
        "chmod 4755 owned", "chmod 2755 owned", "env kill -0 PID", "renice -n 1 -p PID",
        "prlimit --pid PID", "taskset -p PID", "chrt -p PID", "ionice -p PID", "test -b /dev/vda -o -e /sys/kernel",
        "bwrap --ro-bind / / true",
    ]

    private static func words(_ command: String, in sandbox: Sandbox) -> [String] {
        let names = [
            ("ROOT", sandbox.root), ("OUT", sandbox.outside), ("NODE", sandbox.node), ("PID", "\(getpid())"),
        ]
        return command.split(separator: " ").map { word in
            names.reduce(String(word)) { $0.replacing($1.0, with: $1.1) }
        }
    }

    @Test(.enabled(if: geteuid() == 0), arguments: commands)
    func `outside a sandbox a program does what it is told to`(command: String) throws {
        let sandbox = try Sandbox()
        let quoted = Self.words(command, in: sandbox).map { "'\($0.replacing("'", with: "'\\''"))'" }
        let outcome = sandbox.runOutside(
            "cd $ROOT && : >owned && \(quoted.joined(separator: " ")) </dev/null && echo ESCAPED")
        #expect(outcome.contains("ESCAPED"), "\(outcome)")
    }

    @Test(arguments: commands) func `in a sandbox it fails, and nothing of others is seen or changed`(
        command: String
    ) throws {
        let sandbox = try Sandbox()
        try "".write(toFile: "\(sandbox.root)/owned", atomically: true, encoding: .utf8)
        let outcome = try sandbox.execute(Self.words(command, in: sandbox))
        #expect(outcome.status == .done && outcome.text.hasPrefix("[exit status "), "it has not run: \(outcome)")
        #expect(!outcome.text.hasPrefix("[exit status 0]"), "\(outcome)")
        #expect(!["the secret of others", "the key of the node"].contains(where: outcome.text.contains), "\(outcome)")
        #expect(sandbox.isOutsideIntact)
        #expect(access(sandbox.root, F_OK) == 0)
    }

    /// What a grant for `cat` alone does not run, whatever the words.
    @Test(
        arguments: [
            ["/bin/cat", "owned"], ["./cat", "owned"], ["../root/cat", "owned"], ["cat\u{0}", "owned"],
            ["CAT", "owned"],
            ["cat ", "owned"], [" cat", "owned"], ["cat\n", "owned"], ["sh", "-c", "cat owned"],
            ["env", "cat", "owned"],
            ["", "cat"], ["-c", "cat"], ["c\u{0430}t", "owned"], ["ca\u{301}t", "owned"],
        ])
    func `a program by another name is not the one that is granted`(words: [String]) throws {
        let sandbox = try Sandbox(), grant = Grant(.execute, [.root: [sandbox.root], .commands: ["cat"]])
        try "#!/bin/sh\necho ESCAPED\n".write(toFile: "\(sandbox.root)/cat", atomically: true, encoding: .utf8)
        chmod("\(sandbox.root)/cat", 0o755)
        let outcome = try sandbox.call(
            "proc_exec", ["command": .array(words.map(JSONValue.string))], capabilities: [grant])
        // What is no list of words that a program can have is not decided on.
        let isNone = words[0].isEmpty || words[0].contains("\u{0}")
        #expect(isNone ? outcome.status == .failed : outcome.denial == .scopeViolation, "\(outcome)")
    }

    /// A program of the agent's own under a name that is granted is not found: its directory is on no path.
    @Test func `what an agent puts into its directory is not run in a program's place`() throws {
        let sandbox = try Sandbox()
        let planted = "printf '#!/bin/sh\\necho ESCAPED\\n' >cat; chmod +x cat; cp cat $TMPDIR/cat; echo mine >owned"
        #expect(try sandbox.evaluate(planted).status == .done)
        #expect(try sandbox.execute(["cat", "owned"]) == ToolOutcome(.done, "[exit status 0]\nmine\n"))
    }

    @Test(arguments: ["OUT", "NODE", "ROOT/..", "..", "/", "all", "ROOT/link", "away", "allOUT", "/proc/self/cwd"])
    func `a program begins nowhere else`(directory: String) throws {
        let sandbox = try Sandbox()
        symlink(sandbox.outside, "\(sandbox.root)/away")
        let place = Self.words(directory, in: sandbox)[0]
        let outcome = try sandbox.call(
            "proc_exec", ["command": .array([.string("ls")]), "directory": .string(place)],
            capabilities: [Grant(.execute, [.root: [sandbox.root], .commands: ["ls"]])])
        #expect(!outcome.text.contains("secret") && !outcome.text.contains("key"), "\(outcome)")
        // The root that `all` leads to is the sandbox's own.
        let hasBegun = outcome.status == .done && outcome.text.hasPrefix("[exit status 0]")
        #expect(hasBegun == (directory == "all"), "\(outcome)")
    }
}
