import Bus
import BusClient
import Capabilities
import LinuxSystem
import Services

/// The tools that models call on records, each one request to the index or to the store.
struct RecordTools {
    /// The way to both.
    let client: BusClient

    /// A call that the toolbox has checked.
    struct Checked {
        /// The tool.
        var tool: Tool
        /// Who calls.
        var agent: AgentID
        /// What it is given.
        var arguments: ToolArguments
        /// What the caller's record grants; nil when it says nothing of it.
        var grants: [Grant]?
        /// The call's id, which makes a repeated write the same one.
        var id: String
    }

    /// The passages that a search returns.
    private static let passagesMax = 5
    /// The passages that are asked for when some may have to be left out: the most that the index returns.
    private static let scopedPassagesMax = 20
    /// The longest text that a tool returns, in bytes; what is longer is cut, and says so.
    private static let resultBytesMax = 65_536
    /// How long the store may take. A write that it has not acknowledged by then may be done or not.
    private static let patience = Duration.seconds(30)
    /// Where only the program writes.
    private static let reserved = ["deliberations/", "transcripts/"].map { Array($0.utf8) }

    /// The id of the record that a call is about, as `Authorization` wants it.
    ///
    /// - Throws: `invalid`, in words for the model.
    static func record(of tool: Tool, _ arguments: ToolArguments) throws(ServiceFailure) -> RecordID? {
        switch tool {
        case .getRecord: RecordID(try arguments.text("id"))
        case .createRecord: RecordID(try arguments.optionalText("id") ?? "")
        case .searchRecords, .writeDeliberation, .readDeliberation: nil
        }
    }

    /// Runs a call.
    ///
    /// - Parameter done: Called once, later.
    func run(_ call: Checked, done: @escaping (ToolOutcome) -> Void) throws(ServiceFailure) {
        switch call.tool {
        case .searchRecords: try search(call, done)
        case .getRecord: try get(call, done)
        case .createRecord: try create(call, done)
        case .writeDeliberation, .readDeliberation:
            throw ServiceFailure(.notFound, "\(call.tool.rawValue) is no tool that a model calls")
        }
    }

    private func search(_ call: Checked, _ done: @escaping (ToolOutcome) -> Void) throws(ServiceFailure) {
        let request = Index.Passages.Request(question: try call.arguments.text("query"), limit: Self.passagesMax)
        passages(request, grants: call.grants, deadline: Self.patience) { result in
            switch result {
            case .failure(let failure): done(ToolOutcome(.failed, failure.message))
            case .success(let reply):
                let texts = reply.passages.map { "[[\($0.id)]] \($0.place)\n\($0.text)" }
                let found = texts.isEmpty ? "The notes hold nothing about this." : texts.joined(separator: "\n\n")
                done(Self.outcome(found))
            }
        }
    }

    /// The passages for a question, of records that the grants take in. Under a scope more are asked for, since some
    /// of the best may lie outside it.
    func passages(
        _ request: Index.Passages.Request, grants: [Grant]?, deadline: Duration = .seconds(5),
        then done: @escaping (Result<Index.Passages.Reply, ServiceFailure>) -> Void
    ) {
        let granted = grants?.filter { $0.permission == Tool.searchRecords.permission }
        let isWhole = granted?.contains { $0.scope == nil } ?? true
        var wider = request
        if !isWhole { wider.limit = Self.scopedPassagesMax }
        client.request(Index.Passages.self, wider, deadline: deadline, retry: .untilDeadline) { result in
            done(
                result.map { reply in
                    var reply = reply
                    if !isWhole {
                        let seen = reply.passages.filter { passage in
                            granted?.contains { $0.covers(passage.id) } ?? true
                        }
                        reply.passages = Array(seen.prefix(request.limit ?? Self.passagesMax))
                    }
                    return reply
                })
        }
    }

    private func get(_ call: Checked, _ done: @escaping (ToolOutcome) -> Void) throws(ServiceFailure) {
        let request = Store.IDRequest(id: RecordID(try call.arguments.text("id")))
        client.request(Store.Get.self, request, deadline: Self.patience, retry: .untilDeadline) { result in
            switch result {
            case .failure(let failure): done(ToolOutcome(.failed, failure.message))
            case .success(let reply):
                let summary = reply.summary
                let tags = summary.tags.isEmpty ? "" : "\ntags: " + summary.tags.joined(separator: ", ")
                done(Self.outcome("[[\(summary.id)]] \(summary.title)\(tags)\n\n\(reply.body)"))
            }
        }
    }

    private func create(_ call: Checked, _ done: @escaping (ToolOutcome) -> Void) throws(ServiceFailure) {
        let id = try call.arguments.optionalText("id"), title = try call.arguments.text("title")
        if let id, Self.reserved.contains(where: { id.utf8.starts(with: $0) }) {
            throw ServiceFailure(.invalid, "create_record: \(id) lies where only the program writes; choose another id")
        }
        var fields: [String: JSONValue] = [
            "title": .string(title), "author": .string("\(Principal.agent(call.agent))"),
            "created": .string(Clock.timestamp()),
        ]
        if let tags = try call.arguments.texts("tags"), !tags.isEmpty {
            fields["tags"] = .array(tags.map(JSONValue.string))
        }
        let request = Store.Create.Request(
            request: DeliberationNames.requestID(call.id, of: call.agent), id: id.map { RecordID($0) }, fields: fields,
            body: try call.arguments.text("body"))
        client.request(Store.Create.self, request, deadline: Self.patience, retry: .untilDeadline) { result in
            switch result {
            case .success(let reply): done(ToolOutcome(.done, "Created [[\(reply.id)]]."))
            case .failure(let failure):
                // It may have been written before the store was lost, or fell silent.
                let isKnown = ![.timeout, .unavailable, .internalError].contains(failure.code)
                let text = isKnown ? failure.message : failure.message + "; look before you do it again"
                done(ToolOutcome(isKnown ? .failed : .unknown, text))
            }
        }
    }

    private static func outcome(_ text: String) -> ToolOutcome {
        guard text.utf8.count > resultBytesMax else { return ToolOutcome(.done, text) }
        return ToolOutcome(
            .done, text.prefix(bytesMax: resultBytesMax) + "\n[The text goes on; this is its beginning.]")
    }
}
