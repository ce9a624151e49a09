import Services

/// Who speaks on the bus: `agent:scout`, `user:ann`, `client:laptop`, or a service such as `store`.
///
/// The kernel and eggheadd decide the name of a connection, never the connection itself.
public struct BusName: Hashable, Sendable, CustomStringConvertible {
    /// What kinds of names there are.
    public enum Kind: Hashable, Sendable {
        /// An agent's process; the id is its record's.
        case agent
        /// A person, by the name of the user on this machine.
        case user
        /// A person or program on another machine, by the name of its token.
        case client
        /// A part of Egghead.
        case service(ServiceName)
    }

    /// The kind.
    public let kind: Kind
    /// The part behind the colon; a service's own name.
    public let id: String

    /// Whether it is a part of Egghead.
    var isService: Bool {
        switch kind {
        case .service: true
        case .agent, .user, .client: false
        }
    }

    /// An agent's name.
    public static func agent(_ id: String) -> BusName { BusName(kind: .agent, id: id) }

    /// A user's name.
    public static func user(_ id: String) -> BusName { BusName(kind: .user, id: id) }

    /// The name of a token's holder.
    public static func client(_ id: String) -> BusName { BusName(kind: .client, id: id) }

    /// A service's name.
    public static func service(_ name: ServiceName) -> BusName { BusName(kind: .service(name), id: name.rawValue) }

    private init(kind: Kind, id: String) {
        self.kind = kind
        self.id = id
    }

    /// A name in its written form; nil when it is none that may speak on the bus.
    public init?(_ text: String) {
        guard let colon = text.firstIndex(of: ":") else {
            guard let service = ServiceName(rawValue: text) else { return nil }
            self = .service(service)
            return
        }
        let id = String(text[text.index(after: colon)...])
        guard !id.isEmpty else { return nil }
        switch text[..<colon] {
        case "agent": self = .agent(id)
        case "user": self = .user(id)
        case "client": self = .client(id)
        case _: return nil
        }
    }

    /// The name that a token of a subject stands for.
    public init?(token: some StringProtocol) {
        guard let colon = token.firstIndex(of: ":") else {
            self.init(String(token))
            return
        }
        guard let id = Subject.decode(token[token.index(after: colon)...]) else { return nil }
        self.init("\(token[..<colon]):\(id)")
    }

    /// Whether it is somebody on the listening socket rather than a child of eggheadd.
    public var isPerson: Bool {
        switch kind {
        case .user, .client: true
        case .agent, .service: false
        }
    }

    /// `agent:scout`
    public var description: String {
        switch kind {
        case .agent: "agent:\(id)"
        case .user: "user:\(id)"
        case .client: "client:\(id)"
        case .service: id
        }
    }

    /// The name as one token of a subject: the id percent-encoded, the kind and its colon as they are.
    public var token: String { Self.token(of: description) }

    /// Any child's name as one token, also of those that never speak on the bus (`model:local`, the supervisors).
    public static func token(of name: String) -> String {
        guard let colon = name.firstIndex(of: ":") else { return Subject.encode(name) }
        return Subject.encode(String(name[..<colon])) + ":" + Subject.encode(String(name[name.index(after: colon)...]))
    }
}
