import BusClient
import Capabilities
import JSON
import LinuxSystem
import Services

/// The tools that models call on records, each one request to the index or to the store.
struct RecordTools: ToolSource {
    private let client: BusClient
    private let rules: AgentRules

    /// The longest text that a tool returns, in bytes; what is longer is cut, and says so.
    private static let resultBytesMax = 65_536
    /// How long the store may take. A write that it has not acknowledged by then may be done or not.
    private static let patience = Duration.seconds(30)
    /// Where only the program writes.
    private static let reserved = ["deliberations/", "transcripts/"].map { Array($0.utf8) }

    /// The tools of the store and the index that a client can reach.
    ///
    /// - Parameter rules: What bounds every agent.
    init(client: BusClient, rules: AgentRules) {
        self.client = client
        self.rules = rules
    }

    /// The same at all times.
    var menu: [Tool] { Tool.records }

    /// Runs a call; what is wrong with its arguments is its outcome.
    func run(_ call: AuthorizedCall, done: @escaping (ToolOutcome) -> Void) {
        do throws(ServiceFailure) {
            switch call.tool {
            case .searchRecords: try search(call, done)
            case .getRecord: try get(call, done)
            case .listRecords, .recentRecords, .findLinks, .findBacklinks:
                try RecordLists(client: client).run(call, done)
            case .createRecord: try create(call, done)
            case .updateRecord, .deleteRecord: try RecordEdits(client: client, rules: rules).run(call, done)
            case _: preconditionFailure("\(call.tool.name) is no tool on records")
            }
        } catch {
            done(ToolOutcome(.failed, error.message))
        }
    }

    /// What the store was asked it does, and tells soon.
    func stop(_ call: ToolCallKey) {}

    private func search(_ call: AuthorizedCall, _ done: @escaping (ToolOutcome) -> Void) throws(ServiceFailure) {
        let request = Index.Passages.Request(
            question: try call.arguments.text("query"), limit: RecordSearch.passagesMax)
        RecordSearch(client: client).passages(request, authority: call.usable, deadline: Self.patience) { result in
            switch result {
            case .failure(let failure): done(ToolOutcome(.failed, failure.message))
            case .success(let reply):
                let texts = reply.passages.map { "[[\($0.id)]] \($0.place)\n\($0.text)" }
                let found = texts.isEmpty ? "The notes hold nothing about this." : texts.joined(separator: "\n\n")
                done(Self.outcome(found))
            }
        }
    }

    private func get(_ call: AuthorizedCall, _ done: @escaping (ToolOutcome) -> Void) throws(ServiceFailure) {
        let request = Store.IDRequest(id: RecordID(try call.arguments.text("id")))
        client.request(Store.Get.self, request, deadline: Self.patience, retry: .untilDeadline) { result in
            switch result {
            case .failure(let failure): done(ToolOutcome(.failed, failure.message))
            case .success(let reply):
                let summary = reply.summary
                guard call.usable.allows(.readRecords, on: .record(summary.id, summary.recordClass)) else {
                    let text = "get_record: [[\(summary.id)]] is of the class \(summary.recordClass.rawValue), "
                    return done(
                        ToolOutcome(.denied, text + "which the record does not grant", denial: .scopeViolation))
                }
                let tags = summary.tags.isEmpty ? "" : "\ntags: " + summary.tags.joined(separator: ", ")
                done(Self.outcome("[[\(summary.id)]] \(summary.title)\(tags)\n\n\(reply.body)"))
            }
        }
    }

    private func create(_ call: AuthorizedCall, _ done: @escaping (ToolOutcome) -> Void) throws(ServiceFailure) {
        var request = try Self.creation(call, at: Clock.timestamp())
        if let id = request.id, request.fields["class"] == .string(RecordClass.agent.rawValue) {
            // Whatever is not said is nothing.
            let keys = try Self.keys(of: call).filter { $0.value != .null }
            let base = keys["access"] == nil ? ["capabilities": JSONValue.array([])] : [:]
            switch AgentEdit(call: call, rules: rules).fields(keys, of: AgentID(id), base) {
            case .success(let keys): request.fields.merge(keys) { $1 }
            case .failure(let refusal): return done(refusal.outcome)
            }
            request.fields["capabilities"] = request.fields["capabilities"] ?? .array([])
        }
        client.request(Store.Create.self, request, deadline: Self.patience, retry: .untilDeadline) { result in
            switch result {
            case .success(let reply): done(ToolOutcome(.done, "Created [[\(reply.id)]]."))
            case .failure(let failure): done(Self.outcome(ofFailedWrite: failure))
            }
        }
    }

    /// What the store is asked for a `create_record`. The author is the agent, whatever the model says.
    ///
    /// - Parameter timestamp: The date now, RFC 3339.
    /// - Throws: `invalid`, in words for the model.
    static func creation(
        _ call: AuthorizedCall, at timestamp: String
    ) throws(ServiceFailure) -> Store.Create.Request {
        let id = try call.arguments.optionalText("id"), title = try call.arguments.text("title")
        if let id, reserved.contains(where: { id.utf8.starts(with: $0) }) {
            throw ServiceFailure(.invalid, "create_record: \(id) lies where only the program writes; choose another id")
        }
        var fields: [String: JSONValue] = [
            "title": .string(title), "author": .string("\(Principal.agent(call.agent))"),
            "created": .string(timestamp),
        ]
        for (key, value) in try keys(of: call) { fields[key] = value }
        if let recordClass = try call.arguments.optionalText("class") { fields["class"] = .string(recordClass) }
        if let tags = try call.arguments.texts("tags"), !tags.isEmpty {
            fields["tags"] = .array(tags.map(JSONValue.string))
        }
        return Store.Create.Request(
            request: call.agent.requestID(call.id), id: id.map { RecordID($0) }, fields: fields,
            body: try call.arguments.text("body"))
    }

    /// The further keys that a model gives a new record.
    private static func keys(of call: AuthorizedCall) throws(ServiceFailure) -> [String: JSONValue] {
        let keys = try call.arguments.object("keys") { try? JSON.decode(JSONValue.self, from: Array($0.utf8)) } ?? [:]
        let recordClass = try call.arguments.optionalText("class") ?? RecordClass.durable.rawValue
        if ![RecordClass.durable, .inbox, .agent].contains(where: { $0.rawValue == recordClass }) {
            throw ServiceFailure(.invalid, "create_record: the class is durable, inbox or agent")
        }
        var lowercase: [String: JSONValue] = [:]
        for (key, value) in keys.sorted(by: { $0.key < $1.key }) {
            let isTwice = lowercase.updateValue(value, forKey: key.lowercased()) != nil
            let isArgument = ["class", "title", "tags"].contains(key.lowercased())
            if isTwice || isArgument || RecordEdit.objection(to: key.lowercased(), "") != nil {
                throw ServiceFailure(.invalid, "create_record: the key `\(key)` is not for `keys`; leave it out")
            }
        }
        return lowercase
    }

    /// The outcome of a write that the store has not acknowledged: it may have been written before the store was lost,
    /// or fell silent.
    static func outcome(ofFailedWrite failure: ServiceFailure) -> ToolOutcome {
        switch failure.code {
        case .timeout, .unavailable, .internalError:
            ToolOutcome(.unknown, failure.message + "; look before you do it again")
        case .invalid, .notFound, .exists, .stale, .denied, .exhausted, .failed:
            ToolOutcome(.failed, failure.message)
        }
    }

    /// A tool's text, as much of it as a model is given.
    static func outcome(_ text: String) -> ToolOutcome {
        guard text.utf8.count > resultBytesMax else { return ToolOutcome(.done, text) }
        return ToolOutcome(
            .done, text.prefix(bytesMax: resultBytesMax) + "\n[The text goes on; this is its beginning.]")
    }
}
