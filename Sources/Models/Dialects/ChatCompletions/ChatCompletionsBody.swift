import FoundationEssentials
import Services

/// The body of a request, in the vendor's words.
///
/// See: platform.openai.com/docs/api-reference/chat/create
struct ChatCompletionsBody: Encodable {
    private var model: String
    private var messages: [Message]
    /// The older of OpenAI's two names, which every compatible server knows, and the one that its newest models want.
    private var maxTokens: Int?, maxCompletionTokens: Int?
    private var temperature: Double?
    private var reasoningEffort: String?
    private var tools: [Tool]?
    private var stream = true
    private var streamOptions: StreamOptions?

    private enum CodingKeys: String, CodingKey {
        case model, messages, temperature, tools, stream
        case maxTokens = "max_tokens", maxCompletionTokens = "max_completion_tokens"
        case reasoningEffort = "reasoning_effort", streamOptions = "stream_options"
    }

    /// The body that continues a conversation.
    ///
    /// - Parameters:
    ///   - model: The model, after the provider's default has been applied.
    ///   - refused: The parameters that the model has refused.
    init(_ conversation: Conversation, model: String, refused: Set<String>) {
        self.model = model
        messages = conversation.messages.flatMap(Message.list)
        if refused.contains("max_tokens") {
            maxCompletionTokens = conversation.maxTokens
        } else {
            maxTokens = conversation.maxTokens
        }
        streamOptions = refused.contains("stream_options") ? nil : StreamOptions()
        temperature = conversation.temperature
        reasoningEffort = conversation.thinking?.effort
        tools = conversation.tools?.map(Tool.init)
    }
}

/// What the stream tells besides the answer: what the call cost, in a last event.
private struct StreamOptions: Encodable {
    var includeUsage = true

    enum CodingKeys: String, CodingKey { case includeUsage = "include_usage" }
}

/// A message in the vendor's words.
private struct Message: Encodable {
    var role: ChatMessage.Role
    /// Left out beside tool calls that come without words: some servers refuse an empty text.
    var content: String?
    var toolCalls: [Call]?
    var toolCallID: String?
    /// The vendor's own keys, as it has sent them.
    private var own: [String: JSONValue] = [:]

    private struct Key: CodingKey {
        let stringValue: String
        var intValue: Int? { nil }

        init(stringValue: String) { self.stringValue = stringValue }
        init?(intValue: Int) { nil }
    }

    init(role: ChatMessage.Role, content: String? = nil, toolCalls: [Call]? = nil, toolCallID: String? = nil) {
        self.role = role
        self.content = content
        self.toolCalls = toolCalls
        self.toolCallID = toolCallID
    }

    func encode(to encoder: any Encoder) throws {
        var fields = encoder.container(keyedBy: Key.self)
        for (key, value) in own { try fields.encode(value, forKey: Key(stringValue: key)) }
        try fields.encode(role, forKey: Key(stringValue: "role"))
        try fields.encodeIfPresent(content, forKey: Key(stringValue: "content"))
        try fields.encodeIfPresent(toolCalls, forKey: Key(stringValue: "tool_calls"))
        try fields.encodeIfPresent(toolCallID, forKey: Key(stringValue: "tool_call_id"))
    }

    /// What a message is in the vendor's words: one message for each outcome, which have to follow their calls at once,
    /// and one for words and calls. Opaque parts of another family are left out.
    static func list(_ message: ChatMessage) -> [Message] {
        let outcomes = message.content.compactMap { part -> Message? in
            guard case .outcome(of: let id, text: let text) = part else { return nil }
            return Message(role: message.role, content: text, toolCallID: id)
        }
        let words = message.words, calls = message.calls
        if !outcomes.isEmpty, words.isEmpty, calls.isEmpty { return outcomes }
        var own: [String: JSONValue] = [:], extra: JSONValue?, written: [Call] = []
        for part in message.content {
            switch part {
            case .opaque(let part) where part.family == ChatCompletionsReasoning.family:
                if case .object(let keys)? = part.value["message"] { own.merge(keys) { $1 } }
                extra = part.value["call"]
            case .call(let call):
                written.append(Call(call, extraContent: extra))
                extra = nil
            case .text, .outcome, .opaque: break
            }
        }
        var said = Message(
            role: message.role, content: words.isEmpty && !calls.isEmpty ? nil : words,
            toolCalls: written.isEmpty ? nil : written)
        said.own = own
        return outcomes + [said]
    }
}

/// A call that the model has made.
private struct Call: Encodable {
    struct Function: Encodable { var name: String, arguments: String }

    var id: String
    var type = "function"
    var function: Function
    /// What the vendor has sent beside the call.
    var extraContent: JSONValue?

    enum CodingKeys: String, CodingKey { case id, type, function, extraContent = "extra_content" }

    init(_ call: ToolCall, extraContent: JSONValue?) {
        id = call.id
        self.extraContent = extraContent
        function = Function(name: call.name, arguments: call.arguments)
    }
}

/// A tool of the menu.
private struct Tool: Encodable {
    struct Function: Encodable {
        var name: String
        var description: String
        var parameters: JSONValue
    }

    var type = "function"
    var function: Function

    init(_ tool: ToolDefinition) {
        function = Function(name: tool.name, description: tool.description, parameters: tool.parameters)
    }
}
