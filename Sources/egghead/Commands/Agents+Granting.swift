import ArgumentParser
import Capabilities
import Control
import JSON
import Services

extension Agents {
    /// `egghead agents grant ID CAPABILITY…`
    struct GrantCapabilities: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "grant", abstract: "Adds capabilities to an agent's record, and prints what it may do then.",
            discussion: """
                A capability is written as in the record: fs.read:/var/log, or {"proc.exec": {"cmds": "df"}}. A record \
                that has none gets the list of what it stands for, and then the new ones.
                """)

        @OptionGroup var place: Place
        @Argument(help: "The agent's id.") var id: AgentID
        @Argument(help: "The capabilities.") var capabilities: [String]

        func run() throws {
            let grants = try capabilities.flatMap { try Agents.grants($0, "grant to \(id)") }
            try Agents.change(id, place) { list throws(ServiceFailure) in list.add(grants) }
        }
    }

    /// `egghead agents revoke ID CAPABILITY…`
    struct RevokeCapabilities: ParsableCommand {
        static let configuration = CommandConfiguration(
            commandName: "revoke",
            abstract: "Takes capabilities from an agent's record, and prints what it may do then.",
            discussion: """
                A capability is written as in the record. The name alone takes away all capabilities of that name: \
                egghead agents revoke scout proc.exec.
                """)

        @OptionGroup var place: Place
        @Argument(help: "The agent's id.") var id: AgentID
        @Argument(help: "The capabilities.") var capabilities: [String]

        func run() throws {
            let grants = try capabilities.flatMap { try Agents.grants($0, "revoke from \(id)") }
            try Agents.change(id, place) { list throws(ServiceFailure) in
                for grant in grants where list.remove(grant).isEmpty {
                    throw ServiceFailure(
                        .notFound,
                        "revoke from \(id): its record has no \(grant). See: egghead agents capabilities \(id)")
                }
            }
        }
    }

    /// Reads a capability as a record has it.
    private static func grants(_ text: String, _ attempt: String) throws(ServiceFailure) -> [Grant] {
        var grants: [Grant] = []
        let value = text.first == "{" ? try? JSON.decode(JSONValue.self, from: Array(text.utf8)) : .string(text)
        guard let value else { throw ServiceFailure(.invalid, "\(attempt): \(text) is no JSON") }
        if let problem = Grant.read(value, into: &grants).first {
            throw ServiceFailure(.invalid, "\(attempt): it \(problem). See: docs/capabilities.md")
        }
        return grants
    }

    /// Changes what a record says under `capabilities`, and prints what the agent may do then.
    private static func change(
        _ id: AgentID, _ place: Place, _ body: (inout CapabilityList) throws(ServiceFailure) -> Void
    ) throws {
        let record = try NodeSession.ask(Store.Get.self, .init(id: id.record), of: place), summary = record.summary
        guard summary.recordClass == .agent, record.isBroken != true else {
            throw CommandFailure(.failure, "\(id) is no agent whose keys can be read. See: egghead check")
        }
        var list = CapabilityList(fields: record.fields)
        try body(&list)
        let update = Store.Update.Request(
            request: RequestID.make(), id: summary.id, revision: summary.revision, fields: list.fields, body: nil)
        _ = try NodeSession.ask(Store.Update.self, update, of: place)
        Output.print(
            ToolLines.capabilities(try NodeSession.ask(Toolbox.Capabilities.self, .init(agent: id), of: place)))
    }
}
