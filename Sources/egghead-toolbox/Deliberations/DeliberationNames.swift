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

    /// No requests yet.
    init() {}

    /// The record's name.
    ///
    /// - Parameter timestamp: The date now, RFC 3339; it counts for a request that is new.
    mutating func name(for request: String, of agent: AgentID, in room: RoomName, at timestamp: String) -> Name {
        let key = agent.requestID(request)
        if let known = remembered.first(where: { $0.key == key }) { return known.name }
        let id = RecordID(Self.prefix(of: agent, in: room) + timestamp.filter { $0.isLetter || $0.isNumber })
        let name = Name(id: id, created: timestamp)
        remembered.append((key, name))
        if remembered.count > Self.rememberedMax { remembered.removeFirst() }
        return name
    }

    /// The name is another's: the request gets a new one when it is repeated.
    mutating func forget(_ request: String, of agent: AgentID) {
        let key = agent.requestID(request)
        remembered.removeAll { $0.key == key }
    }

    /// How the ids of an agent's deliberations in a room begin. Two agents may share one (`a/b` and `a-b`): the
    /// author of a record tells them apart.
    static func prefix(of agent: AgentID, in room: RoomName) -> String {
        "deliberations/\(String(agent.cut.map { $0 == "/" ? "-" : $0 }))/\(room)/"
    }
}
