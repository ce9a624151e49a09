import LinuxSystem
import Runtime
import Services

/// eggheadd's end of a child's parent channel. Messages keep their order; what the kernel does not take at once waits.
final class SupervisorChannel {
    private let socket: FileDescriptor
    private let loop: EventLoop
    private var watch: Watch?
    private var outbox: [(bytes: [UInt8], descriptor: SharedDescriptor?)] = []

    /// Called for each message, with the descriptor beside it if there is one.
    var onMessage: (ChildMessage, consuming FileDescriptor?) -> Void = { _, _ in }

    init(owning socket: consuming FileDescriptor, loop: EventLoop) {
        self.socket = socket
        self.loop = loop
    }

    /// A new channel and the end that the child is to have.
    ///
    /// - Throws: `socketpair`.
    static func open(on loop: EventLoop) throws(SystemCallError) -> (
        channel: SupervisorChannel, childsEnd: SharedDescriptor
    ) {
        let pair = try UnixSocket.pair(.sequencedPackets)
        return pair.split { (SupervisorChannel(owning: $0, loop: loop), SharedDescriptor($1)) }
    }

    /// Begins to hear the child.
    func start() throws(SystemCallError) {
        watch = try loop.watch(socket.raw, for: outbox.isEmpty ? .read : [.read, .write]) { [unowned self] readiness in
            if readiness.contains(.writable) { flush() }
            if readiness.contains(.readable) { drain() }
        }
    }

    /// Sends a message, at once or as soon as the kernel takes it.
    func send(_ message: SupervisorMessage, descriptor: consuming FileDescriptor? = nil) {
        var owned: SharedDescriptor?
        if let descriptor { owned = SharedDescriptor(descriptor) }
        outbox.append((JSON.encode(message), owned))
        flush()
    }

    private func flush() {
        while let first = outbox.first {
            // A child that has gone cannot be told anything; its wait status is on its way.
            guard (try? UnixSocket.send(first.bytes, descriptor: first.descriptor?.raw ?? -1, on: socket.raw)) != false
            else { break }
            outbox.removeFirst()
        }
        watch?.change(to: outbox.isEmpty ? .read : [.read, .write])
    }

    /// Hears everything that the child has said so far.
    func drain() {
        while let received = try? UnixSocket.receive(on: socket.raw, capacity: ParentChannelLimits.messageBytesMax) {
            var datagram = received
            // End-of-file comes before the wait status; a message that does not decode is of another build: both wait.
            guard !datagram.bytes.isEmpty else {
                watch?.cancel()
                return
            }
            if let message = try? JSON.decode(ChildMessage.self, from: datagram.bytes) {
                onMessage(message, datagram.takeDescriptor())
            }
        }
    }

    /// Ends the channel.
    func close() { watch?.cancel() }
}
