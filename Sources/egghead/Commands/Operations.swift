import ArgumentParser
import Services
import Terminal

/// The common part of `restart`, `stop` and `start`: a request that names a child.
protocol ChildCommand: ParsableCommand {
    associatedtype Operation: ServiceOperation
    where Operation.Request == Supervisor.NameRequest, Operation.Reply == Empty
    /// The node.
    var place: Place { get }
    /// The name of the child.
    var name: String { get }
}

extension ChildCommand {
    func run() throws {
        _ = try NodeSession.control(Operation.self, .init(name: name), of: place, deadline: NodeSession.orderWait)
    }
}

/// `egghead restart NAME`
struct Restart: ChildCommand {
    typealias Operation = Supervisor.Restart
    static let configuration = CommandConfiguration(
        abstract: "Stops and starts a child; also brings back a quarantined or misconfigured one.")

    @OptionGroup var place: Place
    @Argument(help: "The child's name, as in egghead ps.") var name: String
}

/// `egghead stop NAME`
struct Stop: ChildCommand {
    typealias Operation = Supervisor.Stop
    static let configuration = CommandConfiguration(abstract: "Stops a child until it is started again.")

    @OptionGroup var place: Place
    @Argument(help: "The child's name, as in egghead ps.") var name: String
}

/// `egghead start NAME`
struct Start: ChildCommand {
    typealias Operation = Supervisor.Start
    static let configuration = CommandConfiguration(abstract: "Starts a child that was stopped.")

    @OptionGroup var place: Place
    @Argument(help: "The child's name, as in egghead ps.") var name: String
}

/// `egghead signal NAME SIGNAL`
struct SignalChild: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "signal", abstract: "Sends a signal to a child's main process.")

    @OptionGroup var place: Place
    @Argument(help: "The child's name, as in egghead ps.") var name: String
    @Argument(help: "The signal: HUP, SIGHUP or 1.") var signal: String

    func run() throws {
        _ = try NodeSession.control(Supervisor.Signal.self, .init(name: name, signal: signal), of: place)
    }
}

/// `egghead logs NAME`
struct Logs: ParsableCommand {
    static let configuration = CommandConfiguration(abstract: "Prints what a child last wrote to its standard error.")

    @OptionGroup var place: Place
    @OptionGroup var format: Format
    @Argument(help: "The child's name, as in egghead ps.") var name: String

    func run() throws {
        let reply = try NodeSession.control(Supervisor.Logs.self, .init(name: name), of: place)
        if format.isJSON { return Output.print(json: reply) }
        let text = reply.text.hasSuffix("\n") ? String(reply.text.dropLast()) : reply.text
        if !text.isEmpty { Output.print(SafeText.block(text)) }
    }
}
