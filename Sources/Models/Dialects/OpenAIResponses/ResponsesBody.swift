import FoundationEssentials
import Services

/// The body of a request, in the vendor's words.
///
/// See: platform.openai.com/docs/api-reference/responses/create
struct ResponsesBody: Encodable {
    private var model: String
    private var instructions: String?
    private var input: [JSONValue]
    private var maxOutputTokens: Int?
    private var temperature: Double?
    private var reasoning: Reasoning?
    private var tools: [Tool]?
    private var include: [String]?
    private var store: Bool?
    private var stream = true

    private enum CodingKeys: String, CodingKey {
        case model, instructions, input, temperature, reasoning, tools, include, store, stream
        case maxOutputTokens = "max_output_tokens"
    }

    /// The body that continues a conversation.
    ///
    /// - Parameters:
    ///   - model: The model, after the provider's default has been applied.
    ///   - refused: The parameters that the model has refused.
    init(_ conversation: Conversation, model: String, refused: Set<String>) {
        let speakers = TwoSpeakers(conversation.messages)
        self.model = model
        instructions = speakers.system.isEmpty ? nil : speakers.system
        input = speakers.messages.flatMap { Self.items(of: $0.parts, isModel: $0.isModel) }
        maxOutputTokens = conversation.maxTokens.map { max($0, ModelLimits.boundTokensMin) }
        temperature = conversation.temperature
        reasoning = (conversation.thinking?.effort).map(Reasoning.init)
        tools = conversation.tools?.map(Tool.init)
        if !refused.contains("include") { include = ["reasoning.encrypted_content"] }
        if !refused.contains("store") { store = false }
    }

    /// The items of a message: words that follow each other are one, and each call, outcome and thought is one.
    private static func items(of parts: [ContentPart], isModel: Bool) -> [JSONValue] {
        parts.compactMap { part in
            switch part {
            case .text(let text): text.isBlank ? nil : words(text, isModel: isModel)
            case .call(let call):
                item("function_call", ["call_id": call.id, "name": call.name, "arguments": call.arguments])
            case .outcome(of: let id, text: let text): item("function_call_output", ["call_id": id, "output": text])
            case .opaque(let part): part.family == OpenAIResponses.family ? part.value : nil
            }
        }
    }

    private static func words(_ text: String, isModel: Bool) -> JSONValue {
        item("message", ["role": isModel ? "assistant" : "user", "content": text])
    }

    private static func item(_ type: String, _ fields: [String: String]) -> JSONValue {
        .object(fields.mapValues(JSONValue.string).merging(["type": .string(type)]) { own, _ in own })
    }
}

private struct Reasoning: Encodable {
    var effort: String
}

private struct Tool: Encodable {
    var type = "function", name: String, description: String, parameters: JSONValue
    /// The strict mode wants every parameter to be required, which a schema of others need not say.
    var strict = false

    init(_ tool: ToolDefinition) { (name, description, parameters) = (tool.name, tool.description, tool.parameters) }
}
