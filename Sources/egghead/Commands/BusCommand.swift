import ArgumentParser
import Bus
import BusClient
import JSON
import Services
import Terminal

/// `egghead bus …`: direct access to the bus, for diagnosis and experiments.
struct BusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "bus", abstract: "Shows the bus, publishes messages and sends requests.",
        subcommands: [Sub.self, Pub.self, Request.self, Stats.self])

    /// `egghead bus sub PATTERN`
    struct Sub: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints messages as they arrive, also after a restart of the broker, until Ctrl-C.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Argument(
            help: "A subject; * stands for one token, a last > for the rest.", transform: SubjectPattern.init(option:))
        var pattern: SubjectPattern

        func run() throws {
            let session = try NodeSession(place)
            session.bus.onError = { session.fail(BusCommand.refusal($0, "subscribing to \(pattern)")) }
            session.tellsWait(for: .broker) { session.bus.isConnected }
            session.bus.subscribe(pattern) { BusCommand.show($0, format, withSubject: true) }
            try session.run()
        }
    }

    /// `egghead bus pub SUBJECT [PAYLOAD]`
    struct Pub: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Publishes one message.")

        @OptionGroup var place: Place
        @Argument(help: "The subject.", transform: Subject.init(option:)) var subject: Subject
        @Argument(help: "The payload; standard input when it is left out.") var payload: String?

        func run() throws {
            let payload = try BusCommand.payload(payload), session = try NodeSession(place)
            session.bus.onError = { session.fail(BusCommand.refusal($0, "publishing to \(subject)")) }
            session.tellsWait(for: .broker) { false }
            session.bus.publish(payload, to: subject)
            // The broker processes the input of a connection in order: when it answers this, it has the message.
            session.bus.request(
                Broker.Children.self, Empty(), deadline: NodeSession.answerWait, retry: .untilDeadline
            ) { result in
                switch result {
                case .success: session.end()
                case .failure(let failure): session.fail(failure)
                }
            }
            try session.run()
        }
    }

    /// `egghead bus request SUBJECT [PAYLOAD]`
    struct Request: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Sends a request and prints the answer.",
            discussion: "A service's subject is svc.SERVICE.OPERATION.NAME, where NAME is yours, such as user:ann.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Argument(help: "The subject.", transform: Subject.init(option:)) var subject: Subject
        @Argument(help: "The payload; standard input when it is left out.") var payload: String?

        func run() throws {
            let payload = try BusCommand.payload(payload), session = try NodeSession(place)
            session.bus.onError = { session.fail(BusCommand.refusal($0, "asking \(subject)")) }
            session.tellsWait(for: BusCommand.service(of: subject) ?? .broker) { false }
            session.bus.request(subject: subject, payload: payload, deadline: NodeSession.answerWait) { result in
                switch result {
                case .success(let message):
                    BusCommand.show(message, format, withSubject: false)
                    session.end()
                case .failure(let failure): session.fail(failure)
                }
            }
            try session.run()
        }
    }

    /// `egghead bus stats`
    struct Stats: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Shows every connection: its name, its traffic, and the bytes that wait for it.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format

        func run() throws {
            let stats = try NodeSession.ask(Broker.Stats.self, Empty(), of: place)
            if format.isJSON { return Output.print(json: stats) }
            Output.print(BusTable.lines(stats, .byBlock))
        }
    }

    /// The service that a subject asks; nil when it asks none.
    private static func service(of subject: Subject) -> ServiceName? {
        let tokens = subject.description.split(separator: ".")
        return tokens.count > 2 && tokens[0] == "svc" ? ServiceName(rawValue: String(tokens[1])) : nil
    }

    private static func show(_ message: BusMessage, _ format: Format, withSubject: Bool) {
        let subject = message.subject.description
        guard format.isJSON else {
            return Output.print(
                PrintedMessage.line(subject: withSubject ? subject : nil, payload: message.payload))
        }
        Output.print(
            json: PrintedMessage(subject: subject, reply: message.reply?.description, payload: message.payload))
    }

    private static func payload(_ argument: String?) throws -> [UInt8] {
        if let argument { return Array(argument.utf8) }
        return try StandardInput.read(limit: ProtocolLimits.payloadBytesMax)
    }

    /// The failure of a command that the broker refuses.
    private static func refusal(_ text: String, _ what: String) -> ServiceFailure {
        ServiceFailure(text.hasPrefix("Permissions Violation") ? .denied : .failed, "\(what): the broker says: \(text)")
    }
}

extension Subject {
    /// A subject from the command line.
    ///
    /// - Throws: What is wanted instead.
    init(option text: String) throws {
        guard let subject = Subject(text) else {
            throw ValidationError(
                "words joined by dots, without blanks and wildcards, are wanted, such as svc.store.get")
        }
        self = subject
    }
}

extension SubjectPattern {
    /// A pattern from the command line.
    ///
    /// - Throws: What is wanted instead.
    init(option text: String) throws {
        guard let pattern = SubjectPattern(text) else {
            throw ValidationError("words joined by dots, without blanks, are wanted, such as room.*.event or svc.>")
        }
        self = pattern
    }
}
