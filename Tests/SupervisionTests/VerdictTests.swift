import Services
import Testing

@testable import Supervision

/// What the end of a child means, and what follows from it.
@Suite struct VerdictTests {
    private static let ends: [(reason: ExitReason, plain: ExitVerdict, egghead: ExitVerdict)] = [
        (.exited(code: 0), .finished, .finished),
        (.exited(code: 1), .crash, .crash),
        (.exited(code: 64), .crash, .crash),
        (.exited(code: 74), .crash, .crash),
        (.exited(code: 75), .crash, .temporaryFailure),
        (.exited(code: 78), .crash, .misconfigured),
        (.exited(code: 80), .crash, .handoff),
        (.exited(code: 81), .crash, .crash),
        (.exited(code: 255), .crash, .crash),
        (.signaled(.terminate, dumpedCore: false), .crash, .crash),
        (.signaled(ChildSignal(11), dumpedCore: true), .crash, .crash),
        (.oomKilled, .crash, .crash),
        (.watchdog, .crash, .crash),
        (.shutdown, .stopped, .stopped),
        (.failedToStart(detail: "x"), .crash, .crash),
    ]

    @Test func `an end has one meaning for each kind of statuses`() {
        for end in Self.ends {
            #expect(end.reason.verdict(under: .plain) == end.plain, "\(end.reason)")
            #expect(end.reason.verdict(under: .egghead) == end.egghead, "\(end.reason)")
        }
    }

    @Test(arguments: [
        (0, ExitVerdict.crash), (1, .crash), (75, .temporaryFailure), (78, .misconfigured), (80, .crash),
    ])
    func `before it was ready nothing can have been finished or handed off`(code: Int, verdict: ExitVerdict) {
        let reason = ExitReason.failedToStart(detail: "exit status \(code) before it was ready")
        #expect(reason.verdict(under: .egghead, startCode: code) == verdict)
        #expect(reason.verdict(under: .plain, startCode: code) == .crash)
    }

    @Test(arguments: [ExitStatuses.plain, .egghead], Restart.allCases)
    func `the event of an end carries the verdict, whatever the restart type`(statuses: ExitStatuses, type: Restart) {
        for end in Self.ends {
            switch end.reason {
            case .exited, .signaled, .oomKilled: break
            case .watchdog, .shutdown, .failedToStart: continue  // nothing that a process does by itself
            }
            let expected = statuses == .plain ? end.plain : end.egghead
            var agents = FakeWorld.ofAgents(statuses: statuses, restart: type)
            agents.declare(["a": "1"])
            agents.tell(.exited("agent:a", 1, end.reason))
            #expect(agents.events.last { $0.kind == .exited }?.verdict == expected, "\(end.reason), dynamic")
            var worker = FakeWorld(SupervisorSpec(children: [.worker("a", restart: type)], statuses: statuses))
            worker.play(.boot)
            worker.tell(.exited("a", 1, end.reason))
            #expect(worker.events.last { $0.kind == .exited }?.verdict == expected, "\(end.reason), static")
        }
    }

    @Test func `a stop that was asked for is none of the child's, whatever status it leaves with`() {
        for status in [0, 1, 75, 78, 80] {
            var world = FakeWorld.ofAgents(statuses: .egghead)
            world.behave("agent:a") { $0.stopsAfter = nil }
            world.declare(["a": "1"])
            _ = world.give(.stop("agent:a"))
            world.tell(.exited("agent:a", 1, .exited(code: status)))
            #expect(world.events.last?.reason == .shutdown && world.events.last?.verdict == .stopped)
            #expect(world.state("agent:a") == .stopped)
        }
    }

    @Test func `a failed start and a quarantine tell the verdict of the end that led to them`() {
        var world = FakeWorld.ofAgents(quarantine: RestartIntensity(limit: 0), statuses: .egghead)
        world.behave("agent:a") {
            $0.failingStarts = 1
            $0.failingStatus = 78
        }
        world.declare(["a": "1", "b": "1"])
        #expect(world.events.last { $0.kind == .startFailed }?.verdict == .misconfigured)
        for _ in 0..<4 { world.die("agent:b", .exited(code: 80)) }
        #expect(world.events.last?.kind == .gaveUp && world.events.last?.verdict == .handoff)
    }

    /// What becomes of a static child with restart type and status: whether it runs again, and whether that counted.
    @Test(arguments: [
        (ExitStatuses.plain, Restart.permanent, 80, true, true), (.plain, .transient, 80, true, true),
        (.plain, .temporary, 80, false, false), (.plain, .permanent, 78, true, true),
        (.plain, .permanent, 75, true, true), (.plain, .permanent, 0, true, true),
        (.plain, .transient, 0, false, false),
        (.egghead, .permanent, 80, true, false), (.egghead, .transient, 80, true, false),
        (.egghead, .temporary, 80, false, false), (.egghead, .permanent, 78, false, false),
        (.egghead, .temporary, 78, false, false), (.egghead, .permanent, 75, true, false),
        (.egghead, .temporary, 75, false, false), (.egghead, .permanent, 1, true, true),
    ])
    func `a status of a static child means something where its supervisor says so`(
        statuses: ExitStatuses, type: Restart, status: Int, comesBack: Bool, counts: Bool
    ) {
        func world(limit: Int) -> FakeWorld {
            var world = FakeWorld(
                SupervisorSpec(
                    intensity: RestartIntensity(limit: limit), children: [.worker("a", restart: type)],
                    statuses: statuses))
            world.play(.boot)
            world.die("a", .exited(code: status))
            world.pass(.seconds(60))
            return world
        }
        #expect((world(limit: 1).process("a")?.incarnation == 2) == comesBack)
        #expect(world(limit: 0).exitStatuses == (counts ? [1] : []))
    }

    @Test func `the fourth hand-off in a period without a completed turn counts as a crash`() {
        let spec = SupervisorSpec(
            intensity: RestartIntensity(limit: 0, period: .seconds(60)), children: [.worker("a")], statuses: .egghead)
        var world = FakeWorld(spec)
        world.play(.boot)
        for _ in 0..<3 { world.die("a", .exited(code: 80)) }
        #expect(world.exitStatuses == [])
        world.tell(.progressed("a", 4))
        for _ in 0..<3 { world.die("a", .exited(code: 80)) }
        #expect(world.exitStatuses == [])
        world.die("a", .exited(code: 80))
        #expect(world.exitStatuses == [1])
    }

    @Test(arguments: [
        (Duration.seconds(5) - .nanoseconds(1), false), (.seconds(5), false), (.seconds(5) + .nanoseconds(1), true),
    ])
    func `a death counts for exactly one period`(pause: Duration, isForgotten: Bool) {
        var world = FakeWorld(
            SupervisorSpec(intensity: RestartIntensity(limit: 1, period: .seconds(5)), children: [.worker("a")]))
        world.play(.boot)
        world.pass(.seconds(7))
        world.die("a")
        world.pass(pause)
        world.die("a")
        #expect(world.exitStatuses == (isForgotten ? [] : [1]))
    }
}
