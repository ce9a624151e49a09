import ArgumentParser
import Control
import LinuxSystem
import Services
import Time

/// `egghead usage`
struct Usage: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Prints what the models have cost, and what is left of the caps.",
        discussion: """
            Counts are the vendors' own. A ~ before a price says that calls are in it that ended without one, and \
            whose tokens are estimated. Days are UTC's.
            """)

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @Option(help: "What the sums are of: agent, model, room or day.") var by = Gateway.Usage.Grouping.agent
    @Option(help: "The first day, such as 2026-11-28; or how many days, such as 7d. Today alone when left out.")
    var since: UsageStart?

    func run() throws {
        let reply = try NodeSession.ask(Gateway.Usage.self, .init(by: by, since: since?.day), of: place)
        if format.isJSON { return Output.print(json: reply) }
        Output.print(UsageLines.all(reply, by: by))
        if !reply.withoutPrice.isEmpty {
            Output.complain(
                "no price is known for \(reply.withoutPrice.joined(separator: ", ")), which counts as $0.00; set one "
                    + "under prices in config.yml")
        }
    }
}

extension Gateway.Usage.Grouping: ExpressibleByArgument {}

/// The first day of a sum, as a person writes it.
enum UsageStart: ExpressibleByArgument, Hashable {
    /// `2026-11-28`
    case day(String)
    /// So many days up to today, from 1.
    case days(Int)

    init?(argument: String) {
        if argument.last == "d", let days = Int(argument.dropLast()), (1...Self.daysMax).contains(days) {
            self = .days(days)
        } else if argument.utf8.count == 10, let date = DatePrefix(argument) {
            self = .day(date.text)
        } else {
            return nil
        }
    }

    /// The first day.
    var day: String {
        switch self {
        case .day(let day): return day
        case .days(let count):
            let seconds = Clock.nanosecondsSince1970() / 1_000_000_000 - Int64(count - 1) * 86_400
            return String(Timestamp.rfc3339(seconds: seconds).prefix(10))
        }
    }

    private static let daysMax = 400
}
