import FoundationEssentials
import Services

/// An error as those who speak this dialect tell it, before the stream or in the middle of it.
///
/// They agree on little more than the key `error`:
///
/// ```
/// {"error":{"message":"…","type":"insufficient_quota","code":"insufficient_quota"}}    OpenAI
/// {"error":{"message":"…","type":"exceed_context_size_error","code":400}}               llama.cpp
/// [{"error":{"message":"…","status":"RESOURCE_EXHAUSTED","code":429}}]                  Google
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
        ProviderRefusal(
            status: status, words: words, cause: saysContextOverflow ? .contextOverflow : .init(status: status),
            mayPass: mayPass, retryAfter: retryAfter)
    }

    /// Whether the conversation is too long for the model.
    ///
    /// llama.cpp and OpenAI have a kind for it; others say it in English, in the few turns of phrase listed here. An
    /// error in a stream that has no number, and a 429, are believed only by their kind.
    private var saysContextOverflow: Bool {
        let namedKinds = ["exceed_context_size_error", "context_length_exceeded", "model_context_window_exceeded"]
        let phrases = [
            "maximum context length", "context size", "context window", "prompt is too long", "maximum prompt length",
            "input token count",
        ]
        let lowered = words.lowercased()
        return kinds.contains(where: namedKinds.contains)
            || (status.map { (400..<500).contains($0) && $0 != 429 } ?? false)
                && phrases.contains(where: lowered.contains)
    }

    /// Whether asking again soon could help, by what the provider says. An error without a number is the server's.
    private var mayPass: Bool {
        switch status ?? 500 {
        case 429: !kinds.contains("insufficient_quota")
        case 500...: !saysContextOverflow
        case _: false
        }
    }
}
