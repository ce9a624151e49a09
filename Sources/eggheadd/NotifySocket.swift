import Glibc
import LinuxSystem

/// Where one child tells how it is. What anybody else sends there is dropped.
///
/// See: sd_notify(3)
final class NotifySocket {
    /// The value of the child's NOTIFY_SOCKET.
    let path: String
    private let socket: FileDescriptor

    /// The number, to be watched for reading.
    var raw: CInt { socket.raw }

    /// How many messages are heard in a turn: whoever floods the socket keeps nobody else waiting.
    static let messagesPerTurnMax = 64

    /// Binds the socket.
    ///
    /// - Parameter uid: The user that the child is made to run as, if it is.
    /// - Throws: `SystemCallError`.
    init(path: String, heardFrom uid: uid_t?) throws(SystemCallError) {
        self.path = path
        // A child of root's may become another user by itself, and has to be heard then: all may write, and the kernel
        // tells who did. Elsewhere nobody else can fill the queue.
        let isAnybodys = uid == nil && getuid() == 0
        socket = try UnixSocket.bind(path, .datagrams, mode: isAnybodys ? 0o666 : 0o600)
        if let uid { try Files.setOwner(of: path, to: uid) }
        try UnixSocket.passCredentials(socket)
        UnixSocket.refuseDescriptors(socket)
    }

    /// What the child has said since the last time.
    ///
    /// - Parameter isTheirs: Whether a process is the child, or one that it has started; others are not heard.
    func receive(where isTheirs: (Int32) -> Bool) -> [ChildNotification] {
        var said: [ChildNotification] = []
        for _ in 0..<Self.messagesPerTurnMax {
            let bytesMax = ChildNotification.messageBytesMax
            guard let datagram = try? UnixSocket.receive(on: socket.raw, capacity: bytesMax) else { break }
            said += ChildNotification.heard(
                in: datagram.bytes, from: datagram.sender, isTruncated: datagram.isTruncated, where: isTheirs)
        }
        return said
    }

    /// The name goes with the socket, also when the child could not be made.
    deinit { try? Files.remove(path) }
}
