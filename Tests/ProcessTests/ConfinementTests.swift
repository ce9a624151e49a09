import Glibc
import LinuxSystem
import Services
import Testing

/// What the kernel refuses to the processes of a node, tried by a hostile program that is confined as they are
/// (`Tests/TestConfined`), alone and in an agent's place; and a real node that works under it.
@Suite(.serialized) struct ConfinementTests {
    /// What a hostile program can reach as long as this exists: sockets that listen, and a directory.
    private final class Surroundings {
        let scratch: Scratch
        let port: UInt16 = 28_471
        private let listeners: [SharedDescriptor]

        init() throws {
            let scratch = try Scratch(), path = scratch.path
            self.scratch = scratch
            listeners = [
                SharedDescriptor(try UnixSocket.bind(path + "/socket", .stream, mode: 0o666)),
                SharedDescriptor(try Self.abstract(path + "/abstract")),
                SharedDescriptor(try LoopbackSocket.listen(host: "127.0.0.1", port: port)),
            ]
        }

        private static func abstract(_ name: String) throws -> FileDescriptor {
            let raw = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
            var address = sockaddr_un()
            address.sun_family = sa_family_t(AF_UNIX)
            withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: [0] + Array(name.utf8)) }
            let length = socklen_t(MemoryLayout<sa_family_t>.size + 1 + name.utf8.count)
            let bound = withUnsafePointer(to: &address) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { bind(raw, $0, length) }
            }
            try #require(bound == 0 && listen(raw, 8) == 0)
            return FileDescriptor(owning: raw)
        }

        /// Lets a program make an attempt under a confinement.
        func outcome(_ attempt: String, _ confinement: String) throws -> Command.Result {
            try Command(
                Built.directory + "/test-confined", [confinement, scratch.path, attempt],
                environment: ["PORT": "\(port)", "SWIFT_BACKTRACE": "enable=no"], scratch: scratch
            ).wait()
        }
    }

    /// Each attempt, and what comes of it when nothing is confined: it is got, or fails because of what was asked and
    /// not because of who has asked. None of them is refused.
    static let attempts: [(name: String, free: String)] =
        [
            "read-passwd", "list-root", "list-directory", "create-file", "create-in-tmp", "read-by-own-root",
            "read-own-memory", "read-own-threads", "read-environment-of-peer", "read-memory-file-of-peer",
            "open-device", "look-at-file",
            "make-directory", "change-directory", "watch-files", "exec", "execveat", "program-in-memory", "fork",
            "executable-memory", "memory-made-executable", "bus-by-path", "abstract-socket", "tcp", "udp", "netlink",
            "packet", "socket-pair", "trace-peer", "compare-with-peer", "look-for-peer", "signal-peer",
            "signal-thread-of-peer", "hold-peer", "limits-of-peer", "priority-of-peer", "signals-on-behalf",
            "read-memory-of-peer", "userfaultfd", "keys", "unshare", "personality", "become-dumpable", "another-user",
            "another-session",
        ].map { ($0, "got it") }
        + [
            ("remove-file", "EFAULT"), ("make-link", "EFAULT"), ("make-device", "EFAULT"), ("change-root", "ENOENT"),
            ("open-by-handle", "EFAULT"), ("control-terminal", "ENOTTY"), ("clone3", "EINVAL"), ("thread", "EINVAL"),
            ("connect", "EBADF"), ("bind", "EBADF"), ("listen", "EBADF"), ("accept", "EBADF"),
            ("send-to-address", "EBADF"), ("send-message", "EBADF"), ("take-descriptor", "EBADF"),
            ("io-uring", "EFAULT"), ("bpf", "EINVAL"), ("perf-events", "EFAULT"), ("enter-namespace", "EBADF"),
            ("mount", "ENOENT"), ("unmount", "ENOENT"), ("set-clock", "EFAULT"), ("reboot", "EINVAL"),
            ("shared-memory", "ENOENT"),
        ].map { ($0, "failed: " + $1) }

    @Test func `there are at least 60 attempts, each of its own name`() {
        #expect(Self.attempts.count >= 60 && Set(Self.attempts.map(\.name)).count == Self.attempts.count)
    }

    /// Otherwise the attempts would show nothing.
    @Test(.enabled(if: geteuid() == 0)) func `without a confinement no attempt is refused`() throws {
        let surroundings = try Surroundings()
        for (name, free) in Self.attempts {
            let result = try surroundings.outcome(name, "none")
            #expect(result.output == free + "\n" && result.status == 0, "\(name): \(result)")
        }
    }

    @Test func `confined as an agent every attempt is refused`() throws {
        let surroundings = try Surroundings()
        for (name, _) in Self.attempts + [("call-of-the-future", "")] {
            let result = try surroundings.outcome(name, "agent")
            #expect(["failed: EPERM\n", "failed: ENOSYS\n"].contains(result.output), "\(name): \(result)")
            #expect(result.status == 0, "\(name): \(result)")
        }
    }

    /// The attempts that a coordinator must be able to make are those on its directory.
    @Test(arguments: ["coordinator", "store"])
    func `a process that keeps a directory has that one and nothing else`(confinement: String) throws {
        let surroundings = try Surroundings()
        for name in ["list-directory", "create-file", "make-directory"] {
            #expect(try surroundings.outcome(name, confinement).output == "got it\n", "\(name)")
        }
        for name in [
            "read-passwd", "list-root", "create-in-tmp", "read-by-own-root", "read-own-memory",
            "read-environment-of-peer", "read-memory-file-of-peer", "exec", "execveat", "fork", "bus-by-path",
            "abstract-socket", "tcp", "udp", "trace-peer", "look-for-peer", "signal-peer", "limits-of-peer", "bpf",
        ] {
            let output = try surroundings.outcome(name, confinement).output
            #expect(["failed: EPERM\n", "failed: EACCES\n"].contains(output), "\(name): \(output)")
        }
    }

    /// Dispatch ends a process that cannot see its threads in /proc, when work waits for a second.
    @Test func `the index sees its threads, and not the memory of others`() throws {
        let surroundings = try Surroundings()
        #expect(try surroundings.outcome("read-own-threads", "index").output == "got it\n")
        for name in ["read-memory-file-of-peer", "read-by-own-root", "read-passwd", "create-in-tmp", "trace-peer"] {
            let output = try surroundings.outcome(name, "index").output
            #expect(["failed: EPERM\n", "failed: EACCES\n"].contains(output), "\(name): \(output)")
        }
    }

    /// The environment of others is not among this: root, whom the tests may run as, reads it by another right.
    @Test func `the gateway reads, connects and writes in its directory, and no more`() throws {
        let surroundings = try Surroundings()
        for name in ["read-passwd", "list-root", "create-file", "bus-by-path", "tcp", "udp", "netlink", "socket-pair"] {
            #expect(try surroundings.outcome(name, "gateway").output == "got it\n", "\(name)")
        }
        for name in [
            "create-in-tmp", "read-memory-file-of-peer", "exec", "execveat", "fork",
            "abstract-socket", "packet", "listen", "accept", "trace-peer", "look-for-peer", "signal-peer", "keys",
            "become-dumpable", "unshare", "userfaultfd",
        ] {
            let output = try surroundings.outcome(name, "gateway").output
            #expect(
                ["failed: EPERM\n", "failed: EACCES\n", "failed: EAFNOSUPPORT\n"].contains(output), "\(name): \(output)"
            )
        }
    }

    @Test func `a sandbox's proxy connects, and has no files, programs or sockets that wait for strangers`() throws {
        let surroundings = try Surroundings()
        for name in ["tcp", "udp", "netlink"] {
            #expect(try surroundings.outcome(name, "proxy").output == "got it\n", "\(name)")
        }
        for name in [
            "read-passwd", "list-root", "create-file", "create-in-tmp", "read-memory-file-of-peer", "exec", "execveat",
            "fork", "abstract-socket", "packet", "listen", "trace-peer", "look-for-peer", "signal-peer", "keys",
            "become-dumpable", "unshare", "userfaultfd",
        ] {
            let output = try surroundings.outcome(name, "proxy").output
            #expect(
                ["failed: EPERM\n", "failed: EACCES\n", "failed: EAFNOSUPPORT\n"].contains(output), "\(name): \(output)"
            )
        }
    }

    @Test func `what runs in a sandbox changes its directory, temporary files and devices alone`() throws {
        let surroundings = try Surroundings()
        for name in ["create-file", "create-in-tmp", "open-device", "read-passwd", "exec", "fork", "tcp"] {
            #expect(try surroundings.outcome(name, "sandbox").output == "got it\n", "\(name)")
        }
        #expect(try surroundings.outcome("create-in-var", "none").output == "got it\n")
        #expect(try surroundings.outcome("create-in-var", "sandbox").output == "failed: EACCES\n")
    }

    /// The filter of system calls would refuse most of it first.
    @Test func `Landlock alone refuses files, TCP, abstract sockets, signals and programs`() throws {
        let surroundings = try Surroundings()
        #expect(try surroundings.outcome("create-file", "landlock").output == "got it\n")
        for name in [
            "read-passwd", "list-root", "create-in-tmp", "read-by-own-root", "read-environment-of-peer", "tcp",
            "abstract-socket", "signal-peer", "look-for-peer", "exec", "execveat",
        ] {
            let output = try surroundings.outcome(name, "landlock").output
            #expect(["failed: EPERM\n", "failed: EACCES\n"].contains(output), "\(name): \(output)")
        }
    }

    @Test(arguments: [("abort", SIGABRT), ("fault", SIGSEGV), ("broken-rule", SIGILL)])
    func `a confined process dies of its fault, as any other does`(fault: String, signal: CInt) throws {
        let surroundings = try Surroundings()
        for confinement in ["none", "agent", "store"] {
            let status = try surroundings.outcome(fault, confinement).status
            #expect(status == 128 + signal, "\(confinement): \(status)")
        }
    }

    @Test func `a confined process gets memory`() throws {
        #expect(try Surroundings().outcome("grow", "agent").output == "got it\n")
    }

    // MARK: In a node

    private static let agent = "---\nclass: agent\ntags: [x]\n---\nYou answer.\n"

    @Test func `a hostile program in an agent's place is refused whatever it tries, and the node goes on`() throws {
        let programs = try Programs(agent: Built.directory + "/test-confined")
        let node = try TestNode(records: ["evil.md": Self.agent])
        try node.start(programs: programs.path)
        try #require(waits(for: 60) { node.daemon?.errors.contains("agent:evil: notice attempts.made") ?? false })
        let lines = (node.daemon?.errors ?? "").split(separator: "\n")
            .filter { $0.hasPrefix("agent:evil: notice attempt ") }
        #expect(lines.count >= 60)
        for line in lines where !line.hasSuffix("\"failed: EPERM\"") && !line.hasSuffix("\"failed: ENOSYS\"") {
            #expect(line.contains("name=grow outcome=\"got it\""), "\(line)")
        }
        #expect(node.isReady)
        #expect(try node.egghead("get", "evil").status == 0)
        #expect(node.stop() == 0)
        #expect(node.processesLeft == [])
    }

    /// The processes of which some thread may make every system call.
    private func unfiltered(_ node: TestNode) -> Set<String> {
        var names: Set<String> = []
        for child in node.children {
            guard let pid = child.pid else { continue }
            for thread in (try? Files.list("/proc/\(pid)/task")) ?? [] {
                let isFiltered = pid_t(thread).flatMap { ProcessInformation.status("Seccomp", of: $0) } == "2"
                if !isFiltered { names.insert(child.name) }
            }
        }
        return names
    }

    @Test func `a node whose processes are confined works, also when each of them is killed`() throws {
        let node = try TestNode(records: ["scout.md": Self.agent])
        try node.start()
        #expect(unfiltered(node) == ["eggheadd"])
        let doctor = try node.egghead("doctor")
        #expect(doctor.status == 0, "\(doctor)")
        #expect(doctor.output.contains("egghead-agent: 15 of 15 attempts refused"), "\(doctor)")
        try work(node, "before")
        #expect(try node.egghead("reload").status == 0)
        for name in ["broker", "index", "store", "llm", "coordinator", "agent:scout", "toolbox"] { try node.kill(name) }
        #expect(unfiltered(node) == ["eggheadd"])
        try work(node, "after")
        let denied = (node.daemon?.errors ?? "").split(separator: "\n").filter {
            $0.contains("not permitted") || $0.contains("ermission denied") || $0.contains("confinement.")
        }
        #expect(denied == [])
        #expect(node.stop() == 0)
    }

    /// A person's day: talks, writes, moves and removes a note, searches, saves a room.
    private func work(_ node: TestNode, _ word: String) throws {
        let person = try Person(node)
        #expect(try node.egghead("chat", "@scout hello \(word)", "--wait").status == 0)
        let request = Store.Create.Request(
            request: word, id: RecordID("notes/\(word)"), fields: [:], body: "The word is \(word)x.\n")
        _ = try person.ask(Store.Create.self, request)
        #expect(try node.egghead("search", "\(word)x").output.contains("notes/\(word)"))
        for words in [
            ["mv", "notes/\(word)", "moved/\(word)"], ["rm", "moved/\(word)"], ["room", "save", "lobby"], ["rooms"],
            ["search", "--rooms", "hello"], ["usage"],
        ] {
            let result = try node.begin(words).wait()
            #expect(result.status == 0, "\(words): \(result)")
        }
    }
}
