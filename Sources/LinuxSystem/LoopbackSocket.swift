import Glibc

/// TCP sockets that only processes of this machine can reach.
///
/// See: ip(7), ipv6(7), tcp(7)
public enum LoopbackSocket {
    /// A socket that listens.
    ///
    /// - Parameters:
    ///   - host: An address of 127.0.0.0/8, or `::1`.
    /// - Throws: `bind` and the rest: EADDRINUSE when the port is taken, EADDRNOTAVAIL for an address that is none of
    ///   these.
    public static func listen(host: String, port: UInt16) throws(SystemCallError) -> FileDescriptor {
        let address = try address(host, port, for: "bind"), socket = try newSocket(address)
        let raw = socket.raw, subject = "\(host):\(port)"
        try set(SOL_SOCKET, SO_REUSEADDR, on: raw)
        try completedCall("bind", subject: subject) { withSockaddr(address) { Glibc.bind(raw, $0, $1) } }
        try completedCall("listen", subject: subject) { Glibc.listen(raw, 1_024) }
        return socket
    }

    /// A socket that is being connected: it can be written to when it is, or when that has failed.
    ///
    /// - Parameters:
    ///   - host: An address of 127.0.0.0/8, or `::1`.
    /// - Throws: `connect` and the rest: ECONNREFUSED when nobody listens, EADDRNOTAVAIL for an address that is none of
    ///   these.
    public static func connect(host: String, port: UInt16) throws(SystemCallError) -> FileDescriptor {
        let address = try address(host, port, for: "connect"), socket = try newSocket(address), raw = socket.raw
        let status = withSockaddr(address) { Glibc.connect(raw, $0, $1) }
        if status != 0, errno != EINPROGRESS {
            throw SystemCallError("connect", subject: "\(host):\(port)", errno: errno)
        }
        return socket
    }

    private static func newSocket(_ address: sockaddr_storage) throws(SystemCallError) -> FileDescriptor {
        let kind = CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue) | CInt(SOCK_NONBLOCK.rawValue)
        let family = CInt(address.ss_family)
        return FileDescriptor(owning: try completedCall("socket") { Glibc.socket(family, kind, 0) })
    }

    /// Has small writes sent at once.
    ///
    /// - Throws: `setsockopt`.
    public static func setNoDelay(_ socket: borrowing FileDescriptor) throws(SystemCallError) {
        try set(CInt(IPPROTO_TCP), TCP_NODELAY, on: socket.raw)
    }

    /// The address and port at the other end: `127.0.0.1:50000`.
    ///
    /// - Throws: `getpeername`: ENOTCONN when it has gone.
    public static func peer(of socket: borrowing FileDescriptor) throws(SystemCallError) -> String {
        try place(of: socket, "getpeername", getpeername)
    }

    /// The address and port at this end, such as the port that a socket was given.
    ///
    /// - Throws: `getsockname`.
    public static func ownPlace(of socket: borrowing FileDescriptor) throws(SystemCallError) -> String {
        try place(of: socket, "getsockname", getsockname)
    }

    private static func place(
        of socket: borrowing FileDescriptor, _ name: String,
        _ call: (CInt, UnsafeMutablePointer<sockaddr>, UnsafeMutablePointer<socklen_t>) -> CInt
    ) throws(SystemCallError) -> String {
        var storage = sockaddr_storage()
        let raw = socket.raw
        try completedCall(name) {
            withUnsafeMutablePointer(to: &storage) { pointer in
                var length = socklen_t(MemoryLayout<sockaddr_storage>.size)
                return pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { call(raw, $0, &length) }
            }
        }
        let isSix = storage.ss_family == sa_family_t(AF_INET6)
        return withUnsafePointer(to: &storage) { pointer in
            guard isSix else {
                return pointer.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                    let bytes = withUnsafeBytes(of: $0.pointee.sin_addr.s_addr) { $0.map { "\($0)" } }
                    return "\(bytes.joined(separator: ".")):\(UInt16(bigEndian: $0.pointee.sin_port))"
                }
            }
            return pointer.withMemoryRebound(to: sockaddr_in6.self, capacity: 1) {
                "[::1]:\(UInt16(bigEndian: $0.pointee.sin6_port))"
            }
        }
    }

    private static func address(
        _ host: String, _ port: UInt16, for call: String
    ) throws(SystemCallError) -> sockaddr_storage {
        var storage = sockaddr_storage()
        var four = sockaddr_in(), six = sockaddr_in6()
        if inet_pton(AF_INET, host, &four.sin_addr) == 1, UInt32(bigEndian: four.sin_addr.s_addr) >> 24 == 127 {
            four.sin_family = sa_family_t(AF_INET)
            four.sin_port = port.bigEndian
            withUnsafeMutableBytes(of: &storage) { storage in
                withUnsafeBytes(of: &four) { storage.copyMemory(from: $0) }
            }
            return storage
        }
        guard inet_pton(AF_INET6, host, &six.sin6_addr) == 1, host == "::1" else {
            throw SystemCallError(call, subject: "\(host):\(port)", errno: EADDRNOTAVAIL)
        }
        six.sin6_family = sa_family_t(AF_INET6)
        six.sin6_port = port.bigEndian
        withUnsafeMutableBytes(of: &storage) { storage in withUnsafeBytes(of: &six) { storage.copyMemory(from: $0) } }
        return storage
    }

    private static func withSockaddr(
        _ address: sockaddr_storage, _ body: (UnsafePointer<sockaddr>, socklen_t) -> CInt
    ) -> CInt {
        let isFour = address.ss_family == sa_family_t(AF_INET)
        let length = isFour ? MemoryLayout<sockaddr_in>.size : MemoryLayout<sockaddr_in6>.size
        return withUnsafePointer(to: address) { pointer in
            pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) { body($0, socklen_t(length)) }
        }
    }

    private static func set(_ level: CInt, _ option: CInt, on socket: CInt) throws(SystemCallError) {
        var isOn: CInt = 1
        try completedCall("setsockopt") {
            setsockopt(socket, level, option, &isOn, socklen_t(MemoryLayout<CInt>.size))
        }
    }
}
