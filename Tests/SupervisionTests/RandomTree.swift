import Supervision

/// Numbers from a seed.
struct Dice: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed &* 0x9E37_79B9_7F4A_7C15 | 1 }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }

    /// 0 up to, and without, `sides`.
    mutating func roll(_ sides: Int) -> Int { Int(next() >> 11) % max(1, sides) }
}

/// A random tree.
struct Growth {
    var dice: Dice
    var supervisors: [(ChildID, SupervisorSpec)] = []
    var workers: [ChildID] = []
    var dynamic: [ChildID] = []
    /// Every worker that may come to be.
    var names: [ChildID] = []

    init(dice: Dice) { self.dice = dice }

    mutating func supervisor(depth: Int) -> SupervisorSpec {
        let strategies: [Strategy] = [.oneForOne, .oneForAll, .restForOne]
        var children: [ChildSpec] = []
        for _ in 0..<(2 + dice.roll(3)) {
            children.append(depth < 3 && dice.roll(3) == 0 ? branch(depth: depth + 1) : worker())
        }
        return SupervisorSpec(
            strategy: strategies[dice.roll(strategies.count)],
            intensity: RestartIntensity(limit: depth == 0 ? 1_000 : dice.roll(5), period: .seconds(5)),
            children: children, quarantine: dice.roll(4) == 0 ? RestartIntensity(limit: 2) : nil,
            backOff: dice.roll(3) == 0 ? BackOff(from: .milliseconds(100), to: .seconds(20)) : nil,
            statuses: dice.roll(4) == 0 ? .egghead : .plain)
    }

    private mutating func branch(depth: Int) -> ChildSpec {
        let id = ChildID("sup\(supervisors.count + 1)")
        supervisors.append((id, SupervisorSpec()))
        let place = supervisors.count - 1
        var spec = supervisor(depth: depth)
        if dice.roll(3) == 0 {
            spec.strategy = .dynamic
            spec.template = .worker(ChildID("\(id).{id}"), drain: .seconds(30))
            dynamic.append(id)
            for declared in 0..<6 { names.append(ChildID("\(id).\(declared)")) }
        }
        supervisors[place] = (id, spec)
        let shutdowns: [Shutdown] = [.infinity, .infinity, .timeout(.seconds(7)), .brutalKill]
        return ChildSpec(id: id, .supervisor(spec), restart: restart(), shutdown: shutdowns[dice.roll(4)])
    }

    private mutating func worker() -> ChildSpec {
        let id = ChildID("w\(workers.count + 1)")
        workers.append(id)
        names.append(id)
        let shutdowns: [Shutdown] = [.timeout(.seconds(5)), .timeout(.milliseconds(100)), .brutalKill]
        return .worker(
            id, restart: restart(), shutdown: shutdowns[dice.roll(3)],
            watchdog: dice.roll(8) == 0 ? .seconds(30) : nil)
    }

    private mutating func restart() -> Restart {
        let types: [Restart] = [.permanent, .permanent, .permanent, .transient, .temporary]
        return types[dice.roll(types.count)]
    }
}
