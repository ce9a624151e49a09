import BusClient
import Capabilities
import Services

/// What a caller may do, by its record as the store has it now. Nothing is remembered, so a grant that is taken
/// away is gone at once.
struct CallerAuthority {
    /// The way to the store.
    let client: BusClient
    /// What the configuration says.
    let rules: AgentRules

    /// Asks the store; people and services have no record, so for them the answer is nil and comes at once.
    ///
    /// - Parameters:
    ///   - body: Called once: nil for people and services.
    func ask(of caller: Principal, _ body: @escaping (Result<Authority?, ServiceFailure>) -> Void) {
        guard let agent = caller.agent else { return body(.success(nil)) }
        ask(of: agent) { body($0.map { $0 }) }
    }

    /// Asks the store what an agent's record grants.
    ///
    /// - Parameters:
    ///   - body: Called once, later.
    func ask(of agent: AgentID, _ body: @escaping (Result<Authority, ServiceFailure>) -> Void) {
        client.request(Store.Agent.self, Store.IDRequest(id: agent.record), retry: .untilDeadline) { result in
            body(result.map(rules.authority))
        }
    }
}
