import JSON
import LinuxSystem
import Services

/// One end of a parent channel: messages in order, with a descriptor beside some of them. What the kernel does not take
/// at once waits here.
///
/// eggheadd has an end for each child, and each child has the other; see `SupervisorMessage`.
public final class MessageChannel<Incoming: Decodable, Outgoing: Encodable> {
    private let socket: FileDescriptor
    private let loop: EventLoop
    private var watch: Watch?
    private var outbox: [(bytes: [UInt8], descriptor: SharedDescriptor?)] = []
    private var hasEnded = false
    /// How much a peer may leave unread; one that leaves more is no part of this any more.
    private let outboxCountMax = 16_384

    /// Called for each message, with the descriptor beside it if there is one.
    public var onMessage: (Incoming, consuming FileDescriptor?) -> Void = { _, _ in }
    /// Called when the other side has gone.
    public var onEnd: () -> Void = {}

    /// Takes an end of a socketpair of sequenced packets.
    public init(owning socket: consuming FileDescriptor, loop: EventLoop) {
        self.socket = socket
        self.loop = loop
    }

    /// Begins to hear the other side.
    ///
    /// - Throws: `epoll_ctl`.
    public func start() throws(SystemCallError) {
        watch = try loop.watch(socket.raw, for: outbox.isEmpty ? .read : [.read, .write]) {
            [unowned self] readiness in
            if readiness.contains(.writable) { flush() }
            if readiness.contains(.readable) { hear(atMost: messagesPerTurnMax) }
        }
    }

    /// Sends a message, at once or as soon as the kernel takes it.
    ///
    /// The message must be no longer than `ParentChannelLimits.messageBytesMax`.
    public func send(_ message: Outgoing, descriptor: consuming FileDescriptor? = nil) {
        guard !hasEnded else { return }
        guard outbox.count < outboxCountMax else { return end() }
        var shared: SharedDescriptor?
        if let descriptor { shared = SharedDescriptor(descriptor) }
        let bytes = JSON.encode(message)
        precondition(bytes.count <= ParentChannelLimits.messageBytesMax, "a message on a parent channel is too long")
        outbox.append((bytes, shared))
        flush()
    }

    private func flush() {
        while let first = outbox.first {
            // A peer that has gone cannot be told anything; its end is met on the reading side.
            let isTaken = try? UnixSocket.send(first.bytes, descriptor: first.descriptor?.raw ?? -1, on: socket.raw)
            if isTaken == false { break }
            outbox.removeFirst()
        }
        watch?.change(to: outbox.isEmpty ? .read : [.read, .write])
    }

    /// Hears what the other side has said so far, its last words before its end. Somebody who holds a copy of its
    /// descriptor may go on talking; a socket's queue is never longer than this.
    public func drain() { hear(atMost: 1_024) }

    /// Who talks without end gets its turn and no more: signals and other peers come next.
    private let messagesPerTurnMax = 32

    private func hear(atMost limit: Int) {
        var heard = 0
        while heard < limit,
            let received = try? UnixSocket.receive(on: socket.raw, capacity: ParentChannelLimits.messageBytesMax)
        {
            var datagram = received
            heard += 1
            guard !datagram.bytes.isEmpty else { return end() }
            // A message that does not decode is of another build, which knows more; it means nothing here.
            if let message = try? JSON.decode(Incoming.self, from: datagram.bytes) {
                onMessage(message, datagram.takeDescriptor())
            }
        }
    }

    private func end() {
        guard !hasEnded else { return }
        close()
        UnixSocket.shutDown(socket)
        onEnd()
    }

    /// The first message, if it is there already. Call it before `start`.
    ///
    /// - Throws: `recvmsg`, or `JSONProblem`.
    public func firstMessage() throws -> Incoming? {
        guard let datagram = try UnixSocket.receive(on: socket.raw, capacity: ParentChannelLimits.messageBytesMax)
        else { return nil }
        return try JSON.decode(Incoming.self, from: datagram.bytes)
    }

    /// Ends the channel on this side.
    public func close() {
        hasEnded = true
        outbox.removeAll()
        watch?.cancel()
    }
}

/// A child's end of its channel to eggheadd. End-of-file means that the child has no place any more.
public typealias ParentChannel = MessageChannel<SupervisorMessage, ChildMessage>
/// eggheadd's end of the channel to a child.
public typealias ChildChannel = MessageChannel<ChildMessage, SupervisorMessage>
