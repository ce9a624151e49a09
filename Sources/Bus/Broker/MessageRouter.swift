import Services

/// The broker without its sockets: bytes of a connection come in, bytes for others wait in their output buffers, and
/// what only the shell can do comes out as effects.
///
/// See: NATS documentation, client protocol; design section 3
public final class MessageRouter {
    /// What the shell has to do.
    public enum Effect {
        /// Write what waits for the connection, if the socket takes it, and close the socket.
        case close(BrokerConnection, Ending)
        /// Pass a request on to eggheadd; the answer comes back through `answer`.
        case askSupervisor(id: Int, from: BusName, operation: String, payload: [UInt8])
        /// Somebody tried what is not theirs. Told for the 1st, 2nd, 4th, 8th … time of a connection.
        case violation(BrokerConnection, what: String, count: Int)
    }

    /// Why a connection ended.
    public enum Ending: Hashable, Sendable {
        /// The peer closed it.
        case peerGone
        /// The peer broke the protocol.
        case violation(ProtocolViolation)
        /// More waited for it than `ProtocolLimits.pendingBytesMax`.
        case slowConsumer
        /// The child behind it has exited.
        case childExited
    }

    /// Every connection, in the order of their opening.
    public private(set) var connections: [BrokerConnection] = []
    /// How many connections were closed because they did not read.
    public private(set) var slowConsumersCount = 0
    var subscriptions = SubscriptionTable()
    private let serverID: String
    private var connectionsMade: UInt64 = 0
    private var effects: [Effect] = []
    private var withOutput: [BrokerConnection] = []
    /// Counts what queue groups got; see `BrokerSubscription.servedAt`.
    var queueTurn: UInt64 = 0
    private var supervisorRequests: [Int: [UInt8]] = [:]
    private var supervisorRequestsMade = 0

    /// A router with no connections.
    ///
    /// - Parameters:
    ///   - serverID: Tells this life of the broker from others.
    public init(serverID: String) { self.serverID = serverID }

    /// How many subscriptions all connections have.
    public var subscriptionsCount: Int { subscriptions.count }

    /// Takes the effects that have gathered.
    public func takeEffects() -> [Effect] {
        defer { effects.removeAll(keepingCapacity: true) }
        return effects
    }

    /// Takes the list of connections whose output has grown.
    public func takeConnectionsWithOutput() -> [BrokerConnection] {
        defer { withOutput.removeAll(keepingCapacity: true) }
        for connection in withOutput { connection.isListedForOutput = false }
        return withOutput
    }

    // MARK: Connections

    /// Opens the connection of a child. An earlier life of it that still has one loses it.
    public func open(child: ChildIdentity, name: BusName) -> BrokerConnection {
        for other in connections where other.child?.name == child.name { end(other, .childExited) }
        return open(name: name, child: child, pid: child.pid)
    }

    /// Opens the connection of a person.
    public func open(person name: BusName, pid: Int32) -> BrokerConnection { open(name: name, child: nil, pid: pid) }

    private func open(name: BusName, child: ChildIdentity?, pid: Int32) -> BrokerConnection {
        connectionsMade += 1
        let connection = BrokerConnection(
            id: connectionsMade, name: name, child: child, pid: pid, serverID: serverID)
        connections.append(connection)
        let info = ServerInfo(
            serverID: serverID, clientID: connection.id, name: name.description,
            inboxPrefix: connection.inboxPrefix.description)
        send(.info(ProtocolJSON.encode(info)), to: connection)
        if connections.count > ProtocolLimits.connectionsMax { violate(connection, .tooManyConnections) }
        return connection
    }

    /// Ends a connection: its subscriptions go at once. Ending it again is without effect.
    public func end(_ connection: BrokerConnection, _ ending: Ending) {
        guard !connection.isEnded else { return }
        connection.isEnded = true
        for subscription in connection.subscriptions.values { subscriptions.remove(subscription) }
        connection.subscriptions.removeAll()
        connections.removeAll { $0 === connection }
        if ending == .slowConsumer { slowConsumersCount += 1 }
        effects.append(.close(connection, ending))
    }

    /// Ends the connection of one life of a child, whoever still holds a copy of its descriptor.
    public func childExited(_ name: String, incarnation: Int) {
        for connection in connections
        where connection.child?.name == name && connection.child?.incarnation == incarnation {
            end(connection, .childExited)
        }
    }

    /// Asks every connection whether it is still there, and ends those that have not answered for too long.
    public func ping() {
        for connection in connections {
            if connection.unansweredPings >= ProtocolLimits.unansweredPingsMax {
                violate(connection, .staleConnection)
            } else {
                connection.unansweredPings += 1
                send(.ping, to: connection)
            }
        }
    }

    // MARK: Bytes in

    /// Takes what was read from a connection.
    public func receive(_ bytes: some Collection<UInt8>, from connection: BrokerConnection) {
        guard !connection.isEnded else { return }
        connection.parser.append(bytes)
        do throws(ProtocolViolation) {
            while !connection.isEnded, let frame = try connection.parser.next() { try handle(frame, from: connection) }
        } catch {
            violate(connection, error)
        }
    }

    private func handle(_ frame: Frame, from connection: BrokerConnection) throws(ProtocolViolation) {
        connection.unansweredPings = 0
        switch frame {
        case .publish(let publication): try publish(publication, from: connection)
        case .subscribe(let subject, let queue, let sid):
            if subscribe(connection, subject, queue: queue, sid: sid) { confirm(connection) }
        case .unsubscribe(let sid, let max):
            unsubscribe(connection, sid: sid, max: max)
            confirm(connection)
        case .connect(let json):
            guard let options = ProtocolJSON.decode(ConnectOptions.self, from: json) else { throw .unknownOperation }
            connection.options = options
            confirm(connection)
        case .ping: send(.pong, to: connection)
        case .pong: break
        case .info, .message, .ok, .error: throw .unknownOperation  // these only a broker says
        }
    }

    // MARK: Bytes out

    /// Puts a frame into a connection's output. A connection that does not read enough loses its place.
    func send(_ frame: Frame, to connection: BrokerConnection) {
        guard !connection.isEnded else { return }
        connection.output.append(frame)
        if !connection.isListedForOutput {
            connection.isListedForOutput = true
            withOutput.append(connection)
        }
        if connection.output.count > ProtocolLimits.pendingBytesMax { end(connection, .slowConsumer) }
    }

    func confirm(_ connection: BrokerConnection) {
        if connection.options.verbose { send(.ok, to: connection) }
    }

    func refuse(_ connection: BrokerConnection, _ text: String) { send(.error(Array(text.utf8)[...]), to: connection) }

    /// Refuses what is not the connection's own, and tells the operator.
    func deny(_ connection: BrokerConnection, _ text: String) {
        refuse(connection, text)
        connection.violations += 1
        let count = connection.violations
        // Powers of two: the first is seen at once, a flood does not fill the log.
        if count & (count - 1) == 0 { effects.append(.violation(connection, what: text, count: count)) }
    }

    private func violate(_ connection: BrokerConnection, _ violation: ProtocolViolation) {
        refuse(connection, violation.rawValue)
        end(connection, .violation(violation))
    }

    // MARK: eggheadd

    private static let operationBytes = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-".utf8)

    /// Passes a request on to eggheadd.
    func askSupervisor(from name: BusName, operation: String, payload: Bytes, reply: Bytes) {
        let isWord = operation.utf8.allSatisfy { Self.operationBytes.contains($0) }
        guard isWord, operation.utf8.count <= ProtocolLimits.operationBytesMax else {
            let failure = ServiceFailure(.invalid, "asking eggheadd: the operation is no word; see docs/eggheadd.md")
            route(Publication(subject: reply, payload: ProtocolJSON.encode(FailureReply(failure))), from: nil)
            return
        }
        guard supervisorRequests.count < ProtocolLimits.supervisorRequestsMax else {
            let failure = ServiceFailure(
                .exhausted, "asking eggheadd to \(operation): too many requests wait for it; try again later")
            route(Publication(subject: reply, payload: ProtocolJSON.encode(FailureReply(failure))), from: nil)
            return
        }
        supervisorRequestsMade += 1
        supervisorRequests[supervisorRequestsMade] = Array(reply)
        effects.append(
            .askSupervisor(id: supervisorRequestsMade, from: name, operation: operation, payload: Array(payload)))
    }

    /// Brings eggheadd's answer to whoever asked. An answer to nothing is dropped.
    public func answer(_ id: Int, _ payload: [UInt8]) {
        guard let reply = supervisorRequests.removeValue(forKey: id) else { return }
        route(Publication(subject: reply[...], payload: payload[...]), from: nil)
    }

    /// Publishes in the broker's own name.
    public func publish(_ payload: [UInt8], to subject: Subject) {
        route(Publication(subject: Array(subject.description.utf8)[...], payload: payload[...]), from: nil)
    }
}
