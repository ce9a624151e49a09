import Capabilities
import Rooms
import SeededRandom
import Services
import Testing

/// Deaths and delays of every process at every point of a turn, against what the model is told: what a prompt calls
/// done is done, what it calls not called is not and never will be, and nothing is done twice.
@Suite struct TurnSimulationTests {
    /// Who dies.
    enum Victim: Hashable, CaseIterable {
        case agent, toolbox, store, broker, coordinator, everything

        func die(in world: TurnWorld) {
            switch self {
            case .agent: world.kill(.agent)
            case .toolbox: world.kill(.toolbox)
            case .store: world.kill(.store)
            case .broker: world.kill(.broker)
            case .coordinator: world.kill(.coordinator)
            case .everything: world.cutPower(forgetsAttempts: true)
            }
        }
    }

    private func report(_ world: TurnWorld, _ place: String) {
        if let fault = world.fault {
            Issue.record("\(place): \(fault)\n\(world.history.map { "\($0)" }.joined(separator: "\n"))")
        }
    }

    /// How many things happen when nobody dies.
    private func length(of plans: [[Int]]) -> Int {
        let world = TurnWorld(plans: plans)
        world.settle()
        report(world, "undisturbed")
        #expect(world.notes.count == world.models.flatMap(\.steps).joined().count(where: \.isWrite))
        return world.history.count
    }

    @Test(arguments: [[[1]], [[2]], [[3]], [[4]], [[1, 4]], [[1], [2]]])
    func `whoever dies at whatever point`(plans: [[Int]]) {
        for point in 0...length(of: plans) {
            for victim in Victim.allCases {
                let world = TurnWorld(plans: plans)
                for _ in 0..<point { _ = world.goOn() }
                victim.die(in: world)
                world.settle()
                report(world, "\(victim) at \(point)")
            }
        }
    }

    @Test(arguments: [[[1]]])
    func `two die at whatever points`(plans: [[Int]]) {
        let length = length(of: plans)
        for first in 0...length {
            for gap in 0...length {
                for (victim, next) in [
                    (Victim.agent, Victim.agent), (.agent, .toolbox), (.toolbox, .agent), (.store, .agent),
                    (.broker, .agent),
                ] {
                    let world = TurnWorld(plans: plans)
                    for _ in 0..<first { _ = world.goOn() }
                    victim.die(in: world)
                    for _ in 0..<gap { _ = world.goOn() }
                    next.die(in: world)
                    world.settle()
                    report(world, "\(victim) at \(first), \(next) \(gap) later")
                }
            }
        }
    }

    /// At every point from the first offer on, and each time for so many turns of the world more.
    @Test(arguments: [Victim.coordinator, .everything], [0, 1, 3, 7])
    func `a turn that is interrupted again and again has an end, and nothing is done twice`(victim: Victim, gap: Int) {
        for first in 0...length(of: [[2]]) {
            let world = TurnWorld(plans: [[2]])
            for _ in 0..<first { _ = world.goOn() }
            var deaths = 0
            while !world.isOver, world.fault == nil, deaths < 50 {
                while world.agent == nil, world.goOn() {}
                while world.turns[0].leasedTo != world.lives, !world.isOver, world.goOn() {}
                for _ in 0..<gap { _ = world.goOn() }
                if world.isOver { break }
                victim.die(in: world)
                deaths += 1
            }
            #expect(world.isOver && deaths <= RoomsLimits.lossesPerTurnMax, "from \(first): \(deaths) deaths")
            world.settle()
            report(world, "\(victim) from \(first), \(gap) after each offer")
        }
    }

    /// The one who is held reads nothing: whatever waits for it waits also while somebody dies, and while the successor
    /// comes up and asks.
    @Test(arguments: [[[1]], [[2]]])
    func `somebody dies while another is held, from whatever point on`(plans: [[Int]]) {
        for point in 0...length(of: plans) {
            for halted in [TurnWorld.Process.toolbox, .store, .broker] {
                for victim in Victim.allCases {
                    for gap in [0, .max] {
                        let world = TurnWorld(plans: plans)
                        for _ in 0..<point { _ = world.goOn() }
                        world.held = [halted]
                        var done = 0
                        while done < gap, world.goOn() { done += 1 }
                        victim.die(in: world)
                        while world.goOn() {}
                        world.settle()
                        report(world, "\(victim) at \(point), \(gap) after a halt of \(halted)")
                    }
                }
            }
        }
    }

    @Test(arguments: Array(0..<100) + [UInt64.random(in: 1_000...UInt64.max)])
    func `deaths, delays and refusals in any order`(seed: UInt64) {
        var random = SplitMix64(state: seed)
        let plans = (0...random.below(2)).map { _ in (0...random.below(3)).map { _ in 1 + random.below(4) } }
        let world = TurnWorld(plans: plans)
        disturb(world, &random, victims: Victim.allCases)
        report(world, "SIM_SEED=\(seed) \(plans)")
    }

    /// What the toolbox refuses by itself, should a broker ever deliver what a dead process has said after what its
    /// successor says.
    @Test(arguments: [[[1]], [[2]], [[1, 3]], [[1], [2]]])
    func `the toolbox does not depend on the order of its messages`(plans: [[Int]]) {
        for point in 0...length(of: plans) {
            for victim in [Victim.agent, .coordinator] {
                let world = TurnWorld(plans: plans, brokerKeepsOrder: false)
                for _ in 0..<point { _ = world.goOn() }
                world.held = [.broker]
                while world.goOn() {}
                victim.die(in: world)
                while world.goOn() {}
                world.settle()
                report(world, "\(victim) after a halt of the broker at \(point)")
            }
        }
    }

    @Test(arguments: Array(0..<50) + [UInt64.random(in: 1_000...UInt64.max)])
    func `deaths and delays in any order, and messages out of order`(seed: UInt64) {
        var random = SplitMix64(state: seed)
        let plans = (0...random.below(2)).map { _ in (0...random.below(3)).map { _ in 1 + random.below(4) } }
        let world = TurnWorld(plans: plans, brokerKeepsOrder: false)
        disturb(world, &random, victims: [.agent, .store, .coordinator])
        report(world, "SIM_SEED=\(seed) \(plans)")
    }

    /// Some hundred random steps, then peace.
    private func disturb(_ world: TurnWorld, _ random: inout SplitMix64, victims: [Victim]) {
        var answers = SplitMix64(state: random.next())
        world.grants = {
            switch answers.below(20) {
            case 0: .failure(ServiceFailure(.internalError, "no words"))
            case 1: .success(Authority(capabilities: []))
            case _: .success(Authority(capabilities: nil))
            }
        }
        for _ in 0..<400 where world.fault == nil {
            switch random.below(40) {
            case 0: victims[random.below(victims.count)].die(in: world)
            case 1, 2:
                let processes = TurnWorld.Process.allCases
                world.held.formSymmetricDifference([processes[random.below(processes.count)]])
            case _:
                let all = world.happenings
                let likely = random.chance(9, in: 10) ? all.filter { !$0.isPatience } : all
                if !likely.isEmpty { world.happen(likely[random.below(likely.count)]) }
            }
        }
        world.settle()
    }
}
