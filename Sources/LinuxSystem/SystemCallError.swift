import Glibc

/// A system call that the world refused: what was called, on what, and what the kernel answered.
public struct SystemCallError: Error, Hashable, CustomStringConvertible {
    /// The call, for example `open`.
    public let call: String
    /// The path, name or peer that it was called on; empty when there is none to name.
    public let subject: String
    /// The kernel's answer.
    public let errno: CInt

    /// The failure of `call` on `subject`.
    public init(_ call: String, subject: String = "", errno: CInt) {
        self.call = call
        self.subject = subject
        self.errno = errno
    }

    /// Whether it is the disk that refuses a write: it is full, over its quota, read-only or broken. The same write may
    /// succeed later.
    public var isRefusedByDisk: Bool { [ENOSPC, EDQUOT, EROFS, EIO].contains(errno) }

    /// `open /etc/egghead/config.yml: No such file or directory`
    public var description: String {
        "\(call)\(subject.isEmpty ? "" : " ")\(subject): \(String(cString: strerror(errno)))"
    }
}

/// Calls, and calls again while a signal interrupts. Would-block comes back as nil. A descriptor or an address that is
/// not ours to use can only be our own bug, and going on would corrupt somebody else's file: the process dies.
///
/// - Throws: Every other answer of the kernel.
func systemCall<Result: BinaryInteger>(
    _ name: String, subject: @autoclosure () -> String = "", _ call: () -> Result
) throws(SystemCallError) -> Result? {
    while true {
        let result = call()
        if result != -1 { return result }
        switch Glibc.errno {
        case EINTR: continue
        case EAGAIN, EINPROGRESS: return nil
        case EBADF, EFAULT: preconditionFailure("\(name) \(subject()): a descriptor or an address that is not ours")
        case let error: throw SystemCallError(name, subject: subject(), errno: error)
        }
    }
}

/// The same for calls that never would block: would-block is thrown like any other answer.
@discardableResult
func completedCall<Result: BinaryInteger>(
    _ name: String, subject: @autoclosure () -> String = "", _ call: () -> Result
) throws(SystemCallError) -> Result {
    guard let result = try systemCall(name, subject: subject(), call) else {
        throw SystemCallError(name, subject: subject(), errno: EAGAIN)
    }
    return result
}
