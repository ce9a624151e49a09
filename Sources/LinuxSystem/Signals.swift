import CLinux
import Glibc

/// A signal by its POSIX name.
public struct Signal: Hashable, Sendable, CustomStringConvertible {
    /// The number on this machine.
    public let number: CInt

    /// The signal of a number.
    public init(number: CInt) { self.number = number }

    public static let hangup = Signal(number: SIGHUP), interrupt = Signal(number: SIGINT)
    public static let abort = Signal(number: SIGABRT), kill = Signal(number: SIGKILL)
    public static let terminate = Signal(number: SIGTERM), user1 = Signal(number: SIGUSR1)
    public static let `continue` = Signal(number: SIGCONT), child = Signal(number: SIGCHLD)
    public static let pipe = Signal(number: SIGPIPE), windowChange = Signal(number: SIGWINCH)

    /// `SIGKILL`; real-time signals are `SIGRTMIN+n`, unknown numbers `SIG<n>`.
    public var description: String {
        if number >= 34, number <= 64 { return number == 34 ? "SIGRTMIN" : "SIGRTMIN+\(number - 34)" }
        guard let name = clinux_signal_name(number) else { return "SIG\(number)" }
        return "SIG\(String(cString: name))"
    }
}

/// Signals as events: blocked, and read from a descriptor in the loop's own order.
///
/// See: signalfd(2)
public struct SignalDescriptor: ~Copyable {
    private let descriptor: FileDescriptor

    /// The number, to be watched for reading.
    public var raw: CInt { descriptor.raw }

    /// Blocks the signals in this thread and delivers them here.
    public init(_ signals: [Signal]) throws(SystemCallError) {
        var mask = sigset_t()
        sigemptyset(&mask)
        for signal in signals { sigaddset(&mask, signal.number) }
        sigprocmask(SIG_BLOCK, &mask, nil)
        descriptor = FileDescriptor(
            owning: try completedCall("signalfd") {
                signalfd(-1, &mask, CInt(SFD_CLOEXEC) | CInt(SFD_NONBLOCK))
            })
    }

    /// The next signal, nil when there is none.
    public func next() throws(SystemCallError) -> Signal? {
        var information = signalfd_siginfo()
        let count = try withUnsafeMutableBytes(of: &information) { buffer -> Result<Int?, SystemCallError> in
            do throws(SystemCallError) { return .success(try descriptor.read(into: buffer)) } catch {
                return .failure(error)
            }
        }.get()
        return count == nil ? nil : Signal(number: CInt(information.ssi_signo))
    }

    /// Makes a write to a closed peer an error instead of a death.
    public static func ignorePipe() { Glibc.signal(SIGPIPE, SIG_IGN) }
}
