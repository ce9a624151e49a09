import Glibc
import LinuxSystem
import Runtime
import Services
import Testing

/// Children and operators who do to eggheadd what they should not.
@Suite struct AbuseTests {
    init() { SignalDescriptor.ignorePipe() }

    /// A tree of one Python program, with keys besides.
    private func run(_ program: String, _ keys: String = "channel: true") throws -> TreeRun {
        let run = try TreeRun()
        let script = run.scratch.newPath("py")
        try Files.replace(script, with: Array(program.utf8))
        try run.write(tree: "id: r\nchildren:\n  - {id: c, command: [/usr/bin/python3, '\(script)'], \(keys)}\n")
        return run
    }

    private func control(_ run: TreeRun) throws -> SharedDescriptor {
        SharedDescriptor(try UnixSocket.connect(run.home + "/run/control.sock", .stream))
    }

    @Test func `operators who ask much and leave, or ask without end, take nobody with them`() throws {
        let run = try run("import time\nprint('x' * 600_000, flush=True)\ntime.sleep(600)\n")
        try run.startAndWait()
        #expect(waits(for: 30) { (try? run.egghead(["logs", "c"]).output.utf8.count).map { $0 > 200_000 } ?? false })
        for _ in 1...5 {
            let reader = try control(run)
            _ = "{\"operation\":\"logs\",\"name\":\"c\"}\n".withCString { write(reader.raw, $0, strlen($0)) }
            #expect(run.child("c")?.state == .ready)
            _ = consume reader
        }
        let asker = try control(run)
        let lines = "{\"operation\":\"restart\",\"name\":\"c\"}" + String(repeating: "\n", count: 60_000)
        _ = lines.withCString { write(asker.raw, $0, strlen($0)) }
        #expect(waits(for: 30) { run.child("c")?.state == .ready })
        #expect(try run.egghead(["restart", "c"]).status == 0)
        #expect(run.stop()?.status == 0)
    }

    @Test func `a child that closes its half of the channel is still supervised`() throws {
        let run = try run(
            """
            import os, socket, time
            channel = socket.socket(fileno=int(os.environ["EGGHEAD_CHANNEL"]))
            channel.shutdown(socket.SHUT_WR)
            time.sleep(600)
            """)
        try run.startAndWait()
        let daemon = try #require(run.daemon)
        for _ in 1...400 {
            kill(daemon.pid, SIGHUP)
            usleep(1_000)
        }
        let pid = try #require(run.pid(of: "c"))
        kill(pid, SIGKILL)
        #expect(waits(for: 30) { run.child("c")?.restarts == 1 })
        #expect(run.stop()?.status == 0)
    }

    @Test func `a stop does not wait behind a flood of notifications`() throws {
        let run = try run(
            """
            import os, socket
            notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
            notify.connect(os.environ["NOTIFY_SOCKET"])
            notify.send(b"READY=1")
            while True:
                notify.send(b"WATCHDOG=1\\nSTATUS=x\\n" * 150)
            """, "ready: notify")
        try run.startAndWait()
        #expect(waits(for: 30) { run.child("c")?.status == "x" })
        #expect(run.stop(seconds: 30)?.status == 0)
    }

    @Test func `a child has a session of its own, sockets that wait, and its own last words`() throws {
        let run = try TreeRun()
        let script = run.scratch.newPath("py"), report = run.scratch.newPath("report")
        let program = """
            import fcntl, os, sys, time
            flags = fcntl.fcntl(3, fcntl.F_GETFL) & os.O_NONBLOCK, fcntl.fcntl(2, fcntl.F_GETFL) & os.O_NONBLOCK
            with open("\(report)", "a") as report:
                print(os.getsid(0) == os.getpid(), *flags, file=report)
            for descriptor in (2, 3):
                fcntl.fcntl(descriptor, fcntl.F_SETFL, os.O_NONBLOCK)
            os.write(2, b"last \\x1b[31mwords")
            time.sleep(0.2)
            """
        try Files.replace(script, with: Array(program.utf8))
        let listen = "listen: [{path: '{run}/c.sock'}]"
        try run.write(
            tree: """
                id: r
                intensity: 2
                children:
                  - {id: c, command: [/usr/bin/python3, '\(script)'], \(listen)}
                """)
        try run.start()
        #expect(run.daemon?.wait(seconds: 60).status == 1)  // it has ended too often
        let lives = String(decoding: try Files.read(report, limit: 4_096), as: UTF8.self)
        #expect(lives == String(repeating: "True 0 0\n", count: 3))
        #expect(run.errors.split(separator: "\n").count { $0 == "c: last \\u{1b}[31mwords" } == 3, "\(run.errors)")
    }

    @Test func `no file gives way to a listening socket`() throws {
        let run = try TreeRun()
        let precious = run.scratch.newPath("txt")
        try Files.replace(precious, with: Array("precious".utf8))
        try run.write(tree: "id: r\nchildren:\n  - {id: c, command: [/bin/cat], listen: [{path: '\(precious)'}]}\n")
        try run.start()
        #expect(run.daemon?.wait(seconds: 60).status != 0)
        #expect(try Files.read(precious, limit: 64) == Array("precious".utf8))
    }

    @Test(.enabled(if: getuid() == 0))
    func `another user's child has that user's groups and home, and nobody else's notifications`() throws {
        let run = try TreeRun()
        let report = "/tmp/egghead-user-\(getpid())"
        defer { unlink(report) }
        let shell = "id -G > \(report); echo $HOME $USER $LOGNAME >> \(report); exec sleep 600"
        try run.write(
            tree: "id: r\nchildren:\n  - {id: c, command: [/bin/sh, -c, '\(shell)'], user: nobody, directory: /}\n")
        try run.startAndWait()
        #expect(waits(for: 30) { (try? Files.read(report, limit: 4_096).count { $0 == UInt8(ascii: "\n") }) == 2 })
        let told = String(decoding: try Files.read(report, limit: 4_096), as: UTF8.self).split(separator: "\n")
        let groups = try Command("/usr/bin/id", ["-G", "nobody"], scratch: run.scratch).wait().output
        #expect(told.first.map { $0 + "\n" } == groups[...])
        #expect(told.last == "/nonexistent nobody nobody")
        for name in try Files.list(run.home + "/run/notify") {
            var status = stat()
            stat(run.home + "/run/notify/" + name, &status)
            #expect(status.st_mode & 0o777 == 0o600 && status.st_uid == 65_534)
        }
    }
}
