import Glibc
import LinuxSystem

/// Where one child tells how it is. What anybody else sends there is dropped.
///
/// See: sd_notify(3)
final class NotifySocket {
    /// What a child can say here. `MAINPID`, `FDSTORE` and unknown keys are ignored, as is STOPPING=1, which changes
    /// nothing for a supervisor that hears of the end from the kernel.
    enum Notification: Equatable {
        case ready
        case status(String)
        case watchdog
        case progress
    }

    /// The value of the child's NOTIFY_SOCKET.
    let path: String
    private let socket: FileDescriptor

    /// The number, to be watched for reading.
    var raw: CInt { socket.raw }

    /// The longest message, and the longest status in characters.
    static let messageBytesMax = 4_096, statusCharactersMax = 200
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
    func receive(where isTheirs: (Int32) -> Bool) -> [Notification] {
        var notifications: [Notification] = []
        for _ in 0..<Self.messagesPerTurnMax {
            guard let datagram = try? UnixSocket.receive(on: socket.raw, capacity: Self.messageBytesMax) else { break }
            guard let sender = datagram.sender, !datagram.isTruncated, isTheirs(sender) else { continue }
            notifications += Self.parse(String(decoding: datagram.bytes, as: UTF8.self))
        }
        return notifications
    }

    /// Reads a message: `KEY=value` lines.
    static func parse(_ message: String) -> [Notification] {
        message.split(separator: "\n").compactMap { line in
            switch line {
            case "READY=1": .ready
            case "WATCHDOG=1": .watchdog
            case "EGGHEAD_PROGRESS=1": .progress
            case _ where line.hasPrefix("STATUS="): .status(printable(line.dropFirst("STATUS=".count)))
            case _: nil
            }
        }
    }

    /// What a child says of itself is shown on terminals: it must not be able to move the cursor there.
    private static func printable(_ text: Substring) -> String {
        String(String.UnicodeScalarView(text.unicodeScalars.filter { $0.properties.generalCategory != .control }))
            .prefix(statusCharactersMax).description
    }

    /// The name goes with the socket, also when the child could not be made.
    deinit { try? Files.remove(path) }
}
