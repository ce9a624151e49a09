import Services

/// A part of the rooms' journal that cannot be read.
public struct UnreadablePart: Hashable, Sendable {
    /// The rooms that it speaks of, as far as it can be told.
    public var rooms: [RoomName]

    /// What damaged bytes still tell: the rooms by the key that every entry holds. A guess, for a report only.
    public init(_ bytes: [UInt8]) {
        rooms = []
        for piece in String(decoding: bytes, as: UTF8.self).split(separator: "\"room\":\"").dropFirst() {
            let name = RoomName(rawValue: String(piece.prefix { $0 != "\"" }))
            if let name, !rooms.contains(name) { rooms.append(name) }
        }
    }

    /// A part that speaks of these rooms.
    init(rooms: [RoomName]) { self.rooms = rooms }
}
