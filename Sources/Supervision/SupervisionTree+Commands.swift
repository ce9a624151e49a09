// Orders of operators. OTP: `handle_call/3`. An order waits in the supervisor's queue like other news; a dynamic
// supervisor has no queue and begins at once.

extension SupervisionTree {
    /// Passes an order to the supervisor that carries it out.
    mutating func receive(_ command: Command, _ token: RequestToken) {
        guard let supervisor = supervisor(for: command) else {
            reply(token, answerWithoutSupervisor(command))
            return
        }
        guard nodes[supervisor].phase == .starting || nodes[supervisor].phase == .ready else {
            reply(token, .failed("\(nodes[supervisor].id), which would have to do it, is \(nodes[supervisor].state)"))
            return
        }
        if nodes[supervisor].isDynamic {
            carryOutDynamic(command, token, at: supervisor)
            return
        }
        guard nodes[supervisor].supervisor.news.count < SupervisionLimits.commandsQueuedMax else {
            reply(token, .failed("\(nodes[supervisor].id) has too many orders waiting; try again"))
            return
        }
        nodes[supervisor].supervisor.news.append(.command(command, token))
        agenda.append(supervisor)
    }

    private func supervisor(for command: Command) -> NodeIndex? {
        guard let subject = find(command.subject) else { return nil }
        if case .addChild = command { return nodes[subject].kind == .supervisor ? subject : nil }
        return nodes[subject].parent
    }

    /// The answer to an order that names no child, or the root, which has no supervisor.
    private func answerWithoutSupervisor(_ command: Command) -> Answer {
        let id = command.subject
        if case .addChild = command { return .notFound }
        return find(id) == nil ? .notFound : .failed("\(id) is the root of the tree; egghead shutdown ends it")
    }

    /// Carries out an order at a supervisor that is not busy.
    mutating func carryOut(_ command: Command, _ token: RequestToken, at supervisor: NodeIndex) {
        if case .addChild(_, let spec) = command {
            startChild(spec, token, at: supervisor)
        } else if let child = find(command.subject), nodes[child].parent == supervisor {
            carryOut(command, token, on: child, of: supervisor)
        } else {
            reply(token, .notFound)
        }
    }

    private mutating func carryOut(
        _ command: Command, _ token: RequestToken, on child: NodeIndex, of supervisor: NodeIndex
    ) {
        switch command {
        case .addChild: preconditionFailure("start_child names no child that exists")
        case .terminateChild: begin(Work(purpose: .terminateChild(token), toStop: [child]), at: supervisor)
        case .restartChild:
            guard isUndefined(child, else: token) else { return }
            nodes[child].hold = nil
            begin(Work(purpose: .restartChild(token), toStart: [child]), at: supervisor)
        case .deleteChild:
            guard isUndefined(child, else: token) else { return }
            forget(child)
            reply(token, .ok)
        case .stop:
            nodes[child].hold = .stoppedByOperator
            begin(Work(purpose: .bringDown(token), toStop: [child]), at: supervisor)
        case .start:
            guard nodes[child].presence != .running else {
                reply(token, .running)
                return
            }
            bringUp(child, token, at: supervisor)
        case .restart: bringUp(child, token, at: supervisor)
        }
    }

    /// An operator's order clears the child's history: earlier failures no longer count.
    private mutating func bringUp(_ child: NodeIndex, _ token: RequestToken, at supervisor: NodeIndex) {
        nodes[child].hold = nil
        nodes[child].trouble = TroubleState()
        nodes[child].restartCause = .order
        begin(Work(purpose: .bringUp(token), toStop: [child], toStart: [child]), at: supervisor)
    }

    private mutating func begin(_ work: Work, at supervisor: NodeIndex) {
        nodes[supervisor].supervisor.work = work
    }

    /// Whether a child is down for good, which `restart_child` and `delete_child` require; answers the order if it is
    /// not.
    func answer(forPresenceOf child: NodeIndex) -> Answer? {
        switch nodes[child].presence {
        case .undefined: nil
        case .running: .running
        case .restarting: .restarting
        }
    }

    private mutating func isUndefined(_ child: NodeIndex, else token: RequestToken) -> Bool {
        guard let answer = answer(forPresenceOf: child) else { return true }
        reply(token, answer)
        return false
    }

    /// OTP's `handle_start_child/2`.
    private mutating func startChild(_ spec: ChildSpec, _ token: RequestToken, at supervisor: NodeIndex) {
        if let refusal = refusal(of: spec, at: supervisor) {
            reply(token, refusal)
            return
        }
        let child = insert(spec, under: supervisor, origin: .added)
        nodes[supervisor].supervisor.children.append(child)
        begin(Work(purpose: .startChild(token), toStart: [child]), at: supervisor)
    }

    /// Why a child cannot be added, if it cannot: OTP's `check_childspec/2`, and that ids are unique in a tree.
    func refusal(of spec: ChildSpec, at supervisor: NodeIndex) -> Answer? {
        if let known = find(spec.id) {
            guard nodes[known].parent == supervisor else {
                return .failed("cannot add \(spec.id): the name is taken elsewhere in the tree")
            }
            return nodes[known].presence == .running ? .alreadyStarted : .alreadyPresent
        }
        var ids: [ChildID] = []
        collectIDs(of: spec, into: &ids)
        if let taken = ids.first(where: { find($0) != nil }) ?? repeated(in: ids) {
            return .failed("cannot add \(spec.id): the name \(taken) in it is taken")
        }
        if let reserved = firstReserved(in: spec, under: nodes[supervisor].id) {
            return .failed("cannot add \(spec.id): the name \(reserved) belongs elsewhere in the tree")
        }
        guard nodeCount + ids.count <= SupervisionLimits.nodesMax else {
            return .failed("cannot add \(spec.id): the tree is full (\(SupervisionLimits.nodesMax) nodes)")
        }
        if spec.isSignificant, spec.restart == .permanent || supervisorSpec(supervisor).autoShutdown == .never {
            return .failed(
                "cannot add \(spec.id): significant needs restart transient or temporary, and auto_shutdown above it")
        }
        return nil
    }

    /// The first name in a child that the specification gives to another supervisor, also if no child has it now: the
    /// restart of that supervisor would make the child again.
    private func firstReserved(in spec: ChildSpec, under parent: ChildID) -> ChildID? {
        if isReserved(spec.id, from: parent) { return spec.id }
        for child in spec.supervisor?.children ?? [] {
            if let reserved = firstReserved(in: child, under: spec.id) { return reserved }
        }
        return nil
    }

    /// Whether a name belongs to another supervisor than this one.
    func isReserved(_ id: ChildID, from parent: ChildID) -> Bool {
        nodes.indices.contains { index in
            // Every child of the specification is in the specification of the root.
            guard index == SupervisionTree.root || nodes[index].origin == .added, find(nodes[index].id) == index else {
                return false
            }
            return owner(of: id, in: nodes[index].spec).map { $0 != parent } ?? false
        }
    }

    private func owner(of id: ChildID, in spec: ChildSpec) -> ChildID? {
        for child in spec.supervisor?.children ?? [] {
            if child.id == id { return spec.id }
            if let owner = owner(of: id, in: child) { return owner }
        }
        return nil
    }

    private func collectIDs(of spec: ChildSpec, into ids: inout [ChildID]) {
        ids.append(spec.id)
        for child in spec.supervisor?.children ?? [] { collectIDs(of: child, into: &ids) }
    }

    private func repeated(in ids: [ChildID]) -> ChildID? {
        var seen: Set<ChildID> = []
        return ids.first { !seen.insert($0).inserted }
    }
}
