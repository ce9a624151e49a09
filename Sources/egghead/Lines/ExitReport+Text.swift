import Services
import Terminal

extension ExitReport {
    /// The reason in a few words: `exited 1`, `SIGSEGV (core)`, `out of memory`. Safe for a terminal.
    var text: String {
        switch kind {
        case .exited: "exited \(code ?? 0)"
        case .signaled: SafeText.line(signal ?? "signal") + (core == true ? " (core)" : "")
        case .oomKilled: "out of memory"
        case .watchdog: "watchdog"
        case .shutdown: "shutdown"
        case .failedToStart: "failed to start" + (detail.map { ": " + SafeText.line($0) } ?? "")
        }
    }
}
