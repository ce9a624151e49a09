// How a supervisor works: one item of its queue at a time, and for each a list of children to stop and a list to start.
// OTP's supervisor blocks in `start_children` and `terminate_children`; here the lists are kept, and the event that
// completes a step of a child puts its supervisor on the agenda.

import Services

extension SupervisionTree {
    /// The events of a child for its supervisor.
    enum Outcome {
        /// Its start succeeded.
        case ready
        /// Its start failed, or was interrupted.
        case startFailed(ExitReason, ExitVerdict)
        /// It was ready, and has ended.
        case gone(ExitVerdict)
    }

    /// Continues the current work, then takes the next items, until an event from outside is needed.
    mutating func advance(_ supervisor: NodeIndex) {
        guard nodes[supervisor].kind == .supervisor, nodes[supervisor].phase != .down else { return }
        if nodes[supervisor].isDynamic {
            advanceDynamic(supervisor)
            return
        }
        while true {
            guard let work = nodes[supervisor].supervisor.work else {
                guard nodes[supervisor].phase == .ready, !nodes[supervisor].supervisor.news.isEmpty else { return }
                handleNews(nodes[supervisor].supervisor.news.removeFirst(), at: supervisor)
                continue
            }
            if let child = work.toStop.first {
                if nodes[child].phase == .down {
                    nodes[supervisor].supervisor.work?.toStop.removeFirst()
                    terminated(child, of: supervisor, during: work.purpose)
                } else {
                    stop(child)
                    return
                }
            } else if work.starting != nil {
                return
            } else if let child = work.toStart.first {
                nodes[supervisor].supervisor.work?.starting = child
                start(child)
            } else {
                nodes[supervisor].supervisor.work = nil
                finish(work.purpose, of: supervisor)
            }
        }
    }

    /// Handles an event of a child.
    mutating func tellSupervisor(of child: NodeIndex, _ outcome: Outcome) {
        guard let supervisor = nodes[child].parent else {
            rootIs(outcome)
            return
        }
        agenda.append(supervisor)
        if nodes[supervisor].isDynamic {
            dynamicChild(child, of: supervisor, is: outcome)
            return
        }
        switch outcome {
        case .ready:
            guard nodes[supervisor].supervisor.work?.starting == child else { return }
            nodes[child].presence = .running
            nodes[supervisor].supervisor.work?.starting = nil
            nodes[supervisor].supervisor.work?.toStart.removeFirst()
        case .startFailed(let reason, _):
            guard nodes[supervisor].supervisor.work?.starting == child else { return }
            startFailed(child, reason, of: supervisor)
        case .gone(let verdict):
            // A child that was asked to stop is awaited in `toStop`, as OTP's `shutdown/1` awaits the 'DOWN'.
            guard !nodes[child].isAskedToStop else { return }
            let news = News.exited(nodes[child].id, nodes[child].incarnation, verdict)
            nodes[supervisor].supervisor.news.append(news)
        }
    }

    /// A child could not be started: the consequence depends on the purpose of the start.
    private mutating func startFailed(_ child: NodeIndex, _ reason: ExitReason, of supervisor: NodeIndex) {
        guard let work = nodes[supervisor].supervisor.work else { return }
        let id = nodes[child].id
        let detail = "\(id): \(reason.inWords)"
        nodes[supervisor].supervisor.work = nil
        switch work.purpose {
        case .boot:
            enter(.stopping, supervisor)
            let children = nodes[supervisor].supervisor.children
            nodes[supervisor].supervisor.work = Work(
                purpose: .rollBack(.failedToStart(detail: detail)), toStop: children.reversed())
        case .restart:
            tryAgainRestart(child, of: supervisor)
        case .bringUp(let token):
            tryAgainRestart(child, of: supervisor)
            reply(token, .failed("cannot start \(detail)"))
        case .startChild(let token):
            forget(child)
            reply(token, .failed("cannot start \(detail)"))
        case .restartChild(let token):
            reply(token, .failed("cannot start \(detail)"))
        case .rollBack, .shutDown, .delayRestart, .bringDown, .terminateChild:
            preconditionFailure("\(nodes[supervisor].id) started \(id) while it only stops children")
        }
    }

    /// A child in `toStop` is down.
    private mutating func terminated(_ child: NodeIndex, of supervisor: NodeIndex, during purpose: Work.Purpose) {
        let isTemporary = nodes[child].spec.restart == .temporary && nodes[child].hold == nil
        switch purpose {
        case .restart, .delayRestart, .terminateChild:
            markUndefined(child)
            // OTP's `terminate_children/2`: temporary children are not restarted, so they are not kept either.
            if isTemporary {
                nodes[supervisor].supervisor.work?.toStart.removeAll { $0 == child }
                forget(child)
            }
        case .boot, .rollBack, .shutDown, .bringUp, .bringDown, .startChild, .restartChild:
            markUndefined(child)
        }
    }

    /// The last step of the current work is done.
    private mutating func finish(_ purpose: Work.Purpose, of supervisor: NodeIndex) {
        switch purpose {
        case .boot:
            enter(.ready, supervisor)
            record(.ready, supervisor)
            tellSupervisor(of: supervisor, .ready)
        case .rollBack(let reason): end(supervisor, reason)
        case .shutDown: end(supervisor, .shutdown)
        case .restart: break
        case .delayRestart(let child, let delay):
            nodes[child].presence = .restarting
            setAlarm(.restart, after: delay, for: child)
        case .bringUp(let token), .bringDown(let token), .startChild(let token), .restartChild(let token),
            .terminateChild(let token):
            reply(token, .ok)
        }
    }

    /// Marks a child as not running and not to be restarted: OTP's `undefined`.
    mutating func markUndefined(_ child: NodeIndex) {
        nodes[child].presence = .undefined
        nodes[child].alarm = nil
    }

    /// Answers an order.
    mutating func reply(_ token: RequestToken, _ answer: Answer) { actions.append(.reply(token, answer)) }
}
