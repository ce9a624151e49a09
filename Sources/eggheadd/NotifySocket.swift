import Glibc
import LinuxSystem

/// The notification socket of one child. Messages of other processes are dropped.
///
/// See: sd_notify(3)
final class NotifySocket {
    /// The value of the child's NOTIFY_SOCKET.
    let path: String
    private let socket: FileDescriptor

    /// The descriptor's number, to be watched for reading.
    var raw: CInt { socket.raw }

    /// The most messages that are read in a turn, so that a flood does not delay other children.
    static let messagesPerTurnMax = 64

    /// Binds the socket.
    ///
    /// - Parameter uid: The user as whom the child runs, if it is not ours.
    /// - Throws: `SystemCallError`.
    init(path: String, heardFrom uid: uid_t?) throws(SystemCallError) {
        self.path = path
        // A child of root may become another user by itself, and must still be able to send: all users may write, and
        // the kernel names the sender. Without root no other user can fill the queue.
        let isAnybodys = uid == nil && getuid() == 0
        socket = try UnixSocket.bind(path, .datagrams, mode: isAnybodys ? 0o666 : 0o600)
        if let uid { try Files.setOwner(of: path, to: uid) }
        try UnixSocket.passCredentials(socket)
        UnixSocket.refuseDescriptors(socket)
    }

    /// The child's messages since the last call.
    ///
    /// - Parameter isTheirs: Whether a process is the child, or was started by it; messages of others are dropped.
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

    /// The file is removed with the socket, also when the child could not be made.
    deinit { try? Files.remove(path) }
}
