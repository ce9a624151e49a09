import FoundationEssentials
import Services

/// An event of a chat-completions stream, or a whole answer, as far as it is understood.
///
/// | key | shapes that are read |
/// |---|---|
/// | `content` | a text; a part, or a list of parts and texts; a part's `text` is words (Mistral), also as `value` |
/// | `text` in place of `delta` | a text: the older API for completions |
/// | `reasoning_content`, `reasoning`, `reasoning_details` | any, kept as it is (DeepSeek, OpenRouter) |
/// | `refusal` | a text: the model's words when it refuses |
/// | `index` | a number, also as a text |
/// | `tool_calls` | a list; a call |
/// | `function_call` | the only call, of the API before `tool_calls` |
/// | `arguments` | a text; an object, which is written as one; null |
/// | `extra_content` of a call | any, kept as it is (Google's thought signature) |
/// | `finish_reason` | a word; an empty one is none |
/// | `message` in place of `delta` | the same: the server did not stream |
struct ChatCompletionsChunk: Decodable {
    /// One of the answers that were asked for.
    struct Choice: Decodable {
        private var part: Lenient<Delta>?
        private var whole: Lenient<Delta>?
        private var words: Lenient<String>?
        private var number: Lenient<LenientIndex>?
        private var reason: Lenient<String>?

        private enum CodingKeys: String, CodingKey {
            case part = "delta", whole = "message", words = "text", number = "index", reason = "finish_reason"
        }

        /// What is new.
        var delta: Delta? { part?.value }
        /// All of it, or what is new: some servers stream it under this key.
        var message: Delta? { whole?.value }
        /// What is new, of a server that does not tell messages.
        var text: String? { words?.value }
        /// Which of the answers it is of; the first one has 0.
        var index: Int { number?.value?.number ?? 0 }
        /// Why the model has stopped, when it has.
        var finishReason: String? {
            reason?.value.flatMap { ChatOutcome.StopReason.isNone($0) ? nil : $0 }
        }
    }

    /// What an event adds to the answer.
    struct Delta: Decodable {
        private var contentParts: Lenient<Content>?
        private var refusalText: Lenient<String>?
        private var callList: Lenient<Calls>?
        private var onlyCall: Lenient<Call.Function>?
        private var reasoningContent: JSONValue?
        private var reasoningText: JSONValue?
        private var reasoningDetails: JSONValue?

        private enum CodingKeys: String, CodingKey {
            case contentParts = "content", refusalText = "refusal", callList = "tool_calls"
            case onlyCall = "function_call"
            case reasoningContent = "reasoning_content", reasoningText = "reasoning"
            case reasoningDetails = "reasoning_details"
        }

        /// The words, also those with which the model refuses.
        var text: String { (contentParts?.value?.text ?? "") + (refusalText?.value ?? "") }
        /// The pieces of calls.
        var calls: [Call] { callList?.value?.elements ?? [] }
        /// A piece of the only call that there can be.
        var functionCall: ToolCallPiece? {
            onlyCall?.value.map { ToolCallPiece(name: $0.name?.value, arguments: $0.arguments?.argumentsText) }
        }
        /// The model's thinking under the vendor's own keys.
        var reasoning: [(key: String, value: JSONValue)] {
            let all: [(CodingKeys, JSONValue?)] = [
                (.reasoningContent, reasoningContent), (.reasoningText, reasoningText),
                (.reasoningDetails, reasoningDetails),
            ]
            return all.compactMap { key, value in
                value.flatMap { $0 == .null ? nil : (key.rawValue, $0) }
            }
        }
    }

    /// A text, a part, or a list of both.
    private struct Content: Decodable {
        var text: String

        /// A text, or an object that holds one.
        private struct Part: Decodable {
            var text: String
            /// Whether it says that it is a part.
            var hasType = false

            private struct Value: Decodable { var value: Lenient<String>? }

            private enum CodingKeys: String, CodingKey { case text, type }

            init(from decoder: any Decoder) throws {
                if let text = try? String(from: decoder) {
                    self.text = text
                    return
                }
                let fields = try decoder.container(keyedBy: CodingKeys.self)
                hasType = fields.contains(.type)
                text =
                    (try? fields.decode(String.self, forKey: .text))
                    ?? (try? fields.decode(Value.self, forKey: .text))?.value?.value ?? ""
            }
        }

        init(from decoder: any Decoder) throws {
            if let text = try? String(from: decoder) {
                self.text = text
            } else if let parts = try? LenientList<Part>(from: decoder) {
                text = parts.elements.map(\.text).joined()
            } else {
                let part = try Part(from: decoder)
                text = part.hasType ? part.text : ""
            }
        }
    }

    /// A list of pieces of calls, or one.
    private struct Calls: Decodable {
        var elements: [Call]

        init(from decoder: any Decoder) throws {
            if let list = try? LenientList<Call>(from: decoder) {
                elements = list.elements
            } else {
                elements = [try Call(from: decoder)]
            }
        }
    }

    /// A piece of a call.
    struct Call: Decodable {
        fileprivate struct Function: Decodable { var name: Lenient<String>?, arguments: JSONValue? }

        private var index: Lenient<LenientIndex>?
        private var id: Lenient<String>?
        private var function: Lenient<Function>?
        private var extra: JSONValue?

        private enum CodingKeys: String, CodingKey { case index, id, function, extra = "extra_content" }

        /// The piece.
        var piece: ToolCallPiece {
            ToolCallPiece(
                index: index?.value?.number, id: id?.value, name: function?.value?.name?.value,
                arguments: function?.value?.arguments?.argumentsText)
        }

        /// What goes back to the vendor with the call.
        var extraContent: JSONValue? { extra == .null ? nil : extra }
    }

    /// What the answer costs. What is no count says nothing, and never spoils the words beside it.
    struct Cost: Decodable {
        var usage: TokenUsage?

        private enum CodingKeys: String, CodingKey {
            case promptTokens = "prompt_tokens", completionTokens = "completion_tokens"
            case totalTokens = "total_tokens"
            case details = "prompt_tokens_details", cacheHits = "prompt_cache_hit_tokens"
        }

        private enum DetailKeys: String, CodingKey { case cached = "cached_tokens" }

        init(from decoder: any Decoder) {
            guard let fields = try? decoder.container(keyedBy: CodingKeys.self) else { return }
            let input = try? fields.decode(TokenCount.self, forKey: .promptTokens)
            let output = try? fields.decode(TokenCount.self, forKey: .completionTokens)
            guard input != nil || output != nil else { return }
            let details = try? fields.nestedContainer(keyedBy: DetailKeys.self, forKey: .details)
            let read =
                (try? details?.decode(TokenCount.self, forKey: .cached))
                ?? (try? fields.decode(TokenCount.self, forKey: .cacheHits))  // DeepSeek
            // Some vendors count thoughts in the total alone.
            let total = try? fields.decode(TokenCount.self, forKey: .totalTokens)
            let rest = TokenCount((total ?? 0).value - (input ?? 0).value)
            usage = TokenUsage(
                inputTokens: input ?? 0, outputTokens: max(output ?? 0, input == nil ? 0 : rest),
                cacheReadTokens: read ?? 0)
        }
    }

    private var choices: Lenient<LenientList<Choice>>?
    private var cost: Cost?
    private var problem: JSONValue?

    private enum CodingKeys: String, CodingKey { case choices, cost = "usage", problem = "error" }

    /// The choice that comes first by its index; nobody asks for more than one.
    var choice: Choice? { choices?.value?.elements.min { $0.index < $1.index } }
    /// Whether the event is no part of an answer, and so may be an error itself.
    var isForeign: Bool { choice == nil && usage == nil }
    /// What the answer costs, if the event says it.
    var usage: TokenUsage? { cost?.usage }
    /// The error that the event tells of.
    var error: JSONValue? { problem.flatMap { ProviderError.isTold(by: $0) ? $0 : nil } }
}
