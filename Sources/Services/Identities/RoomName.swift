/// The name of a room: 1 to 64 of `A-Z a-z 0-9 _ -`, so that it is one token of a subject and can be one file's name,
/// both without an encoding.
public struct RoomName: Identifier {
    /// The longest name, in bytes.
    public static let bytesMax = 64
    /// See `Identifier`.
    public static let requirement = "a room's name is 1 to 64 letters, digits, - and _; choose such a name"

    /// The name as people write it.
    public let rawValue: String

    /// A room's name; nil when the text is none.
    public init?(rawValue: String) {
        guard (1...Self.bytesMax).contains(rawValue.utf8.count), rawValue.utf8.allSatisfy(Self.isAllowed) else {
            return nil
        }
        self.rawValue = rawValue
    }

    /// Whether a byte can be part of a name.
    public static func isAllowed(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
        case _: false
        }
    }
}
