/// A node of the tree, as an operator sees it.
package struct NodeStatus: Hashable, Sendable {
    /// Whether the node runs a process or holds others.
    package enum Kind: String, Hashable, Sendable {
        case supervisor, worker
    }

    /// Where in its life a node is.
    package enum State: String, Hashable, Sendable {
        case starting, ready, stopping, backoff, quarantined, misconfigured, stopped
    }

    /// The name.
    package var id: ChildID
    /// Supervisor or worker.
    package var kind: Kind
    /// The supervisor above; the root has none.
    package var parent: ChildID?
    /// Which life; 0 before the first.
    package var incarnation: Incarnation
    /// The process, when there is one.
    package var pid: Int32?
    /// The state.
    package var state: State
    /// How often it was started again since its supervisor started.
    package var restarts: Int
    /// Whether somebody, or a fault, keeps it from being started again by itself.
    package var isHeld: Bool
    /// Since when it is in this state, on the clock of `SupervisionTree.handle`.
    package var since: Duration
    /// What the child last said of itself.
    package var status: String?
    /// How its last life ended.
    package var lastExit: ExitReason?
    /// The launch digest of the process that runs or is to run, for a declared child.
    package var digest: String?

    /// A node's status.
    package init(
        id: ChildID, kind: Kind, parent: ChildID?, incarnation: Incarnation, pid: Int32?, state: State, restarts: Int,
        isHeld: Bool = false, since: Duration, status: String?, lastExit: ExitReason?, digest: String?
    ) {
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
