import CLinux
import Glibc

/// What is to be reached.
struct Place {
    /// A directory that is there.
    var directory: String
    /// A Unix socket that somebody listens on.
    var socket: String
    /// A TCP port of 127.0.0.1 that somebody listens on.
    var port: UInt16
}

/// Something that a confined process must not be able to do.
struct Attempt: Sendable {
    /// Its name on the command line.
    let name: String
    /// Whether the process ends or becomes another one when it succeeds.
    var ends = false
    /// Makes it. It returns what system calls do: negative for a failure, with errno.
    let make: @Sendable (Place) -> Int

    private static let names: [CInt: String] = [
        EPERM: "EPERM", ENOSYS: "ENOSYS", EACCES: "EACCES", EFAULT: "EFAULT", EINVAL: "EINVAL", EBADF: "EBADF",
        ENOENT: "ENOENT", ENOTTY: "ENOTTY", EAFNOSUPPORT: "EAFNOSUPPORT",
    ]

    /// `got it`, or `failed: EPERM`.
    func outcome(at place: Place) -> String {
        let result = make(place)
        if result >= 0 { return "got it" }
        return "failed: " + (Self.names[errno] ?? "\(errno)")
    }
}

/// A system call by its number.
func call(_ number: CInt, _ arguments: Int...) -> Int {
    clinux_system_call(Int(number), arguments + [Int](repeating: 0, count: 6 - arguments.count))
}

/// A system call whose arguments begin with a path.
func call(_ number: CInt, _ path: String, _ arguments: Int...) -> Int {
    path.withCString {
        clinux_system_call(
            Int(number), [Int(bitPattern: $0)] + arguments + [Int](repeating: 0, count: 5 - arguments.count))
    }
}

/// openat(2) from the working directory.
func opens(_ path: String, _ flags: CInt = O_RDONLY) -> Int {
    path.withCString {
        clinux_system_call(Int(SYS_openat), [Int(AT_FDCWD), Int(bitPattern: $0), Int(flags), 0o600, 0, 0])
    }
}

/// Becomes `echo got it` by execve(2) or execveat(2).
func becomesAnother(at directory: Bool) -> Int {
    let words = ["echo", "got it", nil].map { $0.flatMap { strdup($0) } }, path = strdup("/bin/echo")
    return words.withUnsafeBufferPointer { words in
        let pointers = [Int(bitPattern: path), Int(bitPattern: words.baseAddress), 0]
        return directory
            ? clinux_system_call(Int(SYS_execveat), [Int(AT_FDCWD)] + pointers + [0, 0])
            : clinux_system_call(Int(SYS_execve), pointers + [0, 0, 0])
    }
}

/// A new process, which ends at once.
func forks() -> Int {
    let child = call(SYS_clone, Int(SIGCHLD))
    if child == 0 { _exit(0) }
    if child > 0 { waitpid(pid_t(child), nil, 0) }
    return child
}

/// A connection to a Unix socket; an abstract one where the path begins with NUL.
func connects(toUnix path: [UInt8]) -> Int {
    let raw = socket(AF_UNIX, CInt(SOCK_STREAM.rawValue), 0)
    if raw < 0 { return -1 }
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    withUnsafeMutableBytes(of: &address.sun_path) { $0.copyBytes(from: path.prefix($0.count)) }
    let length = socklen_t(MemoryLayout<sa_family_t>.size + path.count)
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { Int(connect(raw, $0, length)) }
    }
}

/// A connection to a port of this machine.
func connects(toPort port: UInt16) -> Int {
    let raw = socket(AF_INET, CInt(SOCK_STREAM.rawValue), 0)
    if raw < 0 { return -1 }
    var address = sockaddr_in()
    address.sin_family = sa_family_t(AF_INET)
    address.sin_port = port.bigEndian
    address.sin_addr.s_addr = UInt32(0x7F00_0001).bigEndian
    return withUnsafePointer(to: &address) {
        $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
            Int(connect(raw, $0, socklen_t(MemoryLayout<sockaddr_in>.size)))
        }
    }
}

/// What a connected datagram socket would say to another address than its own: sendto(2) with one.
func sends(_ family: CInt) -> Int {
    var address = sockaddr_storage()
    address.ss_family = sa_family_t(family)
    return withUnsafePointer(to: &address) {
        clinux_system_call(Int(SYS_sendto), [-1, Int(bitPattern: $0), 1, 0, Int(bitPattern: $0), 16])
    }
}
