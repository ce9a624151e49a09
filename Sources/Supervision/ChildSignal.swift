/// A signal that a child is sent, or died of, by its number on Linux.
///
/// See: signal(7)
package struct ChildSignal: Hashable, Sendable, CustomStringConvertible {
    /// The number on Linux (x86-64 and arm64 agree).
    package let number: Int32

    /// The signal of a number.
    package init(_ number: Int32) { self.number = number }

    /// Finish what you do, accept nothing new, and leave: the first step of a gentle replacement.
    package static let hangup = ChildSignal(1)
    /// Leave with a core dump: what a child gets that stopped beating.
    package static let abort = ChildSignal(6)
    /// Cannot be refused; sent to the whole process tree of a child.
    package static let kill = ChildSignal(9)
    /// Stop now, in order.
    package static let terminate = ChildSignal(15)

    /// A signal as people write it: `HUP`, `SIGHUP` or `1`, in capitals or not; nil for anything else.
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
