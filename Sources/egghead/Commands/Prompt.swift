import ArgumentParser
import Control
import Rooms
import Services

/// `egghead prompt AGENT [TEXT…]`
struct Prompt: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Asks one agent in a room of its own, and prints its answer while it is written.",
        usage: "egghead prompt [--timeout <seconds>] [--json] [--home <dir>] <agent> [<text> ...]",
        discussion: """
            Without TEXT it reads the message from standard input. Ends with status 0 if the agent answered, 1 if it \
            ended in a notice, 75 after the timeout.
            """)

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @Option(
        name: .customLong("timeout"), parsing: .unconditional,
        help: ArgumentHelp("How long to try and to wait.", valueName: "seconds"),
        transform: WholeNumber.reader(WholeNumber.seconds))
    var timeoutSeconds = 300
    @Argument(help: "The agent, as a mention names it.") var agent: String
    @Argument(help: ArgumentHelp("The message.", valueName: "text")) var words: [String] = []

    func validate() throws {
        if agent.withoutMentionSign.isEmpty {
            throw ValidationError("the name of the agent is empty; `egghead agents` lists them")
        }
    }

    func run() throws {
        let text = try words.isEmpty ? Self.readText() : words.joined(separator: " ")
        let session = try NodeSession(place)
        let request = Coordinator.Post.Request(
            request: RequestID.make(), room: nil, agent: agent.withoutMentionSign,
            text: text)
        let conversation = Conversation(session, request, timeout: .seconds(timeoutSeconds))
        if format.isJSON { conversation.printAnswers(isJSON: true) } else { conversation.streamAnswers() }
        conversation.begin()
        try session.run()
        withExtendedLifetime(conversation) {}
    }

    /// The text on standard input, without line ends at its end.
    private static func readText() throws -> String {
        guard !StandardInput.isTerminal else {
            throw ValidationError("prompt needs a message after the agent, or on standard input")
        }
        var bytes = try StandardInput.read(limit: RoomsLimits.textBytesMax)
        while bytes.last == UInt8(ascii: "\n") { bytes.removeLast() }
        return String(decoding: bytes, as: UTF8.self)
    }
}
