import Glibc
import JSON
import LinuxSystem
import Services
import Supervision

/// `--events FILE`: every lifecycle event, one JSON object on each line, each appended in one write.
struct EventsFile: ~Copyable {
    private let file: FileDescriptor
    /// Whether the last line could not be written completely.
    private var isTorn = false

    /// Opens the file, or creates it.
    ///
    /// - Throws: `open`.
    init(appendingTo path: String) throws(SystemCallError) {
        file = try Files.open(path, O_WRONLY | O_CREAT | O_APPEND, mode: 0o644)
    }

    /// Appends a line. On a full disk only the line is lost: supervision continues.
    mutating func append(_ event: ChildEvent) {
        let line = (isTorn ? [UInt8(ascii: "\n")] : []) + Self.line(of: event)
        let written = (try? line.withUnsafeBytes { try file.write($0) }) ?? 0
        if written > 0 { isTorn = written < line.count }
    }

    /// An event in the form of the file: without the keys that only `sys.child` has.
    static func line(of event: ChildEvent) -> [UInt8] {
        var event = event
        (event.verdict, event.state) = (nil, nil)
        return JSON.encode(event) + [UInt8(ascii: "\n")]
    }
}

extension ChildEvent {
    /// An event of the tree in the form of `sys.child`.
    init(_ event: LifecycleEvent, at time: String, status: NodeStatus?) {
        self.init(
            at: time, event: Event(event.kind), name: event.id.name, kind: ChildStatus.Kind(event.node),
            incarnation: event.incarnation.number, pid: event.pid, reason: event.reason.map { ExitReport($0) },
            verdict: event.verdict, state: status.map { ChildStatus.State($0.state) })
    }
}

extension ChildEvent.Event {
    fileprivate init(_ kind: LifecycleEvent.Kind) {
        switch kind {
        case .started: self = .started
        case .ready: self = .ready
        case .startFailed: self = .startFailed
        case .exited: self = .exited
        case .gaveUp: self = .gaveUp
        }
    }
}

extension ChildStatus {
    /// A node of the tree in the form of the answer to `list`.
    ///
    /// - Parameter since: The date of `status.since`, in nanoseconds since 1970.
    init(_ status: NodeStatus, since: Int64) {
        self.init(
            name: status.id.name, kind: Kind(status.kind), parent: status.parent?.name,
            pid: status.parent == nil ? getpid() : status.pid,
            state: State(status.state), restarts: status.restarts,
            since: Clock.timestamp(nanosecondsSince1970: since),
            status: status.status, lastExit: status.lastExit.map { ExitReport($0) }, restartCauses: status.restartCauses
        )
    }
}

extension ChildStatus.Kind {
    fileprivate init(_ kind: NodeStatus.Kind) {
        switch kind {
        case .supervisor: self = .supervisor
        case .worker: self = .worker
        }
    }
}

extension ChildStatus.State {
    fileprivate init(_ state: NodeStatus.State) {
        switch state {
        case .starting: self = .starting
        case .ready: self = .ready
        case .stopping: self = .stopping
        case .backoff: self = .backoff
        case .quarantined: self = .quarantined
        case .misconfigured: self = .misconfigured
        case .stopped: self = .stopped
        }
    }
}

extension ExitReport {
    /// A reason of the tree in the form of `lastExit`.
    init(_ reason: ExitReason) {
        switch reason {
        case .exited(let code): self.init(kind: .exited, code: code)
        case .signaled(let signal, let dumpedCore):
            self.init(kind: .signaled, signal: signal.description, core: dumpedCore)
        case .oomKilled: self.init(kind: .oomKilled)
        case .watchdog: self.init(kind: .watchdog)
        case .shutdown: self.init(kind: .shutdown)
        case .failedToStart(let detail): self.init(kind: .failedToStart, detail: detail)
        }
    }
}
