import Supervision

/// What a test made a child do.
struct Behaviour {
    /// How many starts from now end before they are ready.
    var failingStarts = 0
    /// With which status they end.
    var failingStatus = 1
    /// How many spawns from now the kernel refuses.
    var refusedSpawns = 0
    /// How long it takes to get ready; nil is never.
    var readyAfter: Duration? = .zero
    /// How long it takes to stop after SIGTERM; nil is deaf.
    var stopsAfter: Duration? = .zero
    /// How long it takes to finish its turns after SIGHUP; nil is deaf.
    var drainsAfter: Duration? = .zero
}

/// A kernel and a shell for the tree: carries out its actions, answers with events, and refuses what is illegal. Time
/// passes only when a test lets it.
struct FakeWorld {
    /// A process of the world.
    struct Process {
        var id: ChildID
        var incarnation: Incarnation
        var pid: Int32
        var isReady = false
        var isLeaving = false
        var digest: String?
    }

    private(set) var tree: SupervisionTree
    private(set) var now: Duration = .zero
    private(set) var processes: [Process] = []
    private(set) var events: [LifecycleEvent] = []
    /// When each of `events` happened.
    private(set) var times: [Duration] = []
    /// How many events the tree was told.
    private(set) var eventCount = 0
    private(set) var signals: [String] = []
    private(set) var answers: [(token: RequestToken, answer: Answer)] = []
    private(set) var exitStatuses: [Int] = []
    /// What the tree did that no kernel would have let it do.
    private(set) var faults: [String] = []
    /// When each spawn was asked for.
    private(set) var spawns: [(id: ChildID, incarnation: Incarnation, at: Duration)] = []
    /// Looked up by name only, never gone through.
    private var behaviours: [ChildID: Behaviour] = [:]
    private var lastIncarnations: [ChildID: Incarnation] = [:]
    private(set) var specs: [ChildID: WorkerSpec] = [:]
    /// What will happen, in order of time, and of arrival at the same time.
    private var inbox: [(at: Duration, event: Event)] = []
    private var lastPid: Int32 = 100
    private var lastToken = 0

    init(_ root: SupervisorSpec, id: ChildID = "root", seed: UInt64 = 1) {
        tree = SupervisionTree(id: id, root: root, seed: seed)
    }

    // MARK: What a test says

    mutating func behave(_ id: ChildID, _ change: (inout Behaviour) -> Void) {
        change(&behaviours[id, default: Behaviour()])
    }

    /// Tells the tree now, and carries out what it decides.
    mutating func tell(_ event: Event) {
        if case .exited(let id, let incarnation, _) = event { bury(id, incarnation) }
        if case .ready(let id, let incarnation) = event { markReady(id, incarnation) }
        eventCount += 1
        for action in tree.handle(event, at: now) { perform(action) }
    }

    /// Tells the tree, and lets everything happen that needs no time.
    mutating func play(_ event: Event) {
        tell(event)
        settle()
    }

    /// A process ends by itself; the tree hears of it when the world settles.
    mutating func end(_ id: ChildID, _ reason: ExitReason) {
        guard let process = process(id) else { return }
        schedule(.exited(id, process.incarnation, reason), after: .zero)
    }

    /// A process ends by itself, and everything follows that needs no time.
    mutating func die(_ id: ChildID, _ reason: ExitReason = .signaled(.kill, dumpedCore: false)) {
        end(id, reason)
        settle()
    }

    /// Gives an order and answers with the last reply to it, if there is one when the world has settled.
    @discardableResult mutating func order(_ command: Command) -> Answer? {
        let token = give(command)
        settle()
        return answers.last { $0.token == token }?.answer
    }

    /// Gives an order.
    mutating func give(_ command: Command) -> RequestToken {
        lastToken += 1
        let token = RequestToken(lastToken)
        tell(.command(command, token))
        return token
    }

    /// Lets happen what is due, and what somebody has scheduled; not what only the tree waits for.
    mutating func settle() {
        while let next = inbox.first?.at {
            if let wakeUp = tree.nextWakeUp, wakeUp < next, wakeUp > now {
                now = wakeUp
                tell(.wakeUp)
            } else {
                deliverNext()
            }
        }
    }

    /// Lets time pass, with everything that happens in it.
    mutating func pass(_ duration: Duration) {
        let end = now + duration
        while true {
            let next = inbox.first?.at
            let wakeUp = tree.nextWakeUp
            if let next, next <= end, next <= wakeUp ?? next {
                deliverNext()
            } else if let wakeUp, wakeUp <= end {
                now = max(now, wakeUp)
                tell(.wakeUp)
            } else {
                now = end
                return
            }
        }
    }

    // MARK: What a test looks at

    func process(_ id: ChildID) -> Process? { processes.first { $0.id == id } }

    func state(_ id: ChildID) -> NodeStatus.State? { tree.status(of: id)?.state }

    /// What happened as the oracle writes it: `+` is a supervisor started and a worker ready, `-` is gone.
    func sequence(since count: Int = 0) -> [String] {
        events.dropFirst(count).compactMap { event in
            switch (event.kind, event.node) {
            case (.started, .supervisor), (.ready, .worker): "+\(event.id)"
            case (.exited, _): "-\(event.id)"
            case (.started, .worker), (.ready, .supervisor), (.startFailed, _), (.gaveUp, _): nil
            }
        }
    }

    /// Whether nothing is on its way to the tree.
    var isQuiet: Bool { inbox.isEmpty }

    /// How many orders were given.
    var orderCount: Int { lastToken }

    // MARK: What the world does

    private mutating func deliverNext() {
        let next = inbox.removeFirst()
        now = max(now, next.at)
        tell(next.event)
    }

    private mutating func schedule(_ event: Event, after delay: Duration) {
        let time = now + delay
        let index = inbox.firstIndex { $0.at > time } ?? inbox.endIndex
        inbox.insert((time, event), at: index)
    }

    private mutating func perform(_ action: Action) {
        switch action {
        case .spawn(let id, let incarnation, let spec, let digest): spawn(id, incarnation, spec, digest)
        case .signal(let id, let incarnation, let signal): self.signal(id, incarnation, signal)
        case .record(let event):
            events.append(event)
            times.append(now)
        case .reply(let token, let answer):
            if answers.contains(where: { $0.token == token }) { faults.append("order \(token) answered twice") }
            answers.append((token, answer))
        case .forgotten(let id):
            if process(id) != nil { faults.append("\(id) is forgotten while it runs") }
        case .finished(let status):
            exitStatuses.append(status)
            if !processes.isEmpty { faults.append("finished while \(processes.map(\.id)) run") }
        }
    }

    private mutating func spawn(_ id: ChildID, _ incarnation: Incarnation, _ spec: WorkerSpec, _ digest: String?) {
        if process(id) != nil { faults.append("\(id) spawned while it runs") }
        if incarnation != (lastIncarnations[id] ?? 0).next { faults.append("\(id) has incarnation \(incarnation)") }
        lastIncarnations[id] = incarnation
        specs[id] = spec
        spawns.append((id, incarnation, now))
        if behaviours[id]?.refusedSpawns ?? 0 > 0 {
            behaviours[id]?.refusedSpawns -= 1
            schedule(.spawnFailed(id, incarnation, detail: "fork: resource temporarily unavailable"), after: .zero)
            return
        }
        lastPid += 1
        processes.append(Process(id: id, incarnation: incarnation, pid: lastPid, digest: digest))
        schedule(.spawned(id, incarnation, pid: lastPid), after: .zero)
        if behaviours[id]?.failingStarts ?? 0 > 0 {
            behaviours[id]?.failingStarts -= 1
            schedule(.exited(id, incarnation, .exited(code: behaviours[id]?.failingStatus ?? 1)), after: .zero)
        } else if spec.ready == .notify, let delay = (behaviours[id] ?? Behaviour()).readyAfter {
            schedule(.ready(id, incarnation), after: delay)
        }
    }

    private mutating func signal(_ id: ChildID, _ incarnation: Incarnation, _ signal: ChildSignal) {
        signals.append("\(signal) \(id)")
        guard let process = process(id), process.incarnation == incarnation else {
            faults.append("\(signal) to \(id)#\(incarnation), which is dead")
            return
        }
        let behaviour = behaviours[id] ?? Behaviour()
        switch signal {
        case .hangup:
            if let delay = behaviour.drainsAfter { schedule(.exited(id, incarnation, .exited(code: 0)), after: delay) }
        case .terminate:
            if let delay = behaviour.stopsAfter { schedule(.exited(id, incarnation, .exited(code: 0)), after: delay) }
        case .abort:
            if let delay = behaviour.stopsAfter {
                schedule(.exited(id, incarnation, .signaled(.abort, dumpedCore: true)), after: delay)
            }
        default: schedule(.exited(id, incarnation, .signaled(.kill, dumpedCore: false)), after: .zero)
        }
    }

    private mutating func markReady(_ id: ChildID, _ incarnation: Incarnation) {
        guard let index = processes.firstIndex(where: { $0.id == id && $0.incarnation == incarnation }) else { return }
        processes[index].isReady = true
    }

    private mutating func bury(_ id: ChildID, _ incarnation: Incarnation) {
        processes.removeAll { $0.id == id && $0.incarnation == incarnation }
    }
}

extension ChildSpec {
    /// A worker that says when it is ready.
    static func worker(
        _ id: ChildID, restart: Restart = .permanent, shutdown: Shutdown = .timeout(.seconds(5)),
        isSignificant: Bool = false, watchdog: Duration? = nil, drain: Duration = .seconds(600)
    ) -> ChildSpec {
        let spec = WorkerSpec(command: ["/bin/\(id)"], ready: .notify, watchdog: watchdog, drain: drain)
        return ChildSpec(id: id, .worker(spec), restart: restart, shutdown: shutdown, isSignificant: isSignificant)
    }
}
