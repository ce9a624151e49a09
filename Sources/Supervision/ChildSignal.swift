/// A signal that is sent to a child, or that ended it, by its number on Linux.
///
/// See: signal(7)
package struct ChildSignal: Hashable, Sendable, CustomStringConvertible {
    /// The number on Linux (x86-64 and arm64 agree).
    package let number: Int32

    /// The signal with this number on Linux.
    package init(_ number: Int32) { self.number = number }

    /// Finish your turns, accept no new one, and exit: the first step of a gentle replacement.
    package static let hangup = ChildSignal(1)
    /// Exit with a core dump: sent to a child whose watchdog has expired.
    package static let abort = ChildSignal(6)
    /// Cannot be blocked; sent to the whole process tree of a child.
    package static let kill = ChildSignal(9)
    /// Stop now, in order.
    package static let terminate = ChildSignal(15)

    /// A signal in one of the forms `HUP`, `SIGHUP` and `1`, in any case; nil for anything else.
    package init?(named text: String) {
        let name = text.uppercased()
        if let number = Int32(name), (1...64).contains(number) {
            self.init(number)
        } else if let index = ChildSignal.names.dropFirst().firstIndex(where: { $0 == name || $0 == "SIG\(name)" }) {
            self.init(Int32(index))
        } else {
            return nil
        }
    }

    /// The name, for example `SIGKILL`; `SIG40` for one without a name of its own.
    package var description: String {
        ChildSignal.names.indices.contains(Int(number)) ? ChildSignal.names[Int(number)] : "SIG\(number)"
    }

    private static let names = [
        "SIG0", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
        "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
        "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR",
        "SIGSYS",
    ]
}
