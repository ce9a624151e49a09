import Services

/// One fact in the journal of tool calls. On the disk an entry is an object with one key, its kind.
enum ToolJournalEntry: Codable, Hashable {
    /// A call is about to run.
    case claimed(ToolClaim)
    /// A call has ended.
    case ended(EndedToolCall)
}

/// Which call of which agent.
struct ToolCallKey: Codable, Hashable {
    /// Whose it is.
    var caller: Principal
    /// The call's id.
    var id: String
}

/// A call that is about to run.
struct ToolClaim: Codable, Hashable {
    /// Whose it is.
    var caller: Principal
    /// The turn in which it is made.
    var turn: TurnID
    /// What is to run.
    var call: ToolCall
    /// When, RFC 3339.
    var at: String

    /// Which call it is.
    var key: ToolCallKey { ToolCallKey(caller: caller, id: call.id) }
}

/// A call that has ended.
struct EndedToolCall: Codable, Hashable {
    /// Which one.
    var key: ToolCallKey
    /// How.
    var outcome: ToolOutcome
}
