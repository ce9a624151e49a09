import FoundationEssentials
import Services

/// An error as those who speak this dialect tell it, before the stream or in the middle of it.
///
/// They agree on little more than the key `error`:
///
/// ```
/// {"error":{"message":"…","type":"insufficient_quota","code":"insufficient_quota"}}    OpenAI
/// {"error":{"message":"…","type":"exceed_context_size_error","code":400}}               llama.cpp
/// [{"error":{"message":"…","status":"RESOURCE_EXHAUSTED","code":429,"details":[…]}}]    Google
/// {"error":"model 'x' not found"}                                                       Ollama
/// {"message":"…"}  {"detail":"…"}                                                       others
/// ```
struct ChatCompletionsError {
    /// The HTTP status; in the middle of a stream the `code` of the error, if that is a number.
    private let status: Int?
    /// The provider's words as they came, empty if it said nothing.
    private let words: String
    /// The kinds that it named: `type`, `code` and `status`, as far as they are words.
    private let kinds: [String]
    /// The parameter that the error is about, if it names one.
    private let parameter: String?
    /// The window, where the error has a key for it.
    private let window: TokenCount?
    /// How long to wait, where the error has a key for it.
    private let retryDelay: Duration?

    /// Reads an HTTP answer. A body that is not JSON is quoted as it is.
    init(status: Int, body: [UInt8]) {
        let json = try? JSONDecoder().decode(JSONValue.self, from: Data(body))
        self.init(Self.error(in: json) ?? .string(String(decoding: body, as: UTF8.self)), status: status)
    }

    /// Reads the value of the key `error` of an event.
    init(inStream error: JSONValue) { self.init(error, status: nil) }

    private init(_ error: JSONValue, status: Int?) {
        let named = ["type", "code", "status"].compactMap { error[$0] }
        let numbers = named.compactMap { if case .integer(let number) = $0 { number } else { nil } }
        self.status = status ?? numbers.first
        words = error.string ?? error["message"]?.string ?? ""
        kinds = named.compactMap(\.string)
        parameter = error["param"]?.string
        if case .integer(let tokens)? = error["n_ctx"] { window = TokenCount(tokens) } else { window = nil }
        retryDelay = Self.retryDelay(in: error["details"])
    }

    /// Google writes it as `{"details":[{"@type":"…RetryInfo","retryDelay":"12.5s"}]}`.
    private static func retryDelay(in details: JSONValue?) -> Duration? {
        guard case .array(let details)? = details else { return nil }
        let texts = details.compactMap { $0["retryDelay"]?.string }
        return texts.first { $0.hasSuffix("s") }.flatMap { RetryAfter.duration(seconds: String($0.dropLast())) }
    }

    private static func error(in json: JSONValue?) -> JSONValue? {
        switch json {
        case .array(let items): error(in: items.first)
        case .object(let members): members["error"] ?? members["message"] ?? members["detail"]
        case .string, .bool, .integer, .number, .null, nil: nil
        }
    }

    /// What the error means.
    func refusal(retryAfter: Duration?) -> ProviderRefusal {
        let unsupported = unsupportedParameter
        return ProviderRefusal(
            status: status, words: words,
            cause: saysContextOverflow
                ? .contextOverflow : unsupported == nil ? .init(status: status) : .unsupportedParameter,
            mayPass: mayPass, retryAfter: retryAfter ?? retryDelay, parameter: unsupported,
            window: saysContextOverflow ? window ?? ContextOverflow.window(in: words) : nil)
    }

    /// Whether the conversation is too long for the model.
    ///
    /// llama.cpp and OpenAI have a kind for it; others say it in English, also with a status of their own fault or
    /// without one. A 429 is believed only by its kind: it speaks of windows of time.
    private var saysContextOverflow: Bool {
        let namedKinds = ["exceed_context_size_error", "context_length_exceeded", "model_context_window_exceeded"]
        return status == 413 || kinds.contains(where: namedKinds.contains)
            || (status.map { $0 >= 400 && $0 != 429 } ?? true) && ContextOverflow.isTold(in: words)
    }

    /// The parameter that the model does not take at all: a value that is out of range is another matter.
    private var unsupportedParameter: String? {
        guard status == 400 || status == 422 else { return nil }
        let lowered = words.lowercased()
        let signs = ["unsupported", "not supported", "unrecognized", "unknown", "not permitted", "does not support"]
        guard kinds.contains("unsupported_parameter") || signs.contains(where: lowered.contains) else { return nil }
        if let parameter, !parameter.isEmpty { return parameter }
        // The longest first: one name begins another.
        let known = [
            "max_completion_tokens", "reasoning_effort", "stream_options", "temperature", "max_tokens", "tools",
        ]
        return known.first {
            lowered.contains("'\($0)'") || lowered.contains("\"\($0)\"") || lowered.contains("`\($0)`")
        }
    }

    /// Whether asking again soon could help, by what the provider says. An error without a number is the server's.
    private var mayPass: Bool {
        switch status ?? 500 {
        case 408, 409, 425: true
        case 429: !kinds.contains("insufficient_quota")
        case 500...: !saysContextOverflow
        case _: false
        }
    }
}
