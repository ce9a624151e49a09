/// Why a child ended.
///
/// The shell reads `exited`, `signaled` and `oomKilled` from the kernel; the tree replaces them by `shutdown`,
/// `watchdog` or `failedToStart` when the tree itself caused the end.
package enum ExitReason: Hashable, Sendable {
    /// The process exited with this status, 0 to 255.
    case exited(code: Int)
    /// A signal that the supervisor did not send ended the process.
    case signaled(ChildSignal, dumpedCore: Bool)
    /// SIGKILL of the main process while its cgroup's `oom_kill` counter rose.
    case oomKilled
    /// The watchdog expired, and the process was aborted.
    case watchdog
    /// The supervisor asked it to stop; also the end of a supervisor, whether it was asked to stop or gave up.
    case shutdown
    /// The process ended before it was ready, or could not be started.
    case failedToStart(detail: String)

    /// The reason in words, which follow "…: " in a message.
    package var inWords: String {
        switch self {
        case .exited(let code): "exit status \(code)"
        case .signaled(let signal, let dumpedCore): dumpedCore ? "\(signal), core dumped" : "\(signal)"
        case .oomKilled: "killed because memory ran out"
        case .watchdog: "silent for longer than its watchdog"
        case .shutdown: "stopped"
        case .failedToStart(let detail): detail
        }
    }
}
