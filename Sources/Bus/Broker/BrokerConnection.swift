import Services

/// One connection as the broker's core sees it: who it is, what it may do, what it has asked for, and the bytes that
/// wait for it. The socket belongs to the shell.
public final class BrokerConnection {
    /// Counts connections, from 1.
    public let id: UInt64
    /// Who it is.
    public let name: BusName
    /// Which child and which life of it; nil for a person.
    public let child: ChildIdentity?
    /// Its process when it connected.
    public let pid: Int32
    /// What waits to be written to the socket.
    public var output: OutputBuffer
    /// Whether it has ended; nothing goes to it or is taken from it any more.
    public internal(set) var isEnded = false

    /// What it has said and heard.
    public internal(set) var traffic = Traffic()

    let permissions: BusPermissions
    let inboxPrefix: Subject
    var input = InputBuffer()
    var options = ConnectOptions()
    var subscriptions: [[UInt8]: BrokerSubscription] = [:]
    var routes = RouteCache()
    /// How many of its bytes the router has counted among those that it holds.
    var heldBytes = 0
    var unansweredPings = 0
    var violations = 0
    /// Whether the router's list of connections with output holds it already.
    var isListedForOutput = false
    /// Reply subjects of requests delivered to it that it may still answer, oldest first.
    private var rememberedReplies: [[UInt8]] = []

    init(id: UInt64, name: BusName, child: ChildIdentity?, pid: Int32, serverID: String, pool: BufferPool) {
        self.id = id
        self.name = name
        self.child = child
        self.pid = pid
        output = OutputBuffer(pool: pool)
        // A child's inboxes are the same after the broker's restart, so an answer on its way still arrives. A person's
        // are not: the next connection of that number may be another program of the same person.
        inboxPrefix = Subject.inboxPrefix(name, life: child.map { String($0.incarnation) } ?? "\(serverID)-\(id)")
        permissions = BusPermissions(of: name, inboxPrefix: inboxPrefix)
    }

    /// Notes that a request was delivered, so that its answer will be let through.
    func remember(reply: RawBytes) {
        if rememberedReplies.count == ProtocolLimits.rememberedRepliesMax { rememberedReplies.removeFirst() }
        rememberedReplies.append(Array(reply))
    }

    /// Whether a subject answers a request that was delivered; each counts once.
    func takeRemembered(reply: RawBytes) -> Bool {
        guard let index = rememberedReplies.firstIndex(where: { $0.elementsEqual(reply) }) else { return false }
        rememberedReplies.remove(at: index)
        return true
    }
    /// What a connection has said and heard. A message's bytes are those of its headers and its payload.
    public struct Traffic: Hashable, Sendable {
        /// What it has published.
        public var messagesIn = 0, bytesIn = 0
        /// What was put on its way to it.
        public var messagesOut = 0, bytesOut = 0
    }
}
