import BusClient
import Capabilities
import Services

/// The tools that change and delete records: the record is read, decided on as it is, and written if it still is so.
struct RecordEdits {
    /// The way to the store.
    let client: BusClient
    /// What bounds every agent.
    let rules: AgentRules

    /// How long the store may take for each step.
    private static let patience = Duration.seconds(30)
    /// What notes are. Records of other classes mean something to the node; of these only agents are changed here.
    private static let classes: [RecordClass] = [.durable, .inbox]
    /// The keys that say where a record is from.
    private static let reservedKeys: Set = ["id", "author", "created", "updated"]

    /// Runs a call.
    ///
    /// - Throws: `invalid`, in words for the model.
    func run(_ call: AuthorizedCall, _ done: @escaping (ToolOutcome) -> Void) throws(ServiceFailure) {
        let id = RecordID(try call.arguments.text("id")), isDeletion = call.tool == .deleteRecord
        let edit = isDeletion ? nil : try RecordEdit(call.arguments)
        let request = call.agent.requestID(call.id)
        client.request(Store.Get.self, .init(id: id), deadline: Self.patience, retry: .untilDeadline) { result in
            do throws(ServiceFailure) {
                let record = try result.get(), summary = record.summary
                if let refusal = Self.refusal(of: call, record) { return done(refusal) }
                guard let edit else {
                    return delete(.init(request: request, id: summary.id, revision: summary.revision), done)
                }
                var (fields, body) = try edit.applied(to: record)
                if summary.recordClass == .agent {
                    switch AgentEdit(call: call, rules: rules).fields(fields, of: AgentID(summary.id), record.fields) {
                    case .success(let explicit): fields = explicit
                    case .failure(let refusal): return done(refusal.outcome)
                    }
                }
                update(
                    .init(request: request, id: summary.id, revision: summary.revision, fields: fields, body: body),
                    done)
            } catch {
                // A hint of the store's may name a record that the agent may not know of.
                let message = error.code == .notFound ? "there is no note [[\(id)]]" : error.message
                done(ToolOutcome(.failed, "\(call.tool.name): \(message)"))
            }
        }
    }

    /// Why a record is not the agent's to change, now that its class is known.
    static func refusal(of call: AuthorizedCall, _ reply: RecordReply) -> ToolOutcome? {
        let permission: Permission = call.tool == .deleteRecord ? .deleteRecords : .updateRecords
        let record = reply.summary
        // What its keys say is not known: it may be an agent's, and with the right change it would be.
        if reply.isBroken == true {
            return ToolOutcome(
                .failed, "\(call.tool.name): the keys of [[\(record.id)]] cannot be read; a person must repair them")
        }
        if record.recordClass == .agent { return AgentEdit.refusal(of: call, AgentID(record.id)) }
        let isNote = classes.contains(record.recordClass)
        if isNote, call.usable.allows(permission, on: .record(record.id, record.recordClass)) { return nil }
        let text =
            "agent:\(call.agent) may not call \(call.tool.name) for [[\(record.id)]]: it is of the class "
            + "\(record.recordClass.rawValue), "
            + (isNote ? "which its record does not grant" : "and only notes and agents are changed by this tool")
        return ToolOutcome(.denied, text, denial: .scopeViolation)
    }

    private func update(_ request: Store.Update.Request, _ done: @escaping (ToolOutcome) -> Void) {
        client.request(Store.Update.self, request, deadline: Self.patience, retry: .untilDeadline) { result in
            done(Self.outcome(result, "Changed [[\(request.id)]]."))
        }
    }

    private func delete(_ request: Store.Delete.Request, _ done: @escaping (ToolOutcome) -> Void) {
        client.request(Store.Delete.self, request, deadline: Self.patience, retry: .untilDeadline) { result in
            done(Self.outcome(result, "Deleted [[\(request.id)]]."))
        }
    }

    private static func outcome<Reply>(_ result: Result<Reply, ServiceFailure>, _ text: String) -> ToolOutcome {
        switch result {
        case .success: ToolOutcome(.done, text)
        // The store that has done it may have died before it said so, and the next one finds another revision.
        case .failure(let failure) where [.stale, .notFound].contains(failure.code):
            ToolOutcome(.unknown, failure.message + "; it may have been done: look before you do it again")
        case .failure(let failure): RecordTools.outcome(ofFailedWrite: failure)
        }
    }

    /// Whether a key is one that says where a record is from, or what it is to the node.
    static func objection(to key: String, _ value: String) -> String? {
        if reservedKeys.contains(key) { return "`\(key)` is the program's to set; choose another key" }
        guard key == "class", !classes.contains(where: { $0.rawValue == value }) else { return nil }
        return "the class of a note is durable or inbox"
    }
}

/// A change of one record, as a model asks for it.
struct RecordEdit: Hashable {
    private enum Change: Hashable {
        case passage(old: String, new: String)
        case key(String, value: String)
    }

    private let change: Change

    /// Reads the arguments.
    ///
    /// - Throws: `invalid`, in words for the model, for neither a passage nor a key, or both, or a key that is not
    ///   theirs.
    init(_ arguments: ToolArguments) throws(ServiceFailure) {
        let key = try arguments.optionalText("key"), old = try arguments.optionalText("old")
        switch (key, old) {
        case (let written?, nil):
            // Org's keys are the same in every case.
            let key = written.lowercased()
            let value = try arguments.optionalText("value") ?? ""
            if let objection = RecordEdits.objection(to: key, value) {
                throw ServiceFailure(.invalid, "update_record: \(objection)")
            }
            change = .key(key, value: value)
        case (nil, let old?): change = .passage(old: old, new: try arguments.anyText("new"))
        case (nil, nil), (_?, _?):
            throw ServiceFailure(
                .invalid, "update_record: `old` and `new`, or `key` and `value`, are wanted; call it again with two")
        }
    }

    /// The keys and the text to write.
    ///
    /// - Throws: `failed`, when the passage is not there once.
    func applied(to record: RecordReply) throws(ServiceFailure) -> (fields: [String: JSONValue], body: String?) {
        switch change {
        case .key(let key, let value): return ([key: Self.value(value, of: key)], nil)
        case .passage(let old, let new):
            // Models write line feeds; the lines of a file may end otherwise.
            let isForeign = record.body.contains("\r\n")
            let (old, new) = isForeign ? (old.withCarriageReturns, new.withCarriageReturns) : (old, new)
            switch PassageSearch.only(old, in: record.body) {
            case .one(let place):
                return ([:], record.body[..<place.lowerBound] + new + record.body[place.upperBound...])
            case .none:
                throw ServiceFailure(
                    .failed, "the passage is not in the note; read it again, and give one that is there once")
            case .several:
                throw ServiceFailure(
                    .failed, "the passage is more than once in the note; give a longer one that is there once")
            }
        }
    }

    private static func value(_ text: String, of key: String) -> JSONValue {
        if text.isEmpty { return .null }
        guard ["tags", "links", "aliases"].contains(key) else { return .string(text) }
        return .array(text.split(separator: ",").map { .string(String($0.trimmingBlanks)) })
    }
}

extension String {
    fileprivate var withCarriageReturns: String {
        split(separator: "\n", omittingEmptySubsequences: false).joined(separator: "\r\n")
    }
}
