import Supervision
import Testing

/// Strategy `dynamic`, and what it has that OTP has not: back-off, quarantine, statuses, declared sets.
@Suite struct DynamicTests {
    @Test func `children start and stop concurrently`() {
        var world = FakeWorld.ofAgents()
        for id in ["agent:a", "agent:b", "agent:c"] as [ChildID] {
            world.behave(id) {
                $0.readyAfter = .seconds(2)
                $0.stopsAfter = .seconds(3)
            }
        }
        world.declare(["a": "1", "b": "1", "c": "1"])
        #expect(world.now == .seconds(2))
        world.play(.stop)
        #expect(world.now == .seconds(5))
        #expect(world.exitStatuses == [0])
    }

    @Test func `a declaration under the name of a deleted child is that child after a restart`() {
        let agents = SupervisorSpec(
            strategy: .dynamic, children: [.worker("agent:index")], template: .worker("agent:{id}"))
        var world = FakeWorld(SupervisorSpec(children: [ChildSpec(id: "agents", .supervisor(agents))]))
        world.play(.boot)
        world.order(.terminateChild("agent:index"))
        world.order(.deleteChild("agent:index"))
        world.play(.declare("agents", [Declaration(id: "index", digest: "1")]))
        world.order(.restart("agents"))
        #expect(world.tree.statuses.map(\.id) == ["root", "agents", "agent:index"])
        #expect(world.state("agent:index") == .ready)
    }

    @Test func `a template gives a declared child its command`() {
        let template = ChildSpec(
            id: "agent:{id}",
            .worker(
                WorkerSpec(command: ["egghead-agent", "{id}"], environment: [EnvironmentVariable("WHO", "<{id}>")])))
        let spec = ChildSpec(
            id: "agent:team/scout",
            .worker(
                WorkerSpec(
                    command: ["egghead-agent", "team/scout"], environment: [EnvironmentVariable("WHO", "<team/scout>")])
            ))
        #expect(template.instance(for: "team/scout") == spec)
    }

    @Test func `a failed start is retried with back-off and stops nobody else`() {
        var world = FakeWorld.ofAgents()
        world.behave("agent:a") { $0.failingStarts = 6 }
        world.declare(["a": "1", "b": "1"])
        #expect(world.state("agent:a") == .backoff)
        #expect(world.state("agent:b") == .ready)
        world.pass(.seconds(60))
        #expect(world.state("agent:a") == .ready)
        #expect(world.spawns.filter { $0.id == "agent:a" }.count == 7)
        #expect(world.tree.status(of: "agents")?.incarnation == 1)
    }

    @Test func `without quarantine a child that crashes too often takes its supervisor with it`() {
        var world = FakeWorld.ofAgents()
        world.declare(["a": "1", "b": "1"])
        for _ in 0..<4 { world.die("agent:a") }
        #expect(world.tree.status(of: "agents")?.incarnation == 2)
        #expect(world.state("agent:a") == .ready)
        #expect(world.state("agent:b") == .ready)
    }

    @Test func `a child that exceeds its own intensity is quarantined, and its siblings go on`() {
        var world = FakeWorld.ofAgents(quarantine: RestartIntensity(limit: 2, period: .seconds(10)))
        world.declare(["a": "1", "b": "1"])
        for _ in 0..<3 { world.die("agent:a", .exited(code: 9)) }
        #expect(world.state("agent:a") == .quarantined)
        #expect(
            world.events.last == LifecycleEvent(.gaveUp, "agent:a", .worker, 3, pid: 105, reason: .exited(code: 9)))
        #expect(world.tree.status(of: "agent:b")?.incarnation == 1)
        world.die("llm")
        #expect(world.state("agent:a") == .quarantined, "also when its supervisor has restarted")
        #expect(world.tree.status(of: "agent:b")?.incarnation == 2)
    }

    @Test(arguments: [true, false])
    func `a new digest or an operator's restart ends quarantine`(byDigest: Bool) {
        var world = FakeWorld.ofAgents(quarantine: RestartIntensity(limit: 0))
        world.declare(["a": "1"])
        world.die("agent:a")
        world.declare(["a": "1"])
        #expect(world.state("agent:a") == .quarantined)
        if byDigest { world.declare(["a": "2"]) } else { #expect(world.order(.restart("agent:a")) == .ok) }
        #expect(world.state("agent:a") == .ready)
    }

    @Test(arguments: [
        (0, NodeStatus.State.ready), (75, .backoff), (78, .misconfigured), (80, .ready), (1, .quarantined),
    ])
    func `under statuses egghead an exit status has a meaning`(status: Int, state: NodeStatus.State) {
        var world = FakeWorld.ofAgents(
            quarantine: RestartIntensity(limit: status == 0 ? 1 : 0), statuses: .egghead)
        world.declare(["a": "1"])
        world.die("agent:a", .exited(code: status))
        #expect(world.state("agent:a") == state)
    }

    @Test(arguments: [(Restart.temporary, 75), (.temporary, 80), (.transient, 0)])
    func `no status brings back a child whose restart type forbids it`(restart: Restart, status: Int) {
        var world = FakeWorld.ofAgents(statuses: .egghead, restart: restart)
        world.declare(["a": "1"])
        world.die("agent:a", .exited(code: status))
        world.pass(.seconds(100))
        #expect(world.state("agent:a") == .stopped)
    }

    @Test func `hand-offs are not counted, unless there are too many without a completed turn`() {
        var world = FakeWorld.ofAgents(
            quarantine: RestartIntensity(limit: 0, period: .seconds(60)), statuses: .egghead)
        world.declare(["a": "1"])
        for incarnation in 1...10 {
            world.tell(.progressed("agent:a", Incarnation(incarnation)))
            world.die("agent:a", .exited(code: 80))
        }
        #expect(world.state("agent:a") == .ready)
        for _ in 0..<2 { world.die("agent:a", .exited(code: 80)) }
        #expect(world.state("agent:a") == .ready)
        world.die("agent:a", .exited(code: 80))
        #expect(world.state("agent:a") == .quarantined)
    }

    @Test func `a misconfigured child stays down until its digest changes`() {
        var world = FakeWorld.ofAgents(statuses: .egghead)
        world.behave("agent:a") {
            $0.failingStarts = 1
            $0.failingStatus = 78
        }
        world.declare(["a": "1"])
        world.pass(.seconds(1_000))
        #expect(world.state("agent:a") == .misconfigured)
        world.declare(["a": "1"])
        #expect(world.state("agent:a") == .misconfigured)
        world.declare(["a": "2"])
        #expect(world.state("agent:a") == .ready)
    }

    @Test func `an added child that fails to start is answered and forgotten`() {
        var world = FakeWorld.ofAgents()
        world.behave("x") { $0.failingStarts = 1 }
        let answer = world.order(.addChild(supervisor: "agents", .worker("x")))
        #expect(answer == .failed("cannot start x: exit status 1 before it was ready"))
        #expect(world.tree.status(of: "x") == nil)
        #expect(world.order(.addChild(supervisor: "agents", .worker("x"))) == .ok)
        #expect(world.order(.addChild(supervisor: "agents", .worker("x"))) == .alreadyStarted)
        #expect(world.order(.deleteChild("x")) == .running)
        #expect(world.order(.terminateChild("x")) == .ok)
        #expect(world.order(.restartChild("x")) == .notFound)
    }
}

/// The declared set of a dynamic supervisor.
@Suite struct DeclarationTests {
    @Test func `what is missing starts, what has gone stops, what stays is left alone`() {
        var world = FakeWorld.ofAgents()
        world.declare(["a": "1", "b": "1"])
        let before = world.events.count
        world.declare(["b": "1", "c": "1"])
        #expect(world.sequence(since: before) == ["+agent:c", "-agent:a"])
        #expect(world.tree.status(of: "agent:a") == nil)
        #expect(world.tree.status(of: "agent:b")?.incarnation == 1)
    }

    @Test func `a new digest replaces a child when it has finished its turns`() {
        var world = FakeWorld.ofAgents()
        world.behave("agent:a") { $0.drainsAfter = .seconds(60) }
        world.declare(["a": "1"])
        world.tell(.declare("agents", [Declaration(id: "a", digest: "2")]))
        #expect(world.state("agent:a") == .stopping)
        #expect(world.tree.status(of: "agent:a")?.digest == "1")
        world.settle()
        #expect(world.signals == ["SIGHUP agent:a"])
        #expect(world.process("agent:a")?.digest == "2")
        #expect(world.tree.status(of: "agent:a")?.lastExit == .shutdown)
        #expect(world.now == .seconds(60))
    }

    @Test func `a child that does not finish its turns in time is stopped as usual`() {
        var world = FakeWorld.ofAgents()
        world.behave("agent:a") {
            $0.drainsAfter = nil
            $0.stopsAfter = nil
        }
        world.declare(["a": "1"])
        world.declare(["a": "2"])
        world.pass(.seconds(600))
        #expect(world.signals == ["SIGHUP agent:a", "SIGTERM agent:a"])
        world.pass(.seconds(5))
        #expect(world.signals == ["SIGHUP agent:a", "SIGTERM agent:a", "SIGKILL agent:a"])
        #expect(world.process("agent:a")?.digest == "2")
    }

    @Test func `the declared set comes back when its supervisor has restarted`() {
        var world = FakeWorld.ofAgents()
        world.declare(["a": "1", "b": "1"])
        let before = world.events.count
        world.die("llm")
        #expect(
            world.sequence(since: before)
                == ["-llm", "-agent:a", "-agent:b", "-agents", "+llm", "+agents", "+agent:a", "+agent:b"])
    }

    @Test func `a set that is declared while its supervisor is down is taken when it starts`() {
        var world = FakeWorld.ofAgents()
        world.behave("llm") { $0.readyAfter = .seconds(1) }
        world.end("llm", .exited(code: 1))
        world.pass(.zero)
        world.declare(["a": "1"])
        #expect(world.state("agent:a") == .ready)
        #expect(world.faults == [])
    }

    @Test func `an operator's stop holds until a start or a new digest`() {
        var world = FakeWorld.ofAgents()
        world.declare(["a": "1", "b": "1"])
        #expect(world.order(.stop("agent:a")) == .ok)
        #expect(world.order(.stop("agent:b")) == .ok)
        world.declare(["a": "1", "b": "1"])
        world.die("llm")
        #expect(world.state("agent:a") == .stopped)
        world.declare(["a": "2", "b": "1"])
        #expect(world.state("agent:a") == .ready)
        #expect(world.order(.start("agent:b")) == .ok)
        #expect(world.order(.start("agent:b")) == .running)
        #expect(world.state("agent:b") == .ready)
    }

    @Test func `a stop holds also when the declaration goes and comes back, until it has a new digest`() {
        var world = FakeWorld.ofAgents()
        world.declare(["a": "1", "b": "1"])
        #expect(world.order(.stop("agent:a")) == .ok)
        world.declare(["b": "2"])
        #expect(world.tree.status(of: "agent:a") == nil)
        world.declare(["a": "1", "b": "1"])
        #expect(world.state("agent:a") == .stopped)
        #expect(world.tree.status(of: "agent:a")?.isHeld == true)
        #expect(world.order(.start("agent:a")) == .ok)
        #expect(world.state("agent:a") == .ready)
        world.declare(["b": "1"])
        world.declare(["a": "1", "b": "1"])
        #expect(world.state("agent:a") == .ready, "the start has ended the hold")
        #expect(world.order(.stop("agent:a")) == .ok)
        world.declare(["b": "1"])
        world.declare(["a": "2", "b": "1"])
        #expect(world.state("agent:a") == .ready)
    }

    @Test func `a process is born with the limits of its declaration, and a new digest brings new ones`() {
        var world = FakeWorld.ofAgents(children: [.worker("agent:index")])
        func limits(_ id: ChildID) -> WorkerSpec.Limits? { world.specs[id]?.limits }
        let small = WorkerSpec.Limits(memoryBytes: 1 << 28, tasks: 64), large = WorkerSpec.Limits(memoryBytes: 1 << 30)
        world.play(
            .declare(
                "agents",
                [
                    Declaration(id: "a", digest: "1", limits: small), Declaration(id: "b", digest: "1"),
                    Declaration(id: "index", digest: "1", limits: small),
                ]))
        #expect(limits("agent:a") == small)
        #expect(limits("agent:b") == WorkerSpec.Limits())
        #expect(limits("agent:index") == small)
        world.play(.declare("agents", [Declaration(id: "a", digest: "2", limits: large)]))
        #expect(limits("agent:a") == large)
        #expect(limits("agent:index") == WorkerSpec.Limits())
        world.die("agent:a")
        #expect(limits("agent:a") == large)
    }

    @Test func `a declaration that cannot tell keeps who is there as it is, and starts nobody`() {
        var world = FakeWorld.ofAgents()
        world.declare(["a": "1", "b": "1"])
        #expect(world.order(.stop("agent:b")) == .ok)
        let unclear = ["a", "b", "c"].map { Declaration(id: $0, digest: nil) }
        world.play(.declare("agents", unclear))
        #expect(world.tree.status(of: "agent:a")?.incarnation == 1)
        #expect(world.state("agent:a") == .ready)
        #expect(world.state("agent:b") == .stopped)
        #expect(world.tree.status(of: "agent:c") == nil)
        world.die("agent:a")
        #expect(world.process("agent:a")?.digest == "1")
        world.declare(["b": "1"])
        #expect(world.tree.status(of: "agent:a") == nil)
    }

    @Test func `whoever is declared no more ends its turns first`() {
        var world = FakeWorld.ofAgents()
        world.behave("agent:a") { $0.drainsAfter = .seconds(60) }
        world.declare(["a": "1"])
        world.tell(.declare("agents", []))
        world.tell(.declare("agents", []))
        #expect(world.state("agent:a") == .stopping)
        world.settle()
        #expect(world.signals == ["SIGHUP agent:a"])
        #expect(world.now == .seconds(60))
        #expect(world.tree.status(of: "agent:a") == nil)
    }

    @Test func `a child of the specification is there without a declaration, and is replaced by one`() {
        var world = FakeWorld.ofAgents(children: [.worker("agent:index")])
        #expect(world.state("agent:index") == .ready)
        world.declare(["index": "1"])
        #expect(world.process("agent:index")?.digest == "1")
        world.declare([:])
        #expect(world.process("agent:index")?.digest == nil)
        #expect(world.tree.status(of: "agent:index")?.incarnation == 3)
    }

    @Test func `a child that is declared again while it stops comes back`() {
        var world = FakeWorld.ofAgents()
        world.behave("agent:a") { $0.drainsAfter = .seconds(1) }
        world.declare(["a": "1"])
        world.tell(.declare("agents", []))
        world.tell(.declare("agents", [Declaration(id: "a", digest: "1")]))
        world.settle()
        #expect(world.tree.status(of: "agent:a")?.incarnation == 2)
        #expect(world.state("agent:a") == .ready)
    }
}

extension FakeWorld {
    /// A world in which `llm` and the dynamic supervisor `agents` run, `rest_for_one`.
    static func ofAgents(
        quarantine: RestartIntensity? = nil, statuses: ExitStatuses = .plain, restart: Restart = .permanent,
        children: [ChildSpec] = []
    ) -> FakeWorld {
        let agents = SupervisorSpec(
            strategy: .dynamic, intensity: RestartIntensity(limit: 3), children: children,
            template: .worker("agent:{id}", restart: restart), quarantine: quarantine, statuses: statuses)
        var world = FakeWorld(
            SupervisorSpec(
                strategy: .restForOne, intensity: RestartIntensity(limit: 100),
                children: [.worker("llm"), ChildSpec(id: "agents", .supervisor(agents))]))
        world.play(.boot)
        return world
    }

    /// Declares the agents in the order written, and lets everything happen that needs no timer.
    mutating func declare(_ digests: KeyValuePairs<String, String>) {
        play(.declare("agents", digests.map { Declaration(id: $0.key, digest: $0.value) }))
    }
}
