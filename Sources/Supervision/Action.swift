import Services

/// What the shell must do, in the order given. An action that fails returns as an event.
package enum Action: Hashable, Sendable {
    /// Make the process, and answer `spawned` or `spawnFailed`. The digest is that of the declaration, if there is one.
    case spawn(ChildID, Incarnation, WorkerSpec, digest: String?)
    /// Send the signal to the process; `kill` goes to every process that the child has left running.
    case signal(ChildID, Incarnation, ChildSignal)
    /// Report the event to the log, the events file and the broker.
    case record(LifecycleEvent)
    /// The answer to an order.
    case reply(RequestToken, Answer)
    /// The child is deleted, and no incarnation of it runs.
    case forgotten(ChildID)
    /// No process is left: exit with this status, 0 after a stop, 1 after a failed boot or when the root gave up.
    case finished(exitStatus: Int)
}

/// Something that happened to a supervisor or a worker.
///
/// A worker has `started` (it runs), `ready`, `exited`, or in place of the last two `start_failed`. A supervisor has
/// `started` before its first child, `ready` after its last, and `exited` after its last child has gone, also when a
/// child failed to start. `gave_up` is a supervisor whose restart intensity was exceeded, or a child that was
/// quarantined.
package struct LifecycleEvent: Hashable, Sendable {
    /// The events.
    package enum Kind: String, Hashable, Sendable {
        case started, ready, startFailed = "start_failed", exited, gaveUp = "gave_up"
    }

    /// What happened.
    package var kind: Kind
    /// The child or supervisor to which it happened.
    package var id: ChildID
    /// Supervisor or worker.
    package var node: NodeStatus.Kind
    /// Its incarnation.
    package var incarnation: Incarnation
    /// The pid of its process, if it has or had one.
    package var pid: Int32?
    /// The reason, for `exited`, `start_failed` and `gave_up`.
    package var reason: ExitReason?
    /// What the end meant, if there is a reason.
    package var verdict: ExitVerdict?

    /// An event of a node. `reason` belongs to `exited`, `start_failed` and `gave_up`.
    ///
    /// - Parameter verdict: By default the meaning of the reason under `statuses: plain`.
    package init(
        _ kind: Kind, _ id: ChildID, _ node: NodeStatus.Kind, _ incarnation: Incarnation, pid: Int32? = nil,
        reason: ExitReason? = nil, verdict: ExitVerdict? = nil
    ) {
        self.kind = kind
        self.id = id
        self.node = node
        self.incarnation = incarnation
        self.pid = pid
        self.reason = reason
        self.verdict = verdict ?? reason?.verdict(under: .plain)
    }
}

/// OTP's word for how an order ended.
package enum Answer: Hashable, Sendable {
    /// Done.
    case ok
    /// There is no such child.
    case notFound
    /// It runs, or is still running.
    case running
    /// It is about to be started again.
    case restarting
    /// `start_child`: a child of this id runs.
    case alreadyStarted
    /// `start_child`: a child of this id is known, and does not run.
    case alreadyPresent
    /// Any other answer, in words: what was tried, on what, and why it failed.
    case failed(String)

    /// The word as `egghead child` prints it.
    package var word: String {
        switch self {
        case .ok: "ok"
        case .notFound: "not_found"
        case .running: "running"
        case .restarting: "restarting"
        case .alreadyStarted: "already_started"
        case .alreadyPresent: "already_present"
        case .failed(let detail): detail
        }
    }
}
