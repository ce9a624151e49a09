import Capabilities
import Services

/// A call that the monitor has allowed. There is no other way to make one than to be allowed, so a source runs nothing
/// that was not.
struct AuthorizedCall: Hashable {
    /// The tool.
    let tool: Tool
    /// Who calls.
    let agent: AgentID
    /// What it is given.
    let arguments: ToolArguments
    /// What the caller's record grants; nil when it says nothing of it. A tool that returns what it finds in all
    /// records filters by them.
    let grants: [Grant]?
    /// The call's id, which makes a repeated write the same one.
    let id: String

    /// Decides about a call.
    ///
    /// - Parameters:
    ///   - menu: Every tool of every source.
    /// - Throws: In words for the model: `denied`, `notFound` when there is no such tool, `invalid` when the arguments
    ///   are none or do not say what the call is about.
    init(_ call: ToolCall, of agent: AgentID, grants: [Grant]?, menu: [Tool]) throws(ServiceFailure) {
        guard let tool = menu.first(where: { $0.name == call.name }) else {
            throw ServiceFailure(.notFound, "there is no tool \(call.name.prefix(64)); use one of the menu")
        }
        let arguments = try ToolArguments(of: call)
        try Authorization.authorize(.agent(agent), tool, requests: try tool.requests(of: arguments), grants: grants)
        (self.tool, self.agent, self.arguments, self.grants, id) = (tool, agent, arguments, grants, call.id)
    }

    /// Which call it is, in the journal.
    var key: ToolCallKey { ToolCallKey(caller: .agent(agent), id: id) }
}
