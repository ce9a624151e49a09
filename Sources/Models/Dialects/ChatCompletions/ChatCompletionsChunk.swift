import FoundationEssentials
import Services

/// An event of a chat-completions stream, or a whole answer, as far as it is understood.
///
/// | key | shapes that are read |
/// |---|---|
/// | `content` | a text; a list of parts, of which those with `text` are words (Mistral) |
/// | `reasoning_content`, `reasoning`, `reasoning_details` | any, kept as it is (DeepSeek, OpenRouter) |
/// | `refusal` | a text: the model's words when it refuses |
/// | `index` | a number, also as a text |
/// | `arguments` | a text; an object, which is written as one; null |
/// | `extra_content` of a call | any, kept as it is (Google's thought signature) |
/// | `finish_reason` | a word; an empty one is none |
/// | `message` in place of `delta` | the same: the server did not stream |
struct ChatCompletionsChunk: Decodable {
    /// One of the answers that were asked for.
    struct Choice: Decodable {
        private var part: Lenient<Delta>?
        private var whole: Lenient<Delta>?
        private var reason: Lenient<String>?

        private enum CodingKeys: String, CodingKey { case part = "delta", whole = "message", reason = "finish_reason" }

        /// What is new, or all of it.
        var delta: Delta? { part?.value ?? whole?.value }
        /// Why the model has stopped, when it has.
        var finishReason: String? { reason?.value.flatMap { $0.isEmpty ? nil : $0 } }
    }

    /// What an event adds to the answer.
    struct Delta: Decodable {
        private var contentParts: Lenient<Content>?
        private var refusalText: Lenient<String>?
        private var callList: Lenient<LenientList<Call>>?
        private var reasoningContent: JSONValue?
        private var reasoningText: JSONValue?
        private var reasoningDetails: JSONValue?

        private enum CodingKeys: String, CodingKey {
            case contentParts = "content", refusalText = "refusal", callList = "tool_calls"
            case reasoningContent = "reasoning_content", reasoningText = "reasoning"
            case reasoningDetails = "reasoning_details"
        }

        /// The words, also those with which the model refuses.
        var text: String { (contentParts?.value?.text ?? "") + (refusalText?.value ?? "") }
        /// The pieces of calls.
        var calls: [Call] { callList?.value?.elements ?? [] }
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

    /// A text, or a list of parts.
    private struct Content: Decodable {
        var text: String

        private struct Part: Decodable {
            var text: Lenient<String>?
        }

        init(from decoder: any Decoder) throws {
            if let text = try? String(from: decoder) {
                self.text = text
            } else {
                text = try LenientList<Part>(from: decoder).elements.compactMap { $0.text?.value }.joined()
            }
        }
    }

    /// A piece of a call.
    struct Call: Decodable {
        private struct Function: Decodable { var name: Lenient<String>?, arguments: JSONValue? }

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

    /// The first choice; nobody asks for more than one.
    var choice: Choice? { choices?.value?.elements.first }
    /// What the answer costs, if the event says it.
    var usage: TokenUsage? { cost?.usage }
    /// The error that the event tells of.
    var error: JSONValue? { problem == .null ? nil : problem }
}
