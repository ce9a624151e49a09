import BusClient
import Capabilities
import Services

/// Adds to what an agent's record grants. What it says already stays as it is written.
struct RecordGrants {
    /// The way to the store.
    let client: BusClient

    private static let patience = Duration.seconds(5)

    /// Adds grants to a record.
    ///
    /// - Parameters:
    ///   - request: The id of the write; a repeated one is done once.
    ///   - done: Called once, later.
    func add(
        _ grants: [Grant], to agent: AgentID, request: String,
        done: @escaping (Result<Void, ServiceFailure>) -> Void
    ) {
        client.request(
            Store.Get.self, Store.IDRequest(id: agent.record), deadline: Self.patience, retry: .untilDeadline
        ) { result in
            do throws(ServiceFailure) {
                let record = try result.get()
                if record.isBroken == true { throw ServiceFailure(.failed, "its keys cannot be read; repair them") }
                var list = CapabilityList(fields: record.fields)
                list.add(grants)
                write(list.fields, record, request, done)
            } catch {
                done(.failure(error))
            }
        }
    }

    private func write(
        _ fields: [String: JSONValue], _ record: RecordReply, _ request: String,
        _ done: @escaping (Result<Void, ServiceFailure>) -> Void
    ) {
        let update = Store.Update.Request(
            request: request, id: record.summary.id, revision: record.summary.revision, fields: fields, body: nil)
        client.request(Store.Update.self, update, deadline: Self.patience, retry: .untilDeadline) { result in
            done(result.map { _ in })
        }
    }
}
