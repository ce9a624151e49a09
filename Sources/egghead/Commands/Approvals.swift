import ArgumentParser
import Services
import Terminal

/// `egghead requests [NUMBER]`
struct Requests: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists what agents ask a person's yes for; with a number, all that one of them would do.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @Argument(help: "The number of the request.") var number: Int?

    func run() throws {
        let requests = try NodeSession.ask(Toolbox.Requests.self, .init(number: number), of: place).requests
        if let number, requests.isEmpty {
            throw ServiceFailure(.notFound, "requests: no request \(number) waits for an answer. See: egghead requests")
        }
        if format.isJSON { return Output.print(json: requests) }
        Output.print(number == nil ? ApprovalLines.list(requests) : requests.flatMap(ApprovalLines.whole))
    }
}

/// `egghead approve NUMBER [NAME=VALUE…] [--always]`
struct Approve: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lets an agent do what it asks for, or answers what an MCP server asks.",
        discussion: """
            The room says who has approved it. With --always the agent's record grants just this from now on, so that \
            nobody is asked again. A server is told what it asks for as NAME=VALUE, several choices with commas \
            between them; what is left out has the value that it suggests.
            """)

    @OptionGroup var place: Place
    @Argument(help: "The number of the request.") var number: Int
    @Argument(help: "What an MCP server asks for.") var values: [String] = []
    @Flag(help: "Write a capability for just this into the agent's record.") var always = false

    func validate() throws {
        if let word = values.first(where: { !$0.contains("=") }) {
            throw ValidationError("\(word.prefix(80)): a value is written NAME=VALUE")
        }
    }

    func run() throws {
        let pairs = values.map { $0.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false) }
        let told = Dictionary(pairs.map { (String($0[0]), String($0[1])) }) { $1 }
        let request = Toolbox.Approve.Request(number: number, always: always, values: values.isEmpty ? nil : told)
        let reply = try NodeSession.ask(Toolbox.Approve.self, request, of: place)
        Output.print(ApprovalLines.approved(reply))
    }
}

/// `egghead deny NUMBER [REASON…]`
struct Deny: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Does not let an agent do what it asks for.",
        discussion: "All words behind the number are the reason, which the agent and the room are told.")

    @OptionGroup var place: Place
    @Argument(help: "The number of the request.") var number: Int
    @Argument(help: "Why.") var reason: [String] = []

    func run() throws {
        let words = reason.joined(separator: " ")
        let reply = try NodeSession.ask(
            Toolbox.Deny.self, .init(number: number, reason: words.isEmpty ? nil : words), of: place)
        Output.print(["agent:\(reply.agent) does not \(reply.summary)"].map(SafeText.line))
    }
}
