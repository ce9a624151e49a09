import Services

/// An answer while it is being written: words put together from deltas, which may come twice or be lost.
public struct AnswerStream: Sendable, Hashable {
    /// The turn.
    public let turn: String
    /// Who writes, a name on the bus.
    public let from: String
    /// The words so far; with a gap, only those behind it.
    public private(set) var text: String
    /// Whether words before `text` were lost.
    public private(set) var hasGap: Bool
    private var attempt: Int
    /// The offset behind `text`, in bytes of UTF-8.
    private var end: Int

    /// The longest text kept, in bytes; an answer beyond it is shown when it is whole.
    public static let textBytesMax = 262_144

    /// A stream that begins with this delta.
    public init(from: String, _ delta: RoomDelta) {
        self.from = from
        turn = delta.turn
        attempt = delta.attempt
        text = delta.text
        hasGap = delta.offset > 0
        end = delta.offset + delta.text.utf8.count
    }

    /// Adds words: a higher attempt starts over, what is known already is dropped, a gap is marked.
    public mutating func receive(_ delta: RoomDelta) {
        guard delta.turn == turn, delta.attempt >= attempt else { return }
        let deltaEnd = delta.offset + delta.text.utf8.count
        if delta.attempt > attempt || delta.offset > end {
            self = AnswerStream(from: from, delta)
        } else if deltaEnd > end, text.utf8.count < Self.textBytesMax {
            text += String(decoding: delta.text.utf8.dropFirst(end - delta.offset), as: UTF8.self)
            end = deltaEnd
        }
    }
}
