import ArgumentParser
import Control
import Services

/// `egghead chat [-r ROOM] TEXT…`
struct Chat: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Posts a message in a room.",
        usage: "egghead chat [--wait] [--timeout <seconds>] [--json] [--home <dir>] [-r <room>] <text> ...",
        discussion: """
            All words are one message. Returns when the message is on the coordinator's disk. With --wait it prints \
            the agents' answers and returns when no turn that the message caused runs or waits any more: with status \
            0 if an agent answered, 1 if it ended in a notice, 75 after the timeout.
            """)

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @Flag(name: .customLong("wait"), help: "Wait for the answers and print them.") var waits = false
    @Option(
        name: .customLong("timeout"), parsing: .unconditional,
        help: ArgumentHelp("How long to try and to wait.", valueName: "seconds"),
        transform: WholeNumber.reader(WholeNumber.seconds))
    var timeoutSeconds = 300
    @Option(name: [.short, .long], help: "The room; the default one when it is left out.") var room: String?
    @Argument(help: ArgumentHelp("The message.", valueName: "text")) var words: [String]

    func run() throws {
        let room = try self.room.map { try RoomName(typed: $0, "post to") }
        let session = try NodeSession(place)
        let request = Coordinator.Post.Request(
            request: RequestID.make(), room: room, text: words.joined(separator: " "))
        let conversation = Conversation(session, request, timeout: .seconds(timeoutSeconds))
        if waits {
            conversation.printAnswers(isJSON: format.isJSON)
        } else {
            conversation.endWhenPosted(isJSON: format.isJSON)
        }
        if room != nil { conversation.tellsNewRoom() }
        conversation.begin()
        try session.run()
        withExtendedLifetime(conversation) {}
    }
}
