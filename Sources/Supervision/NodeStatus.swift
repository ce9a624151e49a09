import Services

/// The state of a node of the tree, for operators.
package struct NodeStatus: Hashable, Sendable {
    /// Whether the node is a process or has children.
    package enum Kind: String, Hashable, Sendable {
        case supervisor, worker
    }

    /// The states of a node.
    package enum State: String, Hashable, Sendable {
        case starting, ready, stopping, backoff, quarantined, misconfigured, stopped
    }

    /// The name.
    package var id: ChildID
    /// Supervisor or worker.
    package var kind: Kind
    /// The supervisor of the node; the root has none.
    package var parent: ChildID?
    /// The incarnation; 0 before the first start.
    package var incarnation: Incarnation
    /// The pid, if a process runs.
    package var pid: Int32?
    /// The state.
    package var state: State
    /// The number of restarts since its supervisor started.
    package var restarts: Int
    /// The same by their causes.
    package var restartCauses: RestartCounts
    /// Whether an order or a fault prevents an automatic restart.
    package var isHeld: Bool
    /// The time at which it entered the state, on the clock of `SupervisionTree.handle`.
    package var since: Duration
    /// The newest `STATUS=` of the child.
    package var status: String?
    /// The reason of its last end.
    package var lastExit: ExitReason?
    /// The launch digest of the running or next process, for a declared child.
    package var digest: String?

    /// The status of one node; see the properties.
    package init(
        id: ChildID, kind: Kind, parent: ChildID?, incarnation: Incarnation, pid: Int32?, state: State, restarts: Int,
        restartCauses: RestartCounts = RestartCounts(), isHeld: Bool = false, since: Duration, status: String?,
        lastExit: ExitReason?, digest: String?
    ) {
        self.restartCauses = restartCauses
        self.id = id
        self.kind = kind
        self.parent = parent
        self.incarnation = incarnation
        self.pid = pid
        self.state = state
        self.restarts = restarts
        self.isHeld = isHeld
        self.since = since
        self.status = status
        self.lastExit = lastExit
        self.digest = digest
    }
}
