import Services
import Supervision
import Testing

/// One child's life: ready, stop, timers, and news that comes too late.
@Suite struct LifecycleTests {
    @Test func `a start is started, ready; a stop is exited with shutdown`() {
        var world = FakeWorld(SupervisorSpec(children: [.worker("a")]))
        world.play(.boot)
        world.play(.stop)
        #expect(
            world.events == [
                LifecycleEvent(.started, "root", .supervisor, 1),
                LifecycleEvent(.started, "a", .worker, 1, pid: 101),
                LifecycleEvent(.ready, "a", .worker, 1, pid: 101),
                LifecycleEvent(.ready, "root", .supervisor, 1),
                LifecycleEvent(.exited, "a", .worker, 1, pid: 101, reason: .shutdown),
                LifecycleEvent(.exited, "root", .supervisor, 1, reason: .shutdown),
            ])
        #expect(world.exitStatuses == [0])
    }

    @Test func `the name of a deleted child stays its supervisor's`() {
        let below = SupervisorSpec(children: [.worker("a")])
        var world = FakeWorld(
            SupervisorSpec(intensity: RestartIntensity(limit: 5), children: [ChildSpec(id: "s", .supervisor(below))]))
        world.play(.boot)
        #expect(world.order(.terminateChild("a")) == .ok)
        #expect(world.order(.deleteChild("a")) == .ok)
        let answer = world.order(.addChild(supervisor: "root", .worker("a")))
        #expect(answer == .failed("cannot add a: the name a belongs elsewhere in the tree"))
        #expect(world.order(.addChild(supervisor: "s", .worker("a"))) == .ok)
        #expect(world.order(.restart("s")) == .ok)
        #expect(world.state("a") == .ready)
    }

    @Test func `a worker without notifications is ready as soon as it runs`() {
        let spec = ChildSpec(id: "a", .worker(WorkerSpec(command: ["/bin/a"])))
        var world = FakeWorld(SupervisorSpec(children: [spec]))
        world.play(.boot)
        #expect(world.state("a") == .ready)
    }

    @Test(arguments: [
        (1, 0, "exit status 1 before it was ready"), (0, 1, "fork: resource temporarily unavailable"),
    ])
    func `a failed start ends in start_failed and in nothing else`(failing: Int, refused: Int, detail: String) {
        var world = FakeWorld(SupervisorSpec(children: [.worker("a")]))
        world.behave("a") {
            $0.failingStarts = failing
            $0.refusedSpawns = refused
        }
        world.play(.boot)
        let pid: Int32? = failing == 1 ? 101 : nil
        let ofChild = world.events.filter { $0.id == "a" && $0.kind != .started }
        #expect(
            ofChild == [LifecycleEvent(.startFailed, "a", .worker, 1, pid: pid, reason: .failedToStart(detail: detail))]
        )
        #expect(
            world.events.last
                == LifecycleEvent(.exited, "root", .supervisor, 1, reason: .failedToStart(detail: "a: \(detail)")))
        #expect(world.exitStatuses == [1])
    }

    @Test func `a worker that does not get ready in time has failed to start`() {
        var world = FakeWorld(SupervisorSpec(children: [.worker("a")]))
        world.behave("a") {
            $0.readyAfter = nil
            $0.stopsAfter = nil
        }
        world.play(.boot)
        world.pass(.milliseconds(89_999))
        #expect(world.signals == [])
        world.pass(.milliseconds(1))
        #expect(world.signals == ["SIGTERM a"])
        world.pass(.seconds(5))
        #expect(world.signals == ["SIGTERM a", "SIGKILL a"])
        #expect(
            world.tree.status(of: "a")?.lastExit == .failedToStart(detail: "not ready within 90.0 seconds"))
        #expect(world.exitStatuses == [1])
    }

    @Test(arguments: [
        (Shutdown.brutalKill, ["SIGKILL a"], Duration.zero as Duration?),
        (.timeout(.seconds(2)), ["SIGTERM a", "SIGKILL a"], .seconds(2)), (.infinity, ["SIGTERM a"], nil),
    ])
    func `a deaf child is killed when its shutdown says so`(shutdown: Shutdown, signals: [String], time: Duration?) {
        var world = FakeWorld(SupervisorSpec(children: [.worker("a", shutdown: shutdown)]))
        world.behave("a") { $0.stopsAfter = nil }
        world.play(.boot)
        world.play(.stop)
        world.pass(time ?? .seconds(100_000))
        #expect(world.signals == signals)
        #expect(world.exitStatuses == (time == nil ? [] : [0]))
    }

    @Test func `a stop from above interrupts a start, in the reverse order`() {
        var world = FakeWorld(SupervisorSpec(children: [.worker("a"), .worker("b"), .worker("c")]))
        world.behave("b") { $0.readyAfter = nil }
        world.play(.boot)
        #expect(world.state("b") == .starting)
        world.play(.stop)
        #expect(world.signals == ["SIGTERM b", "SIGTERM a"])
        #expect(world.tree.status(of: "b")?.lastExit == .shutdown)
        #expect(world.exitStatuses == [0])
        #expect(world.spawns.map(\.id) == ["a", "b"])
    }

    @Test func `a stop that comes before the process is made is carried out as soon as it is`() {
        var world = FakeWorld.ofThree(.oneForOne)
        world.tell(.exited("a", 1, .exited(code: 1)))
        world.tell(.stop)
        #expect(world.signals == [])
        world.settle()
        #expect(world.signals == ["SIGTERM a", "SIGTERM c", "SIGTERM b"])
        #expect(world.exitStatuses == [0])
        #expect(world.faults == [])
    }

    @Test func `a child that stops beating is aborted, then killed, and restarted for that reason`() {
        var world = FakeWorld(SupervisorSpec(children: [.worker("a", watchdog: .seconds(10))]))
        world.play(.boot)
        for _ in 0..<5 {
            world.pass(.seconds(9))
            world.tell(.beat("a", 1))
        }
        #expect(world.signals == [])
        world.behave("a") { $0.stopsAfter = nil }
        world.pass(.seconds(7))
        #expect(!world.tree.isSilent("a", at: world.now))
        world.pass(.seconds(1))
        #expect(world.tree.isSilent("a", at: world.now))
        world.pass(.seconds(7))
        #expect(world.signals == ["SIGABRT a", "SIGKILL a"])
        #expect(world.tree.status(of: "a")?.lastExit == .watchdog)
        #expect(world.tree.status(of: "a")?.incarnation == 2)
    }

    @Test func `a supervisor with a shutdown time is killed with everything under it`() {
        let inner = ChildSpec(
            id: "inner",
            .supervisor(
                SupervisorSpec(children: [.worker("a", shutdown: .infinity), .worker("b", shutdown: .infinity)])),
            shutdown: .timeout(.seconds(3)))
        var world = FakeWorld(SupervisorSpec(children: [inner]))
        for child in ["a", "b"] as [ChildID] { world.behave(child) { $0.stopsAfter = nil } }
        world.play(.boot)
        world.play(.stop)
        #expect(world.signals == ["SIGTERM b"])
        world.pass(.seconds(3))
        #expect(world.signals == ["SIGTERM b", "SIGKILL a", "SIGKILL b"])
        #expect(world.exitStatuses == [0])
    }

    @Test func `news of an old incarnation is dropped and counted`() {
        var world = FakeWorld.ofThree(.oneForOne)
        world.die("a")
        let before = world.tree.statuses
        world.play(.exited("a", 1, .exited(code: 1)))
        world.play(.ready("a", 1))
        world.play(.status("a", 1, "late"))
        world.play(.exited("nobody", 1, .exited(code: 1)))
        #expect(world.tree.droppedNews == 4)
        #expect(world.tree.statuses == before)
    }

    @Test func `a child's own words are in its status until it ends`() {
        var world = FakeWorld.ofThree(.oneForOne)
        world.play(.status("a", 1, "thinking"))
        #expect(
            world.tree.status(of: "a")
                == NodeStatus(
                    id: "a", kind: .worker, parent: "root", incarnation: 1, pid: 101, state: .ready, restarts: 0,
                    since: .zero, status: "thinking", lastExit: nil, digest: nil))
        world.pass(.seconds(3))
        world.die("a", .oomKilled)
        var causes = RestartCounts()
        causes.add(.crash)
        #expect(
            world.tree.status(of: "a")
                == NodeStatus(
                    id: "a", kind: .worker, parent: "root", incarnation: 2, pid: 104, state: .ready, restarts: 1,
                    restartCauses: causes, since: .seconds(3), status: nil, lastExit: .oomKilled, digest: nil))
    }

    @Test func `orders to a supervisor wait until it has finished what it does`() {
        var world = FakeWorld.ofThree(.oneForOne)
        world.behave("a") { $0.readyAfter = .seconds(1) }
        world.end("a", .exited(code: 1))
        world.tell(.wakeUp)
        world.pass(.zero)
        let terminate = world.give(.terminateChild("b"))
        let restart = world.give(.restartChild("b"))
        world.pass(.milliseconds(999))
        #expect(world.answers.isEmpty)
        world.settle()
        #expect(world.answers.map(\.token) == [terminate, restart])
        #expect(world.answers.map(\.answer) == [.ok, .ok])
    }
}
