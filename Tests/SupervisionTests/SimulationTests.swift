import FoundationEssentials
import Supervision
import Testing

/// Random trees in a hostile world, with a seed: the invariants hold after every step. A million events, each row of
/// seeds a share of them and one seed that nobody has seen before.
///
/// `SIM_SEED=n` replays one seed, `SIM_STEPS=n` makes each run longer.
@Suite struct SimulationTests {
    static let environment = ProcessInfo.processInfo.environment
    static let steps = environment["SIM_STEPS"].flatMap(Int.init) ?? 250
    static let eventsPerRow = 125_000

    @Test(arguments: environment["SIM_SEED"] == nil ? 1...8 : 0...0)
    func `whatever happens, the tree keeps its promises`(row: UInt64) {
        if let seed = SimulationTests.environment["SIM_SEED"].flatMap(UInt64.init) {
            _ = run(seed)
            return
        }
        var events = run(.random(in: 0 ... .max)), seed = row * 1_000
        while events < SimulationTests.eventsPerRow {
            seed += 1
            events += run(seed)
        }
    }

    /// Plays one seed.
    ///
    /// - Returns: How many events the tree was told.
    private func run(_ seed: UInt64) -> Int {
        var simulation = Simulation(seed: seed)
        for step in 0..<SimulationTests.steps {
            simulation.step()
            if report(simulation, step) { return simulation.world.eventCount }
        }
        simulation.calmDown()
        if report(simulation, SimulationTests.steps) { return simulation.world.eventCount }
        simulation.stop()
        _ = report(simulation, SimulationTests.steps + 1)
        return simulation.world.eventCount
    }

    private func report(_ simulation: Simulation, _ step: Int) -> Bool {
        guard let fault = simulation.fault else { return false }
        let last = simulation.world.events.suffix(20).map { "  \($0.kind) \($0.id)#\($0.incarnation)" }
        Issue.record("SIM_SEED=\(simulation.seed) step \(step): \(fault)\n\(last.joined(separator: "\n"))")
        return true
    }
}

/// One run: a random tree, and what befalls it.
struct Simulation {
    let seed: UInt64
    private(set) var world: FakeWorld
    private(set) var fault: String?
    private var dice: Dice
    private let specs: [ChildID: SupervisorSpec]
    private let workers: [ChildID]
    private let names: [ChildID]
    private let dynamic: [ChildID]
    private var digest = 0
    private var addedCount = 0
    private var eventsSeen = 0
    /// The present lives of supervisors; looked up by name only.
    private var lives: [ChildID: Life] = [:]
    /// Supervisors whose children an operator has restarted: those starts do not count.
    private var touched: Set<ChildID> = []

    init(seed: UInt64) {
        self.seed = seed
        dice = Dice(seed: seed)
        var growth = Growth(dice: dice)
        let root = growth.supervisor(depth: 0)
        specs = Dictionary(growth.supervisors + [("root", root)]) { first, _ in first }
        names = growth.names
        workers = growth.workers
        dynamic = growth.dynamic
        dice = growth.dice
        world = FakeWorld(root, seed: seed)
        world.play(.boot)
    }

    /// Something happens.
    mutating func step() {
        guard world.exitStatuses.isEmpty else { return }
        switch dice.roll(20) {
        case 0...5: kill()
        case 6: for _ in 0..<dice.roll(5) { kill() }
        case 7...8: changeBehaviour()
        case 9...10: order()
        case 11: declare()
        case 12: stale()
        case 13: world.pass(.seconds(dice.roll(100)))
        case 14...16: world.pass(.milliseconds(dice.roll(3_000)))
        default: world.settle()
        }
        check()
    }

    /// The world becomes friendly, and time passes: whoever should run does.
    mutating func calmDown() {
        guard world.exitStatuses.isEmpty, fault == nil else { return }
        for name in names { world.behave(name) { $0 = Behaviour() } }
        world.pass(.seconds(4_000))
        world.settle()
        check()
        guard world.exitStatuses.isEmpty else { return }
        for status in world.tree.statuses {
            switch status.state {
            case .ready, .stopped, .quarantined, .misconfigured: continue
            case .starting, .stopping, .backoff:
                fault = fault ?? "\(status.id) is still \(status.state) after a long calm"
            }
        }
        if world.answers.count != world.orderCount { fault = fault ?? "an order was never answered" }
    }

    /// eggheadd is told to stop, deaf children and all: everything goes.
    mutating func stop() {
        guard fault == nil else { return }
        if world.exitStatuses.isEmpty {
            for name in names where dice.roll(3) == 0 { world.behave(name) { $0.stopsAfter = nil } }
            for name in workers.prefix(3) { world.end(name, .exited(code: 1)) }
            world.tell(.stop)
            world.pass(.seconds(4_000))
        }
        check()
        if world.exitStatuses.count != 1 { fault = fault ?? "finished \(world.exitStatuses.count) times" }
        if !world.processes.isEmpty { fault = fault ?? "left behind: \(world.processes.map(\.id))" }
        if let left = world.tree.statuses.first(where: { $0.pid != nil || $0.state == .ready }) {
            fault = fault ?? "\(left.id) is \(left.state) after the end"
        }
        if world.answers.count != world.orderCount { fault = fault ?? "an order was never answered" }
    }

    // MARK: What happens

    private mutating func kill() {
        guard !world.processes.isEmpty else { return }
        let victim = world.processes[dice.roll(world.processes.count)]
        let reasons: [ExitReason] = [
            .signaled(.kill, dumpedCore: false), .exited(code: 0), .exited(code: 1), .exited(code: 75),
            .exited(code: 78), .exited(code: 80), .oomKilled,
        ]
        world.end(victim.id, reasons[dice.roll(reasons.count)])
    }

    private mutating func changeBehaviour() {
        let name = names[dice.roll(names.count)]
        let choice = dice.roll(7)
        let some = dice.roll(4)
        let delay: Duration = .milliseconds(dice.roll(2_000))
        world.behave(name) { behaviour in
            switch choice {
            case 0: behaviour.failingStarts = some
            case 1: behaviour.refusedSpawns = some
            case 2: behaviour.readyAfter = delay
            case 3: behaviour.readyAfter = nil
            case 4: behaviour.stopsAfter = nil
            case 5: behaviour.drainsAfter = nil
            default: behaviour = Behaviour()
            }
        }
    }

    private mutating func order() {
        let statuses = world.tree.statuses
        let status = statuses[dice.roll(statuses.count)]
        if let parent = status.parent { touched.insert(parent) }
        let id = status.id
        switch dice.roll(7) {
        case 0: _ = world.give(.restart(id))
        case 1: _ = world.give(.stop(id))
        case 2: _ = world.give(.start(id))
        case 3: _ = world.give(.terminateChild(id))
        case 4: _ = world.give(.restartChild(id))
        case 5: _ = world.give(.deleteChild(id))
        default:
            addedCount += 1
            _ = world.give(.addChild(supervisor: id, .worker(ChildID("added\(addedCount)"))))
        }
    }

    private mutating func declare() {
        guard !dynamic.isEmpty else { return }
        let supervisor = dynamic[dice.roll(dynamic.count)]
        digest += 1
        var declarations: [Declaration] = []
        for id in 0..<6 where dice.roll(3) > 0 {
            declarations.append(Declaration(id: "\(id)", digest: dice.roll(2) == 0 ? "same" : "\(digest)"))
        }
        world.tell(.declare(supervisor, declarations))
    }

    /// News that comes late, twice, or about nobody.
    private mutating func stale() {
        guard let event = world.events.randomElement(using: &dice), event.node == .worker else { return }
        guard world.process(event.id)?.incarnation != event.incarnation else { return }
        switch dice.roll(4) {
        case 0: world.tell(.ready(event.id, event.incarnation))
        case 1: world.tell(.exited(event.id, event.incarnation, .exited(code: 1)))
        case 2: world.tell(.beat(event.id, event.incarnation))
        default: world.tell(.spawned(event.id, event.incarnation, pid: 7))
        }
    }

    // MARK: What must hold

    private mutating func check() {
        guard fault == nil else { return }
        fault = world.faults.first ?? oneAtATime() ?? everyProcessIsKnown() ?? intensity()
    }

    /// A supervisor that is not dynamic starts one child at a time.
    private func oneAtATime() -> String? {
        let statuses = world.tree.statuses
        for supervisor in statuses where supervisor.kind == .supervisor {
            guard let spec = specs[supervisor.id], spec.strategy != .dynamic else { continue }
            let starting = statuses.filter { $0.parent == supervisor.id && $0.state == .starting }
            if starting.count > 1 { return "\(supervisor.id) starts \(starting.map(\.id)) at the same time" }
        }
        return nil
    }

    /// What the tree says of processes is what the world has.
    private func everyProcessIsKnown() -> String? {
        for process in world.processes {
            guard let status = world.tree.status(of: process.id), status.incarnation == process.incarnation else {
                return "\(process.id)#\(process.incarnation) runs, and the tree does not know it"
            }
        }
        for status in world.tree.statuses where status.state == .ready && status.kind == .worker {
            if world.process(status.id) == nil { return "\(status.id) is ready and has no process" }
        }
        return nil
    }

    /// A one_for_one supervisor that no operator has touched never restarts more often than it may, in one life.
    ///
    /// Without back-off a restart is counted at the moment in which it happens, so that the starts can be counted here.
    private mutating func intensity() -> String? {
        defer { eventsSeen = world.events.count }
        for index in eventsSeen..<world.events.count where world.events[index].kind == .started {
            let event = world.events[index], time = world.times[index]
            if event.node == .supervisor {
                lives[event.id] = Life()
                touched.remove(event.id)
            }
            guard let parent = world.tree.status(of: event.id)?.parent, let spec = specs[parent],
                spec.strategy == .oneForOne, spec.quarantine == nil, spec.backOff == nil, spec.statuses == .plain,
                var life = lives[parent]
            else { continue }
            if !life.started.insert(event.id).inserted { life.restarts.append(time) }
            life.restarts.removeAll { time - $0 > spec.intensity.period }
            lives[parent] = life
            if !touched.contains(parent), life.restarts.count > spec.intensity.limit {
                return "\(parent) restarted \(life.restarts.count) times within \(spec.intensity.period)"
            }
        }
        return nil
    }

    /// What a supervisor's present life has seen.
    private struct Life {
        /// The children that have started in it; asked for membership only.
        var started: Set<ChildID> = []
        /// The restarts within the period.
        var restarts: [Duration] = []
    }
}
