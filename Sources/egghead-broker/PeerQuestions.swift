import LinuxSystem
import Runtime
import Services

/// Somebody on the listening socket who has no name yet.
final class Stranger {
    /// The process that connected.
    let pid: Int32
    private var socket: FileDescriptor?

    fileprivate init(_ socket: consuming FileDescriptor, pid: Int32) {
        self.socket = consume socket
        self.pid = pid
    }

    /// Hands the connection over; without that it is closed with the stranger.
    func takeSocket() -> FileDescriptor? { socket.take() }
}

/// Strangers, unread until eggheadd has said who they are.
final class PeerQuestions {
    private let channel: ParentChannel
    private var waiting: [Int: Stranger] = [:]
    private var asked = 0

    /// The most strangers at a time; the listener pauses then.
    private static let waitingMax = 256

    /// No strangers.
    ///
    /// - Parameters:
    ///   - channel: The way to eggheadd.
    init(channel: ParentChannel) { self.channel = channel }

    /// Whether no more strangers should come now.
    var isFull: Bool { waiting.count >= Self.waitingMax }

    /// Asks about a new connection. One whose process has gone already is closed.
    func ask(about socket: consuming FileDescriptor) {
        guard let peer = try? UnixSocket.peer(of: socket), let pidfd = try? peer.pidfd?.duplicated() else { return }
        asked += 1
        waiting[asked] = Stranger(socket, pid: peer.pid)
        channel.send(.peerQuestion(id: asked, pid: peer.pid, uid: peer.uid), descriptor: pidfd)
    }

    /// Takes out the stranger that an answer is about.
    func take(_ id: Int) -> Stranger? { waiting.removeValue(forKey: id) }
}
