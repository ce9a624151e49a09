import Glibc
import LinuxSystem
import Services
import Testing

/// A connection to the broker that says just what the test wants, and reads only when it is told to.
final class RawPeer {
    private let socket: FileDescriptor
    private var heard: [UInt8] = []

    /// Somebody on the node's own socket, greeted already.
    init(_ node: TestNode) throws {
        socket = try UnixSocket.connect(node.home + "/run/broker.sock", .stream)
        _ = try hear(until: "\r\n")
    }

    /// Somebody on the TCP listener, greeted already.
    init(port: UInt16) throws {
        let socket = Glibc.socket(AF_INET, CInt(SOCK_STREAM.rawValue) | CInt(SOCK_CLOEXEC.rawValue), 0)
        self.socket = FileDescriptor(owning: socket)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        inet_pton(AF_INET, "127.0.0.1", &address.sin_addr)
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(socket, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        try #require(status == 0, "connecting to port \(port): \(String(cString: strerror(errno)))")
        try self.socket.setNonBlocking()
        _ = try hear(until: "\r\n")
    }

    /// Says something whole, however slowly the broker takes it.
    func say(_ text: String) throws {
        var rest = Array(text.utf8)[...]
        while !rest.isEmpty {
            let count = try rest.withUnsafeBytes { try socket.write($0) }
            rest = rest.dropFirst(count ?? 0)
            if count == nil { try #require(isReady(for: POLLOUT), "the broker takes nothing more") }
        }
    }

    /// Says that nothing more will come, and may still hear.
    func endSaying() { shutdown(socket.raw, Int32(SHUT_WR)) }

    /// Reads until a text has come, and returns everything up to its end.
    func hear(until end: String) throws -> String {
        let end = Array(end.utf8)
        var searched = 0
        while true {
            if let range = heard[searched...].firstRange(of: end) {
                defer { heard.removeSubrange(..<range.upperBound) }
                return String(decoding: heard[..<range.upperBound], as: UTF8.self)
            }
            searched = max(0, heard.count - end.count)
            try #require(try read(), "the end came after: \(String(decoding: heard.suffix(200), as: UTF8.self))")
        }
    }

    /// Says PING and reads up to the answer: everything said before has been done then.
    func hearAll() throws -> String {
        try say("PING\r\n")
        return try hear(until: "PONG\r\n")
    }

    /// Reads to the end of the connection.
    func hearToTheEnd() throws -> String {
        while try read() {}
        return String(decoding: heard, as: UTF8.self)
    }

    /// - Returns: Whether there was more.
    private func read() throws -> Bool {
        try withUnsafeTemporaryAllocation(byteCount: 65_536, alignment: 1) { buffer in
            while true {
                do throws(SystemCallError) {
                    if let count = try socket.read(into: buffer) {
                        heard += buffer[..<count]
                        return count > 0
                    }
                } catch {
                    return false  // a reset is an end, too
                }
                try #require(isReady(for: POLLIN), "the broker says nothing")
            }
        }
    }

    private func isReady(for events: Int32) -> Bool {
        var poller = pollfd(fd: socket.raw, events: Int16(events), revents: 0)
        return poll(&poller, 1, 60_000) == 1
    }
}
