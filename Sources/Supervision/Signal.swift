/// A signal of Linux, by its number.
///
/// See: signal(7)
package struct Signal: Hashable, Sendable, CustomStringConvertible {
    /// The number on Linux (x86-64 and arm64 agree).
    package let number: Int32

    /// A signal.
    package init(_ number: Int32) { self.number = number }

    /// Finish what you do, accept nothing new, and leave: the first step of a gentle replacement.
    package static let hangup = Signal(1)
    /// Leave with a core dump: what a child gets that stopped beating.
    package static let abort = Signal(6)
    /// Cannot be refused; sent to the whole process tree of a child.
    package static let kill = Signal(9)
    /// Stop now, in order.
    package static let terminate = Signal(15)

    /// A signal as people write it: `HUP`, `SIGHUP` or `1`, in capitals or not; nil for anything else.
    package init?(named text: String) {
        let name = text.uppercased()
        if let number = Int32(name), (1...64).contains(number) {
            self.init(number)
        } else if let index = Signal.names.dropFirst().firstIndex(where: { $0 == name || $0 == "SIG\(name)" }) {
            self.init(Int32(index))
        } else {
            return nil
        }
    }

    /// The name, for example `SIGKILL`; `SIG40` for one without a name of its own.
    package var description: String {
        Signal.names.indices.contains(Int(number)) ? Signal.names[Int(number)] : "SIG\(number)"
    }

    private static let names = [
        "SIG0", "SIGHUP", "SIGINT", "SIGQUIT", "SIGILL", "SIGTRAP", "SIGABRT", "SIGBUS", "SIGFPE", "SIGKILL", "SIGUSR1",
        "SIGSEGV", "SIGUSR2", "SIGPIPE", "SIGALRM", "SIGTERM", "SIGSTKFLT", "SIGCHLD", "SIGCONT", "SIGSTOP", "SIGTSTP",
        "SIGTTIN", "SIGTTOU", "SIGURG", "SIGXCPU", "SIGXFSZ", "SIGVTALRM", "SIGPROF", "SIGWINCH", "SIGIO", "SIGPWR",
        "SIGSYS",
    ]
}
