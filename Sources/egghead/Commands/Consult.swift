import ArgumentParser
import Services

/// `egghead consult QUESTION…`
struct Consult: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Asks every agent at once, shows none the others' answers, and keeps the answers as a record.",
        discussion: """
            Prints each answer under the agent's name, and last the id of the record. Ends with status 0 if anybody \
            answered, 1 if nobody did, 75 after the timeout; the room stays then.
            """)

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @Option(
        name: .customLong("timeout"), parsing: .unconditional,
        help: ArgumentHelp("How long to try and to wait.", valueName: "seconds"),
        transform: WholeNumber.reader(WholeNumber.seconds))
    var timeoutSeconds = 300
    @Argument(help: ArgumentHelp("The question; all words are one.", valueName: "question")) var words: [String]

    private var question: String { words.joined(separator: " ") }

    func validate() throws {
        guard question.contains(where: { !$0.isWhitespace }) else {
            throw ValidationError("consult wants a question; put it in quotes")
        }
    }

    func run() throws {
        let session = try NodeSession(place)
        let consultation = Consultation(
            session, question: question, isJSON: format.isJSON, timeout: .seconds(timeoutSeconds))
        consultation.begin()
        try session.run()
        withExtendedLifetime(consultation) {}
    }
}
