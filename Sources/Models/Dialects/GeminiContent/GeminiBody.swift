import FoundationEssentials
import Services

/// The body of a request, in the vendor's words.
///
/// See: ai.google.dev/api/generate-content, ai.google.dev/gemini-api/docs/function-calling
struct GeminiBody: Encodable {
    private var systemInstruction: Content?
    private var contents: [Content]
    private var tools: [Tools]?
    private var generationConfig: Settings

    /// The body that continues a conversation.
    ///
    /// - Parameters:
    ///   - model: The model, after the provider's default has been applied.
    ///   - refused: The parameters that the model has refused.
    init(_ conversation: Conversation, model: String, refused: Set<String>) {
        let speakers = TwoSpeakers(conversation.messages)
        // Outcomes go by the tool's name; the id is for calls of one tool at a time.
        let calls = conversation.messages.flatMap(\.calls)
        let names = Dictionary(calls.map { ($0.id, $0.name) }) { first, _ in first }
        if !speakers.system.isEmpty { systemInstruction = Content(role: nil, parts: [Part(text: speakers.system)]) }
        contents = speakers.messages.map {
            Content(role: $0.isModel ? "model" : "user", parts: Self.parts($0.parts, names))
        }
        if let menu = conversation.tools, !menu.isEmpty { tools = [Tools(functionDeclarations: menu.map(Tool.init))] }
        generationConfig = Settings(
            temperature: conversation.temperature, maxOutputTokens: conversation.maxTokens,
            thinkingConfig: conversation.thinking.map {
                refused.contains("thinkingLevel") || model.contains("gemini-2")
                    ? ThinkingSettings(thinkingBudget: $0 == .off ? 0 : $0.budgetTokens)
                    : ThinkingSettings(thinkingLevel: $0 == .off ? "minimal" : $0.rawValue)
            })
    }

    private static func parts(_ content: [ContentPart], _ names: [String: String]) -> [Part] {
        var parts: [Part] = [], signature: String?
        for part in content {
            switch part {
            case .text(let text) where text.isBlank && signature == nil: break
            case .text(let text):
                parts.append(Part(text: text, thoughtSignature: signature))
                signature = nil
            case .call(let call):
                // The first call of a message must have one. Of a model that makes none this word is taken instead.
                let isFirst = !parts.contains { $0.functionCall != nil }
                parts.append(
                    Part(
                        functionCall: Call(id: call.id, name: call.name, args: call.argumentsObject),
                        thoughtSignature: signature ?? (isFirst ? foreignSignature : nil)))
                signature = nil
            case .outcome(of: let id, text: let text):
                let result = JSONValue.object(["output": .string(text)])
                parts.append(Part(functionResponse: Outcome(id: id, name: names[id] ?? id, response: result)))
            case .opaque(let part) where part.family == GeminiContent.family:
                signature = part.value["thoughtSignature"]?.string
            case .opaque: break
            }
        }
        if let signature { parts.append(Part(text: "", thoughtSignature: signature)) }
        // The vendor takes no message without a part.
        return parts.isEmpty ? [Part(text: "…")] : parts
    }

    /// What the vendor wants in place of the signature of a call that another vendor's model has made.
    ///
    /// See: ai.google.dev/gemini-api/docs/thought-signatures
    private static let foreignSignature = "skip_thought_signature_validator"
}

private struct Content: Encodable {
    var role: String?
    var parts: [Part]
}

private struct Part: Encodable {
    var text: String?
    var functionCall: Call?
    var functionResponse: Outcome?
    var thoughtSignature: String?
}

private struct Call: Encodable { var id: String, name: String, args: JSONValue }

private struct Outcome: Encodable { var id: String, name: String, response: JSONValue }

private struct Tools: Encodable { var functionDeclarations: [Tool] }

private struct Tool: Encodable {
    var name: String, description: String, parametersJsonSchema: JSONValue

    init(_ tool: ToolDefinition) {
        (name, description, parametersJsonSchema) = (tool.name, tool.description, tool.parameters)
    }
}

private struct Settings: Encodable {
    var temperature: Double?
    var maxOutputTokens: Int?
    var thinkingConfig: ThinkingSettings?
}

private struct ThinkingSettings: Encodable {
    var thinkingLevel: String?
    var thinkingBudget: Int?
}
