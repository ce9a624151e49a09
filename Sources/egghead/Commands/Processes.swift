import ArgumentParser
import Control
import Glibc
import LinuxSystem
import Runtime
import Services
import Terminal

/// `egghead ps`
struct Processes: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "ps", abstract: "Shows the process tree, also when the broker is down.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @Flag(help: "Repeat every second, until Ctrl-C.") var watch = false

    private static let watchInterval = Duration.seconds(1)

    func run() throws {
        guard watch else { return show(try NodeSession.control(Supervisor.List.self, Empty(), of: place).children) }
        let loop = try EventLoop()
        var failure: ServiceFailure?
        func ask() {
            ControlRequest.send(Supervisor.List.self, Empty(), to: place.home.controlSocket, loop: loop) { result in
                switch result {
                case .success(let reply):
                    // On a terminal the table replaces the previous one; in a file they follow each other.
                    if !format.isJSON, isatty(1) == 1 { Output.write(raw: "\u{1b}[H\u{1b}[2J") }
                    show(reply.children)
                    loop.schedule(after: Self.watchInterval, ask)
                case .failure(let problem):
                    failure = problem
                    loop.stop(.failure)
                }
            }
        }
        ask()
        _ = try loop.run()
        if let failure { throw failure }
    }

    private func show(_ children: [ChildStatus]) {
        let children = children.map(measured)
        if format.isJSON { return Output.print(json: children) }
        Output.print(ProcessTable.lines(children, now: Clock.timestamp(), clock: LocalClock.dateAndMinute, .byBlock))
    }

    /// Adds the memory and the processor time of a child, which any user may read from the kernel.
    private func measured(_ child: ChildStatus) -> ChildStatus {
        guard let pid = child.pid, let use = ProcessInformation.use(of: pid) else { return child }
        var child = child
        child.memory = use.residentBytes
        child.processor = Int(use.processor / .milliseconds(1))
        return child
    }
}
