import Capabilities
import Services

/// Where tools come from: a menu, and the way to run what is on it.
///
/// A source decides nothing: whatever it is given to run has been allowed, and claimed in the journal.
protocol ToolSource {
    /// The tools that it has now, in the order in which models see them.
    var menu: [Tool] { get }

    /// What an agent's menu says of a tool that the agent may call.
    ///
    /// - Parameter menu: Every tool of every source.
    /// - Returns: Nil when it is left out.
    func definition(of tool: Tool, for authority: Authority?, menu: [Tool]) -> ToolDefinition?

    /// Runs a call of a tool on the menu. Blocks never.
    ///
    /// - Parameters:
    ///   - done: Called once, now or later, with what the model is told.
    func run(_ call: AuthorizedCall, done: @escaping (ToolOutcome) -> Void)

    /// Stops a call, if it runs here and can be stopped; `done` is called as for any other end.
    func stop(_ call: ToolCallKey)

    /// Reads what a call would replace, for the people who are asked for it.
    ///
    /// - Parameter done: Called once, now or later: with the text, or why there is none to be shown.
    func readReplaced(by call: AuthorizedCall, done: @escaping (Result<String, ServiceFailure>) -> Void)

    /// How far a call is that runs here, in words for a room, such as `1 byte printed`. Nothing of what comes from
    /// outside: a room's other agents read it.
    func progress(of call: ToolCallKey) -> String?
}

extension ToolSource {
    func definition(of tool: Tool, for authority: Authority?, menu: [Tool]) -> ToolDefinition? { tool.definition }

    func readReplaced(by call: AuthorizedCall, done: @escaping (Result<String, ServiceFailure>) -> Void) {
        done(.failure(ServiceFailure(.invalid, "\(call.tool.name) replaces no text as a whole")))
    }

    func progress(of call: ToolCallKey) -> String? { nil }
}

/// The sources of this toolbox, as one.
struct ToolSources {
    /// In the order of the menu. Of two tools with one name, the one of the earlier source counts.
    let sources: [any ToolSource]

    /// Every tool of every source.
    var menu: [Tool] { sources.flatMap(\.menu) }

    /// The menu of a caller.
    ///
    /// - Parameter authority: What the caller may do; nil for whoever is no agent.
    func menu(for authority: Authority?) -> Toolbox.Menu.Reply {
        let menu = menu
        let offered = sources.flatMap { source in
            source.menu.filter { Authorization.isOnMenu($0, authority: authority) }.compactMap { tool in
                source.definition(of: tool, for: authority, menu: menu).map { (tool, $0) }
            }
        }
        return Toolbox.Menu.Reply(
            tools: offered.map { tool, said in
                var definition = said
                // One for which a person may be asked waits alone, so that nobody gets many requests at once.
                let asks = tool.needs.contains { authority?.mayAsk(for: $0.permission) == true }
                if tool.effect == .none, !asks { definition.readsOnly = true }
                return definition
            })
    }

    /// Runs a call in the source that has its tool.
    ///
    /// - Precondition: The tool is on the menu, as it is when the call was authorized in this turn of the loop.
    func run(_ call: AuthorizedCall, done: @escaping (ToolOutcome) -> Void) { source(of: call).run(call, done: done) }

    /// Reads what a call would replace, in the source that has its tool.
    ///
    /// - Precondition: As for `run`.
    func readReplaced(by call: AuthorizedCall, done: @escaping (Result<String, ServiceFailure>) -> Void) {
        source(of: call).readReplaced(by: call, done: done)
    }

    private func source(of call: AuthorizedCall) -> any ToolSource {
        guard let source = sources.first(where: { $0.menu.contains(call.tool) }) else {
            preconditionFailure("the tool \(call.tool.name) was authorized, and no source has it")
        }
        return source
    }

    /// How far a call is, if the source that runs it can say so.
    func progress(of call: ToolCallKey) -> String? { sources.lazy.compactMap { $0.progress(of: call) }.first }

    /// Stops a call in whatever source runs it.
    func stop(_ call: ToolCallKey) {
        for source in sources { source.stop(call) }
    }
}
