import JSON
import Services
import Time

/// The broker without its sockets: it takes the bytes of a connection, puts bytes for others into their output buffers,
/// and returns effects for everything that only the shell can do.
///
/// See: NATS documentation, client protocol; docs/bus.md
public final class MessageRouter {
    /// An action for the shell.
    public enum Effect {
        /// Write the connection's output if the socket accepts it, and close the socket.
        case close(BrokerConnection, Ending)
        /// Pass a request on to eggheadd; `answer` takes the answer.
        case askSupervisor(id: Int, from: Principal, operation: String, payload: [UInt8])
        /// A connection tried what its name may not do. Reported for its 1st, 2nd, 4th, 8th and so on refusal.
        case violation(BrokerConnection, what: String, count: Int)
    }

    /// Why a connection ended.
    public enum Ending: Hashable, Sendable {
        /// The peer closed it.
        case peerGone
        /// The peer violated the protocol.
        case violation(ProtocolViolation)
        /// More bytes waited for it than `ProtocolLimits.pendingBytesMax`, or longer than the write deadline, or its
        /// name held the most when the broker as a whole held too much.
        case slowConsumer
        /// Its child has exited.
        case childExited
    }

    /// Every connection, in the order in which they were opened.
    public internal(set) var connections: [BrokerConnection] = []
    /// The number of connections that were closed because they did not read.
    public internal(set) var slowConsumersCount = 0
    /// Called while the messages of one read are routed, when the gathered output should be written before it leaves
    /// the processor's cache.
    public var onGathered: () -> Void = {}
    private var heldWhenWritten = 0
    let heldBytesMax: Int
    /// The number of bytes that wait for connections, or belong to incomplete frames.
    public private(set) var heldBytes = 0
    var subscriptions = SubscriptionTable()
    /// A route for a subject that is used once.
    let passingRoute = Route()
    /// The work for the current connection in this turn, in deliveries or equivalents.
    var work = 0
    /// Connections with more input than was handled in their turn.
    private var unfinished: [BrokerConnection] = []
    /// Consecutive messages of one subject.
    var run: ContiguousArray<PublicationView> = []
    let pool = BufferPool(keptBytesMax: ProtocolLimits.spareBytesMax)
    private let scratch = UnsafeMutableRawBufferPointer.allocate(
        byteCount: ProtocolLimits.readBytesMax, alignment: 16)
    let serverID: String
    var connectionsMade: UInt64 = 0
    var effects: [Effect] = []
    var withOutput: [BrokerConnection] = []
    /// Counts deliveries to queue groups; see `BrokerSubscription.servedAt`.
    var queueTurn: UInt64 = 0
    var tokens: [String: String] = [:]
    private var supervisorRequests: [Int: [UInt8]] = [:]
    private var supervisorRequestsMade = 0

    /// A router with no connections.
    ///
    /// - Parameters:
    ///   - serverID: Distinguishes this incarnation of the broker from others.
    ///   - heldBytesMax: The most bytes that may wait for all connections, incomplete frames included; beyond it,
    ///     connections of the name that holds the most are ended.
    public init(serverID: String, heldBytesMax: Int = ProtocolLimits.heldBytesMax) {
        self.serverID = serverID
        self.heldBytesMax = heldBytesMax
    }

    deinit { scratch.deallocate() }

    /// The number of subscriptions of all connections.
    public var subscriptionsCount: Int { subscriptions.count }

    /// Whether memory is kept for buffers that are empty now.
    public var hasSpareMemory: Bool { !pool.isEmpty }

    /// Returns that memory to the allocator, when there is no traffic.
    public func releaseSpareMemory() { pool.removeAll() }

    /// Returns the gathered effects, and removes them.
    public func takeEffects() -> [Effect] {
        defer { effects.removeAll(keepingCapacity: true) }
        return effects
    }

    /// Returns the list of connections whose output has grown, and empties it.
    public func takeConnectionsWithOutput() -> [BrokerConnection] {
        defer { withOutput.removeAll(keepingCapacity: true) }
        for connection in withOutput { connection.isListedForOutput = false }
        return withOutput
    }

    // MARK: Bytes in

    /// Reads and handles the input of a connection.
    ///
    /// - Parameter read: Reads into the memory and returns the number of bytes; 0 if there were none.
    public func receive(from connection: BrokerConnection, reading read: (UnsafeMutableRawBufferPointer) -> Int) {
        guard !connection.isEnded, !connection.isUnfinished else { return }
        let count = read(connection.input.target(scratch))
        guard count > 0, !connection.isEnded else { return }
        handle(count, from: connection)
    }

    /// Continues with connections that had sent more than was handled in their turn.
    ///
    /// - Returns: Whether there were any.
    public func continueUnfinished() -> Bool {
        let waiting = unfinished
        unfinished.removeAll(keepingCapacity: true)
        for connection in waiting where !connection.isEnded {
            connection.isUnfinished = false
            _ = connection.input.target(scratch)
            handle(0, from: connection)
        }
        return !waiting.isEmpty
    }

    /// Whether there are such connections.
    public var hasUnfinished: Bool { !unfinished.isEmpty }

    /// Handles the held bytes of a connection and those that followed them.
    private func handle(_ count: Int, from connection: BrokerConnection) {
        work = 0
        var rest = connection.input.bytes(afterReading: count, in: scratch)
        do throws(ProtocolViolation) {
            let needed = try handleFrames(&rest, from: connection)
            connection.input.hold(rest, needed: needed)
            if connection.isUnfinished { unfinished.append(connection) }
        } catch {
            violate(connection, error)
        }
        countHeld(connection)
        if heldBytes > heldBytesMax { endLargestHolders() }
    }

    /// Handles complete frames until the connection's share of the turn is used up, and leaves the bytes after the
    /// last.
    ///
    /// - Returns: The length of the frame that the left bytes begin, if it is known; else 0.
    private func handleFrames(
        _ rest: inout RawBytes, from connection: BrokerConnection
    ) throws(ProtocolViolation) -> Int {
        connection.unansweredPings = 0
        while !connection.isEnded {
            work += 1
            if work > ProtocolLimits.workPerTurnMax, !rest.isEmpty {
                connection.isUnfinished = true
                return 0
            }
            if !connection.isAuthorized, let first = rest.first, first & ~0x20 != UInt8(ascii: "C") {
                throw .authorization  // anything but CONNECT
            }
            if let (message, length) = FrameScanner.plainPublication(rest) {
                rest = RawBytes(rebasing: rest[length...])
                if !publishRun(from: message, &rest, connection) { try publish(message, from: connection) }
            } else {
                switch try FrameScanner.scan(rest) {
                case .frame(let frame, let length):
                    try handle(frame, from: connection)
                    rest = RawBytes(rebasing: rest[length...])
                case .part(let needed): return needed
                }
            }
            if heldBytes - heldWhenWritten > ProtocolLimits.gatheredBytesMax { onGathered() }
        }
        rest = RawBytes(start: nil, count: 0)
        return 0
    }

    private func handle(_ frame: FrameView, from connection: BrokerConnection) throws(ProtocolViolation) {
        switch frame {
        case .publish(let publication): try publish(publication, from: connection)
        case .subscribe(let subject, let queue, let sid):
            if subscribe(connection, subject, queue: queue, sid: sid) { confirm(connection) }
        case .unsubscribe(let sid, let max):
            unsubscribe(connection, sid: sid, max: max)
            confirm(connection)
        case .connect(let json):
            try connect(connection, json)
        case .ping: send(.pong, to: connection)
        case .pong, .ok, .info: break  // the last two mean nothing from a client, as in NATS
        case .message, .error: throw .unknownOperation
        }
    }

    // MARK: Bytes out

    /// Appends a frame to a connection's output.
    func send(_ frame: Frame, to connection: BrokerConnection) {
        guard !connection.isEnded else { return }
        connection.output.append(frame)
        outputGrew(connection)
    }

    /// Marks the gathered output as written.
    public func noteWritten() { heldWhenWritten = heldBytes }

    /// Sends a connection's output.
    ///
    /// - Parameter write: Removes from the front of the buffer the bytes that the peer accepts now.
    public func send(to connection: BrokerConnection, now: Instant, writing write: (inout OutputBuffer) -> Void) {
        let before = connection.output.count
        write(&connection.output)
        if connection.output.isEmpty {
            connection.stalledSince = nil
        } else if connection.stalledSince == nil || connection.output.count < before {
            connection.stalledSince = now
        }
        countHeld(connection)
    }

    func countHeld(_ connection: BrokerConnection) {
        let held =
            connection.isEnded
            ? 0 : connection.input.count + connection.output.count + connection.subscriptionBytes
        heldBytes += held - connection.heldBytes
        connection.heldBytes = held
    }

    func confirm(_ connection: BrokerConnection) {
        if connection.options.verbose { send(.ok, to: connection) }
    }

    func refuse(_ connection: BrokerConnection, _ text: String) { send(.error(Array(text.utf8)[...]), to: connection) }

    /// Refuses an operation that the connection's name may not use, and reports it.
    func deny(_ connection: BrokerConnection, _ text: String) {
        work += ProtocolLimits.workOfRefusal
        refuse(connection, text)
        connection.violations += 1
        let count = connection.violations
        // Powers of two: the first is reported at once, and a flood does not fill the log.
        if count & (count - 1) == 0 { effects.append(.violation(connection, what: text, count: count)) }
    }

    func violate(_ connection: BrokerConnection, _ violation: ProtocolViolation) {
        refuse(connection, violation.rawValue)
        end(connection, .violation(violation))
    }

    // MARK: eggheadd

    private static let operationBytes = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-".utf8)

    /// Passes a request on to eggheadd.
    func askSupervisor(from name: Principal, operation: String, payload: RawBytes, reply: RawBytes) {
        let isWord = operation.utf8.allSatisfy { Self.operationBytes.contains($0) }
        guard isWord, operation.utf8.count <= ProtocolLimits.operationBytesMax else {
            let failure = ServiceFailure(.invalid, "asking eggheadd: the operation is not a word; see docs/eggheadd.md")
            return say(failure, to: reply)
        }
        guard supervisorRequests.count < ProtocolLimits.supervisorRequestsMax else {
            let failure = ServiceFailure(
                .exhausted, "asking eggheadd to \(operation): too many requests wait for it; try again later")
            return say(failure, to: reply)
        }
        supervisorRequestsMade += 1
        supervisorRequests[supervisorRequestsMade] = Array(reply)
        effects.append(
            .askSupervisor(id: supervisorRequestsMade, from: name, operation: operation, payload: Array(payload)))
    }

    /// Sends eggheadd's answer to the caller. An answer without a pending request is dropped.
    ///
    /// - Parameter answer: The payload of the reply, or the refusal.
    public func answer(_ id: Int, _ answer: Result<[UInt8], ServiceFailure>) {
        guard let reply = supervisorRequests.removeValue(forKey: id) else { return }
        reply.withUnsafeBytes { reply in
            switch answer {
            case .success(let payload): say(payload[...], to: reply)
            case .failure(let failure): say(failure, to: reply)
            }
        }
    }

    /// Refuses a request in the broker's own name, or in eggheadd's.
    private func say(_ failure: ServiceFailure, to reply: RawBytes) {
        let headers = failure.headers.block, payload = failure.payload
        headers.withUnsafeBytes { headers in
            payload.withUnsafeBytes { say(PublicationView(subject: reply, headers: headers, payload: $0)) }
        }
    }

    /// Publishes in the broker's own name.
    public func publish(_ payload: [UInt8], to subject: Subject) {
        Array(subject.description.utf8).withUnsafeBytes { say(payload[...], to: $0) }
    }
}
