import Services

/// The deciding part of `eggheadd`: the supervisors of one tree, with OTP's rules, as a value.
///
/// It takes an event and the time, and returns actions. It opens nothing, waits for nothing and reads no clock: an
/// operation that takes time is a phase of a node, which an alarm or an event ends.
///
///                     start                 READY=1
///          ┌──────┐ ─────────▶ ┌──────────┐ ─────────▶ ┌───────┐
///          │ down │            │ starting │            │ ready │
///          └──────┘ ◀───────── └──────────┘            └───────┘
///              ▲     start_failed    │ stop                │ stop, watchdog
///              │                     ▼                     ▼
///              │  exited       ┌────────────────────────────────┐
///              └────────────── │            stopping            │
///                              └────────────────────────────────┘
///
/// A supervisor is a node with the same phases. It handles one item (`News`) at a time: while a child of it starts or
/// stops (`Work`), the other items are queued. A stop from above is not queued: it interrupts. The children of a
/// `dynamic` supervisor are independent of each other, so such a supervisor has no queue.
///
/// See: OTP supervisor
package struct SupervisionTree {
    /// The nodes; the slot of a deleted child is used again.
    var nodes: [TreeNode] = []
    private var freeSlots: [NodeIndex] = []
    private var indexByID: [ChildID: NodeIndex] = [:]
    /// The last incarnation of every child ever known, so that a child that is added again continues the count.
    private var lastIncarnations: [ChildID: Incarnation] = [:]

    /// The time of the current event.
    var now: Duration = .zero
    /// The actions for the current event.
    var actions: [Action] = []
    /// The supervisors that can continue their work.
    var agenda: [NodeIndex] = []
    /// Never later than the first alarm; may be earlier, which costs one needless look.
    var earliestAlarm: Duration?
    /// The source of jitter.
    var generator: SplitMix64
    /// The number of events that named an old incarnation or an unknown child, and were dropped.
    package internal(set) var droppedNews = 0

    /// A tree in which nothing runs yet.
    ///
    /// - Parameters:
    ///   - id: The root's name.
    ///   - root: The root. Ids must be unique in the tree.
    ///   - seed: Determines the jitter of `backoff` and nothing else.
    package init(id: ChildID = "root", root: SupervisorSpec, seed: UInt64) {
        generator = SplitMix64(seed: seed)
        _ = insert(ChildSpec(id: id, .supervisor(root)), under: nil, origin: .specification)
    }

    /// Decides the actions for an event.
    ///
    /// - Parameters:
    ///   - event: What happened.
    ///   - time: When, since any origin, never earlier than before.
    /// - Returns: The actions, in the order in which the shell must perform them.
    package mutating func handle(_ event: Event, at time: Duration) -> [Action] {
        now = max(now, time)
        receive(event)
        settle()
        ringAlarms()
        settle()
        let decided = actions
        actions.removeAll()
        return decided
    }

    /// When `wakeUp` is due at the latest, or nil if nothing waits for time to pass.
    package var nextWakeUp: Duration? { earliestAlarm }

    /// The whole tree, parents before children, in start order.
    package var statuses: [NodeStatus] {
        var result: [NodeStatus] = []
        collectStatuses(of: SupervisionTree.root, into: &result)
        return result
    }

    /// One node as operators see it.
    package func status(of id: ChildID) -> NodeStatus? { indexByID[id].map(status) }

    /// The root is the first node.
    static let root: NodeIndex = 0

    private mutating func receive(_ event: Event) {
        switch event {
        case .boot: start(SupervisionTree.root)
        case .stop: stopEverything()
        case .wakeUp: break
        case .spawned(let id, let incarnation, let pid):
            if let child = current(id, incarnation) { spawned(child, pid: pid) }
        case .spawnFailed(let id, let incarnation, let detail):
            if let child = current(id, incarnation) { spawnFailed(child, detail: detail) }
        case .ready(let id, let incarnation):
            if let child = current(id, incarnation) { saidReady(child) }
        case .status(let id, let incarnation, let text):
            if let child = current(id, incarnation) { nodes[child].process.status = text }
        case .beat(let id, let incarnation):
            if let child = current(id, incarnation) { beat(child) }
        case .progressed(let id, let incarnation):
            if let child = current(id, incarnation) { nodes[child].trouble.handoffs.clear() }
        case .exited(let id, let incarnation, let reason):
            if let child = current(id, incarnation) { exited(child, reason) }
        case .command(let command, let token): receive(command, token)
        case .declare(let id, let declarations): declare(id, declarations)
        }
    }

    /// Lets every supervisor continue that can, until each waits for an event from outside.
    private mutating func settle() {
        while !agenda.isEmpty { advance(agenda.removeFirst()) }
    }

    /// The worker that an event is about, if the event names its current incarnation.
    private mutating func current(_ id: ChildID, _ incarnation: Incarnation) -> NodeIndex? {
        if let child = indexByID[id], nodes[child].kind == .worker, nodes[child].incarnation == incarnation,
            nodes[child].phase != .down
        {
            return child
        }
        droppedNews += 1
        return nil
    }
}

// MARK: - The nodes

extension SupervisionTree {
    /// The node of this name.
    func find(_ id: ChildID) -> NodeIndex? { indexByID[id] }

    /// The supervisor's part of a specification.
    func supervisorSpec(_ supervisor: NodeIndex) -> SupervisorSpec {
        guard let spec = nodes[supervisor].spec.supervisor else {
            preconditionFailure("\(nodes[supervisor].id) is a worker and has no children")
        }
        return spec
    }

    /// The number of nodes.
    var nodeCount: Int { nodes.count - freeSlots.count }

    /// Makes a node with everything under it. The caller puts it among its siblings.
    mutating func insert(_ spec: ChildSpec, under parent: NodeIndex?, origin: TreeNode.Origin) -> NodeIndex {
        precondition(indexByID[spec.id] == nil, "ids are unique in a tree, and \(spec.id) is taken")
        let node = TreeNode(
            spec, parent: parent, origin: origin, incarnation: lastIncarnations[spec.id] ?? 0, at: now)
        let index: NodeIndex
        if let free = freeSlots.popLast() {
            index = free
            nodes[index] = node
        } else {
            index = nodes.count
            nodes.append(node)
        }
        indexByID[spec.id] = index
        for child in spec.supervisor?.children ?? [] {
            let childIndex = insert(child, under: index, origin: .specification)
            nodes[index].supervisor.children.append(childIndex)
        }
        return index
    }

    /// Deletes a node and all nodes under it; all of them must be down.
    mutating func forget(_ index: NodeIndex) {
        precondition(nodes[index].phase == .down, "\(nodes[index].id) cannot be forgotten while it runs")
        precondition(indexByID[nodes[index].id] == index, "\(nodes[index].id) cannot be forgotten twice")
        for child in nodes[index].supervisor.children { forget(child) }
        if let parent = nodes[index].parent { nodes[parent].supervisor.children.removeAll { $0 == index } }
        indexByID[nodes[index].id] = nil
        nodes[index].alarm = nil
        if nodes[index].kind == .worker { actions.append(.forgotten(nodes[index].id)) }
        freeSlots.append(index)
    }

    /// Begins a new incarnation of a node.
    mutating func beginIncarnation(of index: NodeIndex) {
        nodes[index].incarnation = nodes[index].incarnation.next
        lastIncarnations[nodes[index].id] = nodes[index].incarnation
        if nodes[index].starts > 0 { nodes[index].restarts.add(nodes[index].causeOfRestart) }
        nodes[index].starts += 1
        nodes[index].restartCause = nil
        nodes[index].isAskedToStop = false
        nodes[index].alarm = nil
        nodes[index].process = ProcessState(digest: nodes[index].dynamic.digest)
        enter(.starting, index)
    }

    /// Changes a node's phase.
    mutating func enter(_ phase: TreeNode.Phase, _ index: NodeIndex) {
        nodes[index].phase = phase
        nodes[index].since = now
        if phase == .ready { nodes[index].readyAt = now }
    }

    /// Sets the alarm of a node.
    mutating func setAlarm(_ kind: TreeNode.Alarm, after delay: Duration, for index: NodeIndex) {
        nodes[index].alarm = (kind, now + delay)
        noteAlarm(at: now + delay)
    }

    /// Records a lifecycle event of a node.
    ///
    /// - Parameter ended: The node whose end is the reason for `exited`, `start_failed` and `gave_up`.
    mutating func record(_ kind: LifecycleEvent.Kind, _ index: NodeIndex, because ended: NodeIndex? = nil) {
        let node = nodes[index], end = ended.flatMap { nodes[$0].lastEnd }
        let event = LifecycleEvent(
            kind, node.id, node.kind, node.incarnation, pid: node.process.pid, reason: end?.reason,
            verdict: end?.verdict)
        actions.append(.record(event))
    }

    /// Whether a ready process has been silent for so long that its watchdog expires soon. A process beats twice in an
    /// interval.
    package func isSilent(_ id: ChildID, at now: Duration) -> Bool {
        guard let index = find(id), nodes[index].phase == .ready, let expiry = nodes[index].process.watchdogAt,
            let interval = nodes[index].spec.worker?.watchdog
        else { return false }
        return expiry - now < interval / 4
    }

    /// Records the end of an incarnation, and decides what the end meant, once for all readers.
    mutating func conclude(_ index: NodeIndex, _ reason: ExitReason) -> ExitVerdict {
        let statuses = nodes[index].parent.map { supervisorSpec($0).statuses } ?? .plain
        let verdict = reason.verdict(under: statuses, startCode: nodes[index].process.exitCode)
        nodes[index].lastEnd = (reason, verdict)
        return verdict
    }

    private func collectStatuses(of index: NodeIndex, into result: inout [NodeStatus]) {
        result.append(status(index))
        for child in nodes[index].supervisor.children { collectStatuses(of: child, into: &result) }
    }

    private func status(_ index: NodeIndex) -> NodeStatus {
        let node = nodes[index]
        return NodeStatus(
            id: node.id, kind: node.kind, parent: node.parent.map { nodes[$0].id }, incarnation: node.incarnation,
            pid: node.phase == .down ? nil : node.process.pid, state: node.state, restarts: max(0, node.starts - 1),
            restartCauses: node.restarts, isHeld: node.hold != nil, since: node.since,
            status: node.phase == .down && !node.hasSaidWhy ? nil : node.process.status,
            lastExit: node.lastEnd?.reason,
            digest: node.phase == .down ? node.dynamic.digest : node.process.digest)
    }
}
