import Services

/// The index of a node in the tree's storage; it does not identify a child, and is used again after a deletion.
typealias NodeIndex = Int

/// One supervisor or worker: its specification and its state.
struct TreeNode {
    /// The actual state of a node.
    enum Phase: Hashable {
        case down, starting, ready, stopping
    }

    /// The state that its supervisor knows, until it has handled the news: OTP's `#child.pid`.
    enum Presence: Hashable {
        /// Not running, and not to be restarted: `undefined`.
        case undefined
        /// Running, or ended and not yet handled by the supervisor: a pid.
        case running
        /// A restart failed or is delayed: `{restarting, Pid}`.
        case restarting
    }

    /// Why a node is held down although its restart type would restart it.
    enum Hold: Hashable {
        case stoppedByOperator, quarantined, misconfigured
        /// Only under `dynamic`, and only until its supervisor has restarted.
        case terminated
    }

    /// The origin of a child, which decides whether it survives its supervisor's restart.
    enum Origin: Hashable {
        case specification, declared, added
    }

    /// What happens to a node when its alarm is due.
    enum Alarm: Hashable {
        case startTimeout, kill, drained, restart
    }

    /// The name.
    let id: ChildID
    /// Its specification.
    var spec: ChildSpec
    /// The supervisor above; the root has none.
    let parent: NodeIndex?
    /// Its origin.
    var origin: Origin

    /// Its actual state.
    var phase = Phase.down
    /// The time at which it entered that state.
    var since: Duration
    /// The time at which it last became ready.
    var readyAt: Duration = .zero
    /// The state that its supervisor knows.
    var presence = Presence.undefined
    /// Whether its supervisor has told it to stop; then its end is expected.
    var isAskedToStop = false
    /// Why it is held down, if it is.
    var hold: Hold?
    /// The incarnation; 0 before the first start.
    var incarnation: Incarnation = 0
    /// The starts since its supervisor started.
    var starts = 0
    /// The restarts since its supervisor started, by their causes.
    var restarts = RestartCounts()
    /// The cause of its next start, when that is not its own end.
    var restartCause: RestartCounts.Cause?
    /// The reason of its last end, and the verdict on it.
    var lastEnd: (reason: ExitReason, verdict: ExitVerdict)?
    /// The next alarm and its time.
    var alarm: (kind: Alarm, at: Duration)?

    /// The state of a worker's process.
    var process = ProcessState()

    /// Whether its last process has said by its status that it lacks something: then what it said last is what.
    var hasSaidWhy: Bool {
        switch lastEnd?.verdict {
        case .temporaryFailure, .misconfigured: true
        case .finished, .stopped, .crash, .handoff, nil: false
        }
    }
    /// The state of a child that is restarted by its own intensity and back-off.
    var trouble = TroubleState()
    /// The state of a child of a dynamic supervisor.
    var dynamic = DynamicState()
    /// The state of a supervisor.
    var supervisor = SupervisorState()

    /// A node that is down since `now`.
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

    /// The cause of the start that comes after its last end.
    var causeOfRestart: RestartCounts.Cause {
        if let restartCause { return restartCause }
        return switch lastEnd?.verdict {
        case .crash, .temporaryFailure, .misconfigured: .crash
        case .handoff: .handoff
        case .finished: .exit
        case .stopped, nil: .sibling
        }
    }

    /// The state as operators see it.
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
    /// Why the process is being stopped.
    enum Ending: Hashable {
        /// It may finish its turns: SIGHUP.
        case drain
        /// The usual stop.
        case asked
        /// It is killed with its supervisor.
        case killed
        /// It was not ready in time.
        case startTimeout
        /// Its watchdog expired.
        case watchdog
    }

    /// The pid; nil until the shell has made the process.
    var pid: Int32?
    /// Whether it was ever ready.
    var wasReady = false
    /// The exit status, if it exited by itself.
    var exitCode: Int?
    /// The launch digest with which it was started.
    var digest: String?
    /// Why it is being stopped, if it is.
    var ending: Ending?
    /// The time at which its watchdog expires.
    var watchdogAt: Duration?
    /// Its newest `STATUS=`.
    var status: String?
}

/// The failures of a child that are remembered.
struct TroubleState {
    /// The number of restarts in a row, each before the child had stayed up long enough.
    var attempts = 0
    /// The restarts that count for quarantine.
    var history = RestartHistory()
    /// The planned hand-offs without a completed turn.
    var handoffs = RestartHistory()
}

/// The state of a child of a dynamic supervisor.
struct DynamicState {
    /// An order that is answered when the child has reached a state.
    struct Waiter {
        /// The state that was ordered.
        enum Goal: Hashable {
            case up, down
        }

        /// The order to answer.
        var token: RequestToken
        /// The state to wait for.
        var goal: Goal
    }

    /// The launch digest that the next process gets.
    var digest: String?
    /// The limits of the next process, if they differ from those of the specification.
    var limits = WorkerSpec.Limits()
    /// Whether the child is deleted when it is down.
    var isLeaving = false
    /// The orders to answer.
    var waiters: [Waiter] = []
}

/// The state of a supervisor; OTP's `#state`.
struct SupervisorState {
    /// The children in start order.
    var children: [NodeIndex] = []
    /// The news that arrived while it was busy, oldest first: OTP's message queue.
    var news: [News] = []
    /// The current work; a dynamic supervisor has none.
    var work: Work?
    /// The restarts that still count.
    var history = RestartHistory()
    /// The declared set of a dynamic supervisor; nil until there is one.
    var declarations: [Declaration]?
    /// The holds of children that are no longer declared, by their ids.
    var holds: [ChildID: HoldOfGone] = [:]
    /// Whether it is ending because its restart intensity was exceeded.
    var hasGivenUp = false
}

/// The hold of a deleted child, and the launch digest for which it holds.
struct HoldOfGone {
    var hold: TreeNode.Hold
    var digest: String
}

/// An item of a supervisor's queue. It names its child by id, because the child may be deleted before it is handled.
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

/// The current work of a supervisor: first some children stop, then some start, one after the other.
struct Work {
    /// The purpose, which decides what a failed start means and what follows the last step.
    enum Purpose {
        /// `init_children`: a failed start is rolled back.
        case boot
        /// The boot failed; everything stops.
        case rollBack(ExitReason)
        /// `terminate`: everything stops.
        case shutDown
        /// `restart`: a failed start is put into the queue and tried again.
        case restart
        /// The siblings of this child stop; its restart waits until the delay has passed.
        case delayRestart(NodeIndex, Duration)
        /// An operator's `restart` or `start`; a failed start is tried again like any restart.
        case bringUp(RequestToken)
        /// An operator's `stop`.
        case bringDown(RequestToken)
        /// `start_child`: a failed start is answered, and the child is deleted.
        case startChild(RequestToken)
        /// `restart_child`: a failed start is answered, and the child stays down.
        case restartChild(RequestToken)
        /// `terminate_child`.
        case terminateChild(RequestToken)

        /// The order that this work fulfils.
        var token: RequestToken? {
            switch self {
            case .bringUp(let token), .bringDown(let token), .startChild(let token), .restartChild(let token),
                .terminateChild(let token):
                token
            case .boot, .rollBack, .shutDown, .restart, .delayRestart: nil
            }
        }
    }

    /// The purpose.
    var purpose: Purpose
    /// The children that must be down, in the order of stopping.
    var toStop: [NodeIndex] = []
    /// The children that must be ready, in the order of starting.
    var toStart: [NodeIndex] = []
    /// The first of `toStart`, once its start has begun.
    var starting: NodeIndex?
}

/// Limits of the tree's memory.
package enum SupervisionLimits {
    /// The most nodes a tree may have, supervisors included.
    package static let nodesMax = 10_000
    /// The most orders that wait at one supervisor.
    package static let commandsQueuedMax = 1_000
    /// The number of planned hand-offs in a period without a completed turn that do not yet count as a crash.
    package static let handoffsMax = 3
}
