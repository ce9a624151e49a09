import Capabilities
import Services

@testable import egghead_toolbox

extension Tool {
    /// What a call of the tool requests for a record: nil for no single one, empty for one without an id.
    func requests(for record: RecordID?) -> [AccessRequest] {
        needs.map { need in
            let object: AccessRequest.Object =
                switch record {
                case nil: .filteredRecords
                case "": .unnamedRecord
                case let id?: .record(id, need.permission == .createRecords ? .durable : nil)
                }
            return AccessRequest(need.permission, on: object)
        }
    }

    /// A tool that is not one of ours, as a further source may have it.
    static func foreign(_ name: String, needs: [Need], effect: Effect = .none) -> Tool {
        Tool(ToolDefinition(name: name, description: "", parameters: .object([:])), needs: needs, effect: effect)
    }
}

/// A source whose tools all say its name.
struct FixedSource: ToolSource {
    var name = "fixed"
    let menu: [Tool]

    func run(_ call: AuthorizedCall, done: @escaping (ToolOutcome) -> Void) { done(ToolOutcome(.done, name)) }
    func stop(_ call: ToolCallKey) {}
}

extension ToolClaim {
    /// A claim by `agent:scout` in `lobby.7`, if nothing else is said.
    static func sample(
        _ id: String = "c1", _ tool: String = "get_record", _ arguments: String = #"{"id":"a"}"#,
        caller: Principal = "agent:scout", turn: TurnID = "lobby.7", at: String = "2026-11-22T12:00:00Z"
    ) -> ToolClaim {
        ToolClaim(caller: caller, turn: turn, call: ToolCall(id: id, name: tool, arguments: arguments), at: at)
    }
}

extension Authority {
    /// What grants as a record writes them allow; all that is so for a record that says nothing of it, when nil.
    init(of texts: [String]?) { self.init(capabilities: texts.map { [Grant](of: $0) }) }
}

extension [Grant] {
    /// Grants as a record writes them.
    init(of texts: [String]) { self = texts.compactMap { Grant($0) } }
}
