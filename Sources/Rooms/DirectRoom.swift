import Journal
import Services

/// A room is for one agent alone: whatever a person says there is for it, also when it is quiet.
public struct DirectRoom: Codable, Hashable, Sendable {
    /// The room.
    public var room: String
    /// The agent's record id.
    public var agent: String

    /// A direct room.
    public init(room: String, agent: String) {
        self.room = room
        self.agent = agent
    }

    /// The name of an agent's direct room: `prompt-scout` for `scout`. An id that is no such name as it stands is
    /// followed by a checksum, so that `team/scout` and `team-scout` have a room each.
    public static func name(ofAgent id: String) -> String {
        let plain = String(
            id.unicodeScalars.map { RoomName.isValid(String($0)) ? Character($0) : "-" } as [Character])
        let name = prefix + plain
        if plain == id, RoomName.isValid(name) { return name }
        let digest = String(decoding: CRC32C.hexadecimal(CRC32C.checksum(id.utf8)), as: UTF8.self)
        return String(name.prefix(bytesMax: RoomsLimits.roomNameBytesMax - digest.utf8.count - 1)) + "-" + digest
    }

    private static let prefix = "prompt-"
}
