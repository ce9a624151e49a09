import Glibc
import LinuxSystem

/// The notification socket of one child, so the socket says whose a message is. A process that lives and is another
/// child's is refused.
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

    /// The child's messages since the last call, and why others are not taken.
    ///
    /// - Parameter isTheirs: Whether a process may speak for the child.
    func receive(
        where isTheirs: (Int32) -> Bool
    ) -> (said: [ChildNotification], refused: [ChildNotification.Refusal]) {
        var said: [ChildNotification] = [], refused: [ChildNotification.Refusal] = []
        for _ in 0..<Self.messagesPerTurnMax {
            let bytesMax = ChildNotification.messageBytesMax
            guard let datagram = try? UnixSocket.receive(on: socket.raw, capacity: bytesMax) else { break }
            do throws(ChildNotification.Refusal) {
                said += try ChildNotification.heard(
                    in: datagram.bytes, from: datagram.sender, isTruncated: datagram.isTruncated, where: isTheirs)
            } catch {
                refused.append(error)
            }
        }
        return (said, refused)
    }

    /// The file is removed with the socket, also when the child could not be made.
    deinit { try? Files.remove(path) }
}
