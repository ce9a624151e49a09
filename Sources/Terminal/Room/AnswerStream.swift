import Services

/// An answer while it is being written: words put together from deltas, which may come twice or be lost.
public struct AnswerStream: Sendable, Hashable {
    /// The turn.
    public let turn: TurnID
    /// Who writes.
    public let from: Principal
    /// The words so far; with a gap, only those behind it.
    public private(set) var text: String
    /// Whether words before `text` were lost.
    public private(set) var hasGap: Bool
    /// Which attempt of the turn these words are of.
    public private(set) var attempt: Int
    /// The offset behind `text`, in bytes of UTF-8.
    private var end: Int

    /// The longest text kept, in bytes; an answer beyond it is shown when it is whole.
    public static let textBytesMax = 262_144

    /// Offsets beyond this are no offsets of an answer.
    private static let offsetMax = 1 << 30

    /// A stream that begins with this delta. Of one whose offset cannot be, the words are dropped.
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

    /// Adds words: a higher attempt starts over, what is known already is dropped, a gap is marked.
    public mutating func receive(_ delta: RoomDelta) {
        guard delta.turn == turn, delta.attempt >= attempt, Self.isPlausible(delta) else { return }
        let deltaEnd = delta.offset + delta.text.utf8.count
        if delta.attempt > attempt || delta.offset > end {
            self = AnswerStream(from: from, delta)
        } else if deltaEnd > end, text.utf8.count < Self.textBytesMax {
            text += String(decoding: delta.text.utf8.dropFirst(end - delta.offset), as: UTF8.self)
            end = deltaEnd
        }
    }
}
