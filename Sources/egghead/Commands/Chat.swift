import ArgumentParser
import Control
import Services

/// `egghead chat [ROOM] TEXT`
struct Chat: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Posts a message in a room.",
        usage: "egghead chat [--wait] [--timeout <seconds>] [--json] [--home <dir>] [<room>] <text>",
        discussion: """
            Returns when the message is on the coordinator's disk. With --wait it prints the agents' answers and \
            returns when no turn that the message caused runs or waits any more: with status 0 if an agent \
            answered, 1 if it ended in a notice, 75 after the timeout.
            """)

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @Flag(name: .customLong("wait"), help: "Wait for the answers and print them.") var waits = false
    @Option(name: .customLong("timeout"), help: ArgumentHelp("How long to try and to wait.", valueName: "seconds"))
    var timeoutSeconds = 300
    @Argument(help: ArgumentHelp("The room, the default one when it is left out, and the words.", valueName: "words"))
    var words: [String]

    func validate() throws {
        guard (1...2).contains(words.count) else {
            throw ValidationError("chat needs a message, or a room and a message; put the message in quotes")
        }
        guard timeoutSeconds > 0 else { throw ValidationError("--timeout wants a number of seconds above 0") }
    }

    func run() throws {
        let room = words.count == 2 ? try RoomName(typed: words[0], "post to") : nil
        let session = try NodeSession(place)
        let request = Coordinator.Post.Request(
            request: RequestID.make(), room: room, text: words[words.count - 1])
        let conversation = Conversation(session, request, timeout: .seconds(timeoutSeconds))
        if waits {
            conversation.printAnswers(isJSON: format.isJSON)
        } else {
            conversation.endWhenPosted(isJSON: format.isJSON)
        }
        conversation.begin()
        try session.run()
        withExtendedLifetime(conversation) {}
    }
}
