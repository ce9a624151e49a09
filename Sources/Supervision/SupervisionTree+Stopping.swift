// OTP: `terminate_children/2`, `do_terminate/2`, `shutdown/1`.

extension SupervisionTree {
    /// Stops the whole tree: eggheadd was told to stop.
    mutating func stopEverything() {
        switch nodes[SupervisionTree.root].phase {
        case .down: actions.append(.finished(exitStatus: 0))
        case .starting, .ready, .stopping: stop(SupervisionTree.root)
        }
    }

    /// Asks a node to stop in the way of its specification. A second request has no effect.
    mutating func stop(_ index: NodeIndex) {
        guard nodes[index].phase != .down, !nodes[index].isAskedToStop || nodes[index].process.ending == .drain else {
            return
        }
        nodes[index].isAskedToStop = true
        switch nodes[index].spec.kind {
        case .worker: stopProcess(index, because: .asked)
        case .supervisor: stopSupervisor(index)
        }
    }

    /// Asks a process to exit. A process that is being stopped because of its own fault is not asked again.
    mutating func stopProcess(_ child: NodeIndex, because ending: ProcessState.Ending) {
        switch nodes[child].process.ending {
        case .startTimeout, .watchdog, .asked, .killed:
            if nodes[child].spec.shutdown == .brutalKill { sendKill(child) }
            return
        case .drain, nil: break
        }
        nodes[child].process.ending = ending
        nodes[child].process.watchdogAt = nil
        if nodes[child].phase != .stopping { enter(.stopping, child) }
        if nodes[child].process.pid != nil { sendStop(child) }
    }

    /// Sends the signal with which a process is stopped.
    mutating func sendStop(_ child: NodeIndex) {
        nodes[child].alarm = nil
        if nodes[child].process.ending == .killed {
            sendKill(child)
            return
        }
        switch nodes[child].spec.shutdown {
        case .brutalKill: sendKill(child)
        case .timeout(let duration):
            send(.terminate, to: child)
            setAlarm(.kill, after: duration, for: child)
        case .infinity:
            send(.terminate, to: child)
            // A process that was never ready does not get unlimited time.
            if nodes[child].process.ending == .startTimeout {
                setAlarm(.kill, after: nodes[child].spec.shutdown.grace, for: child)
            }
        }
    }

    /// Sends SIGKILL; after that the tree only waits for the exit.
    mutating func sendKill(_ child: NodeIndex) {
        nodes[child].alarm = nil
        send(.kill, to: child)
    }

    /// Sends a signal to a process that is alive.
    mutating func send(_ signal: ChildSignal, to child: NodeIndex) {
        actions.append(.signal(nodes[child].id, nodes[child].incarnation, signal))
    }

    private mutating func stopSupervisor(_ supervisor: NodeIndex) {
        switch nodes[supervisor].spec.shutdown {
        case .brutalKill: killSubtree(supervisor)
        case .timeout(let duration):
            beginShutDown(supervisor)
            setAlarm(.kill, after: duration, for: supervisor)
        case .infinity: beginShutDown(supervisor)
        }
    }

    /// Begins to stop all children of a supervisor, then the supervisor; interrupts its current work.
    mutating func beginShutDown(_ supervisor: NodeIndex) {
        guard nodes[supervisor].phase != .stopping else { return }
        enter(.stopping, supervisor)
        agenda.append(supervisor)
        let interrupted = nodes[supervisor].supervisor.work
        var toStop = Array(nodes[supervisor].supervisor.children.reversed())
        // A child that is starting or stopping goes first; then the reverse of the start order.
        if let inTransit = interrupted?.toStop.first ?? interrupted?.starting {
            toStop.removeAll { $0 == inTransit }
            toStop.insert(inTransit, at: 0)
        }
        nodes[supervisor].supervisor.work = Work(purpose: .shutDown, toStop: toStop)
        if nodes[supervisor].isDynamic { stopDynamicChildren(of: supervisor) }
        refuseOrders(of: supervisor, interrupted: interrupted)
    }

    /// Orders that will not be carried out are answered, and the next incarnation starts without old news.
    private mutating func refuseOrders(of supervisor: NodeIndex, interrupted: Work?) {
        let refusal = Answer.failed("\(nodes[supervisor].id) is stopping")
        if let token = interrupted?.purpose.token { reply(token, refusal) }
        let news = nodes[supervisor].supervisor.news
        nodes[supervisor].supervisor.news.removeAll()
        for case .command(_, let token) in news { reply(token, refusal) }
    }

    /// Kills every process under a supervisor at once, as OTP does when a supervisor itself is killed.
    mutating func killSubtree(_ supervisor: NodeIndex) {
        beginShutDown(supervisor)
        nodes[supervisor].alarm = nil
        for child in nodes[supervisor].supervisor.children where nodes[child].phase != .down {
            nodes[child].isAskedToStop = true
            switch nodes[child].kind {
            case .supervisor: killSubtree(child)
            case .worker: killProcess(child)
            }
        }
    }

    private mutating func killProcess(_ child: NodeIndex) {
        nodes[child].process.ending = .killed
        nodes[child].process.watchdogAt = nil
        if nodes[child].phase != .stopping { enter(.stopping, child) }
        if nodes[child].process.pid != nil { sendKill(child) }
    }

    /// A supervisor's children are down, so the supervisor is down.
    mutating func end(_ supervisor: NodeIndex, _ reason: ExitReason) {
        let wasBooting: Bool
        if case .failedToStart = reason { wasBooting = true } else { wasBooting = false }
        for child in nodes[supervisor].supervisor.children
        where nodes[child].origin == .added || nodes[child].dynamic.isLeaving {
            forget(child)
        }
        for child in nodes[supervisor].supervisor.children { markUndefined(child) }
        refuseOrders(of: supervisor, interrupted: nil)
        nodes[supervisor].supervisor.work = nil
        nodes[supervisor].alarm = nil
        let verdict = conclude(supervisor, reason)
        enter(.down, supervisor)
        record(.exited, supervisor, because: supervisor)
        tellSupervisor(of: supervisor, wasBooting ? .startFailed(reason, verdict) : .gone(verdict))
    }

    /// The root has no supervisor: when it ends, eggheadd ends.
    mutating func rootIs(_ outcome: Outcome) {
        switch outcome {
        case .ready: break
        case .startFailed: actions.append(.finished(exitStatus: 1))
        case .gone:
            let root = nodes[SupervisionTree.root]
            actions.append(.finished(exitStatus: root.supervisor.hasGivenUp ? 1 : 0))
        }
    }
}

// MARK: - The end of a worker's process

extension SupervisionTree {
    /// The process has ended.
    mutating func exited(_ child: NodeIndex, _ reason: ExitReason) {
        guard nodes[child].process.pid != nil else { return }
        let process = nodes[child].process
        if case .exited(let code) = reason { nodes[child].process.exitCode = code }
        guard process.wasReady else {
            failStart(child, failedStart(of: child, reason))
            return
        }
        let named = named(reason, process.ending)
        enter(.down, child)
        nodes[child].alarm = nil
        nodes[child].process.watchdogAt = nil
        let verdict = conclude(child, named)
        record(.exited, child, because: child)
        tellSupervisor(of: child, .gone(verdict))
    }

    /// The reason of an end that the tree may have caused.
    private func named(_ reason: ExitReason, _ ending: ProcessState.Ending?) -> ExitReason {
        switch ending {
        case .drain, .asked, .killed: .shutdown
        case .watchdog: .watchdog
        case .startTimeout: .failedToStart(detail: "not ready in time")
        case nil: reason
        }
    }

    /// Why a process that was never ready has ended.
    private func failedStart(of child: NodeIndex, _ reason: ExitReason) -> ExitReason {
        switch nodes[child].process.ending {
        case .drain, .asked, .killed: .shutdown
        case .startTimeout, .watchdog:
            .failedToStart(detail: "not ready within \(nodes[child].spec.worker?.startTimeout ?? .zero)")
        case nil: .failedToStart(detail: "\(reason.inWords) before it was ready")
        }
    }
}
