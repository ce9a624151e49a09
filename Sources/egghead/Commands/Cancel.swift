import ArgumentParser
import Control
import Services

/// `egghead cancel [ROOM|TURN]`
struct Cancel: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ends answers that are being written or wait to be.",
        discussion: """
            It ends all turns of a room, or one turn, and stops the programs that they run. The agents stay in the \
            room and know what was said there.
            """)

    @OptionGroup var place: Place
    @Argument(help: "The room, or a turn such as lobby.7; the default room when it is left out.") var what: String?

    func run() throws {
        let (room, turns) = try what.map(Self.named) ?? (defaultRoom(), .all)
        let request = Coordinator.Cancel.Request(request: RequestID.make(), room: room, turns: turns)
        _ = try NodeSession.ask(Coordinator.Cancel.self, request, of: place)
    }

    private static func named(_ text: String) throws -> (RoomName, Coordinator.Cancel.Turns) {
        if let turn = TurnID(rawValue: text) { return (turn.room, .one(turn)) }
        return (try RoomName(typed: text, "cancel in"), .all)
    }

    private func defaultRoom() throws -> RoomName {
        guard let room = try NodeSession.ask(Coordinator.Rooms.self, Empty(), of: place).defaultRoom else {
            throw CommandFailure(.failure, "cancel: there is no room yet. See: egghead rooms")
        }
        return room
    }
}
