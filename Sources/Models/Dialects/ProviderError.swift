import FoundationEssentials
import Services

/// An error as vendors tell it, before the stream or in the middle of it.
///
/// They agree on little more than the key `error`:
///
/// ```
/// {"error":{"message":"…","type":"insufficient_quota","code":"insufficient_quota"}}    OpenAI
/// {"error":{"message":"…","type":"exceed_context_size_error","code":400}}               llama.cpp
/// [{"error":{"message":"…","status":"RESOURCE_EXHAUSTED","code":429,"details":[…]}}]    Google
/// {"type":"error","error":{"type":"overloaded_error","message":"…"}}                   Anthropic
/// {"error":"model 'x' not found"}                                                       Ollama
/// {"error":{"message":"Provider returned error","code":400,"metadata":{"raw":"{…}"}}}  OpenRouter
/// {"detail":[{"loc":["body","max_tokens"],"msg":"…"}]}                                  Mistral, vLLM
/// {"message":"…","type":"…"}  {"detail":"…"}                                            others
/// ```
struct ProviderError {
    /// The HTTP status; in the middle of a stream the `code` of the error, if that is a number, or what its kind
    /// would be told with.
    private let status: Int?
    /// The provider's words as they came, empty if it said nothing.
    private let words: String
    /// The kinds that it named: `type`, `code` and `status`, as far as they are words.
    private let kinds: [String]
    /// The parameter that the error is about, if it names one.
    private let parameter: String?
    /// What models are known to refuse.
    private let knownParameters: [String]
    /// The window, where the error has a key for it.
    private let window: TokenCount?
    /// How long to wait, where the error has a key for it.
    private let retryDelay: Duration?

    /// Reads an HTTP answer. A body that is not JSON is quoted as it is.
    ///
    /// - Parameter parameters: What models are known to refuse, by the vendor's names; one that is part of another
    ///   comes after it.
    init(status: Int, body: [UInt8], parameters: [String]) {
        let json = try? JSONDecoder().decode(JSONValue.self, from: Data(body))
        let error = Self.error(in: json) ?? .string(String(decoding: body, as: UTF8.self))
        self.init(error, status: status, parameters: parameters)
    }

    /// Reads the value of the key `error` of an event.
    init(inStream error: JSONValue) { self.init(error, status: nil, parameters: []) }

    private init(_ error: JSONValue, status: Int?, parameters: [String]) {
        knownParameters = parameters
        // A vendor behind another one, in whose words the reason is.
        let inner = Self.inner(of: error)
        let named = [inner, error].compactMap(\.self).flatMap { error in
            ["type", "code", "status"].compactMap { error[$0] }
        }
        let numbers = named.compactMap { if case .integer(let number) = $0 { number } else { nil } }
        words = [inner, error].lazy.compactMap { $0.flatMap(Self.words) }.first { !$0.isEmpty } ?? ""
        kinds = named.compactMap(\.string)
        self.status = status ?? numbers.first ?? kinds.lazy.compactMap(Self.status).first
        parameter = inner?["param"]?.string ?? error["param"]?.string ?? Self.place(in: error)
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
        case .object(let members):
            if let error = members["error"], error != .null {
                error
            } else {
                ["message", "detail"].contains { members[$0] != nil } ? json : nil
            }
        case .string, .bool, .integer, .number, .null, nil: nil
        }
    }

    /// What a vendor behind the one that was asked has said, as that one has passed it on.
    private static func inner(of error: JSONValue) -> JSONValue? {
        guard let raw = error["metadata"]?["raw"] else { return nil }
        let json = raw.string.map { try? JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) } ?? raw
        return self.error(in: json) ?? raw
    }

    /// The words of an error: a text, or the places and texts of a list.
    private static func words(of error: JSONValue) -> String? {
        switch error {
        case .string(let text): text
        case .array(let items):
            items.compactMap { item in
                let place = place(in: .array([item])).map { "\($0): " } ?? ""
                return (item["msg"]?.string ?? item["message"]?.string ?? item.string).map { place + $0 }
            }.joined(separator: "; ")
        case .object(let members): (members["message"] ?? members["detail"]).flatMap(words)
        case .bool, .integer, .number, .null: nil
        }
    }

    /// The key of the request that the first item of a list is about: the last of its `loc`.
    private static func place(in error: JSONValue) -> String? {
        switch error {
        case .array(let items): items.first?["loc"]?.elements.last?.string
        case .object(let members): (members["message"] ?? members["detail"]).flatMap(place)
        case .string, .bool, .integer, .number, .null: nil
        }
    }

    /// What the error means.
    func refusal(retryAfter: Duration?) -> ProviderRefusal {
        let unsupported = unsupportedParameter
        return ProviderRefusal(
            status: status, words: words,
            cause: saysContextOverflow
                ? .contextOverflow
                : unsupported != nil
                    ? .unsupportedParameter
                    : refusesKey
                        ? .keyRefused : isUnpaid ? .limited : namesNoModel ? .unknownModel : .init(status: status),
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
        let signs = [
            "unsupported", "not supported", "unrecognized", "unknown", "not permitted", "does not support",
            "deprecated", "cannot be used",
        ]
        guard kinds.contains("unsupported_parameter") || signs.contains(where: lowered.contains) else { return nil }
        // What is wrong with a part of the conversation is no matter of a parameter.
        if let parameter, !parameter.isEmpty {
            return Self.isInConversation(parameter) ? nil : known(parameter) ?? parameter
        }
        return known(words)
    }

    /// The known parameter that a text names. Vendors name what is within one in several ways: `thinking.type`,
    /// `generation_config.thinking_config.thinking_level`.
    private func known(_ text: String) -> String? {
        let paths = text.split { !($0.isLetter || $0.isNumber || "_.[]".contains($0)) }.filter {
            !Self.isInConversation($0)
        }
        let names = paths.flatMap { $0.split(separator: ".") }.map(Self.plain)
        return knownParameters.first { names.contains(Self.plain($0)) }
    }

    /// A name without what vendors write differently: `reasoningEffort`.
    private static func plain(_ name: some StringProtocol) -> String { name.lowercased().filter { $0 != "_" } }

    /// Whether a path leads into the messages: `messages.1.content.0.thinking`, `input[3]`.
    private static func isInConversation(_ path: some StringProtocol) -> Bool {
        ["messages", "input", "contents"].contains { path.hasPrefix($0 + ".") || path.hasPrefix($0 + "[") }
    }

    /// Anthropic says so with the status of a wrong request.
    private var isUnpaid: Bool { status == 400 && words.lowercased().contains("credit balance") }

    /// Google and xAI say so with the status of a wrong request.
    private var refusesKey: Bool {
        let lowered = words.lowercased()
        let signs = ["api key not valid", "incorrect api key", "invalid api key"]
        return status == 400 && signs.contains(where: lowered.contains)
    }

    /// DeepSeek, Mistral and OpenRouter say so with the status of a wrong request.
    private var namesNoModel: Bool {
        let lowered = words.lowercased()
        return (status == 400 || status == 422)
            && (kinds.contains { ["model_not_found", "invalid_model"].contains($0) }
                || ["model not exist", "invalid model", "not a valid model"].contains(where: lowered.contains))
    }

    private static func status(of kind: String) -> Int? { statuses[kind] ?? (kind.hasPrefix("invalid_") ? 400 : nil) }

    /// The statuses of kinds, for errors in the middle of a stream, which have none.
    ///
    /// See: platform.claude.com/docs/en/api/errors, ai.google.dev/gemini-api/docs/troubleshooting
    private static let statuses = [
        "invalid_api_key": 401, "authentication_error": 401, "billing_error": 402, "permission_error": 403,
        "not_found_error": 404, "request_too_large": 413, "rate_limit_error": 429, "api_error": 500,
        "timeout_error": 504, "overloaded_error": 529, "server_error": 500, "rate_limit_exceeded": 429,
        "insufficient_quota": 429, "RESOURCE_EXHAUSTED": 429, "UNAVAILABLE": 503, "INTERNAL": 500,
        "DEADLINE_EXCEEDED": 504, "INVALID_ARGUMENT": 400, "UNAUTHENTICATED": 401, "PERMISSION_DENIED": 403,
        "NOT_FOUND": 404,
    ]

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
