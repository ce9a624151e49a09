import CLinux
import Glibc

/// A message of a datagram or sequenced-packet socket, and what came beside it.
public struct Datagram: ~Copyable {
    /// The bytes.
    public let bytes: [UInt8]
    /// The descriptor beside it, if there was one.
    public var descriptor: FileDescriptor?
    /// The sender's pid, where the socket asks for credentials.
    public let sender: pid_t?
    /// Whether the message was longer than the buffer.
    public let isTruncated: Bool

    /// Takes the descriptor out, leaving none.
    public mutating func takeDescriptor() -> FileDescriptor? { descriptor.take() }
}

/// Who is at the other end of a connected Unix socket.
public struct SocketPeer: ~Copyable {
    /// Its process when it connected.
    public let pid: pid_t
    /// Its user when it connected.
    public let uid: uid_t
    /// Its group when it connected.
    public let gid: gid_t
    /// The process itself, which a pid that was used again is not; nil where neither the kernel nor /proc gives one.
    public let pidfd: FileDescriptor?

    /// Whether the process is known to live. Ask this last: what was read under the pid before was about it then.
    public var isAlive: Bool {
        switch pidfd {
        case .none: false
        case .some(let pidfd): !ProcessInformation.hasEnded(pidfd)
        }
    }
}

/// Unix-domain sockets.
///
/// See: unix(7)
public enum UnixSocket {
    /// What a socket carries.
    public enum Style {
        case stream, sequencedPackets, datagrams

        var raw: CInt {
            switch self {
            case .stream: CInt(SOCK_STREAM.rawValue)
            case .sequencedPackets: CInt(SOCK_SEQPACKET.rawValue)
            case .datagrams: CInt(SOCK_DGRAM.rawValue)
            }
        }
    }

    /// The longest path of a socket, in bytes.
    public static let pathBytesMax = 107

    /// Two sockets connected with each other, both non-blocking and close-on-exec.
    ///
    /// - Throws: `socketpair`.
    public static func pair(_ style: Style) throws(SystemCallError) -> SocketPair {
        var ends: [CInt] = [-1, -1]
        try completedCall("socketpair") { socketpair(AF_UNIX, style.raw | flags, 0, &ends) }
        return SocketPair(first: FileDescriptor(owning: ends[0]), second: FileDescriptor(owning: ends[1]))
    }

    private static let flags = CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)

    /// A socket with a name that others can connect or send to. A name left by a dead process is taken over, so hold a
    /// lock on the directory before: a living process's socket would be taken, too.
    ///
    /// - Throws: `bind` and the rest; ENAMETOOLONG over `pathBytesMax`.
    public static func bind(_ path: String, _ style: Style, mode: mode_t) throws(SystemCallError) -> FileDescriptor {
        var address = try sockaddr_un(path: path)
        let socket = FileDescriptor(
            owning: try completedCall("socket") { Glibc.socket(AF_UNIX, style.raw | flags, 0) })
        // Only a socket gives way: a path that is written wrong costs nobody a file.
        if (try? Files.linkStatus(path))?.kind == .socket { unlink(path) }
        let raw = socket.raw
        try completedCall("bind", subject: path) { address.withPointer { Glibc.bind(raw, $0, $1) } }
        try completedCall("chmod", subject: path) { chmod(path, mode) }
        if style != .datagrams { try completedCall("listen", subject: path) { listen(raw, 4_096) } }
        return socket
    }

    /// Connects to a named socket.
    ///
    /// - Throws: `connect`: ENOENT and ECONNREFUSED when nobody listens.
    public static func connect(_ path: String, _ style: Style) throws(SystemCallError) -> FileDescriptor {
        var address = try sockaddr_un(path: path)
        let socket = FileDescriptor(
            owning: try completedCall("socket") { Glibc.socket(AF_UNIX, style.raw | flags, 0) })
        let raw = socket.raw
        try completedCall("connect", subject: path) { address.withPointer { Glibc.connect(raw, $0, $1) } }
        return socket
    }

    /// The next connection, nil when there is none.
    ///
    /// - Throws: `accept4`, for example EMFILE.
    public static func accept(_ listener: borrowing FileDescriptor) throws(SystemCallError) -> FileDescriptor? {
        let raw = listener.raw
        guard let socket = try systemCall("accept4", { clinux_accept(raw) }) else { return nil }
        return FileDescriptor(owning: socket)
    }

    /// Who is at the other end.
    ///
    /// - Throws: `getsockopt`.
    public static func peer(of socket: borrowing FileDescriptor) throws(SystemCallError) -> SocketPeer {
        var pid: pid_t = -1, uid = uid_t.max, gid = gid_t.max, pidfd: CInt = -1
        let error = clinux_peer(socket.raw, &pid, &uid, &gid, &pidfd)
        if error != 0 { throw SystemCallError("getsockopt", subject: "SO_PEERCRED", errno: error) }
        if pidfd < 0 { pidfd = clinux_pidfd_open(pid) }
        return SocketPeer(pid: pid, uid: uid, gid: gid, pidfd: pidfd < 0 ? nil : FileDescriptor(owning: pidfd))
    }

    /// Sends one message, with a descriptor beside it if one is given.
    ///
    /// - Returns: Whether the kernel took it; false when it would have to wait.
    /// - Throws: `sendmsg`: EPIPE and ECONNRESET when the peer has gone, EMSGSIZE when the message is too long.
    public static func send(_ bytes: [UInt8], descriptor: CInt = -1, on socket: CInt) throws(SystemCallError) -> Bool {
        try systemCall("sendmsg") {
            bytes.withUnsafeBytes { clinux_send(socket, $0.baseAddress, $0.count, descriptor) }
        } != nil
    }

    /// The next message.
    ///
    /// - Parameters:
    ///   - capacity: The longest message wanted, in bytes.
    /// - Returns: The message, an empty one at end-of-file, nil when there is none yet.
    /// - Throws: `recvmsg`.
    public static func receive(on socket: CInt, capacity: Int) throws(SystemCallError) -> Datagram? {
        var descriptor: CInt = -1, sender: pid_t = -1, isTruncated = false
        var length: Int?
        var failure: SystemCallError?
        let bytes = [UInt8](unsafeUninitializedCapacity: capacity) { buffer, count in
            do throws(SystemCallError) {
                length = try systemCall("recvmsg") {
                    clinux_receive(socket, buffer.baseAddress, capacity, &descriptor, &sender, &isTruncated)
                }
            } catch { failure = error }
            count = length ?? 0
        }
        if let failure { throw failure }
        guard length != nil else { return nil }
        return Datagram(
            bytes: bytes, descriptor: descriptor < 0 ? nil : FileDescriptor(owning: descriptor),
            sender: sender < 0 ? nil : sender, isTruncated: isTruncated)
    }

    /// Asks the kernel to tell the sender of each message.
    ///
    /// See: unix(7) SO_PASSCRED
    public static func passCredentials(_ socket: borrowing FileDescriptor) throws(SystemCallError) {
        var on: CInt = 1
        let raw = socket.raw
        try completedCall("setsockopt", subject: "SO_PASSCRED") {
            setsockopt(raw, SOL_SOCKET, SO_PASSCRED, &on, socklen_t(MemoryLayout<CInt>.size))
        }
    }

    /// Has the kernel drop descriptors that are sent to it, where it can (Linux 6.16): closing a stranger's may take as
    /// long as the stranger likes.
    public static func refuseDescriptors(_ socket: borrowing FileDescriptor) {
        let passRights: CInt = 83
        var off: CInt = 0
        setsockopt(socket.raw, SOL_SOCKET, passRights, &off, socklen_t(MemoryLayout<CInt>.size))
    }

    /// Ends a connection for everybody who holds a copy of the descriptor.
    ///
    /// See: shutdown(2)
    public static func shutDown(_ socket: borrowing FileDescriptor) {
        Glibc.shutdown(socket.raw, CInt(SHUT_RDWR))
    }
}

/// Both ends of a socketpair.
public struct SocketPair: ~Copyable {
    /// One end.
    public var first: FileDescriptor
    /// The other.
    public var second: FileDescriptor

    init(first: consuming FileDescriptor, second: consuming FileDescriptor) {
        self.first = first
        self.second = second
    }

    /// Gives both ends to a closure as their new owner.
    public consuming func split<Result>(
        _ body: (consuming FileDescriptor, consuming FileDescriptor) throws -> Result
    ) rethrows -> Result {
        try body(first, second)
    }
}

extension sockaddr_un {
    fileprivate init(path: String) throws(SystemCallError) {
        let bytes = Array(path.utf8)
        guard bytes.count <= UnixSocket.pathBytesMax else {
            throw SystemCallError("bind", subject: path, errno: ENAMETOOLONG)
        }
        self.init()
        sun_family = sa_family_t(AF_UNIX)
        withUnsafeMutableBytes(of: &sun_path) { $0.copyBytes(from: bytes) }
    }

    fileprivate mutating func withPointer(_ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt) -> CInt {
        withUnsafePointer(to: &self) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(MemoryLayout<sockaddr_un>.size)) }
        }
    }
}
