import Services

/// One fact in the journal of tool calls. On the disk an entry is an object with one key, its kind.
enum ToolJournalEntry: Codable, Hashable {
    /// A call waits for a person's yes.
    case held(HeldCall)
    /// A person has answered, or nobody has in time.
    case answered(ApprovalAnswer)
    /// Up to where numbers of requests are taken: those of calls that are forgotten.
    case counted(Int)
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

/// Which turn of which agent.
struct TurnKey: Hashable {
    /// Whose it is.
    let caller: Principal
    /// The turn's id.
    let id: TurnID
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

    /// Which turn makes it.
    var turnKey: TurnKey { TurnKey(caller: caller, id: turn) }

    /// Whether a later request of the same caller and id asks for the same call.
    func isSameCall(as other: ToolClaim) -> Bool { call == other.call && turn == other.turn }
}

/// A call that waits for a person's yes.
struct HeldCall: Codable, Hashable {
    /// The number of the request, unique on the node.
    var number: Int
    /// The call.
    var claim: ToolClaim
    /// What it does, on one line, as people are told; what runs must be the same.
    var summary: String
    /// What the agent said before it.
    var reason: String?
    /// How long after the claim's time it is denied, in seconds.
    var timeoutSeconds: Int

    /// Which call it is.
    var key: ToolCallKey { claim.key }
}

/// The answer to a request.
struct ApprovalAnswer: Codable, Hashable {
    /// Which call it is about.
    var key: ToolCallKey
    /// What was said.
    var verdict: Verdict
    /// Who said it; nil when nobody has answered in time.
    var by: Principal?
    /// Why, when a person said so.
    var reason: String?

    /// What was said.
    enum Verdict: String, Codable {
        /// It may run.
        case approved
        /// It does not run.
        case denied
    }
}

/// A call that has ended.
struct EndedToolCall: Codable, Hashable {
    /// Which one.
    var key: ToolCallKey
    /// How.
    var outcome: ToolOutcome
}
