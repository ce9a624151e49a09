// Strategy `dynamic`: children of one template, independent of each other. There is no queue: the wanted state of a
// child is kept with the child (`hold`, `isLeaving`, the digest), and whenever the child is down, `reconsider` decides
// from it what follows.
//
// See: Elixir's DynamicSupervisor, which has the strategy but neither back-off nor quarantine

import Services

extension SupervisionTree {
    /// A dynamic supervisor is ready at once: no child of it can fail its start.
    mutating func bootDynamic(_ supervisor: NodeIndex) {
        enter(.ready, supervisor)
        record(.ready, supervisor)
        tellSupervisor(of: supervisor, .ready)
        reconcile(supervisor)
        for child in nodes[supervisor].supervisor.children where nodes[child].phase == .down {
            reconsider(child, of: supervisor)
        }
    }

    /// A dynamic supervisor waits for one thing only: the end of all its children.
    mutating func advanceDynamic(_ supervisor: NodeIndex) {
        guard nodes[supervisor].phase == .stopping else { return }
        if nodes[supervisor].supervisor.children.allSatisfy({ nodes[$0].phase == .down }) { end(supervisor, .shutdown) }
    }

    /// All children stop at once.
    mutating func stopDynamicChildren(of supervisor: NodeIndex) {
        let refusal = Answer.failed("\(nodes[supervisor].id) is stopping")
        for child in nodes[supervisor].supervisor.children {
            answerWaiters(of: child, for: .up, refusal)
            answerWaiters(of: child, for: .down, .ok)
            if nodes[child].phase == .down { markUndefined(child) } else { stop(child) }
        }
    }

    /// Handles an event of a child.
    mutating func dynamicChild(_ child: NodeIndex, of supervisor: NodeIndex, is outcome: Outcome) {
        guard nodes[supervisor].phase == .ready else { return }
        switch outcome {
        case .ready: answerWaiters(of: child, for: .up, .ok)
        case .startFailed(let reason, let verdict):
            if nodes[child].isAskedToStop {
                reconsider(child, of: supervisor)
            } else {
                dynamicStartFailed(child, reason, verdict, of: supervisor)
            }
        case .gone(let verdict):
            if nodes[child].isAskedToStop {
                reconsider(child, of: supervisor)
            } else {
                dynamicExited(child, verdict, of: supervisor)
            }
        }
    }

    /// Decides what a child that is down should do, when nothing delays it any more.
    mutating func reconsider(_ child: NodeIndex, of supervisor: NodeIndex) {
        answerWaiters(of: child, for: .down, .ok)
        if nodes[child].dynamic.isLeaving || nodes[child].hold != nil {
            answerWaiters(of: child, for: .up, .failed("\(nodes[child].id) was ordered to stop meanwhile"))
            markUndefined(child)
            if nodes[child].dynamic.isLeaving {
                keepHold(on: child, of: supervisor)
                forget(child)
            }
        } else {
            startDynamic(child)
        }
    }

    /// Starts a child that is down.
    mutating func startDynamic(_ child: NodeIndex) {
        nodes[child].presence = .running
        start(child)
    }

    /// Asks a running process to exit gently: it may finish its turns, and has `drain` for that.
    mutating func drain(_ child: NodeIndex) {
        guard let worker = nodes[child].spec.worker else {
            stop(child)
            return
        }
        nodes[child].isAskedToStop = true
        nodes[child].process.ending = .drain
        enter(.stopping, child)
        send(.hangup, to: child)
        setAlarm(.drained, after: worker.drain, for: child)
    }

    private mutating func dynamicExited(_ child: NodeIndex, _ verdict: ExitVerdict, of supervisor: NodeIndex) {
        let spec = supervisorSpec(supervisor)
        forgiveAttempts(of: child, spec)
        switch fate(of: child, after: verdict, under: spec) {
        case .remain: remainDown(child, of: supervisor, spec)
        case .restart:
            guard countRestart(of: child, spec, of: supervisor) else { return }
            restartDynamic(child, after: nextDelay(for: child, spec, isPostponed: false))
        case .postpone: restartDynamic(child, after: nextDelay(for: child, spec, isPostponed: true))
        case .handoff: restartDynamic(child, after: .zero)
        case .misconfigured: hold(child, .misconfigured)
        }
    }

    /// A failed start stops no other child, and is tried again. It counts for the child's own intensity, never for the
    /// supervisor's. A start that the child itself calls temporary does not count.
    private mutating func dynamicStartFailed(
        _ child: NodeIndex, _ reason: ExitReason, _ verdict: ExitVerdict, of supervisor: NodeIndex
    ) {
        let spec = supervisorSpec(supervisor)
        let isStartChild = nodes[child].origin == .added && nodes[child].starts == 1
        answerWaiters(of: child, for: .up, .failed("cannot start \(nodes[child].id): \(reason.inWords)"))
        if isStartChild {
            forget(child)
        } else if verdict == .misconfigured {
            hold(child, .misconfigured)
        } else if nodes[child].spec.restart == .temporary {
            remainDown(child, of: supervisor, spec)
        } else if spec.effectiveQuarantine == nil || verdict == .temporaryFailure
            || countRestart(of: child, spec, of: supervisor)
        {
            restartDynamic(child, after: nextDelay(for: child, spec, isPostponed: true))
        }
    }

    private mutating func restartDynamic(_ child: NodeIndex, after delay: Duration) {
        if delay > .zero {
            nodes[child].presence = .restarting
            setAlarm(.restart, after: delay, for: child)
        } else {
            startDynamic(child)
        }
    }

    /// A child has ended for good. A child that was added is deleted with its process, as in DynamicSupervisor.
    private mutating func remainDown(_ child: NodeIndex, of supervisor: NodeIndex, _ spec: SupervisorSpec) {
        let isSignificant = nodes[child].spec.isSignificant
        markUndefined(child)
        if nodes[child].origin == .added { forget(child) }
        if isSignificant { autoShutdown(supervisor, spec) }
    }

    /// Answers the orders that wait until a child reaches a state.
    private mutating func answerWaiters(of child: NodeIndex, for goal: DynamicState.Waiter.Goal, _ answer: Answer) {
        let answered = nodes[child].dynamic.waiters.filter { $0.goal == goal }
        nodes[child].dynamic.waiters.removeAll { $0.goal == goal }
        for waiter in answered { reply(waiter.token, answer) }
    }
}

// MARK: - Orders

extension SupervisionTree {
    /// Carries out an order at once.
    mutating func carryOutDynamic(_ command: Command, _ token: RequestToken, at supervisor: NodeIndex) {
        if case .addChild(_, let spec) = command {
            startDynamicChild(spec, token, at: supervisor)
        } else if let child = find(command.subject), !nodes[child].dynamic.isLeaving {
            carryOutDynamic(command, token, on: child, of: supervisor)
        } else {
            reply(token, .notFound)
        }
    }

    private mutating func carryOutDynamic(
        _ command: Command, _ token: RequestToken, on child: NodeIndex, of supervisor: NodeIndex
    ) {
        switch command {
        case .addChild: preconditionFailure("start_child names no child that exists")
        case .stop:
            nodes[child].hold = .stoppedByOperator
            bringDown(child, token, of: supervisor)
        case .terminateChild:
            if nodes[child].origin == .added {
                nodes[child].dynamic.isLeaving = true
            } else {
                nodes[child].hold = .terminated
            }
            bringDown(child, token, of: supervisor)
        case .restart: bringUp(child, token, of: supervisor, stopsFirst: true)
        case .start:
            if nodes[child].phase == .starting || nodes[child].phase == .ready {
                reply(token, .running)
            } else {
                bringUp(child, token, of: supervisor, stopsFirst: false)
            }
        case .restartChild:
            if let answer = answer(forPresenceOf: child) {
                reply(token, answer)
            } else {
                bringUp(child, token, of: supervisor, stopsFirst: false)
            }
        case .deleteChild:
            if let answer = answer(forPresenceOf: child) {
                reply(token, answer)
            } else {
                forget(child)
                reply(token, .ok)
            }
        }
    }

    private mutating func bringDown(_ child: NodeIndex, _ token: RequestToken, of supervisor: NodeIndex) {
        nodes[child].dynamic.waiters.append(DynamicState.Waiter(token: token, goal: .down))
        if nodes[child].phase == .down { reconsider(child, of: supervisor) } else { stop(child) }
    }

    private mutating func bringUp(_ child: NodeIndex, _ token: RequestToken, of supervisor: NodeIndex, stopsFirst: Bool)
    {
        nodes[child].hold = nil
        nodes[child].trouble = TroubleState()
        nodes[child].restartCause = .order
        nodes[child].dynamic.waiters.append(DynamicState.Waiter(token: token, goal: .up))
        if nodes[child].phase == .down {
            reconsider(child, of: supervisor)
        } else if stopsFirst {
            stop(child)
        }
    }

    private mutating func startDynamicChild(_ spec: ChildSpec, _ token: RequestToken, at supervisor: NodeIndex) {
        if let refusal = refusal(of: spec, at: supervisor) {
            reply(token, refusal)
            return
        }
        let child = insert(spec, under: supervisor, origin: .added)
        nodes[supervisor].supervisor.children.append(child)
        nodes[child].dynamic.waiters = [DynamicState.Waiter(token: token, goal: .up)]
        startDynamic(child)
    }
}
