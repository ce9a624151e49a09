import Services

/// The tools that work on rooms.
extension Tool {
    /// All of them, in the order of the menu.
    public static let rooms = [postToRoom]

    /// A message in a room.
    public static let postToRoom = Tool(
        .object(
            "post_room",
            "Says something in another room, as you. Agents there may answer. For the room of your turn just answer.",
            ["room": .text("The room's name."), "text": .text("What you say; @name asks one agent.")],
            required: ["room", "text"]),
        needs: [Need(.postToRooms, on: .room(argument: "room"))], effect: .sideEffect)
}
