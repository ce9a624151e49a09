import FoundationEssentials
import Services

/// The body of a streaming call to an OpenAI-compatible endpoint.
///
/// See: platform.openai.com/docs/api-reference/chat/create
public enum ChatCompletionsRequest {
    /// The path below a provider's base URL.
    public static let path = "/chat/completions"

    /// The JSON body of a call, keys in a fixed order.
    ///
    /// - Parameters:
    ///   - request: What the caller wants; its provider and its `from` do not travel.
    ///   - model: The model, after the provider's default has been applied.
    /// - Throws: `ServiceFailure` `invalid` when the temperature is not between 0 and 2, the tokens are not positive,
    ///   or there is no message.
    public static func body(of request: Gateway.Chat.Request, model: String) throws(ServiceFailure) -> [UInt8] {
        guard !request.messages.isEmpty else { throw ServiceFailure(.invalid, "chat \(request.id): no messages") }
        if let temperature = request.temperature, !(0...2).contains(temperature) {
            throw ServiceFailure(.invalid, "chat \(request.id): temperature \(temperature) is not between 0 and 2")
        }
        if let tokens = request.maxTokens, tokens < 1 {
            throw ServiceFailure(.invalid, "chat \(request.id): maxTokens \(tokens) is less than 1")
        }
        let body = Body(
            model: model, messages: request.messages.map(Body.Message.init), maxTokens: request.maxTokens,
            temperature: request.temperature, reasoningEffort: request.thinking?.effort,
            tools: request.tools?.map { Body.Tool(function: $0) })
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        guard let data = try? encoder.encode(body) else {
            throw ServiceFailure(.internalError, "chat \(request.id): the request cannot be written as JSON")
        }
        return Array(data)
    }
}

private struct Body: Encodable {
    struct StreamOptions: Encodable {
        var includeUsage = true

        enum CodingKeys: String, CodingKey { case includeUsage = "include_usage" }
    }

    /// A message in the vendor's words.
    struct Message: Encodable {
        var role: ChatMessage.Role
        /// Left out beside tool calls that come without words: some servers refuse an empty text.
        var content: String?
        var toolCalls: [Call]?
        var toolCallID: String?

        init(_ message: ChatMessage) {
            role = message.role
            content = message.content.isEmpty && message.toolCalls != nil ? nil : message.content
            toolCalls = message.toolCalls?.map(Call.init)
            toolCallID = message.toolCallID
        }

        enum CodingKeys: String, CodingKey {
            case role, content, toolCalls = "tool_calls", toolCallID = "tool_call_id"
        }
    }

    /// A call that the model has made.
    struct Call: Encodable {
        struct Function: Encodable { var name: String, arguments: String }

        var id: String
        var type = "function"
        var function: Function

        init(_ call: ToolCall) {
            id = call.id
            function = Function(name: call.name, arguments: call.arguments)
        }
    }

    /// A tool of the menu.
    struct Tool: Encodable {
        var type = "function"
        var function: ToolDefinition
    }

    var model: String
    var messages: [Message]
    /// The older of OpenAI's two names: every compatible server knows it.
    var maxTokens: Int?
    var temperature: Double?
    var reasoningEffort: String?
    var tools: [Tool]?
    var stream = true
    var streamOptions = StreamOptions()

    enum CodingKeys: String, CodingKey {
        case model, messages, temperature, tools, stream
        case maxTokens = "max_tokens", reasoningEffort = "reasoning_effort", streamOptions = "stream_options"
    }
}

extension Thinking {
    /// The vendor's word for it.
    fileprivate var effort: String {
        switch self {
        case .off: "none"
        case .low, .medium, .high: rawValue
        }
    }
}
