import Services

/// Decides what is printed of answers while they are written.
///
///     delta that continues the last one  ──► its text
///     delta of a higher attempt          ──► a new line, and its text
///     delta after a gap                  ──► nothing until the answer is complete
///     complete answer                    ──► the rest of it, or all of it if it starts differently
///
/// If several answers are written at the same time, the one whose text arrives first is printed as it arrives, and each
/// of the others when it is complete.
public struct StreamedAnswers: Sendable, Hashable {
    /// The answer that is printed as it arrives.
    private struct Open: Hashable {
        var turn: TurnID
        var attempt: Int
        /// What was printed of it, in UTF-8.
        var printed: [UInt8] = []
        var hasGap = false
    }

    private var open: Open?
    private var turns: Set<TurnID>
    /// The highest attempt that has ended, by its turn.
    private var ended: [TurnID: Int] = [:]

    /// A value that has received nothing.
    ///
    /// - Parameter turns: The turns whose text is printed as it arrives.
    public init(turns: [TurnID]) { self.turns = Set(turns) }

    /// A delta has arrived.
    ///
    /// - Returns: What is to be printed, without a line end of its own.
    public mutating func receive(_ delta: RoomDelta) -> String {
        guard turns.contains(delta.turn), delta.attempt > ended[delta.turn] ?? 0 else { return "" }
        var before = ""
        if open == nil { open = Open(turn: delta.turn, attempt: delta.attempt) }
        guard var answer = open, answer.turn == delta.turn, delta.attempt >= answer.attempt else { return "" }
        if delta.attempt > answer.attempt {
            before = answer.printed.isEmpty ? "" : "\n"
            answer = Open(turn: delta.turn, attempt: delta.attempt)
        }
        answer.hasGap = answer.hasGap || !(0...answer.printed.count).contains(delta.offset)
        let new = answer.hasGap ? [] : Array(delta.text.utf8.dropFirst(answer.printed.count - delta.offset))
        answer.printed += new
        open = answer
        return before + String(decoding: new, as: UTF8.self)
    }

    /// An event has arrived. The caller passes only messages of agents, notices and actions.
    ///
    /// - Returns: What is to be printed: the rest of an answer and a line end, or only the line end if the answer was
    ///   broken off.
    public mutating func receive(_ event: RoomEvent) -> String {
        if event.isOfOpenTurn { return "" }
        let isOpen = open.map { $0.turn == event.turn } ?? false
        let printed = open?.printed ?? []
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
