import Services

/// A question of a server's to a person.
///
/// See: MCP 2026-07-28, Elicitation
public struct Elicitation: Codable, Sendable, Hashable {
    /// Unique in a session.
    public var id: Int
    /// The id of the call in which it came up; nil when it may have been one of several.
    public var call: String?
    /// What the server says, made readable. It is the server's word, and is to be shown as such.
    public var message: String
    /// What it asks for.
    public var form: ElicitationForm
}

/// A person's answer to a server's question.
///
/// See: MCP 2026-07-28, Elicitation, Response Actions
public enum ElicitationAnswer: Codable, Sendable, Hashable {
    /// The form, filled in.
    case accept([String: JSONValue])
    /// The person does not want to say.
    case decline
    /// Nobody has answered.
    case cancel

    /// An `ElicitResult`.
    var result: [String: JSONValue] {
        switch self {
        case .accept(let content):
            ["action": .string("accept"), "content": .object(content.filter { $0.value != .null })]
        case .decline: ["action": .string("decline")]
        case .cancel: ["action": .string("cancel")]
        }
    }
}

/// A question that is open.
struct OpenElicitation: Hashable {
    /// Who waits for the answer.
    enum Asker: Hashable {
        /// A request of the server's, by its id.
        case request(id: JSONValue)
        /// An input of a call, by its key.
        case input(call: String, key: String)
    }

    var elicitation: Elicitation
    var asker: Asker
}

extension Elicitation {
    /// Reads the parameters of `elicitation/create`.
    ///
    /// - Throws: When it is no form. Addresses to open (mode `url`) are not taken: no capability for them is declared.
    init(_ params: JSONValue, id: Int, call: String?) throws(MCPProblem) {
        guard params["mode"] == nil || params["mode"]?.string == "form" else {
            throw .init("only questions of the mode `form` are taken")
        }
        form = try ElicitationForm(params["requestedSchema"] ?? .null)
        message = (params["message"]?.string ?? "").outsideText(bytesMax: MCPLimits.spokenBytesMax)
        self.id = id
        self.call = call
    }
}
