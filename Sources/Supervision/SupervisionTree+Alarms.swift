// Time. A node has at most one alarm; a worker also has a watchdog.

extension SupervisionTree {
    /// Remembers the earliest alarm.
    mutating func noteAlarm(at time: Duration) {
        earliestAlarm = min(earliestAlarm ?? time, time)
    }

    /// Handles `WATCHDOG=1`: the watchdog's interval begins again.
    mutating func beat(_ child: NodeIndex) {
        guard nodes[child].process.wasReady,
            nodes[child].process.ending == nil || nodes[child].process.ending == .drain,
            let watchdog = nodes[child].spec.worker?.watchdog
        else { return }
        nodes[child].process.watchdogAt = now + watchdog
        noteAlarm(at: now + watchdog)
    }

    /// Handles the alarms that are due, in the order of the tree's storage, and finds the next one.
    mutating func ringAlarms() {
        guard let earliest = earliestAlarm, earliest <= now else { return }
        for index in nodes.indices {
            if let alarm = nodes[index].alarm, alarm.at <= now {
                nodes[index].alarm = nil
                ring(alarm.kind, index)
            }
            if let watchdogAt = nodes[index].process.watchdogAt, watchdogAt <= now {
                nodes[index].process.watchdogAt = nil
                watchdogExpired(index)
            }
        }
        earliestAlarm = nil
        for index in nodes.indices {
            if let alarm = nodes[index].alarm { noteAlarm(at: alarm.at) }
            if let watchdogAt = nodes[index].process.watchdogAt { noteAlarm(at: watchdogAt) }
        }
    }

    private mutating func ring(_ alarm: TreeNode.Alarm, _ index: NodeIndex) {
        switch alarm {
        case .startTimeout: stopProcess(index, because: .startTimeout)
        case .drained: stopProcess(index, because: .asked)
        case .restart: restartIsDue(index)
        case .kill:
            switch nodes[index].kind {
            case .worker: sendKill(index)
            case .supervisor: killSubtree(index)
            }
        }
    }

    private mutating func restartIsDue(_ child: NodeIndex) {
        guard let supervisor = nodes[child].parent else { return }
        if nodes[supervisor].isDynamic {
            startDynamic(child)
        } else {
            nodes[supervisor].supervisor.news.append(.restartDue(nodes[child].id))
            agenda.append(supervisor)
        }
    }

    /// A hang counts as a crash: SIGABRT, which leaves a core file, then SIGKILL.
    private mutating func watchdogExpired(_ child: NodeIndex) {
        nodes[child].process.ending = .watchdog
        if nodes[child].phase != .stopping { enter(.stopping, child) }
        send(.abort, to: child)
        setAlarm(.kill, after: nodes[child].spec.shutdown.grace, for: child)
    }
}
