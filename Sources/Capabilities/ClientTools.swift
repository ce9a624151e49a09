import Services

/// The tools that clients outside are offered, in a person's name: those of agents that work on notes and rooms, and
/// some that agents need not have.
public enum ClientTools {
    /// The names of a node's agents.
    public static let listAgents = ToolDefinition.object(
        "list_agents", "Lists the agents of the team, with what each is for.", [:], required: [])

    /// A question for all agents.
    public static let consult = ToolDefinition.object(
        "consult", "Asks all agents one question in a room of its own, and returns what each has answered.",
        ["question": .text("What you ask."), "timeout": .seconds], required: ["question"])

    /// What was said in a room.
    public static let readRoom = ToolDefinition.object(
        "read_room", "Reads what was said last in a room.",
        [
            "room": .text("The room's name; the default room when left out."),
            "count": .integer("How many messages, 1 to 200; 50 when left out."),
        ], required: [])

    /// Calls that wait for a person's yes.
    public static let pendingRequests = ToolDefinition.object(
        "pending_requests", "Lists what agents want to do and wait for a person's yes for. You cannot give it.", [:],
        required: [])
}

extension JSONValue {
    fileprivate static let seconds = integer("The most seconds to wait for the answers, 1 to 3600; 300 when left out.")
}
