import Services

/// A part of the rooms' journal that cannot be read.
public struct UnreadablePart: Hashable, Sendable {
    /// The rooms that it is about, as far as its bytes show it.
    public var rooms: [RoomName]

    /// A part of these bytes. Its rooms are found by the key that every entry holds: a guess, for a report only.
    public init(_ bytes: [UInt8]) {
        rooms = []
        for piece in String(decoding: bytes, as: UTF8.self).split(separator: "\"room\":\"").dropFirst() {
            let name = RoomName(rawValue: String(piece.prefix { $0 != "\"" }))
            if let name, !rooms.contains(name) { rooms.append(name) }
        }
    }

    /// A part that is about these rooms.
    init(rooms: [RoomName]) { self.rooms = rooms }
}
