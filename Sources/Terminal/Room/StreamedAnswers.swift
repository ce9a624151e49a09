import Services

/// Prints answers while they are being written: what of each is new, in the order in which it may be printed.
///
///     delta that goes on where the last one ended ──► its words
///     delta of a higher attempt                   ──► a new line, and its words
///     delta behind a gap                          ──► nothing until the whole answer is there
///     whole answer                                ──► the rest of it, or all of it when it begins otherwise
///
/// Of answers that are written at once the one is printed whose words came first; the others when they are whole.
public struct StreamedAnswers: Sendable, Hashable {
    /// The answer whose words are being printed.
    private struct Open: Hashable {
        var turn: TurnID
        var attempt: Int
        /// Its words so far.
        var words: [UInt8] = []
        var hasGap = false
    }

    private var open: Open?
    private var turns: Set<TurnID>
    /// The attempts that have ended, by their turns.
    private var ended: [TurnID: Int] = [:]

    /// Answers to come.
    ///
    /// - Parameter turns: The turns whose words are wanted.
    public init(turns: [TurnID]) { self.turns = Set(turns) }

    /// Words have come.
    ///
    /// - Returns: What is to be printed, as it is.
    public mutating func receive(_ delta: RoomDelta) -> String {
        guard turns.contains(delta.turn), delta.attempt > ended[delta.turn] ?? 0 else { return "" }
        var before = ""
        if open == nil { open = Open(turn: delta.turn, attempt: delta.attempt) }
        guard var answer = open, answer.turn == delta.turn, delta.attempt >= answer.attempt else { return "" }
        if delta.attempt > answer.attempt {
            before = answer.words.isEmpty ? "" : "\n"
            answer = Open(turn: delta.turn, attempt: delta.attempt)
        }
        answer.hasGap = answer.hasGap || !(0...answer.words.count).contains(delta.offset)
        let new = answer.hasGap ? [] : Array(delta.text.utf8.dropFirst(answer.words.count - delta.offset))
        answer.words += new
        open = answer
        return before + String(decoding: new, as: UTF8.self)
    }

    /// An event has come; that it is an agent's message is not asked.
    ///
    /// - Returns: What is to be printed: the rest of an answer with its end of line, or only that of an answer that
    ///   breaks off.
    public mutating func receive(_ event: RoomEvent) -> String {
        let isOpen = open.map { $0.turn == event.turn } ?? false
        let printed = open?.words ?? []
        if let turn = event.turn { ended[turn] = isOpen ? open?.attempt : event.type == .message ? .max : ended[turn] }
        guard event.type == .message else {
            guard isOpen else { return "" }
            open = nil
            return printed.isEmpty ? "" : "\n"
        }
        open = nil
        let text = Array(event.text.utf8)
        if isOpen, text.starts(with: printed) {
            return String(decoding: text.dropFirst(printed.count), as: UTF8.self) + "\n"
        }
        return (printed.isEmpty ? "" : "\n") + event.text + "\n"
    }
}
