import Glibc
import LinuxSystem
import Runtime
import Services
import Testing

/// How real processes end, and that nothing is left of them.
@Suite(.serialized) struct ChildEndTests {
    private static let child = Built.directory + "/test-child"

    /// A worker in a tree file.
    private func worker(_ id: String, _ actions: String..., keys: String = "") -> String {
        let command = ([Self.child] + actions).map { "\"\($0)\"" }.joined(separator: ", ")
        return "{id: \(id), command: [\(command)]\(keys.isEmpty ? "" : ", " + keys)}"
    }

    private func tree(_ children: [String], keys: String = "") throws -> TreeRun {
        let run = try TreeRun()
        let own = keys.isEmpty ? "" : "\(keys), "
        try run.write(tree: "{id: r, \(own)children: [\(children.joined(separator: ",\n"))]}")
        return run
    }

    private func reason(_ name: String, _ run: TreeRun) -> ExitReport? {
        run.events.last { $0.name == name && $0.event == .exited }?.reason
    }

    @Test func `every exit status is told as it is`() throws {
        let run = try tree((0...255).map { worker("c\($0)", "exit", "\($0)", keys: "restart: temporary") })
        try run.startAndWait()
        #expect(waits(for: 60) { run.events.count { $0.event == .exited } == 256 })
        for code in 0...255 { #expect(reason("c\(code)", run) == ExitReport(kind: .exited, code: code)) }
    }

    @Test func `every signal that ends a process is named`() throws {
        // Those that stop, continue or do nothing, and the two that glibc keeps for itself, end nobody.
        let harmless: Set<Int32> = [SIGCHLD, SIGCONT, SIGSTOP, SIGTSTP, SIGTTIN, SIGTTOU, SIGURG, SIGWINCH, 32, 33]
        let signals = (1...64).filter { !harmless.contains($0) }
        let run = try tree(signals.map { worker("s\($0)", "raise", "\($0)", keys: "restart: temporary") })
        try run.startAndWait()
        #expect(waits(for: 60) { run.events.count { $0.event == .exited } == signals.count })
        for number in signals {
            let told = try #require(reason("s\(number)", run))
            #expect(told.kind == .signaled && told.core == false)
            let name = number == SIGPOLL ? "SIGIO" : LinuxSystem.Signal(number: number).description
            if number < 32 { #expect(told.signal == name) }
        }
    }

    @Test func `a child that hangs is aborted, also one that is stopped`() throws {
        let keys = "ready: notify, watchdog: 2s, shutdown: 200ms"
        let run = try tree(
            [
                worker("beats", "ready", "beat", "50", keys: keys), worker("hangs", "ready", "wait", keys: keys),
                worker("stopped", "ready", "beat", "50", keys: keys),
            ], keys: "intensity: 1000000")
        try run.startAndWait()
        Glibc.kill(try #require(run.pid(of: "stopped")), SIGSTOP)
        #expect(waits(for: 30) { reason("hangs", run) != nil && reason("stopped", run) != nil })
        #expect(reason("hangs", run) == ExitReport(kind: .watchdog))
        #expect(reason("stopped", run) == ExitReport(kind: .watchdog))
        #expect(reason("beats", run) == nil)
    }

    @Test func `our own processes beat, and one that hangs is replaced`() throws {
        let keys = "channel: true, ready: notify, watchdog: 2s, shutdown: 200ms"
        let run = try tree(["{id: broker, command: [egghead-broker], listen: [{path: \"{run}/b.sock\"}], \(keys)}"])
        try run.startAndWait()
        let pid = try #require(run.pid(of: "broker"))
        // More than twice as long as silence would be taken for life.
        let clock = try Command("/bin/sleep", ["5"], scratch: run.scratch)
        _ = clock.wait(seconds: 60)
        #expect(run.pid(of: "broker") == pid)
        Glibc.kill(pid, SIGSTOP)
        #expect(waits(for: 30) { run.child("broker")?.restarts == 1 && run.child("broker")?.state == .ready })
        #expect(reason("broker", run) == ExitReport(kind: .watchdog))
    }

    @Test func `who crashes too often or cannot work is set aside, and comes back when somebody says so`() throws {
        let run = try TreeRun()
        let failures = run.scratch.newPath("failures")
        try Files.replace(failures, with: Array("1000\n".utf8))
        try run.write(
            tree: """
                id: r
                children:
                  - id: d
                    strategy: dynamic
                    statuses: egghead
                    quarantine: {intensity: 2, period: 1h}
                    backoff: {from: 1ms, to: 2ms}
                    children:
                      - \(worker("crashes", "fail", failures, "wait"))
                      - \(worker("wrong", "exit", "78"))
                      - \(worker("calm", "wait"))
                """)
        try run.startAndWait()
        #expect(
            waits(for: 30) {
                run.child("crashes")?.state == .quarantined && run.child("wrong")?.state == .misconfigured
            })
        #expect(run.child("crashes")?.lastExit == ExitReport(kind: .exited, code: 1))
        #expect(run.child("calm")?.restarts == 0)
        try Files.replace(failures, with: Array("0\n".utf8))
        #expect(try run.egghead(["restart", "crashes"]).status == 0)
        #expect(run.child("crashes")?.state == .ready)
        #expect(try run.egghead(["stop", "calm"]).status == 0)
        #expect(run.child("calm")?.state == .stopped)
        #expect(try run.egghead(["start", "calm"]).status == 0)
        #expect(run.child("calm")?.state == .ready)
        #expect(try run.egghead(["signal", "nobody", "HUP"]).status == 1)
        #expect(try run.egghead(["signal", "calm", "SIGNOTHING"]).status == 64)
    }

    @Test func `a stopped child hears of the stop`() throws {
        let run = try tree([worker("a", "ready", "wait", keys: "ready: notify, shutdown: infinity")])
        try run.startAndWait()
        Glibc.kill(try #require(run.pid(of: "a")), SIGSTOP)
        #expect(run.stop()?.status == 0)
    }

    @Test func `what a child leaves behind ends with it, also in a session of its own`() throws {
        try endWithOrphans(options: [])
    }

    @Test(TestCgroup.canBeMade)
    func `what a child leaves behind in its cgroup ends with it, also in a session of its own`() throws {
        let cgroup = try TestCgroup()
        try endWithOrphans(options: cgroup.options)
        #expect(cgroup.isGone)
    }

    private func endWithOrphans(options: [String]) throws {
        let scratch = try Scratch(), orphans = scratch.newPath("pids")
        let run = try tree(
            [
                worker("a", "orphan", orphans, "bomb", "20", "ready", "wait", keys: "ready: notify"),
                worker("b", "orphan", scratch.newPath("pids"), "ready", "wait", keys: "ready: notify"),
            ])
        try run.startAndWait(options)
        let orphan = try #require(pids(in: orphans).first)
        let other = try #require(pids(in: "\(scratch.path)/2.pids").first)
        Glibc.kill(try #require(run.pid(of: "a")), SIGKILL)
        #expect(waits(for: 30) { ProcessState(of: orphan).isGone })
        #expect(!ProcessState(of: other).isGone)
        #expect(waits(for: 30) { run.child("a")?.state == .ready && pids(in: orphans).count == 2 })
        #expect(run.stop()?.status == 0)
        #expect((pids(in: orphans) + [other]).allSatisfy { ProcessState(of: $0).isGone })
    }

    private func pids(in file: String) -> [pid_t] {
        let bytes = (try? Files.read(file, limit: 65_536)) ?? []
        return String(decoding: bytes, as: UTF8.self).split(separator: "\n").compactMap { pid_t($0) }
    }

    @Test(TestCgroup.canBeMade) func `a fork bomb ends with its child before the successor begins`() throws {
        let cgroup = try TestCgroup()
        let run = try tree([worker("a", "bomb", "200", "ready", "wait", keys: "ready: notify")])
        try run.startAndWait(cgroup.options)
        #expect(cgroup.processes(of: "a").count == 201)
        Glibc.kill(try #require(run.pid(of: "a")), SIGKILL)
        #expect(waits(for: 30) { run.child("a")?.restarts == 1 && run.isSettled })
        #expect(cgroup.processes(of: "a").count == 201)
        #expect(run.stop()?.status == 0)
        #expect(cgroup.isGone)
    }

    @Test func `a limit without a controller is told, and the child runs`() throws {
        let run = try tree([worker("a", "ready", "wait", keys: "ready: notify, limits: {memory: 64M}")])
        try run.startAndWait()
        #expect(run.errors.contains("limit.unenforced child=a"))
    }

    @Test(TestCgroup.canBeMade) func `nobody but the child and its helpers in the cgroup is heard`() throws {
        let cgroup = try TestCgroup()
        try onlyItsOwnAreHeard(options: cgroup.options)
    }

    @Test func `nobody but the child and its helpers is heard without cgroups`() throws {
        try onlyItsOwnAreHeard(options: [])
    }

    private func onlyItsOwnAreHeard(options: [String]) throws {
        let keys = "ready: notify, start_timeout: 60s"
        let theirs = ["helper", "gone", "deputy"]
        let run = try tree(theirs.map { worker($0, $0, "wait", keys: keys) } + [worker("b", "wait", keys: keys)])
        try run.start(options)
        #expect(waits(for: 30) { theirs.allSatisfy { run.child($0)?.state == .ready } && run.child("b")?.pid != nil })
        let pid = try #require(run.pid(of: "b"))
        let path = try #require(ProcessInformation.variable("NOTIFY_SOCKET", of: pid))
        let stranger = try UnixSocket.connect(path, .datagrams)
        _ = try UnixSocket.send(Array("READY=1\nSTATUS=forged".utf8), on: stranger.raw)
        // The order's answer comes after the forged message has been looked at.
        #expect(try run.egghead(["signal", "helper", "CONT"]).status == 0)
        #expect(run.child("b")?.state == .starting)
        #expect(run.child("b")?.status == nil)
        let refusal = "notification.refused child=b count=1 reason=\"process \(getpid()) is not one of b\""
        #expect(run.errors.contains(refusal), "\(run.errors)")
    }

    @Test func `what a child says in the instant of its end is heard before its end`() throws {
        let run = try tree(
            [worker("a", "ready", "say", "STATUS=bye", "exit", "7", keys: "ready: notify, restart: temporary")])
        try run.startAndWait()
        #expect(waits(for: 30) { reason("a", run) != nil })
        let events = run.events.filter { $0.name == "a" }
        #expect(events.map(\.event) == [.started, .ready, .exited])
        #expect(events.last?.reason == ExitReport(kind: .exited, code: 7))
    }
}

/// A cgroup of version 2 for one test.
final class TestCgroup {
    private let cgroup: Cgroup

    /// Where cgroups of version 2 are, if this user may make some.
    static let mount: Cgroup? = {
        let mount = ["/sys/fs/cgroup", "/sys/fs/cgroup/unified"].map { Cgroup(path: $0) }.first { $0.isUnified }
        return mount.flatMap { access($0.path + "/cgroup.procs", W_OK) == 0 ? $0 : nil }
    }()

    /// For tests that prove nothing elsewhere, and are skipped there.
    static let canBeMade = ConditionTrait.enabled(
        if: mount != nil, "no cgroup of version 2 is mounted in which this user may make others")

    /// The name of one that eggheadd is to make.
    init() throws {
        cgroup = try #require(Self.mount).child("egghead-test-\(getpid())-\(Clock.monotonic().nanoseconds)")
    }

    /// What tells eggheadd to use it.
    var options: [String] { ["--cgroup", cgroup.path] }

    /// The processes in a child's cgroup.
    func processes(of child: String) -> [pid_t] { cgroup.child(Cgroup.name(for: child)).processes }

    /// Whether nothing of it is left.
    var isGone: Bool { access(cgroup.path, F_OK) != 0 }

    deinit {
        cgroup.children.forEach {
            $0.kill()
            $0.remove()
        }
        cgroup.remove()
    }
}
