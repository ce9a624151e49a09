import Glibc
import JSON
import LinuxSystem
import Runtime
import Services

/// `run/control.sock`: the operator's socket, which works when the broker is down. One JSON object on each line.
final class ControlSocket {
    private let listener: FileDescriptor
    private let runDirectory: String
    private let loop: EventLoop
    private let peers: PeerIdentity
    private let descriptors: DescriptorReserve
    private var connections: [ControlConnection] = []
    private var watch: Watch?

    /// An operator's request.
    var onRequest: (OperatorRequest, OrderAuthority.Asker, @escaping (OperatorReply) -> Void) -> Void = { _, _, _ in }

    /// The most connections; a further one ends the oldest.
    static let connectionsMax = 64
    /// The same when no other descriptor is left: half of the reserve, as to look at a peer takes some, too.
    private static let connectionsMaxWhenScarce = DescriptorReserve.count / 2

    /// Binds the socket. Its group may read; the user of the peer decides whether it may change something.
    ///
    /// - Parameter descriptors: What connections are made of when no other descriptor is left.
    /// - Throws: `SystemCallError`.
    init(
        home: Home, peers: PeerIdentity, descriptors: DescriptorReserve, loop: EventLoop
    ) throws(SystemCallError) {
        (self.peers, self.descriptors, self.loop) = (peers, descriptors, loop)
        runDirectory = home.runDirectory
        listener = try UnixSocket.bind(home.controlSocket, .stream, mode: 0o660)
        listen()
    }

    private func listen() {
        watch = try? loop.watch(listener.raw, for: .read) { [unowned self] _ in descriptors.borrow { accept() } }
    }

    private func accept() {
        // One connection for each turn, so that a client that connects in a loop does not delay signals.
        do throws(SystemCallError) {
            guard let accepted = try UnixSocket.accept(listener) else { return }
            if descriptors.isLent(accepted.raw) { keepConnections(atMost: Self.connectionsMaxWhenScarce) }
            serve(accepted)
        } catch {
            // No descriptor is left: the oldest connection gives its own. Without one the listener stays readable, and
            // an immediate second look would spin.
            if !connections.isEmpty { return connections.removeFirst().close() }
            watch?.cancel()
            loop.schedule(after: Self.acceptPause) { [weak self] in self?.listen() }
        }
    }

    /// How long no connection is accepted after a failure.
    private static let acceptPause = Duration.seconds(1)

    private func serve(_ accepted: consuming FileDescriptor) {
        guard let peer = try? UnixSocket.peer(of: accepted), !peers.isOurs(peer.pid), peer.isAlive
        else { return }
        let asker = OrderAuthority.Asker.user(peer.uid)
        guard let connection = try? ControlConnection(owning: accepted, loop: loop) else { return }
        // The oldest connection is ended, so that unused connections do not exclude other operators.
        keepConnections(atMost: Self.connectionsMax)
        connections.append(connection)
        connection.onLine = { [unowned self, unowned connection] in receive($0, asker, connection) }
        connection.onEnd = { [unowned self, unowned connection] in connections.removeAll { $0 === connection } }
    }

    /// Makes room for one more.
    private func keepConnections(atMost count: Int) {
        while connections.count >= count { connections.removeFirst().close() }
    }

    private func receive(_ line: [UInt8], _ asker: OrderAuthority.Asker, _ connection: ControlConnection) {
        let reply: (OperatorReply) -> Void = { [weak connection] in connection?.send(JSON.encode($0.json)) }
        guard let payload = try? JSON.decode(JSONValue.self, from: line), let operation = payload["operation"]?.string
        else { return reply(.failure(ServiceFailure(.invalid, "a line must be a JSON object with operation"))) }
        do throws(ServiceFailure) {
            onRequest(try OperatorRequest(operation: operation, payload: payload, run: runDirectory), asker, reply)
        } catch {
            reply(.failure(error))
        }
    }
}

/// One operator's connection.
final class ControlConnection {
    private let socket: FileDescriptor
    private var watch: Watch?
    private var input: [UInt8] = []
    private var output: [UInt8] = []
    private var isAsked = false
    private var isProceeding = false
    private var hasEnded = false

    var onLine: ([UInt8]) -> Void = { _ in }
    var onEnd: () -> Void = {}

    /// The longest request; a longer one ends the connection.
    static let lineBytesMax = 65_536

    init(owning socket: consuming FileDescriptor, loop: EventLoop) throws(SystemCallError) {
        self.socket = socket
        watch = try loop.watch(self.socket.raw, for: .read) { [weak self] readiness in
            guard let self else { return }  // held for the call: what it meets may end it
            if readiness.contains(.writable) { proceed() }
            if readiness.contains(.readable), !hasEnded { receive() }
        }
    }

    func send(_ line: [UInt8]) {
        isAsked = false
        output += line + [UInt8(ascii: "\n")]
        proceed()
    }

    /// Writes, and takes the next request when everything is written and no answer is pending. An answer may arrive
    /// within the call that asks for it.
    private func proceed() {
        guard !isProceeding else { return }
        isProceeding = true
        defer { isProceeding = false }
        repeat { flush() } while !hasEnded && output.isEmpty && takeNextLine()
        // One request at a time: the next one is read after the answer has been written.
        if !hasEnded { watch?.change(to: !output.isEmpty ? .write : isAsked ? [] : .read) }
    }

    private func flush() {
        while !output.isEmpty, !hasEnded {
            do throws(SystemCallError) {
                guard let count = try write() else { return }
                output.removeFirst(count)
            } catch {
                end()  // nobody reads any more
            }
        }
    }

    private func write() throws(SystemCallError) -> Int? {
        try output.withUnsafeBytes { buffer in
            Result { () throws(SystemCallError) in try socket.write(buffer) }
        }.get()
    }

    private func receive() {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let result = Result { try buffer.withUnsafeMutableBytes { try socket.read(into: $0) } }
        guard case .success(let count) = result, count != 0 else { return end() }
        guard let count else { return }
        input += buffer[..<count]
        guard input.count <= Self.lineBytesMax else { return end() }
        proceed()
    }

    private func takeNextLine() -> Bool {
        guard !isAsked, let newline = input.firstIndex(of: UInt8(ascii: "\n")) else { return false }
        let line = Array(input[..<newline])
        input.removeFirst(newline + 1)
        isAsked = true
        onLine(line)
        return true
    }

    private func end() {
        guard !hasEnded else { return }
        close()
        onEnd()
    }

    /// Ends the connection from this side.
    func close() {
        hasEnded = true
        watch?.cancel()
    }
}
