import Supervision
import Testing

/// Restart types, strategies and intensity, as tables.
@Suite struct RestartTests {
    static let reasons: [ExitReason] = [
        .exited(code: 0), .exited(code: 1), .exited(code: 70), .signaled(.kill, dumpedCore: false),
        .signaled(ChildSignal(11), dumpedCore: true), .oomKilled,
    ]

    @Test(arguments: Restart.allCases, reasons)
    func `the restart type decides what follows an exit`(restart: Restart, reason: ExitReason) {
        let restarts =
            switch restart {
            case .permanent: true
            case .transient: reason != .exited(code: 0)
            case .temporary: false
            }
        for strategy in Strategy.allCases {
            var world = FakeWorld.ofThree(strategy, second: restart)
            let before = world.events.count
            world.die("b", reason)
            let expected: [String] =
                switch strategy {
                case _ where !restarts: ["-b"]
                case .oneForOne, .dynamic: ["-b", "+b"]
                case .restForOne: ["-b", "-c", "+b", "+c"]
                case .oneForAll: ["-b", "-c", "-a", "+a", "+b", "+c"]
                }
            #expect(world.sequence(since: before) == expected, "\(strategy)")
            #expect(world.events[before].reason == reason)
            #expect(world.faults == [])
        }
    }

    @Test(arguments: [Strategy.restForOne, .oneForAll])
    func `a temporary child is never restarted, even with its neighbours`(strategy: Strategy) {
        var world = FakeWorld(
            SupervisorSpec(
                strategy: strategy, children: [.worker("a"), .worker("b", restart: .temporary), .worker("c")]))
        world.play(.boot)
        world.die("a")
        #expect(world.sequence() == ["+root", "+a", "+b", "+c", "-a", "-c", "-b", "+a", "+c"])
        #expect(world.tree.status(of: "b") == nil)
    }

    @Test(arguments: [Command.terminateChild("b"), .stop("b")])
    func `a terminated child comes back with its neighbours, one that an operator stopped does not`(command: Command) {
        var world = FakeWorld.ofThree(.restForOne)
        #expect(world.order(command) == .ok)
        let before = world.events.count
        world.die("a")
        let comesBack = command == .terminateChild("b")
        #expect(world.sequence(since: before) == ["-a", "-c", "+a"] + (comesBack ? ["+b"] : []) + ["+c"])
        #expect(world.state("b") == (comesBack ? .ready : .stopped))
    }

    @Test func `a transient child that ended normally comes back with its neighbours`() {
        var world = FakeWorld.ofThree(.restForOne, second: .transient)
        world.die("b", .exited(code: 0))
        let before = world.events.count
        world.die("a")
        #expect(world.sequence(since: before) == ["-a", "-c", "+a", "+b", "+c"])
    }

    @Test(arguments: 0...4)
    func `one restart more than the intensity within the period is too many`(limit: Int) {
        var world = FakeWorld(
            SupervisorSpec(intensity: RestartIntensity(limit: limit, period: .seconds(5)), children: [.worker("a")]))
        world.play(.boot)
        for _ in 0..<limit { world.die("a") }
        #expect(world.exitStatuses == [])
        world.die("a", .exited(code: 3))
        #expect(world.exitStatuses == [1])
        #expect(
            world.events.suffix(3) == [
                LifecycleEvent(
                    .exited, "a", .worker, Incarnation(limit + 1), pid: Int32(101 + limit), reason: .exited(code: 3)),
                LifecycleEvent(.gaveUp, "root", .supervisor, 1, reason: .exited(code: 3)),
                LifecycleEvent(.exited, "root", .supervisor, 1, reason: .shutdown),
            ])
    }

    @Test func `every try of a failing restart counts`() {
        var world = FakeWorld(SupervisorSpec(intensity: RestartIntensity(limit: 3), children: [.worker("a")]))
        world.play(.boot)
        world.behave("a") { $0.failingStarts = 3 }
        world.die("a")
        #expect(world.exitStatuses == [1])
        #expect(world.spawns.count == 4)
    }

    @Test func `a supervisor that gives up ends with shutdown, so a transient one stays down`() {
        for restart in Restart.allCases {
            let inner = ChildSpec(
                id: "inner",
                .supervisor(SupervisorSpec(intensity: RestartIntensity(limit: 0), children: [.worker("a")])),
                restart: restart)
            var world = FakeWorld(SupervisorSpec(children: [inner, .worker("b")]))
            world.play(.boot)
            let before = world.events.count
            world.die("a")
            #expect(
                world.sequence(since: before)
                    == ["-a", "-inner"] + (restart == .permanent ? ["+inner", "+a"] : []), "\(restart)")
            #expect(world.state("b") == .ready)
        }
    }

    @Test(arguments: [(AutoShutdown.anySignificant, 1), (.allSignificant, 2)])
    func `the end of significant children ends the supervisor`(autoShutdown: AutoShutdown, deaths: Int) {
        var world = FakeWorld(
            SupervisorSpec(
                autoShutdown: autoShutdown,
                children: [
                    .worker("a", restart: .transient, isSignificant: true),
                    .worker("b", restart: .temporary, isSignificant: true), .worker("c"),
                ]))
        world.play(.boot)
        for (count, child) in (["b", "a"] as [ChildID]).prefix(deaths).enumerated() {
            #expect(world.exitStatuses == [], "after \(count) ends")
            world.die(child, .exited(code: 0))
        }
        #expect(world.exitStatuses == [0])
    }

    @Test func `in one_for_all a failed sibling restarts all of them again`() {
        var world = FakeWorld.ofThree(.oneForAll, intensity: 2)
        world.behave("c") { $0.failingStarts = 1 }
        let before = world.events.count
        world.die("a")
        #expect(world.sequence(since: before) == ["-a", "-c", "-b", "+a", "+b", "-b", "-a", "+a", "+b", "+c"])
    }

    @Test(arguments: Strategy.allCases)
    func `after any four blows to three children all that should run do, and they stop in reverse`(strategy: Strategy) {
        let blows = 6
        for sequence in 0..<(blows * blows * blows * blows) {
            var world = FakeWorld.ofThree(strategy, intensity: 4)
            var rest = sequence
            for _ in 0..<4 {
                strike(&world, with: rest % blows)
                rest /= blows
            }
            world.settle()
            let down = world.tree.statuses.filter { $0.state != .ready }.map(\.id)
            let before = world.events.count
            world.play(.stop)
            let expected = (["-c", "-b", "-a", "-root"] as [String]).filter { $0 != "-b" || !down.contains("b") }
            let stopped = world.sequence(since: before)
            let matches = strategy == .dynamic ? Set(stopped) == Set(expected) : stopped == expected
            #expect(matches && world.faults == [] && (down == [] || down == ["b"]), "sequence \(sequence): \(stopped)")
        }
    }

    private func strike(_ world: inout FakeWorld, with blow: Int) {
        switch blow {
        case 0: world.die("a")
        case 1: world.end("b", .exited(code: 1))
        case 2: world.die("c")
        case 3: _ = world.give(.terminateChild("b"))
        case 4: _ = world.give(.restartChild("b"))
        default: world.behave("b") { $0.failingStarts = 1 }
        }
    }

    @Test func `back-off delays each restart but the first, within its bounds`() {
        let backOff = BackOff(from: .seconds(1), to: .seconds(8))
        var world = FakeWorld(
            SupervisorSpec(
                strategy: .restForOne, intensity: RestartIntensity(limit: 100), children: [.worker("a"), .worker("b")],
                backOff: backOff))
        world.play(.boot)
        let bounds: [ClosedRange<Duration>] = [
            .zero ... .zero, .seconds(1) ... .seconds(2), .seconds(2) ... .seconds(4), .seconds(4) ... .seconds(8),
            .seconds(4) ... .seconds(8),
        ]
        for bound in bounds {
            let died = world.now
            world.die("a")
            if bound.upperBound > .zero {
                #expect(world.state("a") == .backoff)
                #expect(world.process("b") == nil, "its neighbour stops at once")
            }
            while world.process("b")?.isReady != true { world.pass(.milliseconds(10)) }
            let delay = (world.spawns.last { $0.id == "a" }?.at ?? .zero) - died
            #expect(bound.contains(delay), "\(delay) is not in \(bound)")
        }
        world.pass(.seconds(8))
        world.die("a")
        #expect(world.state("a") == .ready, "a long enough life makes the next restart a first one")
    }
}

extension FakeWorld {
    /// A world in which `a`, `b` and `c` run.
    static func ofThree(_ strategy: Strategy, second: Restart = .permanent, intensity: Int = 1) -> FakeWorld {
        var world = FakeWorld(
            SupervisorSpec(
                strategy: strategy, intensity: RestartIntensity(limit: intensity),
                children: [.worker("a"), .worker("b", restart: second), .worker("c")]))
        world.play(.boot)
        return world
    }
}
