/// What `svc.eggheadd.…` and `run/control.sock` answer. On the control socket a request is one JSON object a line with
/// `operation` beside the request's own keys; the answer is one line.
public enum Supervisor {
    /// `list`: the whole tree, parents before children, in start order.
    public enum List: ServiceOperation {
        /// Nothing needs to be said.
        public typealias Request = Empty
        public static let service = ServiceName.eggheadd, name = "list"

        /// The tree.
        public struct Reply: Codable, Sendable, Hashable {
            /// Every supervisor and worker.
            public var children: [ChildStatus]

            /// A reply.
            public init(children: [ChildStatus]) { self.children = children }
        }
    }

    /// Which child an operator means.
    public struct NameRequest: Codable, Sendable, Hashable {
        /// The child's name in the tree.
        public var name: String

        /// A request.
        public init(name: String) { self.name = name }
    }

    /// `restart`: stops and starts a child; also brings back a quarantined, misconfigured or stopped one.
    public enum Restart: ServiceOperation {
        /// See `NameRequest`.
        public typealias Request = NameRequest
        /// Done.
        public typealias Reply = Empty
        public static let service = ServiceName.eggheadd, name = "restart"
    }

    /// `stop`: stops a child until `start`, or until its digest changes.
    public enum Stop: ServiceOperation {
        /// See `NameRequest`.
        public typealias Request = NameRequest
        /// Done.
        public typealias Reply = Empty
        public static let service = ServiceName.eggheadd, name = "stop"
    }

    /// `start`: starts a child that was stopped.
    public enum Start: ServiceOperation {
        /// See `NameRequest`.
        public typealias Request = NameRequest
        /// Done.
        public typealias Reply = Empty
        public static let service = ServiceName.eggheadd, name = "start"
    }

    /// `logs`: the last lines that a child wrote to its standard error.
    public enum Logs: ServiceOperation {
        /// See `NameRequest`.
        public typealias Request = NameRequest
        public static let service = ServiceName.eggheadd, name = "logs"

        /// The lines.
        public struct Reply: Codable, Sendable, Hashable {
            /// The newest part of the child's standard error.
            public var text: String

            /// A reply.
            public init(text: String) { self.text = text }
        }
    }
}

/// A node of the tree as `egghead ps --json` prints it. The keys are an interface.
public struct ChildStatus: Codable, Sendable, Hashable {
    /// Whether the node runs a process or holds others.
    public enum Kind: String, Codable, Sendable {
        case supervisor, worker
    }

    /// Where in its life a node is.
    public enum State: String, Codable, Sendable {
        case starting, ready, stopping, backoff, quarantined, misconfigured, stopped
    }

    /// Why a process that was ready is `starting` again for whoever asks, though it is the same one.
    public enum Condition: String, Codable, Sendable {
        /// SIGSTOP or a debugger holds it.
        case halted
        /// It has been silent for most of its watchdog's time.
        case hung
    }

    /// The name in the tree, for example `agent:scout`.
    public var name: String
    /// Supervisor or worker.
    public var kind: Kind
    /// The supervisor above; the root has none.
    public var parent: String?
    /// The process, when there is one.
    public var pid: Int32?
    /// The state.
    public var state: State
    /// Why it is not ready any more, if its process is the one that was.
    public var condition: Condition?
    /// How often it was started again since its supervisor started.
    public var restarts: Int
    /// The same by their causes; an eggheadd of an earlier version tells none.
    public var restartCauses: RestartCounts?
    /// Since when it is in this state, RFC 3339.
    public var since: String
    /// What the child last said of itself with `STATUS=`: while it runs, and when it has ended because it lacks
    /// something.
    public var status: String?
    /// How its last process ended.
    public var lastExit: ExitReport?
    /// The memory that its process holds, in bytes, as ps and top have it; added by `egghead ps`.
    public var memory: Int?
    /// The processor time that its process has used, in milliseconds; added by `egghead ps`.
    public var processor: Int?

    /// A node's status.
    public init(
        name: String, kind: Kind, parent: String?, pid: Int32?, state: State, restarts: Int, since: String,
        status: String?, lastExit: ExitReport?, restartCauses: RestartCounts? = nil
    ) {
        self.restartCauses = restartCauses
        self.name = name
        self.kind = kind
        self.parent = parent
        self.pid = pid
        self.state = state
        self.restarts = restarts
        self.since = since
        self.status = status
        self.lastExit = lastExit
    }

    /// One word for a person: the condition, or else the state.
    public var word: String { condition?.rawValue ?? state.rawValue }
}

/// Why a process ended, as it travels: `{"kind":"exited","code":1}`,
/// `{"kind":"signaled","signal":"SIGKILL","core":false}`, `{"kind":"oomKilled"}`, `{"kind":"watchdog"}`,
/// `{"kind":"shutdown"}`, `{"kind":"failedToStart","detail":"…"}`.
public struct ExitReport: Codable, Sendable, Hashable {
    /// The kinds.
    public enum Kind: String, Codable, Sendable {
        case exited, signaled, oomKilled, watchdog, shutdown, failedToStart
    }

    /// The kind.
    public var kind: Kind
    /// `exited`: the exit status, 0 to 255.
    public var code: Int?
    /// `signaled`: the signal's name, for example `SIGKILL`.
    public var signal: String?
    /// `signaled`: whether a core was dumped.
    public var core: Bool?
    /// `failedToStart`: why, in words.
    public var detail: String?

    /// A report.
    public init(
        kind: Kind, code: Int? = nil, signal: String? = nil, core: Bool? = nil, detail: String? = nil
    ) {
        self.kind = kind
        self.code = code
        self.signal = signal
        self.core = core
        self.detail = detail
    }
}

/// One lifecycle event, on `sys.child.<name>` and in `--events FILE`.
public struct ChildEvent: Codable, Sendable, Hashable {
    /// The events.
    public enum Event: String, Codable, Sendable {
        case started, ready, startFailed = "start_failed", exited, gaveUp = "gave_up"
    }

    /// When, RFC 3339 with milliseconds.
    public var at: String
    /// What.
    public var event: Event
    /// Whom.
    public var name: String
    /// Supervisor or worker.
    public var kind: ChildStatus.Kind
    /// Which life of the child, from 1.
    public var incarnation: Int
    /// Its process, when there is or was one.
    public var pid: Int32?
    /// Why, for `exited`, `start_failed` and `gave_up`.
    public var reason: ExitReport?
    /// What the end meant, on `sys.child.<name>` wherever there is a reason. An eggheadd of an earlier version tells
    /// none.
    public var verdict: ExitVerdict?
    /// What the child is in now, so that a reader knows whether a successor is to come.
    public var state: ChildStatus.State?

    /// Whether the life that the event speaks of is over.
    public var endsLife: Bool {
        switch event {
        case .exited, .startFailed: true
        case .started, .ready, .gaveUp: false
        }
    }

    /// An event.
    public init(
        at: String, event: Event, name: String, kind: ChildStatus.Kind, incarnation: Int, pid: Int32? = nil,
        reason: ExitReport? = nil, verdict: ExitVerdict? = nil, state: ChildStatus.State? = nil
    ) {
        self.at = at
        self.event = event
        self.name = name
        self.kind = kind
        self.incarnation = incarnation
        self.pid = pid
        self.reason = reason
        self.verdict = verdict
        self.state = state
    }
}
