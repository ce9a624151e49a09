import ArgumentParser
import LinuxSystem
import Services
import Terminal

/// `egghead ps`
struct Processes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps", abstract: "Shows the process tree, also when the broker is down.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format

    func run() throws {
        let children = try NodeSession.control(Supervisor.List.self, Empty(), of: place).children
        if format.isJSON { return Output.print(json: children) }
        for line in ProcessTree(children).table(now: Clock.timestamp(), .byBlock) { Output.print(line) }
    }
}
