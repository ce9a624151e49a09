import JSON
import MCP
import Services
import Time

/// A session with a server that a test plays.
struct ServedSession {
    private(set) var session: MCPSession
    var now = Instant.zero

    init(_ settings: MCPSession.Settings) { session = MCPSession(settings) }

    /// A session that is ready, with the tools `echo` and `look`.
    static func ready(
        _ generation: MCPGeneration, isHTTP: Bool = false, asksPeople: Bool = true
    ) -> ServedSession {
        var served = ServedSession(.init(server: "s", isHTTP: isHTTP, generation: generation, asksPeople: asksPeople))
        _ = served.handle(.started)
        _ = served.say(
            generation == .modern
                ? #"{"jsonrpc":"2.0","id":1,"result":{"supportedVersions":["2026-07-28"]}}"#
                : #"{"jsonrpc":"2.0","id":1,"result":{"protocolVersion":"2025-06-18"}}"#)
        _ = served.say(#"{"jsonrpc":"2.0","id":2,"result":{"tools":[\#(tool("echo")),\#(tool("look"))]}}"#)
        precondition(served.session.isReady)
        return served
    }

    /// The JSON of a tool.
    static func tool(_ name: String, description: String = "") -> String {
        let members: [String: JSONValue] = [
            "name": .string(name), "description": .string(description),
            "inputSchema": .object(["type": .string("object")]),
        ]
        return String(decoding: JSON.encode(JSONValue.object(members)), as: UTF8.self)
    }

    mutating func handle(_ event: MCPSession.Event) -> [MCPSession.Action] {
        session.handle(event, at: now).filter { if case .setTimer = $0 { false } else { true } }
    }

    /// The server writes a line.
    mutating func say(_ json: String) -> [MCPSession.Action] { handle(.bytes(Array((json + "\n").utf8))) }

    /// Time passes, and the session is woken.
    mutating func wait(_ span: Duration) -> [MCPSession.Action] {
        now = now + span
        return handle(.timer)
    }

    mutating func call(
        _ id: String, _ tool: String = "mcp__s__echo", approved: MCPTool.Digest? = nil,
        within span: Duration = .seconds(30)
    ) -> [MCPSession.Action] {
        handle(.call(MCPCall(id: id, tool: tool, arguments: [:], approved: approved, deadline: now + span)))
    }
}

extension [MCPSession.Action] {
    /// The methods of the messages that are sent, and `response` for answers.
    var methods: [String] {
        compactMap { action -> String? in
            guard case .send(let message) = action else { return nil }
            switch message.kind {
            case .request(_, let method, _): return method
            case .notification(let method): return method
            case .response: return "response"
            }
        }
    }

    /// The id of the first request that is sent.
    var requestID: Int? {
        for case .send(let message) in self {
            if case .request(let id, _, _) = message.kind { return id }
        }
        return nil
    }

    /// The first message that is sent.
    var sent: JSONValue? {
        for case .send(let message) in self { return try? JSON.decode(JSONValue.self, from: message.json) }
        return nil
    }

    /// Why the session is over.
    var failure: String? {
        for case .failed(let reason) in self { return reason }
        return nil
    }

    /// What became of calls.
    var outcomes: [String: ToolOutcome] {
        var outcomes: [String: ToolOutcome] = [:]
        for case .finished(let call, let outcome) in self { outcomes[call] = outcome }
        return outcomes
    }

    /// The names of the list of tools that is told.
    var toolNames: [String]? {
        for action in self {
            if case .ready(_, let tools) = action { return tools.map(\.menuName) }
            if case .toolsChanged(let tools) = action { return tools.map(\.menuName) }
        }
        return nil
    }

    /// The questions to people.
    var questions: [Elicitation] { compactMap { if case .ask(let question) = $0 { question } else { nil } } }

    /// The kinds of the notes.
    var notes: [MCPNote.Kind] { compactMap { if case .note(let note) = $0 { note.kind } else { nil } } }
}
