import Services

/// An event of Gemini's stream, as far as it is understood.
struct GeminiChunk: Decodable {
    /// One of the answers that were asked for.
    struct Candidate: Decodable {
        private struct Content: Decodable { var parts: Lenient<LenientList<Part>>? }

        private var content: Lenient<Content>?
        private var reason: JSONValue?
        private var words: Lenient<String>?

        private enum CodingKeys: String, CodingKey { case content, reason = "finishReason", words = "finishMessage" }

        /// What is new.
        var parts: [Part] { content?.value?.parts?.value?.elements ?? [] }
        /// Why the model has stopped, when it has. Some servers tell the number of the reason in the vendor's list.
        var finishReason: String? {
            if case .integer(let number)? = reason {
                return number > 0 && number < Self.reasons.count ? Self.reasons[Int(number)] : nil
            }
            return reason?.string.flatMap { $0.isEmpty ? nil : $0 }
        }

        /// See: googleapis/google/ai/generativelanguage/v1beta/generative_service.proto, `FinishReason`
        private static let reasons = [
            "FINISH_REASON_UNSPECIFIED", "STOP", "MAX_TOKENS", "SAFETY", "RECITATION", "OTHER", "LANGUAGE", "BLOCKLIST",
            "PROHIBITED_CONTENT", "SPII", "MALFORMED_FUNCTION_CALL",
        ]

        /// The vendor's words for it.
        var finishMessage: String? { words?.value }
    }

    /// Words, a thought or a call; each may be signed.
    struct Part: Decodable {
        /// A tool that the model calls.
        struct Call: Decodable {
            private var tool: Lenient<String>?
            private var args: JSONValue?

            private enum CodingKeys: String, CodingKey { case tool = "name", args }

            /// The tool.
            var name: String { tool?.value ?? "" }
            /// What the model gives it.
            var arguments: JSONValue? { args == .null ? nil : args }
        }

        private var words: Lenient<String>?
        private var isThought: Lenient<JSONValue>?
        private var call: Lenient<Call>?
        private var signature: Lenient<String>?

        private enum CodingKeys: String, CodingKey {
            case words = "text", isThought = "thought", call = "functionCall", signature = "thoughtSignature"
        }

        /// Words of the answer; those of a thought are nobody's to see.
        var text: String? {
            [.bool(true), .string("true")].contains(isThought?.value) ? nil : words?.value
        }
        /// A call, in whole.
        var functionCall: Call? { call?.value }
        /// The signature of the thoughts that led here.
        var thoughtSignature: String? { signature?.value }
    }

    private struct Feedback: Decodable {
        var reason: Lenient<String>?
        var words: Lenient<String>?

        enum CodingKeys: String, CodingKey { case reason = "blockReason", words = "blockReasonMessage" }
    }

    /// Tokens as the vendor counts them: the cached ones are part of the prompt, thoughts are no part of the answer.
    private struct Cost: Decodable {
        var prompt: Lenient<TokenCount>?
        var cached: Lenient<TokenCount>?
        var tools: Lenient<TokenCount>?
        var answer: Lenient<TokenCount>?
        var thoughts: Lenient<TokenCount>?

        enum CodingKeys: String, CodingKey {
            case prompt = "promptTokenCount", cached = "cachedContentTokenCount", tools = "toolUsePromptTokenCount"
            case answer = "candidatesTokenCount", thoughts = "thoughtsTokenCount"
        }
    }

    private var candidates: Lenient<LenientList<Candidate>>?
    private var feedback: Lenient<Feedback>?
    private var cost: Lenient<Cost>?
    private var problem: JSONValue?

    private enum CodingKeys: String, CodingKey {
        case candidates, feedback = "promptFeedback", cost = "usageMetadata", problem = "error"
    }

    /// The first candidate; nobody asks for more than one.
    var candidate: Candidate? { candidates?.value?.elements.first }
    /// Why the prompt is not answered at all. An empty reason is none, and so is `BLOCK_REASON_UNSPECIFIED`.
    var blockReason: String? {
        feedback?.value?.reason?.value.flatMap { $0.isEmpty || $0.hasSuffix("_UNSPECIFIED") ? nil : $0 }
    }
    /// Whether the event is no part of an answer, and so may be an error itself.
    var isForeign: Bool { candidate == nil && usage == nil && blockReason == nil }
    /// What the answer has cost so far.
    var usage: TokenUsage? {
        guard let cost = cost?.value, cost.prompt?.value != nil || cost.answer?.value != nil else { return nil }
        return TokenUsage(
            inputTokens: (cost.prompt?.value ?? 0) + (cost.tools?.value ?? 0),
            outputTokens: (cost.answer?.value ?? 0) + (cost.thoughts?.value ?? 0),
            cacheReadTokens: cost.cached?.value ?? 0)
    }
    /// The error that the event tells of.
    var error: JSONValue? { problem.flatMap { ProviderError.isTold(by: $0) ? $0 : nil } }
}
