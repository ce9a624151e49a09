/// The process of a worker. The tree reads `ready`, `watchdog`, `startTimeout` and `drain`; the shell reads the other
/// properties.
package struct WorkerSpec: Hashable, Sendable {
    /// When a process counts as ready.
    package enum Ready: Hashable, Sendable {
        /// When it sends `READY=1`.
        case notify
        /// As soon as it runs.
        case started
    }

    /// A socket that eggheadd binds and passes to the child.
    package struct Listener: Hashable, Sendable {
        /// The absolute path.
        package var path: String
        /// The socket file's permission bits.
        package var mode: UInt32

        /// A socket at an absolute path; `mode` holds permission bits such as `0o660`.
        package init(path: String, mode: UInt32) {
            self.path = path
            self.mode = mode
        }
    }

    /// Limits that a cgroup enforces; nil is no limit.
    package struct Limits: Hashable, Sendable {
        /// `memory.max`, in bytes.
        package var memoryBytes: Int?
        /// `pids.max`.
        package var tasks: Int?
        /// `cpu.max`, in percent of one processor.
        package var cpuPercent: Int?

        /// Limits in bytes, processes and percent of one processor; nil is no limit.
        package init(memoryBytes: Int? = nil, tasks: Int? = nil, cpuPercent: Int? = nil) {
            self.memoryBytes = memoryBytes
            self.tasks = tasks
            self.cpuPercent = cpuPercent
        }

        /// These limits, overridden by those of the others that are not nil.
        func overridden(by others: Limits) -> Limits {
            Limits(
                memoryBytes: others.memoryBytes ?? memoryBytes, tasks: others.tasks ?? tasks,
                cpuPercent: others.cpuPercent ?? cpuPercent)
        }
    }

    /// The program and its arguments; in a template they may contain the placeholder `{id}`.
    package var command: [String]
    /// Variables in addition to those that every child gets; in the order of the tree file.
    package var environment: [EnvironmentVariable]
    /// The working directory; nil is that of eggheadd.
    package var directory: String?
    /// The user of the process; nil is eggheadd's own.
    package var user: String?
    /// When it counts as ready.
    package var ready: Ready
    /// The longest silence between two `WATCHDOG=1`; nil is no watchdog.
    package var watchdog: Duration?
    /// Whether it gets a parent channel.
    package var hasChannel: Bool
    /// The sockets bound for it.
    package var listen: [Listener]
    /// How long it may take to become ready.
    package var startTimeout: Duration
    /// How long it may take to finish its turns when it is replaced or no longer declared.
    package var drain: Duration
    /// What its cgroup enforces.
    package var limits: Limits

    /// A worker with the defaults of a tree file. The command's first word is the program.
    package init(
        command: [String], environment: [EnvironmentVariable] = [], directory: String? = nil, user: String? = nil,
        ready: Ready = .started, watchdog: Duration? = nil, hasChannel: Bool = false, listen: [Listener] = [],
        startTimeout: Duration = .seconds(90), drain: Duration = .seconds(600), limits: Limits = Limits()
    ) {
        self.command = command
        self.environment = environment
        self.directory = directory
        self.user = user
        self.ready = ready
        self.watchdog = watchdog
        self.hasChannel = hasChannel
        self.listen = listen
        self.startTimeout = startTimeout
        self.drain = drain
        self.limits = limits
    }
}

/// One variable of a child's environment.
package struct EnvironmentVariable: Hashable, Sendable {
    /// The name.
    package var name: String
    /// The value; in a template it may contain the placeholder `{id}`.
    package var value: String

    /// The variable `name=value`.
    package init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}
