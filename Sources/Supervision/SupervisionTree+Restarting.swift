// OTP: `restart_child/3`, `do_restart/3`, `restart/2`, `restart_multiple_children/3`, `do_auto_shutdown/2`.

import Services

extension SupervisionTree {
    /// The consequence of a child's end that was not asked for.
    enum Fate: Hashable {
        /// It stays down: OTP's `del_child`.
        case remain
        /// It is restarted, and that counts as one more restart.
        case restart
        /// It asked to be restarted after a delay; the restart does not count.
        case postpone
        /// It asked to be restarted at once; the restart does not count.
        case handoff
        /// It stays down until its digest changes or an operator says so.
        case misconfigured
    }

    /// Handles one item of the queue of a supervisor that is not busy.
    mutating func handleNews(_ news: News, at supervisor: NodeIndex) {
        switch news {
        case .exited(let id, let incarnation, let verdict):
            // The child may have been stopped, replaced or deleted since.
            guard let child = find(id), nodes[child].incarnation == incarnation, nodes[child].phase == .down,
                nodes[child].presence == .running
            else { return }
            childExited(child, verdict, of: supervisor)
        case .tryAgainRestart(let id):
            guard let child = find(id), nodes[child].presence == .restarting, nodes[child].alarm == nil else { return }
            restart(child, of: supervisor)
        case .restartDue(let id):
            guard let child = find(id), nodes[child].presence == .restarting, nodes[child].alarm == nil else { return }
            beginRestart(child, of: supervisor, after: .zero)
        case .command(let command, let token):
            carryOut(command, token, at: supervisor)
        }
    }

    /// The consequence of an end with this verdict. `finished` and `stopped` are OTP's `normal` and `shutdown`.
    ///
    /// See: OTP supervisor, `do_restart/3`
    mutating func fate(of child: NodeIndex, after verdict: ExitVerdict, under spec: SupervisorSpec) -> Fate {
        let restart = nodes[child].spec.restart
        switch verdict {
        case .misconfigured: return .misconfigured
        case .temporaryFailure: return restart == .temporary ? .remain : .postpone
        case .handoff:
            guard restart != .temporary else { return .remain }
            let allowed = RestartIntensity(
                limit: SupervisionLimits.handoffsMax, period: (spec.effectiveQuarantine ?? spec.intensity).period)
            return nodes[child].trouble.handoffs.add(at: now, within: allowed) ? .handoff : .restart
        case .finished, .stopped: return restart == .permanent ? .restart : .remain
        case .crash: return restart == .temporary ? .remain : .restart
        }
    }

    /// OTP's `do_restart/3`.
    private mutating func childExited(_ child: NodeIndex, _ verdict: ExitVerdict, of supervisor: NodeIndex) {
        let spec = supervisorSpec(supervisor)
        forgiveAttempts(of: child, spec)
        switch fate(of: child, after: verdict, under: spec) {
        case .remain:
            let isSignificant = nodes[child].spec.isSignificant
            deleteEnded(child)
            if isSignificant { autoShutdown(supervisor, spec) }
        case .restart: restart(child, of: supervisor)
        case .postpone: beginRestart(child, of: supervisor, after: nextDelay(for: child, spec, isPostponed: true))
        case .handoff: beginRestart(child, of: supervisor, after: .zero)
        case .misconfigured: hold(child, .misconfigured)
        }
    }

    /// OTP's `restart/2`: counts, and restarts or gives up.
    private mutating func restart(_ child: NodeIndex, of supervisor: NodeIndex) {
        let spec = supervisorSpec(supervisor)
        guard countRestart(of: child, spec, of: supervisor) else { return }
        beginRestart(child, of: supervisor, after: nextDelay(for: child, spec, isPostponed: false))
    }

    /// Counts a restart.
    ///
    /// - Returns: Whether the child may be restarted; if not, the consequence has begun.
    mutating func countRestart(of child: NodeIndex, _ spec: SupervisorSpec, of supervisor: NodeIndex) -> Bool {
        if let quarantine = spec.effectiveQuarantine {
            if nodes[child].trouble.history.add(at: now, within: quarantine) { return true }
            hold(child, .quarantined)
            record(.gaveUp, child, because: child)
            return false
        }
        if nodes[supervisor].supervisor.history.add(at: now, within: spec.intensity) { return true }
        record(.gaveUp, supervisor, because: child)
        deleteEnded(child)
        nodes[supervisor].supervisor.hasGivenUp = true
        beginShutDown(supervisor)
        return false
    }

    /// OTP's `restart/3`: the strategy decides which siblings are stopped and started with the child.
    ///
    /// With a delay the siblings, which depend on the child, stop at once and start with it.
    private mutating func beginRestart(_ child: NodeIndex, of supervisor: NodeIndex, after delay: Duration) {
        let children = nodes[supervisor].supervisor.children
        let affected: [NodeIndex]
        switch supervisorSpec(supervisor).strategy {
        case .oneForOne: affected = [child]
        case .restForOne: affected = Array(children.drop { $0 != child })
        case .oneForAll: affected = children
        case .dynamic: preconditionFailure("\(nodes[supervisor].id) restarts its children one by one")
        }
        let isDelayed = delay > .zero
        let toStart = isDelayed ? [] : affected.filter { nodes[$0].hold == nil }
        nodes[supervisor].supervisor.work = Work(
            purpose: isDelayed ? .delayRestart(child, delay) : .restart, toStop: affected.reversed(), toStart: toStart)
    }

    /// OTP's `try_again_restart`: to the end of the queue, so that a stop can overtake it.
    mutating func tryAgainRestart(_ child: NodeIndex, of supervisor: NodeIndex) {
        nodes[child].presence = .restarting
        nodes[supervisor].supervisor.news.append(.tryAgainRestart(nodes[child].id))
    }

    /// OTP's `del_child/2`: a temporary child is deleted, any other is kept as `undefined`.
    mutating func deleteEnded(_ child: NodeIndex) {
        markUndefined(child)
        if nodes[child].spec.restart == .temporary { forget(child) }
    }

    /// Holds a child down until an operator or a new digest ends the hold.
    mutating func hold(_ child: NodeIndex, _ hold: TreeNode.Hold) {
        markUndefined(child)
        nodes[child].hold = hold
    }

    /// OTP's `do_auto_shutdown/2`, after a significant child has ended for good.
    mutating func autoShutdown(_ supervisor: NodeIndex, _ spec: SupervisorSpec) {
        switch spec.autoShutdown {
        case .never: return
        case .anySignificant: break
        case .allSignificant:
            let remains = nodes[supervisor].supervisor.children.contains {
                nodes[$0].spec.isSignificant && nodes[$0].presence != .undefined
            }
            if remains { return }
        }
        beginShutDown(supervisor)
    }
}

// MARK: - Back-off

extension SupervisionTree {
    /// A child that stayed up long enough begins again with the shortest delay.
    mutating func forgiveAttempts(of child: NodeIndex, _ spec: SupervisorSpec) {
        let backOff = spec.backOff ?? BackOff()
        if now - nodes[child].readyAt >= backOff.to { nodes[child].trouble.attempts = 0 }
    }

    /// The delay before the next try; zero without `backoff`, as in OTP.
    ///
    /// - Parameter isPostponed: The delay is never zero, also without `backoff`.
    mutating func nextDelay(for child: NodeIndex, _ spec: SupervisorSpec, isPostponed: Bool) -> Duration {
        guard let backOff = spec.backOff ?? (isPostponed ? BackOff() : nil) else { return .zero }
        if isPostponed { nodes[child].trouble.attempts = max(1, nodes[child].trouble.attempts) }
        let delay = backOff.delay(attempt: nodes[child].trouble.attempts, using: &generator)
        nodes[child].trouble.attempts += 1
        return delay
    }
}
