import Services

/// Which record a deliberation becomes: `deliberations/<agent>/<room>/<time>`, the same for a repeated request and for
/// all parts of it.
struct DeliberationNames {
    private var remembered: [(key: String, name: Name)] = []

    /// Everything of a record that its time decides. The store takes a repeated request for what it is only when all
    /// of it is as it was.
    struct Name: Hashable {
        /// The record's id.
        var id: RecordID
        /// When the first request came, RFC 3339.
        var created: String
    }

    /// The requests remembered; the store recognises an older one by its id all the same.
    private static let rememberedMax = 256
    /// The most bytes of an agent's id in a record's id and in a request's id, which the store both bounds at 200.
    private static let agentBytesMax = 90

    /// No requests yet.
    init() {}

    /// The record's name.
    ///
    /// - Parameter timestamp: The date now, RFC 3339; it counts for a request that is new.
    mutating func name(for request: String, of agent: AgentID, in room: RoomName, at timestamp: String) -> Name {
        let key = Self.requestID(request, of: agent)
        if let known = remembered.first(where: { $0.key == key }) { return known.name }
        let id = RecordID(Self.prefix(of: agent, in: room) + timestamp.filter { $0.isLetter || $0.isNumber })
        let name = Name(id: id, created: timestamp)
        remembered.append((key, name))
        if remembered.count > Self.rememberedMax { remembered.removeFirst() }
        return name
    }

    /// The name is another's: the request gets a new one when it is repeated.
    mutating func forget(_ request: String, of agent: AgentID) {
        let key = Self.requestID(request, of: agent)
        remembered.removeAll { $0.key == key }
    }

    /// How the ids of an agent's deliberations in a room begin. Two agents may share one (`a/b` and `a-b`): the
    /// author of a record tells them apart.
    static func prefix(of agent: AgentID, in room: RoomName) -> String {
        "deliberations/\(cut(String(agent.rawValue.map { $0 == "/" ? "-" : $0 })))/\(room)/"
    }

    /// The request's id for the store, in which one agent cannot take another's.
    static func requestID(_ request: String, of agent: AgentID) -> String { "\(cut(agent.rawValue)):\(request)" }

    private static func cut(_ agent: String) -> String { String(agent.prefix(bytesMax: agentBytesMax)) }
}
