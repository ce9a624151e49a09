import Services

/// An event of the room `lobby`, of a minute after noon that depends on its number.
///
/// - Parameter text: The words; `message <number>` when empty.
public func event(
    _ number: Int, _ text: String = "", from: Principal = "user:ann", type: RoomEvent.Kind = .message,
    turn: TurnID? = nil,
    outcome: TurnOutcome? = nil
)
    -> RoomEvent
{
    RoomEvent(
        number: number, at: "2026-11-22T12:0\(number % 10):00.000Z", room: "lobby", type: type, from: from,
        text: text.isEmpty ? "message \(number)" : text, turn: turn, outcome: outcome)
}
