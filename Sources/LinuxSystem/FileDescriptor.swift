import CLinux
import Glibc

/// A descriptor that several hold, or that is kept in an array: closed when the last holder has gone.
public final class SharedDescriptor {
    private let descriptor: FileDescriptor

    /// The number, for calls that borrow it.
    public var raw: CInt { descriptor.raw }

    /// Takes ownership.
    public init(_ descriptor: consuming FileDescriptor) { self.descriptor = descriptor }

    /// Reads what there is; see `FileDescriptor.read`.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemCallError) -> Int? {
        try descriptor.read(into: buffer)
    }

    /// Writes as much as the kernel takes; see `FileDescriptor.write`.
    public func write(_ buffer: UnsafeRawBufferPointer) throws(SystemCallError) -> Int? {
        try descriptor.write(buffer)
    }

    /// The next connection of a socket that listens; see `UnixSocket.accept`.
    public func accept() throws(SystemCallError) -> FileDescriptor? { try UnixSocket.accept(descriptor) }

    /// Tells the other side of a connection that nothing more will come from this one.
    ///
    /// See: shutdown(2) SHUT_WR
    public func endSending() { Glibc.shutdown(raw, CInt(SHUT_WR)) }

    /// Has small writes on a TCP connection sent at once.
    public func sendAtOnce() { try? LoopbackSocket.setNoDelay(descriptor) }

    /// Has the other side of a TCP connection told of a failure, and not of an end, when this one is closed.
    ///
    /// See: socket(7) SO_LINGER
    public func failAtClose() {
        var linger = linger(l_onoff: 1, l_linger: 0)
        setsockopt(raw, SOL_SOCKET, SO_LINGER, &linger, socklen_t(MemoryLayout<linger>.size))
    }

    /// Reads a part of a file; see `FileDescriptor.read(at:bytesMax:)`.
    public func read(at offset: Int, bytesMax: Int) throws(SystemCallError) -> [UInt8] {
        try descriptor.read(at: offset, bytesMax: bytesMax)
    }

    /// The name under which the kernel shows what is open: it leads there, whatever has become of its own name.
    ///
    /// See: proc_pid_fd(5)
    public var linkPath: String { "/proc/self/fd/\(raw)" }
}

/// An open file description's only owner: it is closed when its owner goes. Born close-on-exec everywhere here.
///
/// See: close(2)
public struct FileDescriptor: ~Copyable {
    /// The number, for calls that borrow it.
    public let raw: CInt

    /// Takes ownership of an open descriptor.
    public init(owning raw: CInt) {
        precondition(raw >= 0, "a descriptor is never negative")
        self.raw = raw
    }

    deinit { Glibc.close(raw) }

    /// Gives the number up: closing it is now the caller's business.
    public consuming func release() -> CInt {
        let raw = raw
        discard self
        return raw
    }

    /// A second descriptor for an open file description that is another's.
    ///
    /// - Throws: `fcntl`: EBADF when the number is none.
    public static func copy(of raw: CInt) throws(SystemCallError) -> FileDescriptor {
        FileDescriptor(owning: try completedCall("fcntl") { fcntl(raw, F_DUPFD_CLOEXEC, 0) })
    }

    /// A second descriptor for the same open file description.
    ///
    /// - Throws: `fcntl`, when the process has too many descriptors.
    public func duplicated() throws(SystemCallError) -> FileDescriptor { try Self.copy(of: raw) }

    /// Makes reads and writes return instead of waiting.
    ///
    /// See: fcntl(2) O_NONBLOCK
    public func setNonBlocking() throws(SystemCallError) {
        let flags = try completedCall("fcntl") { fcntl(raw, F_GETFL) }
        try completedCall("fcntl") { fcntl(raw, F_SETFL, flags | O_NONBLOCK) }
    }

    /// Sets or clears close-on-exec.
    public func setCloseOnExec(_ isSet: Bool) throws(SystemCallError) {
        try completedCall("fcntl") { fcntl(raw, F_SETFD, isSet ? FD_CLOEXEC : 0) }
    }

    /// Reads what there is into the buffer.
    ///
    /// - Returns: The number of bytes, 0 at end-of-file, nil when reading would wait.
    /// - Throws: `read`.
    public func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemCallError) -> Int? {
        try systemCall("read") { Glibc.read(raw, buffer.baseAddress, buffer.count) }
    }

    /// Reads a part of a file, wherever the descriptor's position is.
    ///
    /// - Parameters:
    ///   - offset: Where the part begins, in bytes.
    ///   - bytesMax: The most bytes to read.
    /// - Returns: Fewer bytes where the file ends before, or as the kernel likes; none at its end.
    /// - Throws: `pread`.
    ///
    /// See: pread(2)
    public func read(at offset: Int, bytesMax: Int) throws(SystemCallError) -> [UInt8] {
        var failure: SystemCallError?
        let bytes = [UInt8](unsafeUninitializedCapacity: bytesMax) { buffer, count in
            do throws(SystemCallError) {
                count = try completedCall("pread") { pread(raw, buffer.baseAddress, buffer.count, offset) }
            } catch {
                failure = error
            }
        }
        if let failure { throw failure }
        return bytes
    }

    /// Writes as much as the kernel takes.
    ///
    /// - Returns: The number of bytes taken, nil when writing would wait.
    /// - Throws: `write`; a closed peer is EPIPE, since every process here ignores SIGPIPE.
    public func write(_ buffer: UnsafeRawBufferPointer) throws(SystemCallError) -> Int? {
        try systemCall("write") { Glibc.write(raw, buffer.baseAddress, buffer.count) }
    }

    /// Writes everything to a file that never would block.
    ///
    /// - Throws: `write`, for example when the disk is full; part may have been written.
    public func writeAll(_ bytes: UnsafeRawBufferPointer) throws(SystemCallError) {
        var rest = bytes
        while !rest.isEmpty {
            let count = try completedCall("write") { Glibc.write(raw, rest.baseAddress, rest.count) }
            rest = UnsafeRawBufferPointer(rebasing: rest[count...])
        }
    }

    /// Cuts a file to a length.
    ///
    /// - Throws: `ftruncate`.
    public func truncate(to bytes: Int) throws(SystemCallError) {
        try completedCall("ftruncate") { ftruncate(raw, bytes) }
    }

    /// Waits until the file's content, and what is needed to find it, is on the disk.
    ///
    /// - Throws: `fdatasync`; after that nobody knows what is on the disk, and the writer should write it anew.
    ///
    /// See: fdatasync(2)
    public func synchronizeData() throws(SystemCallError) {
        try completedCall("fdatasync") { fdatasync(raw) }
    }

    /// Lets the kernel drop what it has in memory of a file from an offset on, in bytes, so that it is read from the
    /// disk next. Pages that wait to be written stay. A kernel that does not do so changes nothing.
    ///
    /// See: posix_fadvise(2)
    public func dropFromMemory(from offset: Int) {
        _ = posix_fadvise(raw, offset, 0, POSIX_FADV_DONTNEED)
    }
}
