import Services

/// The tools that work on rooms.
extension Tool {
    /// Those that only say something, in the order of the menu.
    public static let rooms = [postToRoom]

    /// A message in a room.
    public static let postToRoom = Tool(
        .object(
            "post_room",
            "Says something in another room, as you. Agents there may answer. For the room of your turn just answer.",
            ["room": .text("The room's name."), "text": .text("What you say; @name asks one agent.")],
            required: ["room", "text"]),
        needs: [Need(.postToRooms, on: .room(argument: "room"))], effect: .sideEffect)

    /// A question for another agent.
    public static let promptAgent = Tool(
        .object(
            "prompt_agent",
            "Asks another agent in its own room, and returns its answer. It knows nothing of your turn.",
            [
                "agent": .text("The agent's id."), "text": .text("What you ask."),
                "timeout": .integer("The most seconds to wait for its answer, 1 to 3600; 300 when left out."),
            ], required: ["agent", "text"]),
        needs: [Need(.promptAgents, on: .agent(argument: "agent"))], effect: .sideEffect)
}
