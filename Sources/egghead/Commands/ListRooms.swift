import ArgumentParser
import Services

/// `egghead rooms`
struct ListRooms: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "rooms", abstract: "Lists the rooms and who is in them.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format

    func run() throws {
        let rooms = try NodeSession.ask(Coordinator.Rooms.self, Empty(), of: place).rooms
        if format.isJSON { return Output.print(json: rooms) }
        Output.print(RoomLines.list(rooms))
    }
}
