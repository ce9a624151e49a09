import Services

/// A request by HTTP: where it goes and what is sent.
public struct HTTPRequest {
    /// What is done.
    public enum Method: String {
        /// Reads.
        case get = "GET"
        /// Sends the body.
        case post = "POST"
        /// Ends what is there.
        case delete = "DELETE"
    }

    /// What is done; a body is sent with a `post` alone.
    public var method: Method
    /// The whole URL.
    public var url: String
    /// The Unix socket to connect to instead of the URL's host.
    public var socket: String?
    /// The header fields, in the order in which they are sent. Secrets may be among them, so they are never logged.
    public var headers: [HTTPField]
    /// What is sent.
    public var body: [UInt8]

    /// A request.
    public init(
        _ method: Method, _ url: String, socket: String? = nil, headers: [HTTPField] = [], body: [UInt8] = []
    ) {
        self.method = method
        self.url = url
        self.socket = socket
        self.headers = headers
        self.body = body
    }

    /// Whether the URL names this machine, which a proxy cannot reach.
    var isForThisMachine: Bool { URLAuthority(url)?.isThisMachine == true }
}

/// A field of an HTTP head. Neither text may hold a line end, which would begin another field.
public struct HTTPField: Hashable, Sendable {
    /// The field's name: `Content-Type`.
    public var name: String
    /// Its value.
    public var value: String

    /// A field.
    public init(_ name: String, _ value: String) {
        self.name = name
        self.value = value
    }
}

/// What happens to a request. The last event is one of the four behind `bytes`, and comes once.
public enum HTTPEvent: Hashable, Sendable {
    /// The head of the answer is there.
    case response(status: Int)
    /// A piece of the body.
    case bytes([UInt8])
    /// The body is complete.
    case completed
    /// No connection came about, or nothing went through it: why.
    case unreachable(String)
    /// No connection came about for as long as one may take: why.
    case unconnected(String)
    /// The connection broke: why.
    case broken(String)
}
