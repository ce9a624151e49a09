import Bus
import BusClient
import Glibc
import JSON
import LinuxSystem
import Runtime
import Services
import Testing

/// A router and its clients in one loop, over socketpairs: everything real but the processes.
final class InProcessBroker {
    let loop: EventLoop
    private var router = MessageRouter(serverID: "1")
    private var sockets: [UInt64: FrameSocket] = [:]
    private var hasPassedDeadline = false

    init(loop: EventLoop) {
        self.loop = loop
        SignalDescriptor.ignorePipe()  // as every process of ours does
        loop.onTurnEnd { [unowned self] in finishTurn() }
        loop.stop(.success)  // from here on `run` is one turn
        loop.schedule(after: .seconds(60)) { [unowned self] in hasPassedDeadline = true }
    }

    /// Turns the loop until something is so; a minute is long enough for any machine.
    func run(until condition: () -> Bool) throws {
        loop.schedule(after: .zero) {}  // what was said outside a turn goes out at the end of one
        while !condition() {
            if hasPassedDeadline {
                Issue.record("it did not happen within a minute")
                return
            }
            _ = try loop.run()
        }
    }

    /// A client with a connection, as eggheadd makes it.
    func client(_ name: Principal) throws -> BusClient {
        let client = BusClient(name: name, loop: loop)
        try connect(client, as: name)
        return client
    }

    func connect(_ client: BusClient, as name: Principal) throws {
        let child = ChildIdentity(name: name.description, incarnation: 1, pid: 1)
        let connection = name.isPerson ? router.open(person: name, pid: 1) : router.open(child: child, name: name)
        try UnixSocket.pair(.stream).split { brokersEnd, clientsEnd in
            try serve(connection, brokersEnd)
            client.adopt(clientsEnd)
        }
    }

    private func serve(_ connection: BrokerConnection, _ descriptor: consuming FileDescriptor) throws {
        sockets[connection.id] = try FrameSocket(
            owning: descriptor, loop: loop,
            onReadable: { [unowned self] in
                router.receive(from: connection) { sockets[connection.id]?.read(into: $0) ?? 0 }
            },
            onWritable: { [unowned self] in send(to: connection) },
            onEnd: { [unowned self] in router.end(connection, .peerGone) })
    }

    /// Accepts people on a socket, all with one name.
    func listen(_ path: String, as name: Principal) throws -> Watch {
        let listener = SharedDescriptor(try UnixSocket.bind(path, .stream, mode: 0o600))
        return try loop.watch(listener.raw, for: .read) { [unowned self] _ in
            let accepted = try? UnixSocket.accept(FileDescriptor(owning: dup(listener.raw)))
            if let accepted { try? serve(router.open(person: name, pid: 1), accepted) }
        }
    }

    /// A child's process has ended, and eggheadd tells.
    func end(_ name: Principal, incarnation: Int = 1) {
        router.childExited(name.description, incarnation: incarnation)
        let event = ChildEvent(
            at: "2026-01-01T00:00:00.000Z", event: .exited, name: name.description, kind: .worker,
            incarnation: incarnation)
        router.publish(JSON.encode(event), to: .child(name.description))
    }

    /// Everything is gone at once, as after `kill -9`.
    func crash() {
        for (_, socket) in sockets { socket.close() }
        sockets.removeAll()
        router = MessageRouter(serverID: "2")
    }

    private func send(to connection: BrokerConnection) {
        router.send(to: connection, now: loop.now) { sockets[connection.id]?.write(&$0) }
    }

    private func finishTurn() {
        for connection in router.takeConnectionsWithOutput() {
            send(to: connection)
        }
        for effect in router.takeEffects() {
            guard case .close(let connection, _) = effect else { continue }
            sockets.removeValue(forKey: connection.id)?.close()
            router.discard(connection)
        }
        if router.continueUnfinished() { loop.schedule(after: .zero) {} }
    }
}

/// An operation for tests.
enum Echo: ServiceOperation {
    static let service = ServiceName.store, name = "echo"
    struct Request: Codable, Hashable { var text: String }
    struct Reply: Codable, Hashable {
        var text: String
        var caller: String
    }
}

/// What `Echo` is passed on to.
enum InnerEcho: ServiceOperation {
    typealias Request = Echo.Request
    typealias Reply = Echo.Reply
    static let service = ServiceName.index, name = "inner echo"
}
