import ArgumentParser
import Control
import LinuxSystem
import Runtime
import Services
import Terminal

/// `egghead status`
struct NodeStatusCommand: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "status",
        abstract: "Says which node this is, where its files are, and whether all of it is ready.",
        discussion: "Exits with status 0 when every process is ready, 1 when one is not, and 69 when no node runs.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format

    func run() throws {
        let node = try NodeSession.control(Supervisor.Node.self, Empty(), of: place)
        let workers = try NodeSession.control(Supervisor.List.self, Empty(), of: place).children
            .filter { $0.kind == .worker }
        if format.isJSON {
            Output.print(json: node)
        } else {
            Output.print(NodeLines.status(node, workers: workers, clock: LocalClock.dateAndMinute))
        }
        if workers.contains(where: { $0.state != .ready }) { throw CommandFailure(.failure) }
    }
}

/// `egghead reload`
struct Reload: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Reads the configuration again. Fails when it is refused; the old one stays in force then.")

    @OptionGroup var place: Place

    func run() throws { _ = try NodeSession.control(Supervisor.Reload.self, Empty(), of: place) }
}

/// `egghead shutdown`
struct ShutDown: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "shutdown", abstract: "Stops every process of the node in order, and waits for the end.")

    @OptionGroup var place: Place

    /// How often to look whether the node has ended.
    private static let pause = Duration.milliseconds(50)

    func run() throws {
        let node = try NodeSession.control(Supervisor.Node.self, Empty(), of: place)
        _ = try NodeSession.control(Supervisor.ShutDown.self, Empty(), of: place)
        let loop = try EventLoop()
        func look() {
            if ProcessInformation.isAlive(node.pid) {
                loop.schedule(after: Self.pause, look)
            } else {
                loop.stop(.success)
            }
        }
        look()
        _ = try loop.run()
    }
}
