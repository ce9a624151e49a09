import ArgumentParser
import Services

/// `egghead doctor`
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Finds what is wrong and says how to repair it.",
        discussion: "Each provider is asked for a few words. Exits with status 0 when nothing is wrong and 1 otherwise."
    )

    @OptionGroup var place: Place
    @OptionGroup var format: Format

    private static let nearbyWait = Duration.seconds(5)

    func run() throws {
        let examination = Examination(place)
        if !format.isJSON { Output.print("looking at \(examination.subject())") }
        let findings = try examination.findings { if !format.isJSON { Output.print($0) } }
        if format.isJSON {
            Output.print(json: findings)
        } else {
            Output.print(findings.map(\.line))
            if findings.isEmpty { Output.print("nothing is wrong") }
            // What could be used is no fault.
            let nearby = try? NodeSession.ask(Gateway.Nearby.self, Empty(), of: place, wait: Self.nearbyWait)
            Output.print(nearby?.servers.map(ModelLines.offer) ?? [])
        }
        if !findings.isEmpty { throw CommandFailure(.failure) }
    }
}
