import ArgumentParser
import Control
import Services
import Terminal

/// `egghead skills …`: instructions that agents load when they need them.
struct Skills: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Lists and checks skills, instructions that agents load when they need them.",
        subcommands: [List.self, Show.self, Check.self, New.self], defaultSubcommand: List.self)

    /// `egghead skills list`
    struct List: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Lists the skills: all of them, or those that an agent is offered.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Option(help: "The agent to which they are offered.") var agent: AgentID?

        func run() throws {
            let skills = try NodeSession.ask(Toolbox.Skills.self, .init(agent: agent), of: place).skills
            if format.isJSON { return Output.print(json: skills) }
            let rows = skills.map { skill in
                [
                    SafeText.line(skill.name), SafeText.line(skill.source),
                    skill.allowedTools.isEmpty ? "-" : SafeText.line(skill.allowedTools.joined(separator: ", ")),
                    SafeText.line(skill.problem.map { "! \($0)" } ?? skill.description),
                ]
            }
            let advice =
                agent == nil ? "There are no skills. Make one: egghead skills new NAME" : "It is offered no skill."
            Output.print(
                rows.isEmpty
                    ? [advice] : TextTable.lines([["SKILL", "FROM", "NEEDS", "WHAT IT IS FOR"]] + rows, .byBlock))
        }
    }

    /// `egghead skills show SKILL`
    struct Show: ParsableCommand {
        static let configuration = CommandConfiguration(abstract: "Prints a skill, as an agent loads it.")

        @OptionGroup var place: Place
        @OptionGroup var format: Format
        @Argument(help: "The skill's name.") var skill: String

        func run() throws {
            let skills = try NodeSession.ask(Toolbox.Skills.self, .init(agent: nil), of: place).skills
            guard let found = skills.first(where: { $0.name == skill }) else {
                let hint = NearestName.hint(for: skill, among: skills.map(\.name))
                throw ServiceFailure(
                    .notFound, "there is no skill \(skill)\(hint.isEmpty ? "; see egghead skills" : hint)")
            }
            if format.isJSON { return Output.print(json: found) }
            let lines = found.text.split(separator: "\n", omittingEmptySubsequences: false).map {
                SafeText.line(String($0))
            }
            Output.print(["\(SafeText.line(found.name)): \(SafeText.line(found.description))", ""] + lines)
        }
    }

    /// `egghead skills check`
    struct Check: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Says which skills nobody is offered, and why.",
            discussion: "The exit status is 0 when there is none, and 1 when there is one.")

        @OptionGroup var place: Place

        func run() throws {
            let skills = try NodeSession.ask(Toolbox.Skills.self, .init(agent: nil), of: place).skills
            let wrong = skills.compactMap { skill in
                skill.problem.map { SafeText.line("\(skill.source): \($0)") }
            }
            Output.print(wrong.isEmpty ? ["\(Counted.words(skills.count, "skill")), nothing is wrong"] : wrong)
            if !wrong.isEmpty { throw CommandFailure(.failure) }
        }
    }

    /// `egghead skills new SKILL`
    struct New: ParsableCommand {
        static let configuration = CommandConfiguration(
            abstract: "Makes a skill, the record skills/NAME, to be filled in with egghead edit.")

        @OptionGroup var place: Place
        @Argument(help: "The skill's name: small letters, digits and -.") var name: String
        @Option(help: "What it is for, and when to use it.") var description: String?

        func run() throws {
            let words = description ?? "What this is for. Say when to use it."
            let fields: [String: JSONValue] = [
                "class": .string("skill"), "name": .string(name), "description": .string(words),
            ]
            let request = Store.Create.Request(
                request: RequestID.make(), id: RecordID("skills/\(name)"), fields: fields,
                body: "# \(name)\n\nSay here how the work is done, step by step.\n")
            let reply = try NodeSession.ask(Store.Create.self, request, of: place)
            Output.print(["[[\(reply.id)]] is made; write it: egghead edit \(reply.id)"])
        }
    }
}
