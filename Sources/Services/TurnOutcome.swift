/// What became of a turn: how it ended, or that it was interrupted.
///
/// An event of a room has it in `outcome`, so that no reader compares the words of an event.
public enum TurnOutcome: String, Codable, Sendable {
    /// The agent gave its message.
    case answered
    /// The agent has nothing to say.
    case passed
    /// The agent gave a notice that says why there is no answer.
    case failed
    /// The coordinator ended the turn: no process could take it, or the process that had it made no progress.
    case abandoned
    /// A person ended the turn: cancelled it, sent the agent away from the room, or closed the room.
    case dismissed
    /// The process that had the turn died. The turn is not over: the process's successor gets it.
    case died
}
