import FoundationEssentials
import Services

/// An event of Anthropic's stream, or a whole message, as far as it is understood. Events are told apart by `type`,
/// which says the same as the event's name.
struct AnthropicEvent: Decodable {
    /// The message that begins.
    struct Message: Decodable {
        private var cost: Lenient<Cost>?

        private enum CodingKeys: String, CodingKey { case cost = "usage" }

        /// The tokens that it has cost so far.
        var usage: Cost? { cost?.value }
    }

    /// What is added to a block, or to the message.
    struct Delta: Decodable {
        private var words: Lenient<String>?
        private var json: JSONValue?
        private var thoughts: Lenient<String>?
        private var seal: Lenient<String>?
        private var reason: Lenient<String>?

        private enum CodingKeys: String, CodingKey {
            case words = "text", json = "partial_json", thoughts = "thinking", seal = "signature"
            case reason = "stop_reason"
        }

        /// Words of a text.
        var text: String? { words?.value }
        /// The next piece of a call's input; some servers send it in whole, as the object itself.
        var input: String? { json?.argumentsText }
        /// Words of a thought.
        var thinking: String? { thoughts?.value }
        /// The signature of a thought.
        var signature: String? { seal?.value }
        /// Why the model has stopped, when it has.
        var stopReason: String? { reason?.value }
    }

    /// Tokens as the vendor counts them: each kind apart. A later event counts again, from the beginning.
    struct Cost: Decodable, Sendable {
        private var input: Lenient<TokenCount>?
        private var written: Lenient<TokenCount>?
        private var read: Lenient<TokenCount>?
        private var output: Lenient<TokenCount>?

        private enum CodingKeys: String, CodingKey {
            case input = "input_tokens", output = "output_tokens"
            case written = "cache_creation_input_tokens", read = "cache_read_input_tokens"
        }

        /// The counts of a later event before those of this one, where it has them.
        func updated(by later: Cost) -> Cost {
            var cost = self
            if later.input?.value != nil { cost.input = later.input }
            if later.written?.value != nil { cost.written = later.written }
            if later.read?.value != nil { cost.read = later.read }
            if later.output?.value != nil { cost.output = later.output }
            return cost
        }

        /// The same in neutral words: what is cached is part of the prompt. Nil when nothing was counted.
        var usage: TokenUsage? {
            guard input?.value != nil || output?.value != nil else { return nil }
            let read = read?.value ?? 0, written = written?.value ?? 0
            return TokenUsage(
                inputTokens: (input?.value ?? 0) + read + written, outputTokens: output?.value ?? 0,
                cacheReadTokens: read, cacheWriteTokens: written)
        }
    }

    private var kind: Lenient<String>?
    private var number: Lenient<LenientIndex>?
    private var begun: Lenient<Message>?
    private var block: JSONValue?
    private var change: Lenient<Delta>?
    private var cost: Lenient<Cost>?
    private var problem: JSONValue?
    private var blocks: JSONValue?
    private var reason: Lenient<String>?

    private enum CodingKeys: String, CodingKey {
        case kind = "type", number = "index", begun = "message", block = "content_block", change = "delta"
        case cost = "usage", problem = "error", blocks = "content", reason = "stop_reason"
    }

    /// `content_block_delta` and the like; empty if the event does not say it.
    var type: String { kind?.value ?? "" }
    /// Whether it is no event of a message, and so may be an error itself.
    var isForeign: Bool { !type.hasPrefix("message") && !type.hasPrefix("content_block") }
    /// Which block it is about.
    var index: Int? { number?.value?.number }
    /// The message that begins.
    var message: Message? { begun?.value }
    /// The block that begins.
    var contentBlock: JSONValue? { block }
    /// What is added to a block or to the message.
    var delta: Delta? { change?.value }
    /// Tokens so far.
    var usage: Cost? { cost?.value }
    /// The error that the event tells of.
    var error: JSONValue? { problem.flatMap { ProviderError.isTold(by: $0) ? $0 : nil } }
    /// The blocks of a whole message; some servers send a text in place of them.
    var content: [JSONValue] {
        switch blocks {
        case .string(let text)?: [.object(["type": .string("text"), "text": .string(text)])]
        case .object?: [blocks].compactMap(\.self)
        case _: blocks?.elements ?? []
        }
    }
    /// Why the model has stopped, in a whole message.
    var stopReason: String? { reason?.value }
}
