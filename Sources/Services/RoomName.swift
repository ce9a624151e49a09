/// What a room may be called: 1 to 64 of `A-Z a-z 0-9 _ -`, so that the name is one token of a subject and can be one
/// file's name, both without an encoding.
public enum RoomName {
    /// The longest name, in bytes.
    public static let bytesMax = 64

    /// Whether a name is allowed.
    public static func isValid(_ name: String) -> Bool {
        (1...bytesMax).contains(name.utf8.count)
            && name.utf8.allSatisfy { byte in
                switch byte {
                case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"): true
                case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "_"), UInt8(ascii: "-"): true
                default: false
                }
            }
    }
}
