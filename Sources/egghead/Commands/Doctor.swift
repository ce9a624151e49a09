import ArgumentParser

/// `egghead doctor`
struct Doctor: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Finds what is wrong and says how to repair it.",
        discussion: "Exits with status 0 when nothing is wrong and 1 otherwise.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format

    func run() throws {
        let findings = try Examination(place).findings()
        if format.isJSON {
            Output.print(json: findings)
        } else {
            Output.print(findings.map(\.line))
            if findings.isEmpty { Output.print("nothing is wrong") }
        }
        if !findings.isEmpty { throw CommandFailure(.failure) }
    }
}
