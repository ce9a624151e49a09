/// Why a child ended.
///
/// The shell reads `exited`, `signaled` and `oomKilled` from the kernel; the tree replaces them by `shutdown`,
/// `watchdog` or `failedToStart` where it knows better, because it caused the end itself.
package enum ExitReason: Hashable, Sendable {
    /// Ended by itself with this status, 0 to 255.
    case exited(code: Int)
    /// Ended by a signal that the supervisor did not send.
    case signaled(ChildSignal, dumpedCore: Bool)
    /// SIGKILL of the main process while its cgroup's `oom_kill` counter rose.
    case oomKilled
    /// Stopped beating, and was aborted.
    case watchdog
    /// We asked it to stop; also the end of a supervisor, whether it was asked or gave up.
    case shutdown
    /// Ended before it was ready, or could not be started at all.
    case failedToStart(detail: String)

    /// The reason in words, as it reads behind "…: ".
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
