import FoundationEssentials
import Services

/// The body of a request, in the vendor's words.
///
/// The prompt is cached up to two marks: the end of the system's words, which are the same in each turn of an agent,
/// and the end of the conversation, which the next request continues.
///
/// See: platform.claude.com/docs/en/api/messages, platform.claude.com/docs/en/build-with-claude/prompt-caching
struct AnthropicBody: Encodable {
    private var model: String
    /// The vendor wants a bound in each request.
    private var maxTokens: Int
    private var system: [Block]?
    private var messages: [Message]
    private var temperature: Double?
    private var thinking: ThinkingMode?
    private var outputConfig: OutputConfig?
    private var tools: [Tool]?
    private var stream = true

    private enum CodingKeys: String, CodingKey {
        case model, system, messages, temperature, thinking, tools, stream
        case maxTokens = "max_tokens", outputConfig = "output_config"
    }

    /// How long an answer may be when nobody sets a bound, in tokens: what every model of today can write.
    static let maxTokensDefault = 8_192
    /// The same for a model that has refused it: the least bound of the vendor's models.
    private static let maxTokensLow = 4_096

    /// The body that continues a conversation.
    ///
    /// - Parameters:
    ///   - model: The model, after the provider's default has been applied.
    ///   - refused: The parameters that the model has refused.
    init(_ conversation: Conversation, model: String, refused: Set<String>) {
        let speakers = TwoSpeakers(conversation.messages), isCached = !refused.contains("cache_control")
        self.model = model
        messages = speakers.messages.map { Message(role: $0.isModel ? "assistant" : "user", Self.blocks($0.parts)) }
        if !speakers.system.isEmpty { system = [Block(text: speakers.system)] }
        if isCached {
            system?[0].isCached = true
            messages[messages.count - 1].content[messages[messages.count - 1].content.count - 1].isCached = true
        }
        tools = conversation.tools?.map(Tool.init)
        temperature = conversation.temperature.map { min($0, 1) }  // the vendor's range ends there
        let isOlder = !refused.isDisjoint(with: ["thinking", "output_config"])
        switch conversation.thinking {
        case nil: break
        case .off: if !isOlder { thinking = ThinkingMode(type: "disabled") }
        case .low, .medium, .high:
            if isOlder {
                // In this form a message with calls has to begin with a thought, which calls of others do not have.
                if speakers.messages.last(where: \.isModel).map(Self.isUnthought) != true {
                    thinking = ThinkingMode(type: "enabled", budgetTokens: conversation.thinking?.budgetTokens)
                }
            } else {
                thinking = ThinkingMode(type: "adaptive")
                outputConfig = OutputConfig(effort: conversation.thinking?.rawValue)
            }
            if thinking != nil { temperature = nil }  // a thinking model takes none
        }
        // What is thought counts as part of the answer.
        let answer =
            conversation.maxTokens ?? (refused.contains("max_tokens") ? Self.maxTokensLow : Self.maxTokensDefault)
        let budget = thinking?.budgetTokens ?? 0
        let sum = answer.addingReportingOverflow(budget)
        maxTokens = min(sum.overflow ? .max : sum.partialValue, conversation.hardMax ?? .max)
        guard budget > 0, maxTokens <= budget else { return }
        // Less than the vendor's least is no thought at all.
        thinking = maxTokens / 2 < Self.budgetMin ? nil : ThinkingMode(type: "enabled", budgetTokens: maxTokens / 2)
    }

    private static let budgetMin = 1_024

    /// Whether the model has called without a thought of its own.
    private static func isUnthought(_ message: TwoSpeakers.Message) -> Bool {
        let hasCalls = message.parts.contains { if case .call = $0 { true } else { false } }
        guard case .opaque(let part)? = message.parts.first else { return hasCalls }
        return hasCalls && part.family != AnthropicMessages.family
    }

    private static func blocks(_ parts: [ContentPart]) -> [Block] {
        let blocks = parts.compactMap { part -> Block? in
            switch part {
            case .text(let text): text.isBlank ? nil : Block(text: text)
            case .call(let call): Block(call)
            case .outcome(of: let id, text: let text): Block(outcomeOf: id, text)
            case .opaque(let part): part.family == AnthropicMessages.family ? Block(part.value) : nil
            }
        }
        // The vendor takes no message without a word.
        return blocks.isEmpty ? [Block(text: "…")] : blocks
    }
}

private struct Message: Encodable {
    var role: String
    var content: [Block]

    init(role: String, _ content: [Block]) {
        self.role = role
        self.content = content
    }
}

/// A block of a message's content.
private struct Block: Encodable {
    private var fields: [String: JSONValue]
    /// Whether the prompt is cached up to here.
    var isCached = false

    init(text: String) { fields = ["type": .string("text"), "text": .string(text)] }

    init(_ call: ToolCall) {
        fields = [
            "type": .string("tool_use"), "id": .string(call.id.plainID), "name": .string(call.name),
            "input": call.argumentsObject,
        ]
    }

    init(outcomeOf id: String, _ text: String) {
        fields = ["type": .string("tool_result"), "tool_use_id": .string(id.plainID)]
        if !text.isBlank { fields["content"] = .string(text) }
    }

    /// A block as it came; nil when it is no object.
    init?(_ value: JSONValue) {
        guard case .object(let members) = value else { return nil }
        fields = members
    }

    func encode(to encoder: any Encoder) throws {
        var all = fields
        // A thought is no place for a mark.
        if isCached, let type = fields["type"]?.string, !type.hasSuffix("thinking") {
            all["cache_control"] = .object(["type": .string("ephemeral")])
        }
        try all.encode(to: encoder)
    }
}

private struct ThinkingMode: Encodable {
    var type: String
    var budgetTokens: Int?

    enum CodingKeys: String, CodingKey { case type, budgetTokens = "budget_tokens" }
}

private struct OutputConfig: Encodable {
    var effort: String?
}

private struct Tool: Encodable {
    var name: String, description: String, inputSchema: JSONValue

    enum CodingKeys: String, CodingKey { case name, description, inputSchema = "input_schema" }

    init(_ tool: ToolDefinition) { (name, description, inputSchema) = (tool.name, tool.description, tool.parameters) }
}

extension String {
    /// The vendor takes no other signs in the id of a call.
    fileprivate var plainID: String {
        let id = String(map { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" || $0 == "-" ? $0 : "_" })
        return id.isEmpty ? "_" : id
    }
}
