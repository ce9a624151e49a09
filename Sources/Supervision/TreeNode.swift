import Services

/// Where a node is in the tree's storage; not a child's name, and used again when a child has been deleted.
typealias NodeIndex = Int

/// One supervisor or worker: what it should be, and what it is.
struct TreeNode {
    /// What a node really is doing.
    enum Phase: Hashable {
        case down, starting, ready, stopping
    }

    /// What its supervisor takes it for until it has handled the news: OTP's `#child.pid`.
    enum Presence: Hashable {
        /// Not running, and not to be restarted: `undefined`.
        case undefined
        /// Running, or ended without the supervisor having handled it: a pid.
        case running
        /// A restart failed or is delayed: `{restarting, Pid}`.
        case restarting
    }

    /// Why a node is kept down although its restart type would have it up.
    enum Hold: Hashable {
        case stoppedByOperator, quarantined, misconfigured
        /// Only under `dynamic`, and only until its supervisor has restarted.
        case terminated
    }

    /// Where a child comes from, which decides whether it outlives its supervisor's restart.
    enum Origin: Hashable {
        case specification, declared, added
    }

    /// What happens to a node when its time comes.
    enum Alarm: Hashable {
        case startTimeout, kill, drained, restart
    }

    /// The name.
    let id: ChildID
    /// What it should be.
    var spec: ChildSpec
    /// The supervisor above; the root has none.
    let parent: NodeIndex?
    /// Where it comes from.
    var origin: Origin

    /// What it is doing.
    var phase = Phase.down
    /// Since when.
    var since: Duration
    /// When it last got ready.
    var readyAt: Duration = .zero
    /// What its supervisor takes it for.
    var presence = Presence.undefined
    /// Whether its supervisor has told it to stop; then its end is no news.
    var isAskedToStop = false
    /// Why it is kept down.
    var hold: Hold?
    /// Which life; 0 before the first.
    var incarnation: Incarnation = 0
    /// The starts since its supervisor started.
    var starts = 0
    /// How its last life ended, and what that meant.
    var lastEnd: (reason: ExitReason, verdict: ExitVerdict)?
    /// The next thing to happen to it by itself, and when.
    var alarm: (kind: Alarm, at: Duration)?

    /// The state of a worker's process.
    var process = ProcessState()
    /// The state of a child that is restarted by rules of its own.
    var trouble = TroubleState()
    /// The state of a child of a dynamic supervisor.
    var dynamic = DynamicState()
    /// The state of a supervisor.
    var supervisor = SupervisorState()

    /// A node that is down.
    init(_ spec: ChildSpec, parent: NodeIndex?, origin: Origin, incarnation: Incarnation, at now: Duration) {
        id = spec.id
        self.spec = spec
        self.parent = parent
        self.origin = origin
        self.incarnation = incarnation
        since = now
    }

    /// Supervisor or worker.
    var kind: NodeStatus.Kind {
        switch spec.kind {
        case .supervisor: .supervisor
        case .worker: .worker
        }
    }

    /// Whether the children of this node are independent of each other.
    var isDynamic: Bool { spec.supervisor?.strategy == .dynamic }

    /// The state as operators know it.
    var state: NodeStatus.State {
        switch phase {
        case .starting: .starting
        case .ready: .ready
        case .stopping: .stopping
        case .down:
            switch hold {
            case .stoppedByOperator, .terminated: .stopped
            case .quarantined: .quarantined
            case .misconfigured: .misconfigured
            case nil: presence == .undefined ? .stopped : .backoff
            }
        }
    }
}

/// The state of a worker's process; a new one for each incarnation.
struct ProcessState {
    /// Why the process is made to leave.
    enum Ending: Hashable {
        /// It may finish its turns: SIGHUP.
        case drain
        /// The usual stop.
        case asked
        /// It is killed with its supervisor.
        case killed
        /// It did not get ready in time.
        case startTimeout
        /// It stopped beating.
        case watchdog
    }

    /// The process; nil until the shell has made it.
    var pid: Int32?
    /// Whether it ever got ready.
    var wasReady = false
    /// With which status it exited by itself.
    var exitCode: Int?
    /// The launch digest that it was started with.
    var digest: String?
    /// Why it is made to leave, if it is.
    var ending: Ending?
    /// When its silence becomes a hang.
    var watchdogAt: Duration?
    /// What it last said of itself.
    var status: String?
}

/// What is remembered of a child's bad days.
struct TroubleState {
    /// The restarts in a row without a long enough life between them.
    var attempts = 0
    /// The restarts that count for quarantine.
    var history = RestartHistory()
    /// The planned hand-offs without a completed turn.
    var handoffs = RestartHistory()
}

/// What a dynamic supervisor remembers of a child.
struct DynamicState {
    /// Whom to tell when the child has got where it was ordered to be.
    struct Waiter {
        /// Where a child was ordered to be.
        enum Goal: Hashable {
            case up, down
        }

        /// Whom to tell.
        var token: RequestToken
        /// When.
        var goal: Goal
    }

    /// The launch digest that the next process gets.
    var digest: String?
    /// What the next process may use, where that is not as its specification says.
    var limits = WorkerSpec.Limits()
    /// Whether the child is to be forgotten when it is down.
    var isLeaving = false
    /// Whom to tell.
    var waiters: [Waiter] = []
}

/// The state of a supervisor; OTP's `#state`.
struct SupervisorState {
    /// The children in start order.
    var children: [NodeIndex] = []
    /// What happened while it was busy, oldest first: OTP's message queue.
    var news: [News] = []
    /// What it is busy with; a dynamic supervisor never is.
    var work: Work?
    /// The restarts that still count.
    var history = RestartHistory()
    /// What a dynamic supervisor should have; nil until somebody has declared it.
    var declarations: [Declaration]?
    /// What kept children down that are not declared any more, by their ids.
    var holds: [ChildID: HoldOfGone] = [:]
    /// Whether it is ending because its restart intensity was exceeded.
    var hasGivenUp = false
}

/// What kept a child down that was forgotten, and the launch digest for which it did.
struct HoldOfGone {
    var hold: TreeNode.Hold
    var digest: String
}

/// What a supervisor handles one at a time. Names its child by id: the child may be gone when its turn comes.
enum News {
    /// A child ended by itself: OTP's `'EXIT'`.
    case exited(ChildID, Incarnation, ExitVerdict)
    /// A restart failed, and is to be tried again: OTP's `try_again_restart`.
    case tryAgainRestart(ChildID)
    /// A delayed restart is due. It has been counted already.
    case restartDue(ChildID)
    /// An operator's order: OTP's calls.
    case command(Command, RequestToken)
}

/// What a supervisor is busy with: first some children stop, then some start, one after the other.
struct Work {
    /// What for, which decides what a failed start means and what follows the last step.
    enum Purpose {
        /// `init_children`: a failed start is rolled back.
        case boot
        /// The boot failed; everything stops.
        case rollBack(ExitReason)
        /// `terminate`: everything stops.
        case shutDown
        /// `restart`: a failed start is tried again through the queue.
        case restart
        /// The siblings of this child stop; its restart waits until the delay has passed.
        case delayRestart(NodeIndex, Duration)
        /// An operator's `restart` or `start`; a failed start is tried again as any restart.
        case bringUp(RequestToken)
        /// An operator's `stop`.
        case bringDown(RequestToken)
        /// `start_child`: a failed start is answered, and the child forgotten.
        case startChild(RequestToken)
        /// `restart_child`: a failed start is answered, and the child stays down.
        case restartChild(RequestToken)
        /// `terminate_child`.
        case terminateChild(RequestToken)

        /// The order that this fulfils.
        var token: RequestToken? {
            switch self {
            case .bringUp(let token), .bringDown(let token), .startChild(let token), .restartChild(let token),
                .terminateChild(let token):
                token
            case .boot, .rollBack, .shutDown, .restart, .delayRestart: nil
            }
        }
    }

    /// What for.
    var purpose: Purpose
    /// Who is still to be down, in the order of stopping.
    var toStop: [NodeIndex] = []
    /// Who is still to be ready, in the order of starting.
    var toStart: [NodeIndex] = []
    /// The first of `toStart`, once its start has begun.
    var starting: NodeIndex?
}

/// Bounds of the tree's memory.
package enum SupervisionLimits {
    /// The most nodes a tree may have, supervisors included.
    package static let nodesMax = 10_000
    /// The most orders that wait at one supervisor.
    package static let commandsQueuedMax = 1_000
    /// The planned hand-offs in a period, each before a completed turn, that are not yet a crash.
    package static let handoffsMax = 3
}
