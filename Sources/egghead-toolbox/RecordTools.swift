import Bus
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
        var caller: BusName
        /// What it is given.
        var arguments: ToolArguments
        /// What the caller's record grants; nil when it says nothing of it.
        var grants: [Grant]?
        /// The call's id, which makes a repeated write the same one.
        var id: String
    }

    /// The passages that a search returns.
    private static let passagesMax = 5
    /// The longest text that a tool returns, in bytes; what is longer is cut, and says so.
    private static let resultBytesMax = 65_536
    /// How long the store may take. A write that it has not acknowledged by then may be done or not.
    private static let patience = Duration.seconds(30)
    /// Where only the program writes.
    private static let reserved = ["deliberations/", "transcripts/"]

    /// The id of the record that a call is about; empty when it is about no single one.
    ///
    /// - Throws: `invalid`, in words for the model.
    static func record(of tool: Tool, _ arguments: ToolArguments) throws(ServiceFailure) -> String {
        switch tool {
        case .getRecord: try arguments.text("id")
        case .createRecord: try arguments.optionalText("id") ?? ""
        case .searchRecords, .writeDeliberation, .readDeliberation: ""
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
        client.request(Index.Passages.self, request, deadline: Self.patience, retry: .untilDeadline) { result in
            switch result {
            case .failure(let failure): done(ToolOutcome(.failed, failure.message))
            case .success(let reply):
                let permission = Tool.searchRecords.permission
                let seen = reply.passages.filter { passage in
                    call.grants?.contains { $0.covers(permission, of: passage.id) } ?? true
                }
                let texts = seen.map { passage in
                    let place = ([passage.title] + passage.headings).joined(separator: " › ")
                    return "[[\(passage.id)]] \(place)\n\(passage.text)"
                }
                let found = texts.isEmpty ? "The notes hold nothing about this." : texts.joined(separator: "\n\n")
                done(Self.outcome(found))
            }
        }
    }

    private func get(_ call: Checked, _ done: @escaping (ToolOutcome) -> Void) throws(ServiceFailure) {
        let request = Store.IDRequest(id: try call.arguments.text("id"))
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
        if let id, Self.reserved.contains(where: { id.hasPrefix($0) }) {
            throw ServiceFailure(.invalid, "create_record: \(id) lies where only the program writes; choose another id")
        }
        var fields: [String: JSONValue] = [
            "title": .string(title), "author": .string("\(call.caller)"), "created": .string(Clock.timestamp()),
        ]
        if let tags = try call.arguments.texts("tags"), !tags.isEmpty {
            fields["tags"] = .array(tags.map(JSONValue.string))
        }
        let request = Store.Create.Request(
            request: DeliberationNames.requestID(call.id, of: call.caller.id), id: id, fields: fields,
            body: try call.arguments.text("body"))
        client.request(Store.Create.self, request, deadline: Self.patience, retry: .untilDeadline) { result in
            switch result {
            case .success(let reply): done(ToolOutcome(.done, "Created [[\(reply.id)]]."))
            case .failure(let failure) where failure.code == .timeout:
                done(ToolOutcome(.unknown, failure.message + "; look before you do it again"))
            case .failure(let failure): done(ToolOutcome(.failed, failure.message))
            }
        }
    }

    private static func outcome(_ text: String) -> ToolOutcome {
        guard text.utf8.count > resultBytesMax else { return ToolOutcome(.done, text) }
        let cut = String(decoding: text.utf8.prefix(resultBytesMax), as: UTF8.self)
        return ToolOutcome(.done, cut + "\n[The text goes on; this is its beginning.]")
    }
}
