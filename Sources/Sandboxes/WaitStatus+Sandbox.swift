import LinuxSystem

extension WaitStatus {
    /// How a program in a sandbox has ended, in words: bubblewrap ends as the program did, with 128 and the number of
    /// the signal that ended it.
    public var ofSandbox: String {
        switch self {
        case .exited(let code) where code > 128 && code < 128 + 65:
            "ended by \(Signal(number: Int32(code) - 128))"
        case .exited(let code): "exit status \(code)"
        case .signaled(let signal, _): "ended by \(signal)"
        }
    }
}
