/// What a supervisor knows of a child before it starts it.
///
/// See: OTP supervisor, `child_spec()`
package struct ChildSpec: Hashable, Sendable {
    /// Whether the child is a process or a supervisor.
    package enum Kind: Hashable, Sendable {
        /// A process.
        case worker(WorkerSpec)
        /// A node of the tree that has children.
        indirect case supervisor(SupervisorSpec)
    }

    /// The name; in a template it contains the placeholder `{id}`.
    package var id: ChildID
    /// A process, or a supervisor with children of its own.
    package var kind: Kind
    /// When an ended child is started again.
    package var restart: Restart
    /// How it is stopped.
    package var shutdown: Shutdown
    /// Whether its end may end the supervisor; see `AutoShutdown`.
    package var isSignificant: Bool

    /// A specification with OTP's defaults.
    ///
    /// - Parameter shutdown: nil is 5 s for a worker and infinity for a supervisor.
    package init(
        id: ChildID, _ kind: Kind, restart: Restart = .permanent, shutdown: Shutdown? = nil, isSignificant: Bool = false
    ) {
        self.id = id
        self.kind = kind
        self.restart = restart
        self.isSignificant = isSignificant
        switch kind {
        case .worker: self.shutdown = shutdown ?? .timeout(.seconds(5))
        case .supervisor: self.shutdown = shutdown ?? .infinity
        }
    }

    /// The process, if the child is a worker.
    package var worker: WorkerSpec? {
        if case .worker(let spec) = kind { spec } else { nil }
    }

    /// The supervisor's own part, if the child is a supervisor.
    package var supervisor: SupervisorSpec? {
        if case .supervisor(let spec) = kind { spec } else { nil }
    }
}

/// When an ended child is started again.
///
/// See: OTP supervisor, `restart()`
package enum Restart: Hashable, Sendable, CaseIterable {
    /// Always.
    case permanent
    /// Only after an abnormal end.
    case transient
    /// Never, not even when its siblings are restarted.
    case temporary
}

/// How a child is stopped.
///
/// See: OTP supervisor, `shutdown()`
package enum Shutdown: Hashable, Sendable {
    /// SIGKILL at once.
    case brutalKill
    /// SIGTERM, and SIGKILL when the time has passed.
    case timeout(Duration)
    /// SIGTERM, without a limit of time.
    case infinity

    /// How long a child that hangs or was never ready may take to exit: `infinity` is not granted to such a child.
    var grace: Duration {
        switch self {
        case .brutalKill: .zero
        case .timeout(let duration): duration
        case .infinity: .seconds(5)
        }
    }
}
