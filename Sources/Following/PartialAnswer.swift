import Services

/// An answer while it is written, assembled from deltas. A delta may arrive twice or be lost.
public struct PartialAnswer: Sendable, Hashable {
    /// The id of the turn that the answer belongs to.
    public let turn: TurnID
    /// The name on the bus of the agent that writes.
    public let from: Principal
    /// The text received so far; only the text after the gap if there is one.
    public private(set) var text: String
    /// Whether text before `text` was lost.
    public private(set) var hasGap: Bool
    /// The attempt of the turn that wrote the text, from 1.
    public private(set) var attempt: Int
    /// The offset of the end of `text` in the whole answer, in bytes of UTF-8.
    private var end: Int

    /// The length, in bytes, from which on no more text is added; a longer answer is shown when it is complete.
    public static let textBytesMax = 262_144

    /// The largest offset that is accepted, in bytes. It keeps sums of offsets from overflowing.
    private static let offsetMax = 1 << 30

    /// An answer of which this is the first delta received. The text of a delta with an invalid offset is dropped.
    public init(from: Principal, _ delta: RoomDelta) {
        self.from = from
        turn = delta.turn
        attempt = delta.attempt
        let isPlausible = Self.isPlausible(delta)
        text = isPlausible ? delta.text : ""
        hasGap = delta.offset != 0
        end = isPlausible ? delta.offset + delta.text.utf8.count : 0
    }

    private static func isPlausible(_ delta: RoomDelta) -> Bool { (0...offsetMax).contains(delta.offset) }

    /// Adds a delta. A higher attempt replaces the text, text that is known is dropped, and a gap is marked.
    public mutating func receive(_ delta: RoomDelta) {
        guard delta.turn == turn, delta.attempt >= attempt, Self.isPlausible(delta) else { return }
        let deltaEnd = delta.offset + delta.text.utf8.count
        if delta.attempt > attempt || delta.offset > end {
            self = PartialAnswer(from: from, delta)
        } else if deltaEnd > end, text.utf8.count < Self.textBytesMax {
            text += String(decoding: delta.text.utf8.dropFirst(end - delta.offset), as: UTF8.self)
            end = deltaEnd
        }
    }
}
