import Services
import Time

/// One connection as the broker's core sees it: who it is, what it may do, what it has asked for, and the bytes that
/// wait for it. The socket belongs to the shell.
public final class BrokerConnection {
    /// Counts connections, from 1.
    public let id: UInt64
    /// Who it is. A client over TCP is `client:` and may do nothing, until its token has told.
    public private(set) var name: Principal
    /// Which child and which life of it; nil for a person.
    public let child: ChildIdentity?
    /// Its process when it connected; nil for a client over TCP.
    public let pid: Int32?
    /// Where a client over TCP comes from.
    public let address: String?
    /// What waits to be written to the socket.
    public var output: OutputBuffer
    /// Whether it has ended; nothing goes to it or is taken from it any more.
    public internal(set) var isEnded = false

    /// The token with which a client over TCP has come in.
    private(set) var token: String?
    private(set) var permissions: BusPermissions
    private(set) var inboxPrefix: Subject
    /// Since when something waits and the kernel takes none of it.
    public internal(set) var stalledSince: Instant?
    private let serverID: String
    var input = InputBuffer()
    var options = ConnectOptions()
    var subscriptions: [[UInt8]: BrokerSubscription] = [:]
    var routes = RouteCache()
    /// What it has published, and what was put on its way to it.
    var messagesIn = 0, bytesIn = 0, messagesOut = 0, bytesOut = 0
    /// About how much memory its subscriptions cost.
    var subscriptionBytes = 0
    /// Whether frames of it wait in `input` for another turn.
    var isUnfinished = false
    /// How many of its bytes the router has counted among those that it holds.
    var heldBytes = 0
    var unansweredPings = 0
    var violations = 0
    /// Whether the router's list of connections with output holds it already.
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
        // A child's inboxes are the same after the broker's restart, so an answer on its way still arrives. A person's
        // are not: the next connection of that number may be another program of the same person.
        inboxPrefix = Subject.inboxPrefix(name, life: child.map { String($0.incarnation) } ?? "\(serverID)-\(id)")
        self.permissions = permissions ?? BusPermissions(of: name, inboxPrefix: inboxPrefix)
    }

    /// Whether it may speak at all.
    public var isAuthorized: Bool { address == nil || token != nil }

    /// Lets a client in.
    func authorize(as name: Principal, token: String) {
        self.name = name
        self.token = token
        inboxPrefix = Subject.inboxPrefix(name, life: "\(serverID)-\(id)")
        permissions = BusPermissions(of: name, inboxPrefix: inboxPrefix)
    }

    /// Notes that a request was delivered, so that its answer will be let through; one answer, however many of the
    /// connection's subscriptions the request met.
    func remember(reply: RawBytes) {
        guard !rememberedReplies.contains(where: { $0.elementsEqual(reply) }) else { return }
        if rememberedReplies.count == ProtocolLimits.rememberedRepliesMax { rememberedReplies.removeFirst() }
        rememberedReplies.append(Array(reply))
    }

    /// Whether a subject answers a request that was delivered; each counts once.
    func takeRemembered(reply: RawBytes) -> Bool {
        guard let index = rememberedReplies.firstIndex(where: { $0.elementsEqual(reply) }) else { return false }
        rememberedReplies.remove(at: index)
        return true
    }

    /// The numbers that tell how it fares.
    var stats: Broker.Stats.Connection {
        var stats = Broker.Stats.Connection(
            id: id, name: name.description, pid: pid, address: address, subscriptions: subscriptions.count,
            pendingBytes: output.count)
        (stats.messagesIn, stats.bytesIn) = (messagesIn, bytesIn)
        (stats.messagesOut, stats.bytesOut) = (messagesOut, bytesOut)
        return stats
    }
}
