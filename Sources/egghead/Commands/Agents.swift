import ArgumentParser
import Rooms
import Services
import Terminal

/// `egghead agents …`: lists the agents, and shows and changes their records.
struct Agents: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists the agents that the records define; shows, makes, edits, hands off and retires one.",
        subcommands: [
            List.self, Show.self, Capabilities.self, GrantCapabilities.self, RevokeCapabilities.self, New.self,
            Edit.self, Handoff.self, Retire.self,
        ],
        defaultSubcommand: List.self)

    /// All pages of the agents that the records define, as one.
    private static func page(_ place: Place) throws -> Store.Agents.Reply {
        var all = Store.Agents.Reply(agents: [], more: false, version: "")
        while true {
            let page = try NodeSession.ask(Store.Agents.self, .init(after: all.agents.last?.id), of: place)
            all.agents += page.agents
            all.undecided = page.undecided
            if !page.more || page.agents.isEmpty { return all }
        }
    }

    /// The undecided records of which a process from before runs.
    private static func kept(_ undecided: [UndecidedAgent], _ place: Place) throws -> [UndecidedAgent] {
        if undecided.isEmpty { return [] }
        let children = try NodeSession.ask(Supervisor.List.self, Empty(), of: place).children
        return undecided.filter { agent in children.contains { $0.name == agent.id.child } }
    }

    /// `egghead agents handoff AGENT`
    struct Handoff: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Asks an agent to write down what it knows and to continue as a new process.")

        @OptionGroup var place: Place
        @Argument(help: "The agent, as a mention names it.") var agent: String

        func run() throws {
            _ = try NodeSession.ask(Coordinator.AskHandoff.self, .init(agent: agent.withoutMentionSign), of: place)
        }
    }

    /// `egghead agents list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Lists the agents that the records define.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format

        func run() throws {
            let page = try Agents.page(place)
            let uses = AgentUse.of(page.agents, place)
            if format.isJSON {
                return Output.print(json: page.agents.map { PrintedAgent(agent: $0, use: uses[$0.id]) })
            }
            Output.print(AgentLines.list(page.agents, uses: uses))
            Output.print(AgentLines.kept(try Agents.kept(page.undecided, place)))
        }
    }

    /// `egghead agents show ID`
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints an agent and the state of its process.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Argument(help: "The agent's id.") var id: AgentID

        func run() throws {
            let agent = try NodeSession.ask(Store.Agent.self, Store.IDRequest(id: id.record), of: place)
            let use = AgentUse.of([agent], place)[agent.id]
            if format.isJSON { return Output.print(json: PrintedAgent(agent: agent, use: use)) }
            let child = try NodeSession.ask(Supervisor.List.self, Empty(), of: place).children
                .first { $0.name == "agent:\(id)" }
            Output.print(AgentLines.show(agent, use: use, child: child))
        }
    }

    /// `egghead agents capabilities ID`
    struct Capabilities: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Prints what an agent may do, as its record and the configuration say it.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Argument(help: "The agent's id.") var id: AgentID

        func run() throws {
            let reply = try NodeSession.ask(Toolbox.Capabilities.self, .init(agent: id), of: place)
            if format.isJSON { return Output.print(json: reply) }
            Output.print(ToolLines.capabilities(reply))
        }
    }

    /// `egghead agents new ID`
    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes an agent. Its text is standard input, or what is saved in $EDITOR.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Option(help: "The name that people see.") var title: String?
        @Option(help: "A tag; may be given more than once.") var tag: [String] = []
        @Argument(help: "The id, which is also the path of its record.") var id: AgentID

        func validate() throws {
            let name = id.rawValue.split(separator: "/").last ?? ""
            if Mention.scan("@\(name)").contains(where: \.isForAll) {
                throw ValidationError("@\(name) asks all agents; give the agent another id")
            }
        }

        func run() throws {
            var draft = RecordDraft(title: title, recordClass: .agent, tags: tag)
            draft.body = try StandardInput.orEditor("You are \(title ?? id.rawValue).\n", named: "agent.md")
            let reply = try draft.create(id: id.record, of: place)
            if format.isJSON { return Output.print(json: reply) }
            Output.print(SafeText.line("@\(reply.id)"))
        }
    }

    /// `egghead agents edit ID`
    struct Edit: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Opens an agent's record in $EDITOR.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Argument(help: "The agent's id.") var id: AgentID

        func run() throws { try egghead.Edit.run(id.record, place, format) }
    }

    /// `egghead agents retire ID`
    struct Retire: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lets an agent end its turns, stops it, and moves its record to .trash/.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Argument(help: "The agent's id.") var id: AgentID

        func run() throws {
            // The record is asked for, because the list of agents lacks one that has a wrong key.
            let record: RecordReply
            do {
                record = try NodeSession.ask(Store.Get.self, .init(id: id.record), of: place)
            } catch {
                // An agent without a record is built in; otherwise it is told that there is no such agent.
                _ = try NodeSession.ask(Store.Agent.self, .init(id: id.record), of: place)
                throw error
            }
            guard record.summary.recordClass == .agent else {
                throw CommandFailure(.failure, "\(id) is not an agent; egghead rm deletes other records")
            }
            try Remove.run(id.record, place, format)
        }
    }
}
