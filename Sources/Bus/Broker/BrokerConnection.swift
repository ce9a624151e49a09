import Services
import Time

/// One connection in the broker's core: its name, its permissions, its subscriptions, and the bytes that wait for it.
/// The socket belongs to the shell.
public final class BrokerConnection {
    /// The number of the connection, from 1.
    public let id: UInt64
    /// Its name. That of a client over TCP is `client:`, which may do nothing, until it has sent its token.
    public private(set) var name: Principal
    /// The child and its incarnation; nil for a person.
    public let child: ChildIdentity?
    /// The pid of its process when it connected; nil for a client over TCP.
    public let pid: Int32?
    /// The address of a client over TCP.
    public let address: String?
    /// The bytes that wait to be written to the socket.
    public var output: OutputBuffer
    /// Whether it has ended; then nothing is sent to it or read from it.
    public internal(set) var isEnded = false

    /// The token of a client over TCP.
    private(set) var token: String?
    private(set) var permissions: BusPermissions
    private(set) var inboxPrefix: Subject
    /// The time since which bytes wait and the kernel accepts none of them.
    public internal(set) var stalledSince: Instant?
    private let serverID: String
    var input = InputBuffer()
    var options = ConnectOptions()
    var subscriptions: [[UInt8]: BrokerSubscription] = [:]
    var routes = RouteCache()
    /// The messages and bytes that it has published, and those that were queued for it.
    var messagesIn = 0, bytesIn = 0, messagesOut = 0, bytesOut = 0
    /// The estimated memory of its subscriptions, in bytes.
    var subscriptionBytes = 0
    /// Whether frames of it wait in `input` for another turn.
    var isUnfinished = false
    /// The number of its bytes that the router counts among those that it holds.
    var heldBytes = 0
    var unansweredPings = 0
    var violations = 0
    /// Whether the router's list of connections with output contains it.
    var isListedForOutput = false
    /// Reply subjects of requests delivered to it that it may still answer, oldest first.
    private var rememberedReplies: [[UInt8]] = []

    init(
        id: UInt64, name: Principal, child: ChildIdentity? = nil, pid: Int32? = nil, address: String? = nil,
        permissions: BusPermissions? = nil, serverID: String, pool: BufferPool
    ) {
        self.id = id
        self.name = name
        self.child = child
        self.pid = pid
        self.address = address
        self.serverID = serverID
        output = OutputBuffer(pool: pool)
        // A child's inboxes are the same after the broker's restart, so an answer in transit still arrives. A person's
        // are not: the next connection of that number may be another program of the same person.
        inboxPrefix = Subject.inboxPrefix(name, life: child.map { String($0.incarnation) } ?? "\(serverID)-\(id)")
        self.permissions = permissions ?? BusPermissions(of: name, inboxPrefix: inboxPrefix)
    }

    /// Whether it may publish and subscribe at all.
    public var isAuthorized: Bool { address == nil || token != nil }

    /// Gives a client over TCP its name and permissions.
    func authorize(as name: Principal, token: String) {
        self.name = name
        self.token = token
        inboxPrefix = Subject.inboxPrefix(name, life: "\(serverID)-\(id)")
        permissions = BusPermissions(of: name, inboxPrefix: inboxPrefix)
    }

    /// Remembers that a request was delivered, so that its answer is allowed: one answer, however many of the
    /// connection's subscriptions matched the request.
    func remember(reply: RawBytes) {
        guard !rememberedReplies.contains(where: { $0.elementsEqual(reply) }) else { return }
        if rememberedReplies.count == ProtocolLimits.rememberedRepliesMax { rememberedReplies.removeFirst() }
        rememberedReplies.append(Array(reply))
    }

    /// Whether a subject answers a request that was delivered; each request counts once.
    func takeRemembered(reply: RawBytes) -> Bool {
        guard let index = rememberedReplies.firstIndex(where: { $0.elementsEqual(reply) }) else { return false }
        rememberedReplies.remove(at: index)
        return true
    }

    /// The connection's counters for `stats`.
    var stats: Broker.Stats.Connection {
        var stats = Broker.Stats.Connection(
            id: id, name: name.description, pid: pid, address: address, subscriptions: subscriptions.count,
            pendingBytes: output.count)
        (stats.messagesIn, stats.bytesIn) = (messagesIn, bytesIn)
        (stats.messagesOut, stats.bytesOut) = (messagesOut, bytesOut)
        return stats
    }
}
