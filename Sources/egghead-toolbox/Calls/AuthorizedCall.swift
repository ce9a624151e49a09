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
    /// What the caller may do.
    let authority: Authority
    /// The turn in which it is made; nil when nothing is made of it.
    var turn: TurnID?
    /// Whether a person has approved it.
    var isApproved = false
    /// What it does, all of which is allowed.
    let requests: [AccessRequest]
    /// The call's id, which makes a repeated write the same one.
    let id: String

    /// Decides about a call.
    ///
    /// - Parameters:
    ///   - menu: Every tool of every source.
    /// - Throws: What the model is told: that it may not, or that the arguments are none or do not say what the call is
    ///   about.
    init(_ call: ToolCall, of agent: AgentID, authority: Authority, menu: [Tool]) throws(ToolRefusal) {
        guard let tool = menu.first(where: { $0.name == call.name }) else {
            throw .denied(Denial(.unknownTool, "there is no tool \(call.name.prefix(64)); use one of the menu"))
        }
        do {
            let arguments = try ToolArguments(of: call)
            requests = try tool.requests(of: arguments, by: authority)
            try Authorization.authorize(.agent(agent), tool, requests: requests, authority: authority)
            (self.tool, self.agent, self.arguments, self.authority, id) = (tool, agent, arguments, authority, call.id)
        } catch let denial as Denial {
            throw .denied(denial)
        } catch {
            throw .invalid((error as? ServiceFailure)?.message ?? "\(error)")
        }
    }

    /// What the call may use: what needs nobody's yes, and what it got one for. A tool filters by it what it finds, and
    /// decides by it on what it could not know before.
    var usable: Authority { authority.using(approved: isApproved ? requests : []) }

    /// Which hosts a program that it starts may reach. What a program sends is encrypted, so nobody can see whether it
    /// asks or changes: only where all of that is granted it gets anywhere.
    var programHosts: HostRules? { HostRules(HostRules.everything, of: usable) }

    /// Which call it is, in the journal.
    var key: ToolCallKey { ToolCallKey(caller: .agent(agent), id: id) }
}

/// Why a call does not run.
enum ToolRefusal: Error, Hashable {
    /// The caller may not.
    case denied(Denial)
    /// Its arguments are wrong, in words for the model.
    case invalid(String)

    /// What the model is told.
    var outcome: ToolOutcome {
        switch self {
        case .denied(let denial): ToolOutcome(.denied, denial.message, denial: denial.code)
        case .invalid(let message): ToolOutcome(.failed, message)
        }
    }
}
