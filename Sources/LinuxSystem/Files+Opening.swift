import CLinux
import Glibc

// Descriptors that are no files with a content and a name.
extension Files {
    /// Opens a directory as a place alone: names below it can be looked up, and it cannot be read.
    ///
    /// - Throws: `open`.
    ///
    /// See: open(2) O_PATH
    public static func openPlace(_ path: String) throws(SystemCallError) -> FileDescriptor {
        try open(path, CInt(CLINUX_O_PATH) | O_DIRECTORY)
    }

    /// A file without a name that has some bytes, to be read from its beginning.
    ///
    /// - Throws: `memfd_create`, `write`.
    ///
    /// See: memfd_create(2)
    public static func memory(named name: String, with bytes: [UInt8]) throws(SystemCallError) -> FileDescriptor {
        let file = FileDescriptor(
            owning: try completedCall("memfd_create", subject: name) { clinux_memory_file(name) })
        try writeAll(bytes, to: file)
        let raw = file.raw
        try completedCall("lseek", subject: name) { CInt(truncatingIfNeeded: lseek(raw, 0, SEEK_SET)) }
        return file
    }

    /// Both ends of a new pipe. One of them is ours and non-blocking, and a program gets the other.
    ///
    /// - Parameter isToProgram: Whether the reading end is the program's.
    /// - Throws: `pipe2`.
    public static func pipe(isToProgram: Bool = false) throws(SystemCallError) -> SocketPair {
        var ends: [CInt] = [-1, -1]
        try completedCall("pipe2") { clinux_pipe(&ends) }
        let reading = FileDescriptor(owning: ends[0]), writing = FileDescriptor(owning: ends[1])
        if isToProgram { try writing.setNonBlocking() } else { try reading.setNonBlocking() }
        return SocketPair(first: reading, second: writing)
    }

    /// Whether there is an open descriptor of this number.
    public static func isOpen(_ descriptor: CInt) -> Bool { fcntl(descriptor, F_GETFD) >= 0 }

    /// Keeps a descriptor, which somebody else owns, from programs that this process becomes.
    ///
    /// - Throws: `fcntl`.
    public static func setCloseOnExec(_ descriptor: CInt) throws(SystemCallError) {
        try completedCall("fcntl") { fcntl(descriptor, F_SETFD, FD_CLOEXEC) }
    }

    /// Writes all of some bytes to a descriptor that somebody else owns; it waits where the descriptor does.
    ///
    /// - Throws: `write`.
    public static func writeAll(_ bytes: [UInt8], to descriptor: CInt) throws(SystemCallError) {
        var rest = bytes[...]
        while !rest.isEmpty {
            let count = try completedCall("write") {
                rest.withUnsafeBytes { write(descriptor, $0.baseAddress, $0.count) }
            }
            rest = rest.dropFirst(count)
        }
    }
}
