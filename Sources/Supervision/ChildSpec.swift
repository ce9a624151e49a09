/// What a supervisor knows of a child before it starts it.
///
/// See: OTP supervisor, `child_spec()`
package struct ChildSpec: Hashable, Sendable {
    /// What a child is.
    package enum Kind: Hashable, Sendable {
        /// A process.
        case worker(WorkerSpec)
        /// A node of the tree that holds others.
        indirect case supervisor(SupervisorSpec)
    }

    /// The name; in a template it holds the placeholder `{id}`.
    package var id: ChildID
    /// A process, or a supervisor with children of its own.
    package var kind: Kind
    /// When an ended child is started again.
    package var restart: Restart
    /// How it is stopped.
    package var shutdown: Shutdown
    /// Whether its end may end the supervisor; see `AutoShutdown`.
    package var isSignificant: Bool

    /// A child; the defaults are OTP's.
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

    /// The process, if it is a worker.
    package var worker: WorkerSpec? {
        if case .worker(let spec) = kind { spec } else { nil }
    }

    /// The supervisor's own part, if it is one.
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
    /// Never, not even with its neighbours.
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
    /// SIGTERM, and all the time it wants.
    case infinity

    /// How long a child that hangs or never got ready may take to leave: such a child cannot be trusted with infinity.
    var grace: Duration {
        switch self {
        case .brutalKill: .zero
        case .timeout(let duration): duration
        case .infinity: .seconds(5)
        }
    }
}
