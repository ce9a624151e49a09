import Services

/// What a model has thought before a call, as its vendor wants it back: the same keys in the assistant's message, and a
/// call's own `extra_content` beside the call.
///
/// ```
/// {"message":{"reasoning_content":"…"},"call":{"google":{"thought_signature":"…"}}}
/// ```
///
/// See: api-docs.deepseek.com/guides/thinking_mode, openrouter.ai/docs/use-cases/reasoning-tokens,
/// ai.google.dev/gemini-api/docs/thought-signatures
struct ChatCompletionsReasoning {
    /// The family of these parts.
    static let family = "chat-completions"

    private var message: [String: JSONValue] = [:]

    /// Nothing thought yet.
    init() {}

    /// Adds what an event brings: texts and lists grow, another value takes the place of the one before.
    mutating func add(_ value: JSONValue, under key: String) {
        switch (message[key], value) {
        case (.string(let before), .string(let more)): message[key] = .string(before + more)
        case (.array(let before), .array(let more)): message[key] = .array(before + more)
        case _: message[key] = value
        }
    }

    /// What belongs to the call that begins now; what has been taken is not taken again.
    mutating func take(extraContent: JSONValue?) -> OpaquePart? {
        var value: [String: JSONValue] = [:]
        let whole = message.mapValues { value in value.string.map { .string(SplitCharacters.restored($0)) } ?? value }
        if !whole.isEmpty { value["message"] = .object(whole) }
        value["call"] = extraContent
        message = [:]
        return value.isEmpty ? nil : OpaquePart(family: Self.family, value: .object(value))
    }
}
