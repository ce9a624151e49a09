import Testing

@testable import Supervision

/// How orders are answered that change nothing, as a table, and how many are kept.
@Suite struct CommandTests {
    /// `a` runs, `down` was terminated, `inner` has a child `b`; `once` may end its supervisor.
    private static func world() -> FakeWorld {
        let inner = ChildSpec(id: "inner", .supervisor(SupervisorSpec(children: [.worker("b")])))
        let shut = SupervisorSpec(autoShutdown: .anySignificant)
        var world = FakeWorld(
            SupervisorSpec(
                children: [.worker("a"), .worker("down"), inner, ChildSpec(id: "shut", .supervisor(shut))]))
        world.play(.boot)
        world.order(.terminateChild("down"))
        return world
    }

    @Test(
        arguments: [
            (.restart("gone"), .notFound), (.stop("gone"), .notFound), (.start("gone"), .notFound),
            (.terminateChild("gone"), .notFound), (.restartChild("gone"), .notFound), (.deleteChild("gone"), .notFound),
            (.addChild(supervisor: "gone", .worker("x")), .notFound),
            (.addChild(supervisor: "a", .worker("x")), .notFound),
            (.restart("root"), .failed("root is the root of the tree; egghead shutdown ends it")),
            (.deleteChild("root"), .failed("root is the root of the tree; egghead shutdown ends it")),
            (.start("a"), .running), (.restartChild("a"), .running), (.deleteChild("a"), .running),
            (.addChild(supervisor: "root", .worker("a")), .alreadyStarted),
            (.addChild(supervisor: "root", .worker("down")), .alreadyPresent),
            (
                .addChild(supervisor: "root", .worker("b")),
                .failed("cannot add b: the name is taken elsewhere in the tree")
            ),
            (
                .addChild(supervisor: "root", supervisor("x", [.worker("b")])),
                .failed("cannot add x: the name b in it is taken")
            ),
            (
                .addChild(supervisor: "root", supervisor("x", [.worker("y"), .worker("y")])),
                .failed("cannot add x: the name y in it is taken")
            ),
            (
                .addChild(supervisor: "root", supervisor("x", [.worker("x")])),
                .failed("cannot add x: the name x in it is taken")
            ),
            (.addChild(supervisor: "root", .worker("x", restart: .transient, isSignificant: true)), insignificant),
            (.addChild(supervisor: "shut", .worker("x", isSignificant: true)), insignificant),
            (.addChild(supervisor: "shut", .worker("x", restart: .transient, isSignificant: true)), .ok),
            (.addChild(supervisor: "root", supervisor("x", [.worker("y")])), .ok),
            (.restart("down"), .ok), (.restartChild("down"), .ok), (.deleteChild("down"), .ok), (.stop("down"), .ok),
        ] as [(Command, Answer)])
    func `an order is answered with OTP's word, or with what is in its way`(command: Command, answer: Answer) {
        var world = Self.world()
        let before = world.events.count
        #expect(world.order(command) == answer)
        if answer != .ok { #expect(world.events.count == before, "nothing happens") }
        #expect(world.faults == [])
    }

    private static let insignificant = Answer.failed(
        "cannot add x: significant needs restart transient or temporary, and auto_shutdown above it")

    private static func supervisor(_ id: ChildID, _ children: [ChildSpec]) -> ChildSpec {
        ChildSpec(id: id, .supervisor(SupervisorSpec(children: children)))
    }

    @Test(arguments: [Command.restartChild("a"), .deleteChild("a")])
    func `a child that is about to be started again is restarting`(command: Command) {
        var world = FakeWorld(
            SupervisorSpec(
                intensity: RestartIntensity(limit: 9), children: [.worker("a")], backOff: BackOff(from: .seconds(1))))
        world.play(.boot)
        for _ in 0..<2 { world.die("a") }
        #expect(world.state("a") == .backoff)
        #expect(world.order(command) == .restarting)
    }

    @Test func `a supervisor that stops carries out no order`() {
        var world = Self.world()
        world.behave("b") { $0.stopsAfter = .seconds(1) }
        world.tell(.stop)
        #expect(
            world.order(.restart("b"))
                == .failed("inner, which would have to do it, is stopping"))
    }

    @Test func `a thousand orders wait at a supervisor, and one more is refused`() {
        var tree = SupervisionTree(root: SupervisorSpec(children: [.worker("a")]), seed: 1)
        _ = tree.handle(.boot, at: .zero)  // busy: `a` does not get ready
        for number in 0..<SupervisionLimits.commandsQueuedMax {
            #expect(tree.handle(.command(.restart("a"), RequestToken(number)), at: .zero) == [])
        }
        #expect(
            tree.handle(.command(.restart("a"), RequestToken(-1)), at: .zero)
                == [.reply(RequestToken(-1), .failed("root has too many orders waiting; try again"))])
    }

    @Test func `a tree has ten thousand nodes, and one more is refused`() {
        let children = (0..<SupervisionLimits.nodesMax - 3).map { ChildSpec.worker(ChildID("c\($0)")) }
        let dynamic = SupervisorSpec(strategy: .dynamic, children: children)
        var tree = SupervisionTree(
            root: SupervisorSpec(children: [ChildSpec(id: "s", .supervisor(dynamic))]), seed: 1)
        _ = tree.handle(.boot, at: .zero)
        func add(_ id: ChildID) -> [Action] {
            tree.handle(.command(.addChild(supervisor: "s", .worker(id)), RequestToken(1)), at: .zero)
        }
        let last = add("last")
        #expect(last.count == 1)
        if case .spawn("last", 1, _, _)? = last.first {} else { Issue.record("\(last)") }
        #expect(
            add("more")
                == [.reply(RequestToken(1), .failed("cannot add more: the tree is full (10000 nodes)"))])
        #expect(tree.statuses.count == SupervisionLimits.nodesMax)
    }

    @Test(arguments: [
        ("HUP", 1, "SIGHUP"), ("sighup", 1, "SIGHUP"), ("1", 1, "SIGHUP"), ("SIGSYS", 31, "SIGSYS"),
        ("TERM", 15, "SIGTERM"), ("kill", 9, "SIGKILL"), ("40", 40, "SIG40"), ("64", 64, "SIG64"), ("65", nil, ""),
        ("0", nil, ""), ("-1", nil, ""), ("SIG0", nil, ""), ("SIG", nil, ""), ("", nil, ""), ("FLY", nil, ""),
    ])
    func `a signal is a name or a number from 1 to 64`(text: String, number: Int32?, description: String) {
        #expect(ChildSignal(named: text)?.number == number)
        #expect(ChildSignal(named: text)?.description ?? "" == description)
    }
}

/// Delays and counts at their bounds.
@Suite struct DelayTests {
    @Test(arguments: [
        (0, 0, 0), (1, 1_000, 2_000), (2, 2_000, 4_000), (3, 4_000, 8_000), (4, 5_000, 10_000), (9, 5_000, 10_000),
    ])
    func `a delay is anywhere between half of its longest and its longest`(attempt: Int, shortest: Int, longest: Int) {
        var generator = SplitMix64(seed: 7)
        let backOff = BackOff(from: .seconds(1), to: .seconds(10))
        let delays = (0..<2_000).map { _ in backOff.delay(attempt: attempt, using: &generator) }
        let bounds = Duration.milliseconds(shortest) ... .milliseconds(longest)
        #expect(delays.allSatisfy(bounds.contains))
        let tenth = (bounds.upperBound - bounds.lowerBound) / 10
        #expect(delays.contains { $0 <= bounds.lowerBound + tenth })
        #expect(delays.contains { $0 >= bounds.upperBound - tenth })
    }

    @Test func `a back-off whose bounds are one has one delay`() {
        var generator = SplitMix64(seed: 7)
        let backOff = BackOff(from: .seconds(3), to: .seconds(3))
        for attempt in 1...5 { #expect(backOff.delay(attempt: attempt, using: &generator) == .seconds(3)) }
    }

    @Test func `a child gets 5 s to stop and a supervisor all the time, unless they say otherwise`() {
        #expect(ChildSpec.worker("a").shutdown == .timeout(.seconds(5)))
        #expect(ChildSpec(id: "a", .worker(WorkerSpec(command: ["x"]))).shutdown == .timeout(.seconds(5)))
        #expect(ChildSpec(id: "s", .supervisor(SupervisorSpec())).shutdown == .infinity)
        #expect(Shutdown.brutalKill.grace == .zero)
        #expect(Shutdown.timeout(.seconds(7)).grace == .seconds(7))
        #expect(Shutdown.infinity.grace == .seconds(5), "one that hangs cannot be trusted with more")
    }

    @Test func `hand-offs are counted over the period of the quarantine, where there is one`() {
        var world = FakeWorld.ofAgents(quarantine: RestartIntensity(limit: 0, period: .seconds(60)), statuses: .egghead)
        world.declare(["a": "1"])
        for _ in 0..<3 {
            world.die("agent:a", .exited(code: 80))
            world.pass(.seconds(10))
        }
        #expect(world.state("agent:a") == .ready)
        world.die("agent:a", .exited(code: 80))
        #expect(world.state("agent:a") == .quarantined)
    }

    @Test func `a restart that was put off by the child itself is never at once, and grows`() {
        var world = FakeWorld(
            SupervisorSpec(
                intensity: RestartIntensity(limit: 0), children: [.worker("a")],
                backOff: BackOff(from: .seconds(1), to: .seconds(60)), statuses: .egghead))
        world.play(.boot)
        for shortest in [1, 2, 4] {
            let died = world.now
            world.die("a", .exited(code: 75))
            #expect(world.state("a") == .backoff)
            while world.process("a")?.isReady != true { world.pass(.milliseconds(50)) }
            let delay = (world.spawns.last?.at ?? .zero) - died
            #expect((Duration.seconds(shortest) ... .seconds(2 * shortest)).contains(delay), "\(delay)")
        }
        #expect(world.exitStatuses == [], "none of them counts")
    }
}
