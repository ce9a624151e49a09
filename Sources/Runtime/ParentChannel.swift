import LinuxSystem
import Services

/// This process's end of the channel to eggheadd: messages in order, a descriptor beside some of them.
///
/// End-of-file means that eggheadd has gone and this process has no place any more.
public final class ParentChannel {
    private let socket: FileDescriptor
    private let loop: EventLoop
    private var watch: Watch?
    private var outbox: [(bytes: [UInt8], descriptor: SharedDescriptor?)] = []

    /// Called for each message, with the descriptor beside it if there is one.
    public var onMessage: (SupervisorMessage, consuming FileDescriptor?) -> Void = { _, _ in }
    /// Called when eggheadd has gone.
    public var onEnd: () -> Void = {}

    init(owning socket: consuming FileDescriptor, loop: EventLoop) {
        self.socket = socket
        self.loop = loop
    }

    /// The first message, which eggheadd has sent before this process was born.
    ///
    /// - Throws: `recvmsg`, or `ServiceFailure` when it is not a configuration.
    func firstMessage() throws -> SupervisorMessage {
        guard let datagram = try UnixSocket.receive(on: socket.raw, capacity: ParentChannelLimits.messageBytesMax)
        else {
            throw ServiceFailure(.invalid, "the parent channel is empty; start this program with eggheadd")
        }
        return try JSON.decode(SupervisorMessage.self, from: datagram.bytes)
    }

    /// Begins to deliver what comes after the first message.
    func start() throws(SystemCallError) {
        watch = try loop.watch(socket.raw, for: .read) { [unowned self] readiness in
            if readiness.contains(.writable) { flush() }
            if readiness.contains(.readable) { receive() }
        }
    }

    /// Sends a message, at once or as soon as the kernel takes it, in order.
    public func send(_ message: ChildMessage, descriptor: consuming FileDescriptor? = nil) {
        var box: SharedDescriptor?
        if let descriptor { box = SharedDescriptor(descriptor) }
        outbox.append((JSON.encode(message), box))
        flush()
    }

    private func flush() {
        while let first = outbox.first {
            // A peer that has gone is met on the reading side.
            guard (try? UnixSocket.send(first.bytes, descriptor: first.descriptor?.raw ?? -1, on: socket.raw)) != false
            else { break }
            outbox.removeFirst()
        }
        watch?.change(to: outbox.isEmpty ? .read : [.read, .write])
    }

    private func receive() {
        while true {
            guard var datagram = try? UnixSocket.receive(on: socket.raw, capacity: ParentChannelLimits.messageBytesMax)
            else { return }
            if datagram.bytes.isEmpty {
                watch?.cancel()
                return onEnd()
            }
            // What eggheadd sends is ours too: a message that does not decode is a bug of this build.
            guard let message = try? JSON.decode(SupervisorMessage.self, from: datagram.bytes) else {
                preconditionFailure("a message of eggheadd that this build does not know")
            }
            onMessage(message, datagram.takeDescriptor())
        }
    }
}
