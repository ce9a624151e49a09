import ArgumentParser
import Runtime
import Services

/// `egghead`, the command with which people use a node. Without a subcommand it starts the terminal.
struct Egghead: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "egghead",
        abstract: "Talks with a team of agents on this machine.",
        discussion: "Without a subcommand it opens the terminal.",
        version: Release.line(of: "egghead"),
        subcommands: [
            Serve.self, NodeStatusCommand.self, Reload.self, ShutDown.self, Processes.self, Chat.self, Prompt.self,
            Consult.self, Cancel.self, Requests.self, Approve.self, Deny.self, WatchRoom.self, ListRooms.self,
            Room.self, Search.self, Get.self, New.self,
            Edit.self, Remove.self, Move.self, Links.self, Backlinks.self, Tags.self, Recent.self, Check.self,
            Agents.self, Tools.self, Servers.self, Skills.self, Models.self, Usage.self, Logs.self, Restart.self,
            Stop.self,
            Start.self,
            SignalChild.self,
            Child.self,
            BusCommand.self, Doctor.self,
        ])

    @OptionGroup var place: Place

    func run() throws { try Sibling.execute("egghead-tui", home: place.option) }

    /// Executes the command line. Every failure is one line on standard error and an exit status.
    static func runOrExit() -> Never {
        do {
            var command = try parseAsRoot()
            try command.run()
            ExitStatus.success.exit()
        } catch {
            end(with: CommandFailure(error), or: error)
        }
    }

    private static func end(with failure: CommandFailure?, or error: any Error) -> Never {
        if let failure {
            if let message = failure.message { Output.complain(message) }
            failure.status.exit()
        }
        if exitCode(for: error).isSuccess {
            Output.print(fullMessage(for: error))
            ExitStatus.success.exit()
        }
        Output.complain("\(message(for: error)); see egghead --help")
        ExitStatus.usage.exit()
    }
}
