import ArgumentParser
import Services

/// `egghead tools …`: what agents can call, and what would become of a call.
struct Tools: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists the tools that agents can call, and says whether an agent may make a call.",
        subcommands: [List.self, Show.self, Try.self], defaultSubcommand: List.self)

    /// `egghead tools list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the tools: all of them, or those on the menu of an agent.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Option(help: "The agent whose menu is shown.") var agent: AgentID?

        func run() throws {
            let reply = try NodeSession.ask(Toolbox.Tools.self, .init(agent: agent), of: place)
            if format.isJSON { return Output.print(json: reply.tools) }
            Output.print(ToolLines.list(reply.tools))
            let children = try NodeSession.ask(Supervisor.List.self, Empty(), of: place).children
            let servers = try NodeSession.ask(Toolbox.Servers.self, .init(), of: place).servers
            ServerLines.missing(children, servers).forEach(Output.complain)
        }
    }

    /// `egghead tools show [--agent AGENT] TOOL`
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints what a tool does and what it takes.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Option(help: "The agent for which it is told whether the tool is on its menu, and by which capabilities.")
        var agent: AgentID?
        @Argument(help: "The tool.") var tool: String

        func run() throws {
            let tools = try NodeSession.ask(Toolbox.Tools.self, .init(agent: nil), of: place).tools
            guard let found = tools.first(where: { $0.definition.name == tool }) else {
                let hint = NearestName.hint(for: tool, among: tools.map(\.definition.name))
                throw ServiceFailure(
                    .notFound, "there is no tool \(tool)\(hint.isEmpty ? "; see egghead tools" : hint)")
            }
            if format.isJSON { return Output.print(json: found) }
            Output.print(ToolLines.show(found))
            guard let agent else { return }
            let capabilities = try NodeSession.ask(Toolbox.Capabilities.self, .init(agent: agent), of: place)
            let menu = try NodeSession.ask(Toolbox.Tools.self, .init(agent: agent), of: place).tools
            Output.print(ToolLines.reach(of: agent, found, capabilities, isOnMenu: menu.contains(found)))
        }
    }

    /// `egghead tools try --agent AGENT TOOL JSON`
    struct Try: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says whether an agent may make a call, by which grant or why not. Nothing is run.",
            discussion: "The exit status is 0 when it may, and 1 when it may not.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Option(help: "The agent.") var agent: AgentID
        @Argument(help: "The tool.") var tool: String
        @Argument(help: "What it is given, a JSON object such as {\"path\": \"/var/log/syslog\"}.") var arguments = "{}"

        func run() throws {
            let reply = try NodeSession.ask(
                Toolbox.Try.self, .init(agent: agent, tool: tool, arguments: arguments), of: place)
            if format.isJSON {
                Output.print(json: reply)
            } else {
                Output.print(ToolLines.decision(reply))
            }
            if reply.refusal != nil { throw CommandFailure(.failure) }
        }
    }
}
