import Services

/// What a connection has agreed on; at first NATS's defaults, which a client has that never sends CONNECT.
struct ConnectOptions: Hashable {
    /// Every operation is answered with `+OK`.
    var verbose = true
    /// Publishing to a subject that is none is answered with an error.
    var pedantic = true
    /// A connection hears its own messages.
    var echo = true
    /// Messages may have headers.
    var headers = false
    /// A request that nobody serves is answered with status 503; needs `headers`.
    var noResponders = false

    /// Takes over what a CONNECT names; the rest stays as it was.
    mutating func apply(_ request: ConnectRequest) {
        verbose = request.verbose ?? verbose
        pedantic = request.pedantic ?? pedantic
        echo = request.echo ?? echo
        headers = request.headers ?? headers
        noResponders = request.noResponders ?? noResponders
    }
}

/// What a client asks for with CONNECT. Other keys are ignored.
package struct ConnectRequest: Codable, Sendable {
    var verbose: Bool?
    var pedantic: Bool?
    var echo: Bool?
    var headers: Bool?
    var noResponders: Bool?
    /// The token of a client over TCP.
    var token: String?
    /// The level of the protocol that the client knows, 0 or 1.
    var protocolLevel: Int?

    private enum CodingKeys: String, CodingKey {
        case verbose, pedantic, echo, headers, noResponders = "no_responders", token = "auth_token"
        case protocolLevel = "protocol"
    }

    /// What our own clients ask for.
    package static let ours = ConnectRequest(verbose: false, pedantic: false, headers: true, noResponders: true)
}

/// What the broker says of itself, and of the connection, with INFO. `name` and `inbox_prefix` are our own keys; NATS
/// clients ignore them.
public struct ServerInfo: Codable, Hashable, Sendable {
    /// Tells one life of the broker from the next.
    public var serverID: String
    /// Who answers.
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
    /// Over TCP: where the broker listens, and the address that the client comes from.
    public var host: String?, port: UInt16?, clientIP: String?
    /// Over TCP: CONNECT must hold a token.
    public var authRequired: Bool?
    /// The name of this connection, which it cannot choose; over TCP, its token decides.
    public var name: String?
    /// Below this subject the connection subscribes to the answers to its requests. Over TCP any inbox will do.
    public var inboxPrefix: String?

    private enum CodingKeys: String, CodingKey {
        case serverID = "server_id", serverName = "server_name", version, proto, headers, maxPayload = "max_payload"
        case clientID = "client_id", name, inboxPrefix = "inbox_prefix"
        case host, port, clientIP = "client_ip", authRequired = "auth_required"
    }

    /// The greeting for one connection.
    public init(serverID: String, clientID: UInt64, name: String? = nil, inboxPrefix: String? = nil) {
        self.serverID = serverID
        self.clientID = clientID
        self.name = name
        self.inboxPrefix = inboxPrefix
    }
}
