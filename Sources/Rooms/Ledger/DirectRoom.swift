import Journal
import Services

/// A room is for one agent alone: whatever a person says there is for it, also when it is quiet.
public struct DirectRoom: Codable, Hashable, Sendable {
    /// The room.
    public var room: RoomName
    /// The agent's record id.
    public var agent: AgentID

    /// A direct room.
    public init(room: RoomName, agent: AgentID) {
        self.room = room
        self.agent = agent
    }

    /// The name of an agent's direct room: `prompt-scout` for `scout`. An id that is no such name as it stands is
    /// followed by a checksum, so that `team/scout` and `team-scout` have a room each.
    public static func name(ofAgent agent: AgentID) -> RoomName {
        let id = agent.rawValue
        let plain = String(
            id.unicodeScalars.map { scalar in
                let isAllowed = UInt8(exactly: scalar.value).map(RoomName.isAllowed) ?? false
                return isAllowed ? Character(scalar) : "-"
            } as [Character])
        if plain == id, let name = RoomName(rawValue: prefix + plain) { return name }
        let digest = String(decoding: CRC32C.hexadecimal(CRC32C.checksum(id.utf8)), as: UTF8.self)
        let beginning = (prefix + plain).prefix(bytesMax: RoomName.bytesMax - digest.utf8.count - 1)
        guard let name = RoomName(rawValue: "\(beginning)-\(digest)") else {
            preconditionFailure("a room's name holds letters, digits and hyphens alone")
        }
        return name
    }

    private static let prefix = "prompt-"
}
