import Glibc
import LinuxSystem
import Runtime
import Services
import Testing

/// eggheadd as a general supervisor of other people's programs.
@Suite(.serialized) struct TreeTests {
    /// Runs a tree and hands over the daemon and the lifecycle events so far.
    private func run(_ tree: String, _ body: (Command, _ events: () -> [ChildEvent]) throws -> Void) throws {
        let run = try TreeRun()
        try run.write(tree: tree)
        try run.start()
        try body(try #require(run.daemon)) { run.events }
        run.stop()
    }

    @Test func `start is in order, a death restarts what comes after, stop is in reverse`() throws {
        let tree = """
            id: r
            strategy: rest_for_one
            children:
              - {id: a, command: [sleep, "600"]}
              - {id: b, command: [sleep, "600"]}
              - {id: c, command: [sleep, "600"]}
            """
        try run(tree) { daemon, events in
            try #require(waits(for: 20) { events().contains { $0.event == .ready && $0.name == "r" } })
            let b = try #require(events().last { $0.name == "b" }?.pid)
            kill(b, SIGKILL)
            try #require(waits(for: 20) { events().filter { $0.event == .ready && $0.name == "c" }.count == 2 })
            kill(daemon.pid, SIGTERM)
            #expect(daemon.wait(seconds: 20).status == 0)
            #expect(
                TreeRun.sequence(events()) == ["+r", "+a", "+b", "+c", "-b", "-c", "+b", "+c", "-c", "-b", "-a", "-r"])
            let death = try #require(events().first { $0.event == .exited && $0.name == "b" })
            #expect(death.reason == ExitReport(kind: .signaled, signal: "SIGKILL", core: false))
        }
    }

    @Test(arguments: ["exit 1", "kill -SEGV $$", "exit 75"])
    func `a child that keeps dying makes the root give up with status 1`(script: String) throws {
        let tree = "{id: r, intensity: 2, period: 60s, children: [{id: a, command: [sh, -c, '\(script)']}]}"
        try run(tree) { daemon, events in
            #expect(daemon.wait(seconds: 30).status == 1)
            #expect(events().filter { $0.event == .started && $0.name == "a" }.count == 3)
            #expect(events().contains { $0.event == .gaveUp && $0.name == "r" })
        }
    }

    @Test func `a child that is deaf to SIGTERM is killed after its time, with its helpers`() throws {
        let tree = """
            {id: r, children: [{id: a, shutdown: 200ms, command: [sh, -c, "trap '' TERM; sleep 601 & sleep 602"]}]}
            """
        try run(tree) { daemon, events in
            try #require(waits(for: 20) { events().contains { $0.event == .ready && $0.name == "r" } })
            let group = try #require(events().first { $0.name == "a" }?.pid)
            kill(daemon.pid, SIGTERM)
            #expect(daemon.wait(seconds: 20).status == 0)
            #expect(kill(-group, 0) == -1 && errno == ESRCH)
            #expect(events().last { $0.name == "a" }?.reason == ExitReport(kind: .shutdown))
        }
    }

    @Test func `readiness is waited for, and a child says how it is`() throws {
        let python =
            "import os,socket,time;s=socket.socket(socket.AF_UNIX,socket.SOCK_DGRAM);"
            + "s.sendto(b'STATUS=warm\\\\nREADY=1',os.environ['NOTIFY_SOCKET']);time.sleep(600)"
        let tree = """
            id: r
            children:
              - {id: a, ready: notify, command: [\(Built.python), -c, "\(python)"]}
              - {id: b, command: [sleep, "600"]}
            """
        try run(tree) { _, events in
            try #require(waits(for: 30) { events().contains { $0.event == .ready && $0.name == "r" } })
            #expect(TreeRun.sequence(events()) == ["+r", "+a", "+b"])
        }
    }

    @Test func `a child that is never ready is a failed start, and the boot fails with status 1`() throws {
        let tree = "{id: r, children: [{id: a, ready: notify, start_timeout: 100ms, command: [sleep, '600']}]}"
        try run(tree) { daemon, events in
            #expect(daemon.wait(seconds: 30).status == 1)
            #expect(events().map(\.event) == [.started, .started, .startFailed, .exited])
        }
    }

    @Test func `a child that cannot be executed leaves nothing behind`() throws {
        let scratch = try Scratch()
        let file = scratch.newPath("yml"), home = scratch.path + "/home"
        try Files.replace(file, with: Array("{id: r, children: [{id: a, command: [/nowhere]}]}".utf8))
        let result = try Command(Built.directory + "/eggheadd", ["--home", home, "--tree", file], scratch: scratch)
            .wait(seconds: 30)
        #expect(result.status == 1)
        #expect(result.errors.contains("execve /nowhere: No such file or directory"))
        #expect(try Files.list(home + "/run/notify") == [])
    }

    @Test func `a child that writes without end stops neither the others nor the stop`() throws {
        let tree = """
            id: r
            children:
              - {id: a, command: [sh, -c, "yes >&2"]}
              - {id: b, command: [sleep, "600"]}
            """
        try run(tree) { daemon, events in
            try #require(waits(for: 20) { events().contains { $0.event == .ready && $0.name == "b" } })
            kill(try #require(events().last { $0.name == "b" }?.pid), SIGKILL)
            #expect(
                waits(for: 20) { events().contains { $0.event == .ready && $0.name == "b" && $0.incarnation == 2 } })
            kill(daemon.pid, SIGTERM)
            #expect(daemon.wait(seconds: 20).status == 0)
        }
    }

    @Test func `a restart that fails again and again does not keep a stop waiting`() throws {
        let scratch = try Scratch()
        let program = scratch.path + "/vanishing"
        try Files.replace(program, with: Array("#!/bin/sh\nrm \"$0\"\nsleep 600\n".utf8), mode: 0o755)
        chmod(program, 0o755)
        let tree = "{id: r, intensity: 1000000, period: 1s, children: [{id: a, command: [\(program)]}]}"
        try run(tree) { daemon, events in
            try #require(waits(for: 20) { (try? Files.status(program)) == nil && events().contains { $0.name == "a" } })
            kill(try #require(events().last { $0.name == "a" }?.pid), SIGKILL)
            try #require(waits(for: 20) { events().contains { $0.event == .startFailed } })
            kill(daemon.pid, SIGTERM)
            #expect(daemon.wait(seconds: 20).status == 0)
        }
    }

    @Test func `a child gets what the tree file says over what it inherits, and the length of its watchdog`() throws {
        let script = "[ $LANG = here ] && [ $WATCHDOG_USEC = 3600000000 ] && [ -S $NOTIFY_SOCKET ] && exec sleep 600"
        let tree = """
            id: r
            children:
              - {id: a, watchdog: 1h, restart: temporary, environment: {LANG: here}, command: [sh, -c, '\(script)']}
            """
        try run(tree) { daemon, events in
            try #require(waits(for: 20) { events().contains { $0.event == .ready && $0.name == "r" } })
            kill(daemon.pid, SIGTERM)
            #expect(daemon.wait(seconds: 20).status == 0)
            #expect(events().last { $0.name == "a" }?.reason == ExitReport(kind: .shutdown))
        }
    }

    @Test func `what eggheadd is told in its environment reaches no child that does not need it, and does not stay`()
        throws
    {
        let run = try TreeRun()
        try run.write(
            tree: "{id: r, children: [{id: a, environment: {OWN: here}, command: [sleep, '600']}]}")
        try run.startAndWait(environment: ["FAR_KEY": "s3cret-of-the-operator", "LC_TIME": "C.UTF-8", "TZ": "UTC"])
        let daemon = try #require(run.daemon).pid, child = try #require(run.pid(of: "a"))
        #expect(try !environment(of: daemon).contains("s3cret-of-the-operator"))
        let variables = try environment(of: child)
        #expect(!variables.contains("s3cret") && !variables.contains("FAR_KEY"))
        for entry in ["OWN=here", "LC_TIME=C.UTF-8", "TZ=UTC"] { #expect(variables.contains(entry), "\(entry)") }
        #expect(run.stop()?.status == 0)
    }

    @Test func `an API key of the environment is in the environment of no process`() throws {
        let node = try TestNode(
            model: nil,
            configuration: """
                providers:
                  far: {url: 'http://127.0.0.1:9/v1', key_environment: FAR_KEY, model: m}
                """)
        try node.start(environment: ["FAR_KEY": "s3cret-of-the-operator"])
        let pids = node.children.compactMap(\.pid)
        #expect(pids.count == 8, "eggheadd and seven children")
        for pid in pids {
            #expect(
                try !environment(of: pid).contains("s3cret"), "\(node.children.first { $0.pid == pid }?.name ?? "")")
        }
    }

    private func environment(of pid: pid_t) throws -> String {
        String(decoding: try Files.read("/proc/\(pid)/environ", limit: 1 << 20), as: UTF8.self)
    }

    @Test func `a wrong tree starts nothing`() throws {
        try run("{id: r, children: [{id: a, comand: [x]}]}") { daemon, events in
            #expect(daemon.wait(seconds: 30).status == 78)
            #expect(events() == [])
            #expect(daemon.errors.contains("children[0].comand: unknown key"))
        }
    }
}
