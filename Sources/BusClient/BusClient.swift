import Bus
import JSON
import LinuxSystem
import Runtime
import Services
import Time

/// A process's place on the bus: publish, subscribe, ask and serve, over one connection that comes and goes.
///
/// Nothing here waits: what cannot be sent yet is kept, within bounds, and goes out after the next connection. A child
/// gets its connections from eggheadd (`adopt`), a person's program makes its own (`connect`). Subscriptions are made
/// again after each new connection, before anything else is sent; then `onConnect` is called, which is the place to
/// fill gaps. Delivery is at most once.
///
/// Order on a new connection: INFO → CONNECT, SUB of the inbox, SUB of every subscription, what was kept, requests not
/// sent yet.
public final class BusClient {
    /// The loop that everything happens in.
    public let loop: EventLoop
    /// Who this is; a person's program learns it with the first connection.
    public private(set) var name: Principal?

    /// Called after each new connection, when all subscriptions are made again.
    public var onConnect: () -> Void = {}
    /// Called when the connection is lost.
    public var onDisconnect: () -> Void = {}
    /// Called when `connect` finds nobody, before it tries again; a command ends here with status 69.
    public var onUnreachable: (ServiceFailure) -> Void = { _ in }
    /// Called with the broker's words when it refuses something, and when a message had to be dropped.
    public var onError: (String) -> Void = { _ in }
    /// Called when a child has had no connection for a minute: only its successor will get one.
    public var onAbandoned: () -> Void = {}

    private var socket: FrameSocket?
    private var parser = FrameParser()
    private var greetedAt = Instant.zero
    private var output: OutputBuffer
    /// Messages for a broker that is away.
    private var backlog: OutputBuffer
    /// The inbox prefix of the present connection; nil until the broker has greeted.
    private(set) var inboxPrefix: Subject?
    private var subscriptions: [(sid: UInt64, subscription: Subscription)] = []
    private var lastSid: UInt64 = 0
    private var adoptionTimer: Timer?
    private var path: String?
    private var connectDelay = RetryDelay()
    /// Requests that wait for their answer.
    var requests = RequestTable()
    /// Services whose lives are watched.
    var watchedServices: Set<ServiceName> = []

    private static let inboxSid: Bytes = [UInt8(ascii: "0")]

    /// A client without a connection.
    ///
    /// - Parameters:
    ///   - name: Who this is; nil for a person's program, which is told by the broker.
    public init(name: Principal? = nil, loop: EventLoop) {
        self.name = name
        self.loop = loop
        let pool = BufferPool(keptBytesMax: 0)
        output = OutputBuffer(pool: pool)
        backlog = OutputBuffer(pool: pool)
        loop.onTurnEnd { [weak self] in self?.flush() }
    }

    /// The client of a child of eggheadd: it takes the connections that eggheadd hands over, logs what the broker
    /// refuses, and ends the process when it is cut off for good, so that a successor gets a new connection.
    public convenience init(child: ChildProcess) {
        self.init(name: Principal(rawValue: child.configuration.name), loop: child.loop)
        let log = child.log
        child.onBus = { [unowned self] descriptor in adopt(descriptor) }
        onError = { log.warning("bus.refused", ["error": $0]) }
        onAbandoned = { [unowned child] in
            log.error("bus.abandoned", ["next": "exit"])
            child.loop.stop(.temporaryFailure)
        }
    }

    /// Whether the broker has greeted and everything is sent at once.
    public var isConnected: Bool { inboxPrefix != nil }

    // MARK: Connections

    /// Takes a connection that eggheadd made, in place of the one before.
    public func adopt(_ descriptor: consuming FileDescriptor) {
        if socket != nil { disconnect() }
        adoptionTimer?.cancel()
        open(descriptor)
    }

    /// Connects to the broker's socket, and again whenever the connection is lost.
    ///
    /// - Parameters:
    ///   - path: The socket, at most `UnixSocket.pathBytesMax` long.
    public func connect(path: String) {
        self.path = path
        do throws(NodeSocket.Problem) {
            open(try NodeSocket.connect(path))
        } catch {
            unreachable("connecting to the broker at \(path): \(error); \(Home.startAdvice)")
        }
    }

    private func unreachable(_ message: String) {
        onUnreachable(ServiceFailure(.unavailable, message))
        loop.schedule(after: connectDelay.take()) { [weak self] in
            if let self, let path, socket == nil { connect(path: path) }
        }
    }

    private func open(_ descriptor: consuming FileDescriptor) {
        parser = FrameParser()
        do throws(SystemCallError) {
            socket = try FrameSocket(
                owning: descriptor, loop: loop,
                onReadable: { [unowned self] in receive() },
                onWritable: { [unowned self] in flush() },
                onEnd: { [unowned self] in connectionLost() })
        } catch {
            onError("watching the connection to the broker: \(error)")
        }
    }

    private func connectionLost() {
        let wasGreeted = isConnected
        // A connection that the broker ends at once would be made again in a circle.
        let hasLived = wasGreeted && loop.now - greetedAt >= BusClientLimits.lifeBeforeQuickReconnect
        disconnect()
        if let path {
            if hasLived {
                connectDelay = RetryDelay()
                connect(path: path)
            } else if wasGreeted {
                loop.schedule(after: connectDelay.take()) { [weak self] in
                    if let self, socket == nil { connect(path: path) }
                }
            } else {
                unreachable(
                    "connecting to the broker at \(path): it closed the connection; only users of this node may use it")
            }
        } else {
            adoptionTimer = loop.schedule(after: BusClientLimits.adoptionWait) { [weak self] in self?.onAbandoned() }
        }
    }

    private func disconnect() {
        socket?.close()
        socket = nil
        output.removeAll()
        let wasConnected = isConnected
        inboxPrefix = nil
        if wasConnected {
            onDisconnect()
            failRequestsInFlight()
        }
    }

    private func greeted(_ info: ServerInfo) {
        guard let prefix = info.inboxPrefix.flatMap(Subject.init),
            let name = info.name.flatMap(Principal.init(rawValue:))
        else {
            return onError("the broker's INFO has no valid name: \(info.name ?? "") \(info.inboxPrefix ?? "")")
        }
        self.name = name
        inboxPrefix = prefix
        greetedAt = loop.now
        output.append(.connect(JSON.encode(ConnectRequest.ours)[...]))
        let inbox = SubjectPattern.below(prefix).description
        output.append(.subscribe(subject: Array(inbox.utf8)[...], queue: nil, sid: Self.inboxSid))
        for (_, subscription) in subscriptions { output.append(subscription.subscribeFrame) }
        output.append(contentsOf: &backlog)
        sendWaitingRequests()
        onConnect()
    }

    // MARK: Bytes

    private func receive() {
        guard let source = socket else { return }
        withUnsafeTemporaryAllocation(byteCount: BusClientLimits.readBytesMax, alignment: 16) { buffer in
            let count = source.read(into: buffer)
            parser.append(buffer[..<count])
        }
        do throws(ProtocolViolation) {
            // A handler may have closed this connection or adopted another, whose parser begins anew.
            while source === socket, let frame = try parser.next() { handle(frame) }
        } catch {
            onError("the broker violated the protocol: \(error.rawValue)")
            connectionLost()
        }
    }

    private func handle(_ frame: Frame) {
        switch frame {
        case .info(let json):
            // A later INFO tells nothing new on a connection that is greeted.
            if !isConnected, let info = try? JSON.decode(ServerInfo.self, from: Array(json)) { greeted(info) }
        case .message(let publication, let sid):
            let message = BusMessage(publication)
            if sid == Self.inboxSid { return receiveReply(message) }
            let number = FrameText.number(sid).map(UInt64.init)
            subscriptions.first { $0.sid == number }?.subscription.handler(message)
        case .ping: output.append(.pong)
        case .error(let text):
            let text = String(decoding: text, as: UTF8.self)
            if !failDeniedRequest(text) { onError(text) }
        case .pong, .ok: break
        case .connect, .publish, .subscribe, .unsubscribe: onError("the broker sent an operation of clients")
        }
    }

    /// Sends what has gathered now, instead of at the end of the loop's turn.
    public func flush() {
        guard !output.isEmpty else { return }
        socket?.write(&output)
    }

    // MARK: Publish and subscribe

    /// Publishes a value as JSON.
    public func publish(_ value: some Encodable, to subject: Subject) { publish(JSON.encode(value), to: subject) }

    /// Publishes a payload that is JSON already.
    ///
    /// - Parameters:
    ///   - reply: Where an answer is to go, if one is wanted.
    ///   - headers: What is said beside the payload.
    public func publish(
        _ payload: [UInt8], to subject: Subject, reply: Subject? = nil, headers: MessageHeaders? = nil
    ) {
        guard payload.count <= ProtocolLimits.payloadBytesMax else {
            return onError(
                "publishing to \(subject): \(payload.count) bytes are more than a message may hold; it was dropped")
        }
        let frame = Frame.publish(
            Publication(
                subject: Array(subject.description.utf8)[...], reply: reply.map { Array($0.description.utf8)[...] },
                headers: headers.map { $0.block[...] }, payload: payload[...]))
        if isConnected {
            output.append(frame)
        } else if backlog.count + payload.count <= BusClientLimits.backlogBytesMax {
            backlog.append(frame)
        } else {
            onError("publishing to \(subject): too many bytes wait for the broker; the message was dropped")
        }
    }

    /// Subscribes to a pattern.
    ///
    /// - Parameters:
    ///   - queue: The queue group, of which one member gets each message.
    ///   - handler: Gets each message, in the order of their sending.
    @discardableResult
    public func subscribe(
        _ pattern: SubjectPattern, queue: String? = nil, _ handler: @escaping (BusMessage) -> Void
    ) -> Subscription {
        lastSid += 1
        let subscription = Subscription(client: self, sid: lastSid, pattern: pattern, queue: queue, handler: handler)
        subscriptions.append((lastSid, subscription))
        if isConnected { output.append(subscription.subscribeFrame) }
        return subscription
    }

    func cancel(sid: UInt64) {
        guard let index = subscriptions.firstIndex(where: { $0.sid == sid }) else { return }
        subscriptions.remove(at: index)
        if isConnected { output.append(.unsubscribe(sid: Array(String(sid).utf8)[...], max: nil)) }
    }
}
