import Services

/// An event of a stream of Responses, or a whole response, as far as it is understood. Events are told apart by `type`,
/// which says the same as the event's name.
struct ResponsesEvent: Decodable {
    /// A response at its end.
    struct Response: Decodable {
        private struct Details: Decodable { var reason: Lenient<String>? }

        private var items: Lenient<LenientList<JSONValue>>?
        private var state: Lenient<String>?
        private var details: Lenient<Details>?
        private var problem: JSONValue?
        private var cost: Lenient<Cost>?

        private enum CodingKeys: String, CodingKey {
            case items = "output", state = "status", details = "incomplete_details", problem = "error", cost = "usage"
        }

        /// Everything that the model has said and called.
        var output: [JSONValue] { items?.value?.elements ?? [] }
        /// `completed`, `incomplete`, `failed` and the like; empty if it does not say it.
        var status: String { state?.value ?? "" }
        /// Why it is not complete.
        var incompleteReason: String? { details?.value?.reason?.value }
        /// Why it has failed.
        var error: JSONValue? { problem.flatMap { ProviderError.isTold(by: $0) ? $0 : nil } }
        /// What it has cost.
        var usage: TokenUsage? { cost?.value?.usage }
    }

    /// Tokens as the vendor counts them: the cached ones are part of the input.
    private struct Cost: Decodable {
        private struct Details: Decodable {
            var read: Lenient<TokenCount>?
            var written: Lenient<TokenCount>?

            enum CodingKeys: String, CodingKey { case read = "cached_tokens", written = "cache_write_tokens" }
        }

        private var input: Lenient<TokenCount>?
        private var output: Lenient<TokenCount>?
        private var details: Lenient<Details>?

        private enum CodingKeys: String, CodingKey {
            case input = "input_tokens", output = "output_tokens", details = "input_tokens_details"
        }

        var usage: TokenUsage? {
            guard input?.value != nil || output?.value != nil else { return nil }
            return TokenUsage(
                inputTokens: input?.value ?? 0, outputTokens: output?.value ?? 0,
                cacheReadTokens: details?.value?.read?.value ?? 0,
                cacheWriteTokens: details?.value?.written?.value ?? 0)
        }
    }

    private var kind: Lenient<String>?
    private var number: Lenient<LenientIndex>?
    private var piece: JSONValue?
    private var key: Lenient<String>?
    private var input: JSONValue?
    private var part: JSONValue?
    private var whole: Lenient<Response>?
    private var problem: JSONValue?
    private var object: Lenient<String>?
    private var partNumber: Lenient<LenientIndex>?
    private var partText: Lenient<String>?
    private var refusal: Lenient<String>?
    private var content: JSONValue?

    private enum CodingKeys: String, CodingKey {
        case kind = "type", number = "output_index", key = "item_id", piece = "delta", input = "arguments"
        case part = "item", whole = "response", problem = "error", object
        case partNumber = "content_index", partText = "text", refusal, content = "part"
    }

    /// `response.output_text.delta` and the like; empty if the event does not say it.
    var type: String { kind?.value ?? "" }
    /// Which item of the output it is about.
    var index: Int? { number?.value?.number }
    /// The item's own id; some servers tell it and no index.
    var itemID: String? { key?.value ?? part?["id"]?.string }
    /// What is added.
    var delta: String? { piece?.string }
    /// What is added to the arguments of a call.
    var argumentsDelta: String? { piece?.argumentsText }
    /// Which part of a message it is about.
    var contentIndex: Int { partNumber?.value?.number ?? 0 }
    /// The words of a part of a message in whole.
    var text: String? {
        partText?.value ?? refusal?.value ?? content?["text"]?.string ?? content?["refusal"]?.string
    }
    /// The arguments of a call in whole.
    var arguments: String? { input?.argumentsText }
    /// The item that begins or has ended.
    var item: JSONValue? { part }
    /// The response at its end.
    var response: Response? { whole?.value }
    /// Whether this is a whole response in place of a stream.
    var isResponse: Bool { object?.value == "response" }
    /// The error that the event tells of.
    var error: JSONValue? { problem.flatMap { ProviderError.isTold(by: $0) ? $0 : nil } }
    /// Whether it is no event of a response, and so may be an error itself.
    var isForeign: Bool { !type.hasPrefix("response.") && !isResponse }
}
