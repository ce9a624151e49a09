/// The id of a turn, `<room>.<number>`, unique for ever: the numbers of a room's turns go on also over its end.
public struct TurnID: Identifier {
    /// The highest number that is read: a JSON number holds it exactly, and the next one can be counted.
    public static let numberMax = 1 << 53
    /// See `Identifier`.
    public static let requirement = "a turn's id is the name of its room, a dot and a number from 1"

    /// The room.
    public let room: RoomName
    /// Counts the turns of the room, from 1.
    public let number: Int

    /// The id of a room's `number`th turn.
    ///
    /// - Precondition: `number` is at least 1.
    public init(room: RoomName, number: Int) {
        precondition(number > 0, "turns are counted from 1")
        self.room = room
        self.number = number
    }

    /// An id in its written form; nil when it is none.
    public init?(rawValue: String) {
        guard let dot = rawValue.utf8.lastIndex(of: UInt8(ascii: ".")),
            let room = RoomName(rawValue: String(rawValue[..<dot])),
            let number = Int(rawValue[rawValue.utf8.index(after: dot)...]), (1...Self.numberMax).contains(number)
        else { return nil }
        self.room = room
        self.number = number
        if self.rawValue != rawValue { return nil }  // `lobby.07` would be another text of the same turn
    }

    /// `lobby.7`
    public var rawValue: String { "\(room).\(number)" }
}
