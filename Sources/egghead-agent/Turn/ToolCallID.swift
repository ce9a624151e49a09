import Services

/// The id of a tool call, `<turn>/<attempt>/<number>`. The toolbox runs a call once for each id.
struct ToolCallID: Identifier {
    /// See `Identifier`.
    static let requirement = "a tool call's id is a turn's id, an attempt and a number, with slashes between them"

    /// The turn that makes the call.
    let turn: TurnID
    /// The turn's attempt, from 1.
    let attempt: Int
    /// Counts the calls of the turn from 1, over all its attempts.
    let number: Int

    /// The id of a turn's `number`th call.
    init(turn: TurnID, attempt: Int, number: Int) {
        self.turn = turn
        self.attempt = attempt
        self.number = number
    }

    /// The highest number of a call: ids are read from the toolbox's journal, and the next call counts on from them.
    private static let numberMax = 1 << 40

    /// An id in its written form; nil when it is none.
    init?(rawValue: String) {
        let parts = rawValue.split(separator: "/", omittingEmptySubsequences: false)
        guard parts.count == 3, let turn = TurnID(rawValue: String(parts[0])), let attempt = Int(parts[1]),
            let number = Int(parts[2]), (1...Self.numberMax).contains(number)
        else { return nil }
        self.init(turn: turn, attempt: attempt, number: number)
        if self.rawValue != rawValue { return nil }  // `lobby.7/1/03` would be another text of the same call
    }

    /// `lobby.7/1/3`
    var rawValue: String { "\(turn)/\(attempt)/\(number)" }
}
