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
        let isNote = RecordEdit.classes.contains(record.recordClass)
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
}
