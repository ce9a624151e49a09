import BusClient
import Capabilities
import Services

/// What a caller's record grants it, as the store has the record now. Nothing is remembered, so a grant that is taken
/// away is gone at once.
struct CallerGrants {
    /// The way to the store.
    let client: BusClient

    /// Asks the store; people and services have no record, so for them the answer is nil and comes at once.
    ///
    /// - Parameters:
    ///   - body: Called once: nil when the record says nothing of grants.
    func ask(of caller: Principal, _ body: @escaping (Result<[Grant]?, ServiceFailure>) -> Void) {
        guard let agent = caller.agent else { return body(.success(nil)) }
        ask(of: agent, body)
    }

    /// Asks the store what an agent's record grants.
    ///
    /// - Parameters:
    ///   - body: Called once, later: nil when the record says nothing of grants.
    func ask(of agent: AgentID, _ body: @escaping (Result<[Grant]?, ServiceFailure>) -> Void) {
        client.request(Store.Agent.self, Store.IDRequest(id: agent.record), retry: .untilDeadline) { result in
            body(result.map { $0.capabilities?.compactMap(Grant.init) })
        }
    }
}
