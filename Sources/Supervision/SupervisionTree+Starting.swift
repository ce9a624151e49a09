// OTP: `do_start_child/2`, `init_children/2`.

import Services

extension SupervisionTree {
    /// Begins to start a node that is down.
    mutating func start(_ index: NodeIndex) {
        precondition(nodes[index].phase == .down, "\(nodes[index].id) is started while it runs")
        beginIncarnation(of: index)
        switch nodes[index].spec.kind {
        case .worker(var spec):
            let node = nodes[index]
            spec.limits = spec.limits.overridden(by: node.dynamic.limits)
            actions.append(.spawn(node.id, node.incarnation, spec, digest: node.dynamic.digest))
        case .supervisor(let spec):
            record(.started, index)
            bootSupervisor(index, spec)
        }
    }

    /// A supervisor starts with the children of its specification, whatever happened to them in its last incarnation.
    private mutating func bootSupervisor(_ supervisor: NodeIndex, _ spec: SupervisorSpec) {
        restoreChildren(of: supervisor, spec)
        nodes[supervisor].supervisor.history.clear()
        nodes[supervisor].supervisor.hasGivenUp = false
        agenda.append(supervisor)
        if spec.strategy == .dynamic {
            bootDynamic(supervisor)
        } else {
            let toStart = nodes[supervisor].supervisor.children.filter { nodes[$0].hold == nil }
            nodes[supervisor].supervisor.work = Work(purpose: .boot, toStart: toStart)
        }
    }

    /// Adds the deleted children of the specification again, and puts every child in its place.
    private mutating func restoreChildren(of supervisor: NodeIndex, _ spec: SupervisorSpec) {
        var children = nodes[supervisor].supervisor.children.filter { nodes[$0].origin == .declared }
        var specified: [NodeIndex] = []
        for child in spec.children {
            let node = find(child.id) ?? insert(child, under: supervisor, origin: .specification)
            nodes[node].origin = .specification  // one that was deleted may have been declared since
            specified.append(node)
        }
        children.removeAll { specified.contains($0) }
        children.insert(contentsOf: specified, at: 0)
        nodes[supervisor].supervisor.children = children
        for child in children {
            markUndefined(child)
            nodes[child].starts = 0
            nodes[child].restarts = RestartCounts()
            nodes[child].restartCause = nil
            nodes[child].trouble = TroubleState()
            if nodes[child].hold == .terminated { nodes[child].hold = nil }
        }
    }
}

// MARK: - The results of a worker's start

extension SupervisionTree {
    /// The shell has made the process.
    mutating func spawned(_ child: NodeIndex, pid: Int32) {
        guard let spec = nodes[child].spec.worker, nodes[child].process.pid == nil else { return }
        nodes[child].process.pid = pid
        record(.started, child)
        if nodes[child].phase == .stopping {
            // The stop was requested before the process had a pid; the signal is sent now.
            sendStop(child)
            return
        }
        switch spec.ready {
        case .started: becomeReady(child)
        case .notify: setAlarm(.startTimeout, after: spec.startTimeout, for: child)
        }
    }

    /// The shell could not make the process.
    mutating func spawnFailed(_ child: NodeIndex, detail: String) {
        guard nodes[child].process.pid == nil else { return }
        failStart(child, .failedToStart(detail: detail))
    }

    /// The process is ready. Ignored while it is being stopped, and if it was ready before.
    mutating func saidReady(_ child: NodeIndex) {
        guard nodes[child].phase == .starting, nodes[child].process.pid != nil else { return }
        becomeReady(child)
    }

    /// A start that did not lead to a ready process has ended.
    mutating func failStart(_ child: NodeIndex, _ reason: ExitReason) {
        enter(.down, child)
        nodes[child].alarm = nil
        let verdict = conclude(child, reason)
        record(.startFailed, child, because: child)
        tellSupervisor(of: child, .startFailed(reason, verdict))
    }

    private mutating func becomeReady(_ child: NodeIndex) {
        enter(.ready, child)
        nodes[child].alarm = nil
        nodes[child].process.wasReady = true
        beat(child)
        record(.ready, child)
        tellSupervisor(of: child, .ready)
    }
}
