import Bus
import BusClient
import JSON
import LinuxSystem
import Runtime
import Services

/// The router with its sockets: descriptors from eggheadd and from the listening socket, one write for each connection
/// in a turn.
///
/// A child's connection comes with its name from eggheadd; of a stranger's nothing is read until eggheadd has named it.
final class BrokerProcess {
    private let child: ChildProcess
    private let router: MessageRouter
    private let listener: Listener
    private let questions: PeerQuestions
    private let clients: ClientListener
    private var sockets: [UInt64: FrameSocket] = [:]
    private var replies = ReplyParts()
    /// The numbers that eggheadd knows.
    private var numbers = Numbers()
    private var statusTimer: Timer?
    /// Whether there was a turn since `spareTimer` was set.
    private var isBusy = false
    private var spareTimer: Timer?
    private var stallTimer: Timer?
    private var limiter = LogLimiter()

    private struct Numbers: Hashable {
        var connections = 0, subscriptions = 0, slowConsumers = 0
    }

    /// How often at most the status line changes.
    private static let statusInterval = Duration.seconds(1)

    /// After a silence of this length memory that bursts have used is given back.
    private static let quietSpan = Duration.seconds(1)

    /// How often those that take nothing are looked for.
    private static let stallInterval = Duration.seconds(1)

    /// A broker with no connections.
    init(child: ChildProcess, listener: Listener) {
        self.child = child
        self.listener = listener
        router = MessageRouter(serverID: String(Clock.nanosecondsSince1970(), radix: 36, uppercase: true))
        questions = PeerQuestions(channel: child.channel)
        clients = ClientListener(loop: child.loop, log: child.log)
    }

    /// Begins to take connections.
    ///
    /// - Throws: `JSONProblem` when eggheadd is of another build.
    func start() throws {
        child.onMessage = { [unowned self] message, descriptor in receive(message, descriptor) }
        child.loop.onTurnEnd { [unowned self] in finishTurn() }
        router.onGathered = { [unowned self] in writeGathered() }
        listener.onAccept = { [unowned self] socket in
            questions.ask(about: socket)
            if questions.isFull { listener.pause() }
        }
        let log = child.log
        listener.onFailure = { log.warning("listener.paused", ["error": "\($0)"]) }
        clients.onAccept = { [unowned self] socket, address, listener in welcome(socket, from: address, at: listener) }
        child.onReload = { [unowned self] in
            do throws(JSONProblem) {
                try applySettings()
            } catch {
                child.log.error("reload.failed", ["error": "\(error)"])
            }
        }
        try applySettings()
        schedulePing()
    }

    private func applySettings() throws(JSONProblem) {
        let settings = try child.settings(BrokerSettings.self)
        router.setTokens(settings.tokens)
        clients.listen(at: settings.listen)
    }

    private func schedulePing() {
        child.loop.schedule(after: ProtocolLimits.pingInterval) { [unowned self] in
            router.ping()
            schedulePing()
        }
    }

    // MARK: From eggheadd

    private func receive(_ message: SupervisorMessage, _ descriptor: consuming FileDescriptor?) {
        switch message {
        case .attach(let identity):
            if let descriptor { attach(identity, descriptor) }
        case .child(let event):
            if event.endsLife { router.childExited(event.name, incarnation: event.incarnation) }
            router.publish(JSON.encode(event), to: .child(event.name))
        case .peer(let id, let name): welcome(questions.take(id), as: name)
        case .reply(let id, let part, let of, let text):
            if let payload = replies.add(text, part: part, of: of, to: id) { router.answer(id, .success(payload)) }
        case .refusal(let id, let failure): router.answer(id, .failure(failure))
        case .configuration, .bus: break  // ChildProcess takes the first; a broker gets no second
        }
    }

    private func attach(_ identity: ChildIdentity, _ descriptor: consuming FileDescriptor) {
        guard let name = Principal(rawValue: identity.name) else {
            return child.log.warning("connection.refused", ["name": identity.name, "reason": "no name of the bus"])
        }
        serve(router.open(child: identity, name: name), descriptor)
    }

    private func welcome(_ stranger: Stranger?, as name: Principal?) {
        listener.resume()
        guard let stranger, let socket = stranger.takeSocket() else { return }
        guard let name, name.isPerson else {
            if let leftOut = limiter.leftOut("connection.refused", now: child.loop.now) {
                child.log.notice(
                    "connection.refused",
                    [
                        "pid": "\(stranger.pid)", "reason": "nobody",
                        "leftOut": leftOut > 0 ? "\(leftOut)" : nil,
                    ])
            }
            return
        }
        serve(router.open(person: name, pid: stranger.pid), socket)
    }

    /// Takes a client over TCP, who has to show a token.
    private func welcome(_ socket: consuming FileDescriptor, from address: String, at listener: LoopbackAddress) {
        let connection = router.open(client: address, at: listener)
        serve(connection, socket)
        child.loop.schedule(after: ProtocolLimits.authorizationWait) { [unowned self] in
            router.authorizationIsDue(connection)
        }
    }

    // MARK: Connections

    private func serve(_ connection: BrokerConnection, _ descriptor: consuming FileDescriptor) {
        do throws(SystemCallError) {
            sockets[connection.id] = try FrameSocket(
                owning: descriptor, loop: child.loop,
                onReadable: { [unowned self] in read(connection) },
                onWritable: { [unowned self] in write(connection) },
                onEnd: { [unowned self] in router.end(connection, .peerGone) })
        } catch {
            child.log.warning("connection.failed", ["name": "\(connection.name)", "error": "\(error)"])
            router.end(connection, .peerGone)
        }
    }

    /// Does what the router wants, then writes what the turn has gathered, each connection's share at once.
    private func finishTurn() {
        // What is still unfinished has another turn at once, after everybody else.
        if router.continueUnfinished(), router.hasUnfinished { child.loop.schedule(after: .zero) {} }
        var effects = router.takeEffects()
        while !effects.isEmpty {
            for effect in effects { perform(effect) }
            effects = router.takeEffects()
        }
        writeGathered()
        updateStatus()
        keepSpareMemory()
    }

    private func read(_ connection: BrokerConnection) {
        let socket = sockets[connection.id]
        router.receive(from: connection) { socket?.read(into: $0) ?? 0 }
    }

    private func write(_ connection: BrokerConnection) {
        send(to: connection)
        if connection.stalledSince != nil { watchStalled() }
    }

    /// Writes as much as the kernel takes; the socket tells when there is room for more.
    private func send(to connection: BrokerConnection) {
        let socket = sockets[connection.id]
        router.send(to: connection, now: child.loop.now) { socket?.write(&$0) }
    }

    /// Looks again and again for those that take nothing, as long as there are any.
    private func watchStalled() {
        guard stallTimer == nil else { return }
        stallTimer = child.loop.schedule(after: Self.stallInterval) { [unowned self] in
            stallTimer = nil
            if router.endStalled(now: child.loop.now) { watchStalled() }
        }
    }

    private func writeGathered() {
        for connection in router.takeConnectionsWithOutput() { write(connection) }
        router.noteWritten()
    }

    /// Lets the router keep its spare memory as long as it uses it.
    private func keepSpareMemory() {
        isBusy = true
        guard router.hasSpareMemory, spareTimer == nil else { return }
        isBusy = false
        spareTimer = child.loop.schedule(after: Self.quietSpan) { [unowned self] in
            spareTimer = nil
            guard !isBusy else { return }
            router.releaseSpareMemory()
            CurrentProcess.returnFreeMemory()
        }
    }

    private func perform(_ effect: MessageRouter.Effect) {
        switch effect {
        case .close(let connection, let ending): close(connection, ending)
        case .askSupervisor(let id, let from, let operation, let payload): ask(id, from, operation, payload)
        case .violation(let connection, let what, let count):
            warn("permission.denied", connection, "what", "\(what) (\(count) so far)")
        }
    }

    private func close(_ connection: BrokerConnection, _ ending: MessageRouter.Ending) {
        // The reason for the end is among what waits.
        send(to: connection)
        sockets.removeValue(forKey: connection.id)?.close()
        router.discard(connection)
        switch ending {
        case .peerGone, .childExited:
            child.log.debug("connection.closed", ["name": "\(connection.name)", "reason": "\(ending)"])
        case .slowConsumer: warn("connection.closed", connection, "reason", "slow consumer")
        case .violation(let violation) where !connection.isAuthorized:
            warn("client.refused", connection, "reason", violation.rawValue)
        case .violation(let violation): warn("connection.closed", connection, "reason", violation.rawValue)
        }
    }

    private func warn(_ event: String, _ connection: BrokerConnection, _ key: String, _ value: String) {
        guard let leftOut = limiter.leftOut("\(event) \(connection.name)", now: child.loop.now) else { return }
        child.log.warning(
            event,
            [
                "name": "\(connection.name)", "pid": connection.pid.map { "\($0)" }, "address": connection.address,
                key: value, "leftOut": leftOut > 0 ? "\(leftOut)" : nil,
            ])
    }

    private func ask(_ id: Int, _ from: Principal, _ operation: String, _ payload: [UInt8]) {
        // What counts is the message as it travels: escapes, and numbers in another form, are longer than they came.
        guard payload.count <= ParentChannelLimits.messageBytesMax,
            let value = try? JSON.decode(JSONValue.self, from: payload),
            case let request = ChildMessage.request(
                id: id, from: from, operation: operation, payload: value),
            JSON.encode(request).count <= ParentChannelLimits.messageBytesMax
        else {
            let failure = ServiceFailure(.invalid, "eggheadd.\(operation): the request is not JSON, or too long")
            return router.answer(id, .failure(failure))
        }
        child.channel.send(request)
    }

    // MARK: Status

    /// Tells eggheadd the numbers when they have changed; an idle broker wakes up for nothing.
    private func updateStatus() {
        let now = Numbers(
            connections: router.connections.count, subscriptions: router.subscriptionsCount,
            slowConsumers: router.slowConsumersCount)
        guard now != numbers, statusTimer == nil else { return }
        numbers = now
        let slow =
            now.slowConsumers == 0 ? "" : ", \(Counted.words(now.slowConsumers, "slow consumer")) disconnected"
        let connections = Counted.words(now.connections, "connection")
        child.notifier.status("\(connections), \(Counted.words(now.subscriptions, "subscription"))\(slow)")
        statusTimer = child.loop.schedule(after: Self.statusInterval) { [unowned self] in statusTimer = nil }
    }
}
