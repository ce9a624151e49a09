import ArgumentParser
import Control
import Services

/// `egghead cancel [-r ROOM] [AGENT]`
struct Cancel: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Ends answers that are being written or wait to be.",
        discussion: """
            Without an agent it ends the turns of all agents in the room. The agents stay in the room and know what \
            was said there. A tool that an agent has called already runs to its end.
            """)

    @OptionGroup var place: Place
    @Option(name: [.short, .long], help: "The room; the default one when it is left out.") var room: String?
    @Argument(help: "The agent, as a mention names it.") var agent: String?

    func run() throws {
        let named = try room.map { try RoomName(typed: $0, "cancel in") }
        guard let room = try named ?? NodeSession.ask(Coordinator.Rooms.self, Empty(), of: place).defaultRoom else {
            throw CommandFailure(.failure, "cancel: there is no room yet. See: egghead rooms")
        }
        try Room.ask(.cancel, room.rawValue, agent, place)
    }
}
