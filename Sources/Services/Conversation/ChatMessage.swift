/// One message of a conversation with a model, whoever the provider is.
public struct ChatMessage: Sendable, Hashable {
    /// Who speaks.
    public enum Role: String, Codable, Sendable {
        case system, user, assistant
        /// The program, with the outcome of a tool call.
        case tool
    }

    /// Who speaks.
    public var role: Role
    /// What is said, in the order in which it was said.
    public var content: [ContentPart]

    /// A message of parts.
    public init(_ role: Role, _ content: [ContentPart]) {
        self.role = role
        self.content = content
    }

    /// A message of words and the calls after them.
    ///
    /// - Parameters:
    ///   - words: The words; no part if there are none.
    ///   - layout: Where words, calls and opaque parts stand; one that does not fit words and calls is ignored.
    public init(_ role: Role, _ words: String, calls: [ToolCall] = [], layout: ContentLayout? = nil) {
        self.role = role
        content =
            layout?.content(words: words, calls: calls) ?? (words.isEmpty ? [] : [.text(words)])
            + calls.map(ContentPart.call)
    }

    /// The message that tells what became of a call.
    public init(outcomeOf id: String, _ text: String) { self.init(.tool, [.outcome(of: id, text: text)]) }

    /// All its words, outcomes not included.
    public var words: String {
        content.reduce(into: "") { if case .text(let text) = $1 { $0 += text } }
    }

    /// The tools that it calls.
    public var calls: [ToolCall] {
        content.compactMap { if case .call(let call) = $0 { call } else { nil } }
    }
}
