/// What the tree is told. News of a process names its incarnation; news of an old one is dropped.
package enum Event: Hashable, Sendable {
    /// Start the tree. The first event, and only once.
    case boot
    /// The answer to `Action.spawn`: the process runs.
    case spawned(ChildID, Incarnation, pid: Int32)
    /// The answer to `Action.spawn`: it could not be made; the detail says what was tried and what the system answered.
    case spawnFailed(ChildID, Incarnation, detail: String)
    /// The process said `READY=1`.
    case ready(ChildID, Incarnation)
    /// The process said `STATUS=…`; already cut and stripped.
    case status(ChildID, Incarnation, String)
    /// The process said `WATCHDOG=1`.
    case beat(ChildID, Incarnation)
    /// The process has completed a turn: its planned hand-offs before this no longer count.
    case progressed(ChildID, Incarnation)
    /// The process has gone, with everything it left behind. The reason is what the kernel says.
    case exited(ChildID, Incarnation, ExitReason)
    /// Time has passed; see `SupervisionTree.nextWakeUp`.
    case wakeUp
    /// Stop everything. Interrupts a start.
    case stop
    /// An operator's order; `Action.reply` with the same token tells when it has ended.
    case command(Command, RequestToken)
    /// The full set of children that a dynamic supervisor should have.
    case declare(ChildID, [Declaration])
}

/// Names an order, so that its answer finds who gave it. Made by the shell, opaque to the tree.
package struct RequestToken: Hashable, Sendable {
    /// A number that the shell has not in use for another order.
    package let number: Int

    /// A token.
    package init(_ number: Int) { self.number = number }
}

/// An operator's order.
package enum Command: Hashable, Sendable {
    /// Stop and start this child. Also brings back a quarantined, misconfigured or stopped one. Counts as no restart.
    case restart(ChildID)
    /// Stop this child, and keep it down until `start`, `restart` or a new digest.
    case stop(ChildID)
    /// Start this child, if it is down.
    case start(ChildID)
    /// OTP's `start_child/2`.
    case addChild(supervisor: ChildID, ChildSpec)
    /// OTP's `terminate_child/2`.
    case terminateChild(ChildID)
    /// OTP's `restart_child/2`.
    case restartChild(ChildID)
    /// OTP's `delete_child/2`.
    case deleteChild(ChildID)

    /// Whom it is about; the supervisor for a child that is added.
    package var subject: ChildID {
        switch self {
        case .restart(let id), .stop(let id), .start(let id), .terminateChild(let id), .restartChild(let id),
            .deleteChild(let id), .addChild(let id, _):
            id
        }
    }
}

/// A child that a dynamic supervisor should have. What it runs comes from the supervisor's template, never from here.
package struct Declaration: Hashable, Sendable {
    /// The id that takes the place of `{id}` in the template.
    package var id: String
    /// A hash of everything that needs a new process when it changes; nil for a child that stays as it is, if it is
    /// there.
    package var digest: String?
    /// What it may use; what is nil here is as the template says. A change comes with a new digest.
    package var limits: WorkerSpec.Limits

    /// A declaration.
    package init(id: String, digest: String?, limits: WorkerSpec.Limits = WorkerSpec.Limits()) {
        self.id = id
        self.digest = digest
        self.limits = limits
    }
}
