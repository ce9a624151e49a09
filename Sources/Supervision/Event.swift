/// An input of the tree. An event of a process names its incarnation; one of an old incarnation is dropped.
package enum Event: Hashable, Sendable {
    /// Start the tree. The first event, and only once.
    case boot
    /// The answer to `Action.spawn`: the process runs.
    case spawned(ChildID, Incarnation, pid: Int32)
    /// The answer to `Action.spawn`: no process was made; the detail says what was tried, and the system's answer.
    case spawnFailed(ChildID, Incarnation, detail: String)
    /// The process sent `READY=1`.
    case ready(ChildID, Incarnation)
    /// The process sent `STATUS=…`; the text is already cut and stripped of control characters.
    case status(ChildID, Incarnation, String)
    /// The process sent `WATCHDOG=1`.
    case beat(ChildID, Incarnation)
    /// The process has completed a turn: its planned hand-offs before this no longer count.
    case progressed(ChildID, Incarnation)
    /// The process has ended, and everything that it left running. The reason is that of the kernel.
    case exited(ChildID, Incarnation, ExitReason)
    /// Time has passed; see `SupervisionTree.nextWakeUp`.
    case wakeUp
    /// Stop everything. Interrupts a start.
    case stop
    /// An operator's order; `Action.reply` with the same token reports its end.
    case command(Command, RequestToken)
    /// The full set of children that a dynamic supervisor should have.
    case declare(ChildID, [Declaration])
}

/// Identifies an order, so that its answer finds the caller. The shell makes it; the tree does not interpret it.
package struct RequestToken: Hashable, Sendable {
    /// A number that the shell uses for no other pending order.
    package let number: Int

    /// A token with a number that no other pending order has.
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

    /// The child that it is about; the supervisor for a child that is added.
    package var subject: ChildID {
        switch self {
        case .restart(let id), .stop(let id), .start(let id), .terminateChild(let id), .restartChild(let id),
            .deleteChild(let id), .addChild(let id, _):
            id
        }
    }
}

/// A child that a dynamic supervisor should have. Its command comes only from the supervisor's template.
package struct Declaration: Hashable, Sendable {
    /// The id that takes the place of `{id}` in the template.
    package var id: String
    /// A hash of everything that needs a new process when it changes; nil for a child that stays unchanged if it
    /// exists, and is not started otherwise.
    package var digest: String?
    /// Its limits; nil values are those of the template. A change has effect only with a new digest.
    package var limits: WorkerSpec.Limits

    /// A declaration of the child `id`; see the properties for `digest` and `limits`.
    package init(id: String, digest: String?, limits: WorkerSpec.Limits = WorkerSpec.Limits()) {
        self.id = id
        self.digest = digest
        self.limits = limits
    }
}
