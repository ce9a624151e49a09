import Bus
import BusClient
import Capabilities
import Control
import JSON
import MCP
import Services

/// What clients are offered of a node, in the name of whoever runs this program: its notes, its agents and its rooms.
final class ServedNode {
    private let bus: BusClient
    let questions: ServedQuestions

    /// How long a service may take.
    private static let patience = Duration.seconds(30)

    /// A node by its bus.
    init(_ bus: BusClient) {
        self.bus = bus
        questions = ServedQuestions(bus)
    }

    /// The tools, in a fixed order.
    static let tools: [ServedTool] =
        Tool.records.map { tool in
            ServedTool(tool.definition, readsOnly: tool.effect == .none, destroys: tool == .deleteRecord)
        } + [
            ServedTool(ClientTools.listAgents, readsOnly: true),
            ServedTool(Tool.promptAgent.definition, readsOnly: false),
            ServedTool(ClientTools.consult, readsOnly: false), ServedTool(Tool.postToRoom.definition, readsOnly: false),
            ServedTool(ClientTools.readRoom, readsOnly: true),
            ServedTool(ClientTools.pendingRequests, readsOnly: true),
        ]

    /// How a model is to use them.
    static let instructions =
        "The notes of a team and its agents. Search the notes first; [[id]] names one. prompt_agent asks one agent, "
        + "consult all of them."

    /// Calls a tool.
    ///
    /// - Parameters:
    ///   - key: By which `questions` can be stopped, and tells how far it is.
    ///   - done: Called once, later.
    func call(
        _ key: MCPHost.RequestKey, _ tool: String, _ members: [String: JSONValue],
        _ done: @escaping (ServedOutcome) -> Void
    ) {
        let arguments = ToolArguments(of: tool, members: members)
        do throws(ServiceFailure) {
            switch tool {
            case Tool.promptAgent.name: try questions.prompt(key, arguments, done)
            case ClientTools.consult.name: try questions.consult(key, arguments, done)
            case Tool.postToRoom.name: try post(arguments, done)
            case ClientTools.readRoom.name: try readRoom(arguments, done)
            case ClientTools.listAgents.name: listAgents(after: nil, [], done)
            case ClientTools.pendingRequests.name: listRequests(done)
            case Tool.createRecord.name, Tool.updateRecord.name, Tool.deleteRecord.name:
                try write(tool, arguments, done)
            case _: try read(tool, arguments, done)
            }
        } catch {
            done(ServedOutcome(error.message, isError: true))
        }
    }

    /// Asks a service, and says what came of it in words and, for programs, as it is.
    private func ask<Operation: ServiceOperation>(
        _ operation: Operation.Type, _ request: Operation.Request, _ done: @escaping (ServedOutcome) -> Void,
        text: @escaping (Operation.Reply) -> String
    ) {
        bus.request(operation, request, deadline: Self.patience, retry: .untilDeadline) { result in
            switch result {
            case .success(let reply):
                done(ServedOutcome(text(reply), structured: try? JSON.decode(JSONValue.self, from: JSON.encode(reply))))
            case .failure(let failure): done(ServedOutcome(failure.message, isError: true))
            }
        }
    }

    // MARK: Notes

    private func read(
        _ tool: String, _ arguments: ToolArguments, _ done: @escaping (ServedOutcome) -> Void
    ) throws(ServiceFailure) {
        switch tool {
        case Tool.searchRecords.name:
            let question = try arguments.text("query")
            ask(Store.Passages.self, .init(question: question, limit: 8), done) { reply in
                let passages = reply.passages.map { "[[\($0.id)]] \($0.title)\n\($0.text)" }
                return passages.isEmpty ? "No note answers that." : passages.joined(separator: "\n\n")
            }
        case Tool.getRecord.name:
            let id = RecordID(try arguments.text("id"))
            bus.request(Store.Text.self, .init(id: id), deadline: Self.patience, retry: .untilDeadline) { result in
                switch result {
                case .success(let reply): done(ServedOutcome(reply.text))
                case .failure(let failure): done(ServedOutcome(failure.message, isError: true))
                }
            }
        case Tool.listRecords.name:
            let recordClass = try arguments.optionalText("class").flatMap { RecordClass(rawValue: $0) }
            let after = try arguments.optionalText("after").map { RecordID($0) }
            let request = Store.List.Request(
                recordClass: recordClass, prefix: try arguments.optionalText("prefix"), after: after)
            ask(Store.List.self, request, done) { reply in
                let more = reply.more ? "\n[more behind \(reply.records.last.map { "\($0.id)" } ?? "")]" : ""
                return Self.lines(reply.records) + more
            }
        case Tool.recentRecords.name:
            let filter = try arguments.optionalText("tag").map { RecordFilter(tag: $0) }
            let count = try arguments.integer("count", in: 1...100)
            ask(Store.Recent.self, .init(filter: filter, limit: count), done) { Self.lines($0.records) }
        case Tool.findLinks.name:
            ask(Store.Links.self, .init(id: RecordID(try arguments.text("id"))), done) { Self.lines($0.links) }
        case _:
            ask(Store.Backlinks.self, .init(id: RecordID(try arguments.text("id"))), done) { Self.lines($0.links) }
        }
    }

    private static func lines(_ records: [RecordSummary]) -> String {
        records.isEmpty
            ? "There is no such note."
            : records.map { "[[\($0.id)]] \($0.title) (\($0.updated.prefix(10)))" }.joined(separator: "\n")
    }

    private static func lines(_ links: [Index.Link]) -> String {
        links.isEmpty
            ? "There are none."
            : links.map { "[[\($0.id)]] \($0.title ?? "(no such note)")" }.joined(separator: "\n")
    }

    private func write(
        _ tool: String, _ arguments: ToolArguments, _ done: @escaping (ServedOutcome) -> Void
    ) throws(ServiceFailure) {
        guard tool != Tool.createRecord.name else {
            var fields: [String: JSONValue] = ["title": .string(try arguments.text("title"))]
            if let tags = try arguments.texts("tags") { fields["tags"] = .array(tags.map(JSONValue.string)) }
            if let recordClass = try arguments.optionalText("class") { fields["class"] = .string(recordClass) }
            let recordClass = fields["class"]?.string
            if let recordClass, !RecordEdit.classes.contains(where: { $0.rawValue == recordClass }) {
                throw ServiceFailure(.denied, "\(tool): notes alone are made here: durable or inbox")
            }
            let keys = try arguments.object("keys") { _ in nil } ?? [:]
            for key in keys.keys where fields[key.lowercased()] != nil || key.lowercased() == "class" {
                throw ServiceFailure(.invalid, "\(tool): `\(key)` is not one of `keys`; give it by its own name")
            }
            for key in keys.keys {
                if let objection = RecordEdit.objection(to: key.lowercased(), "") {
                    throw ServiceFailure(.invalid, "\(tool): \(objection)")
                }
            }
            let request = Store.Create.Request(
                request: RequestID.make(), id: try arguments.optionalText("id").map { RecordID($0) },
                fields: fields.merging(keys) { own, _ in own }, body: try arguments.anyText("body"))
            return ask(Store.Create.self, request, done) { "Created [[\($0.id)]]." }
        }
        let id = RecordID(try arguments.text("id"))
        let edit = tool == Tool.updateRecord.name ? try RecordEdit(arguments) : nil
        bus.request(Store.Get.self, .init(id: id), deadline: Self.patience, retry: .untilDeadline) {
            [unowned self] result in
            do throws(ServiceFailure) {
                let record = try result.get(), summary = record.summary
                guard RecordEdit.classes.contains(summary.recordClass), record.isBroken != true else {
                    let reason = "[[\(id)]] is no note; what agents are and may do, people change with egghead edit"
                    throw ServiceFailure(.denied, reason)
                }
                guard let edit else {
                    let request = Store.Delete.Request(
                        request: RequestID.make(), id: summary.id, revision: summary.revision)
                    return ask(Store.Delete.self, request, done) { "Deleted [[\($0.id)]]." }
                }
                let (fields, body) = try edit.applied(to: record)
                let request = Store.Update.Request(
                    request: RequestID.make(), id: summary.id, revision: summary.revision, fields: fields, body: body)
                ask(Store.Update.self, request, done) { "Changed [[\($0.id)]]." }
            } catch {
                done(ServedOutcome("\(tool): \(error.message)", isError: true))
            }
        }
    }

    // MARK: Agents and rooms

    private func listAgents(
        after id: AgentID?, _ found: [AgentDefinition], _ done: @escaping (ServedOutcome) -> Void
    ) {
        bus.request(Store.Agents.self, .init(after: id), deadline: Self.patience, retry: .untilDeadline) {
            [unowned self] result in
            switch result {
            case .failure(let failure): done(ServedOutcome(failure.message, isError: true))
            case .success(let page):
                let all = found + page.agents
                if page.more, let last = page.agents.last { return listAgents(after: last.id, all, done) }
                let lines = all.map { agent in "@\(agent.id) \(agent.title)" }
                done(ServedOutcome(lines.isEmpty ? "There are no agents." : lines.joined(separator: "\n")))
            }
        }
    }

    private func post(
        _ arguments: ToolArguments, _ done: @escaping (ServedOutcome) -> Void
    ) throws(ServiceFailure) {
        let room = try arguments.text("room")
        guard let name = RoomName(rawValue: room) else {
            throw ServiceFailure(.invalid, "post_room: \(room.prefix(80)) is no room: \(RoomName.requirement)")
        }
        let request = Coordinator.Post.Request(
            request: RequestID.make(), room: name, text: try arguments.text("text"))
        ask(Coordinator.Post.self, request, done) { reply in
            "Said in room \(reply.room), number \(reply.number); "
                + (reply.turns.isEmpty ? "nobody answers." : "\(Counted.words(reply.turns.count, "agent")) may answer.")
        }
    }

    private func readRoom(
        _ arguments: ToolArguments, _ done: @escaping (ServedOutcome) -> Void
    ) throws(ServiceFailure) {
        let room = try arguments.optionalText("room").map { text throws(ServiceFailure) in
            guard let room = RoomName(rawValue: text) else {
                throw ServiceFailure(.invalid, "read_room: \(text.prefix(80)) is no room: \(RoomName.requirement)")
            }
            return room
        }
        let count = try arguments.integer("count", in: 1...200) ?? 50
        ask(Coordinator.History.self, .init(room: room, limit: count), done) { Self.transcript($0.events) }
    }

    /// What was said, a line or more each.
    static func transcript(_ events: [RoomEvent]) -> String {
        events.isEmpty
            ? "Nothing was said."
            : events.map { "\($0.number) \($0.at.prefix(16)) \($0.from.name): \($0.text)" }.joined(separator: "\n")
    }

    private func listRequests(_ done: @escaping (ServedOutcome) -> Void) {
        ask(Toolbox.Requests.self, .init(number: nil), done) { reply in
            let lines = reply.requests.map { "\($0.number): @\($0.agent) asks to \($0.summary)" }
            return lines.isEmpty ? "No agent waits for an answer." : lines.joined(separator: "\n")
        }
    }
}
