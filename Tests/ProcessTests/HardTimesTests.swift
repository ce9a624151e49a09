import Glibc
import JSON
import LinuxSystem
import Services
import Testing

/// eggheadd where the machine, its children or its operator are at their worst.
@Suite(.serialized) struct HardTimesTests {
    private static let child = Built.directory + "/test-child"

    private func tree(_ text: String) throws -> TreeRun {
        let run = try TreeRun()
        try run.write(tree: text)
        return run
    }

    /// The descriptors that a process has open.
    private func descriptors(of pid: pid_t) throws -> Int { try Files.list("/proc/\(pid)/fd").count }

    @Test func `five hundred children are started, killed at once and stopped`() throws {
        let children = (1...500).map { "{id: c\($0), command: [\(Self.child), wait]}" }
        let run = try tree("{id: r, intensity: 1000, period: 1h, children: [\(children.joined(separator: ",\n"))]}")
        try run.startAndWait()
        for child in run.children { if child.kind == .worker, let pid = child.pid { Glibc.kill(pid, SIGKILL) } }
        #expect(waits(for: 60) { run.events.count { $0.event == .ready && $0.kind == .worker } == 1_000 })
        let pids = run.children.compactMap(\.pid).filter { $0 != run.daemon?.pid }
        #expect(pids.count == 500)
        #expect(run.stop()?.status == 0)
        #expect(pids.allSatisfy { ProcessState(of: $0).isGone })
    }

    @Test(.timeLimit(.minutes(5)))
    func `ten thousand restarts leave no zombie and no descriptor`() throws { try restart(10_000, options: []) }

    @Test(.timeLimit(.minutes(5)), TestCgroup.canBeMade)
    func `a thousand restarts in cgroups leave no zombie and no descriptor`() throws {
        let cgroup = try TestCgroup()
        try restart(1_000, options: cgroup.options)
    }

    private func restart(_ count: Int, options: [String]) throws {
        let run = try tree(
            """
            {id: r, intensity: 1000000, period: 1s, children: [
              {id: calm, command: [\(Self.child), wait]}, {id: a, command: [\(Self.child), exit, "0"]}]}
            """)
        try run.startAndWait(options)
        let daemon = try #require(run.daemon).pid
        let before = try descriptors(of: daemon)
        #expect(waits(for: 240) { (run.child("a")?.restarts ?? 0) >= count })
        #expect(try run.egghead(["child", "terminate", "a"]).output == "ok\n")
        #expect(try descriptors(of: daemon) <= before)
        let children = try Files.read("/proc/\(daemon)/task/\(daemon)/children", limit: 4_096)
        let pid = try #require(run.pid(of: "calm"))
        #expect(String(decoding: children, as: UTF8.self) == "\(pid) ")
    }

    @Test func `two that die together are handled in the order in which they were started`() throws {
        let names = ["index", "store", "feed"]
        let run = try tree(
            """
            {id: r, strategy: rest_for_one, children: [
              \(names.map { "{id: \($0), command: [\(Self.child), wait]}" }.joined(separator: ", "))]}
            """)
        try run.startAndWait()
        let pids = try names.map { try #require(run.pid(of: $0)) }, daemon = try #require(run.daemon).pid
        // All die while eggheadd does not look, the last first: the kernel reports them in this order.
        Glibc.kill(daemon, SIGSTOP)
        for pid in pids.reversed() {
            Glibc.kill(pid, SIGKILL)
            #expect(waits(for: 10) { ProcessState(of: pid).isZombie })
        }
        Glibc.kill(daemon, SIGCONT)
        #expect(waits(for: 30) { run.events.count { $0.event == .exited } >= 3 && run.isSettled })
        for name in names { #expect(run.events.count { $0.name == name && $0.event == .started } == 2, "\(name)") }
        #expect(run.children.first { $0.name == "r" }?.state == .ready)
    }

    @Test func `an operator is answered when children have taken all descriptors, and is told before`() throws {
        let run = try tree("{id: r, intensity: 1000, period: 1s, children: []}")
        try run.startAndWait(wrapper: ["/bin/sh", "-c", "ulimit -n 64; exec \"$@\"", "sh"])
        let words = try (1...40).map { number in
            let spec = "{\"id\": \"c\(number)\", \"command\": [\"\(Self.child)\", \"wait\"]}"
            return try run.egghead(["child", "add", "r", spec], seconds: 20).output
        }
        #expect(words.first == "ok\n" && words.last != "ok\n", "\(words)")
        let warning = try #require(run.errors.range(of: "descriptors.scarce open="), "\(run.errors)")
        let failure = try #require(run.errors.range(of: "Too many open files"), "\(run.errors)")
        #expect(warning.lowerBound < failure.lowerBound)
        #expect(run.errors[failure.upperBound...].contains("raise LimitNOFILE= of the unit, or ulimit -n"))
        #expect(try run.egghead(["ps", "--json"], seconds: 20).status == 0)
        // Connections that stay open do not take the last descriptors.
        let idle = (1...20).compactMap { _ in try? UnixSocket.connect(run.home + "/run/control.sock", .stream).release()
        }
        defer { idle.forEach { close($0) } }
        #expect(try run.egghead(["ps", "--json"], seconds: 20).status == 0)
    }

    @Test func `a deaf child does not keep its siblings waiting`() throws {
        let run = try tree(
            """
            {id: r, intensity: 1000, children: [
              {id: s, shutdown: infinity, intensity: 1000, children: [
                {id: deaf, shutdown: 1h, ready: notify, command: [\(Self.child), deaf, ready, wait]}]},
              {id: a, command: [\(Self.child), wait]}]}
            """)
        try run.startAndWait()
        let order = try Command(
            Built.directory + "/egghead", ["child", "terminate", "deaf", "--home", run.home], scratch: run.scratch)
        #expect(waits(for: 20) { run.child("deaf")?.state == .stopping })
        for life in 1...5 {
            Glibc.kill(try #require(run.pid(of: "a")), SIGKILL)
            #expect(waits(for: 20) { run.child("a")?.restarts == life && run.child("a")?.state == .ready })
        }
        #expect(run.child("deaf")?.state == .stopping)
        Glibc.kill(try #require(run.pid(of: "deaf")), SIGKILL)
        #expect(order.wait(seconds: 20).output == "ok\n")
    }

    @Test func `a stop overtakes a slow boot`() throws {
        let run = try tree(
            """
            {id: r, children: [
              {id: a, command: [\(Self.child), wait]},
              {id: slow, ready: notify, start_timeout: 1h, command: [\(Self.child), wait]},
              {id: never, command: [\(Self.child), wait]}]}
            """)
        try run.start()
        #expect(waits(for: 20) { run.child("slow")?.state == .starting && run.pid(of: "slow") != nil })
        #expect(run.stop()?.status == 0)
        #expect(run.sequence == ["+r", "+a", "-a", "-r"])
        #expect(!run.events.contains { $0.name == "never" })
    }

    @Test func `kill -9 of eggheadd leaves no direct child behind, and the next one cleans up`() throws {
        let scratch = try Scratch()
        let cgroup = TestCgroup.mount == nil ? nil : try TestCgroup()  // what is swept up differs
        let run = try tree(
            """
            {id: r, children: [
              {id: deaf, shutdown: 100ms, ready: notify,
               command: [\(Self.child), deaf, orphan, \(scratch.path)/pids, ready, wait]}]}
            """)
        let options = cgroup?.options ?? []
        try run.startAndWait(options)
        let pid = try #require(run.pid(of: "deaf"))
        Glibc.kill(try #require(run.daemon).pid, SIGKILL)
        #expect(waits(for: 20) { ProcessState(of: pid).letter.map { $0 == "Z" } ?? true })
        let orphan = try #require(
            pid_t(String(decoding: Files.read(scratch.path + "/pids", limit: 64).dropLast(), as: UTF8.self)))
        _ = run.daemon?.wait(seconds: 20)
        try run.start(options)
        #expect(waits(for: 20) { run.child("deaf")?.state == .ready })
        if cgroup != nil {
            #expect(waits(for: 20) { ProcessState(of: orphan).isGone })
        } else {
            Glibc.kill(orphan, SIGKILL)
        }
        #expect(run.stop()?.status == 0)
    }

    @Test(.enabled(if: getuid() == 0, "another user's limit is needed, and only root may become one"))
    func `a process limit is a failed start that names it`() throws {
        let scratch = try Scratch()
        chmod(scratch.path, 0o777)
        let file = scratch.path + "/tree.yml"
        try Files.replace(
            file, with: Array("{id: r, children: [{id: a, command: [/bin/sleep, '600']}]}".utf8))
        chmod(file, 0o644)
        let program = scratch.path + "/eggheadd"
        try Files.replace(program, with: Files.read(Built.directory + "/eggheadd", limit: 1 << 28), mode: 0o755)
        chmod(program, 0o755)
        let script =
            "exec prlimit --nproc=1 setpriv --reuid 54321 --clear-groups \(program) --home $0/home --tree \(file)"
        let result = try Command("/bin/sh", ["-c", script, scratch.path], scratch: scratch).wait(seconds: 30)
        #expect(result.status == 1)
        #expect(result.errors.contains("clone3 /bin/sleep: Resource temporarily unavailable"), "\(result)")
    }

    @Test func `a full disk costs the log and nothing else`() throws {
        let scratch = try Scratch()
        let file = scratch.newPath("yml")
        try Files.replace(
            file,
            with: Array("{id: r, intensity: 100, children: [{id: a, command: [\(Self.child), wait]}]}".utf8))
        let home = scratch.path + "/home"
        let script = "exec \(Built.directory)/eggheadd --home \(home) --tree \(file) --events /dev/full 2>/dev/full"
        let daemon = try Command("/bin/sh", ["-c", script], scratch: scratch)
        func child() -> ChildStatus? {
            let list = try? Command(
                Built.directory + "/egghead", ["ps", "--json", "--home", home], scratch: scratch
            ).wait(seconds: 20)
            let children = (list?.output).flatMap { try? JSON.decode([ChildStatus].self, from: Array($0.utf8)) }
            return children?.first { $0.name == "a" }
        }
        #expect(waits(for: 20) { child()?.state == .ready })
        Glibc.kill(try #require(child()?.pid), SIGKILL)
        #expect(waits(for: 20) { child()?.restarts == 1 && child()?.state == .ready })
        Glibc.kill(daemon.pid, SIGTERM)
        #expect(daemon.wait(seconds: 20).status == 0)
    }
}
