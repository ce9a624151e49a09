import Services

/// The options of a connection; before CONNECT, and for a client that never sends it, NATS's defaults.
struct ConnectOptions: Hashable {
    /// Every operation is answered with `+OK`.
    var verbose = true
    /// Publishing to an invalid subject is answered with an error.
    var pedantic = true
    /// A connection receives its own messages.
    var echo = true
    /// Messages may have headers.
    var headers = false
    /// A request that nobody serves is answered with status 503; needs `headers`.
    var noResponders = false

    /// Applies the options of a CONNECT; the others stay unchanged.
    mutating func apply(_ request: ConnectRequest) {
        verbose = request.verbose ?? verbose
        pedantic = request.pedantic ?? pedantic
        echo = request.echo ?? echo
        headers = request.headers ?? headers
        noResponders = request.noResponders ?? noResponders
    }
}

/// The options of a client's CONNECT. Other keys are ignored.
package struct ConnectRequest: Codable, Sendable {
    var verbose: Bool?
    var pedantic: Bool?
    var echo: Bool?
    var headers: Bool?
    var noResponders: Bool?
    /// The token of a client over TCP.
    var token: String?
    /// The level of the protocol that the client supports, 0 or 1.
    var protocolLevel: Int?

    private enum CodingKeys: String, CodingKey {
        case verbose, pedantic, echo, headers, noResponders = "no_responders", token = "auth_token"
        case protocolLevel = "protocol"
    }

    /// The options of our own clients.
    package static let ours = ConnectRequest(verbose: false, pedantic: false, headers: true, noResponders: true)
}

/// The broker's INFO about itself and the connection. `name` and `inbox_prefix` are our own keys; NATS clients ignore
/// them.
public struct ServerInfo: Codable, Hashable, Sendable {
    /// Distinguishes one incarnation of the broker from the next.
    public var serverID: String
    /// The name of the server.
    public var serverName = "egghead-broker"
    /// The version of Egghead.
    public var version = Release.version
    /// The level of the protocol.
    public var proto = 1
    /// Messages may have headers.
    public var headers = true
    /// The longest payload in bytes.
    public var maxPayload = ProtocolLimits.payloadBytesMax
    /// The number of this connection.
    public var clientID: UInt64
    /// Over TCP: the address on which the broker listens, and the client's address.
    public var host: String?, port: UInt16?, clientIP: String?
    /// Over TCP: CONNECT must contain a token.
    public var authRequired: Bool?
    /// The name of this connection, which it cannot choose; over TCP, its token determines it.
    public var name: String?
    /// The subject below which the connection subscribes to the answers to its requests. Over TCP any inbox is allowed.
    public var inboxPrefix: String?

    private enum CodingKeys: String, CodingKey {
        case serverID = "server_id", serverName = "server_name", version, proto, headers, maxPayload = "max_payload"
        case clientID = "client_id", name, inboxPrefix = "inbox_prefix"
        case host, port, clientIP = "client_ip", authRequired = "auth_required"
    }

    /// The INFO of one connection.
    public init(serverID: String, clientID: UInt64, name: String? = nil, inboxPrefix: String? = nil) {
        self.serverID = serverID
        self.clientID = clientID
        self.name = name
        self.inboxPrefix = inboxPrefix
    }
}
