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
/// {"object":"error","message":"…","code":400}                                          vLLM, SGLang
/// {"choices":null,"base_resp":{"status_code":1008,"status_msg":"…"}}                   MiniMax
/// {"code":1113,"msg":"…","success":false}                                              Z.AI
/// ```
struct ProviderError {
    /// The HTTP status; in the middle of a stream the one that the error names, or what its kind would be told with.
    let status: Int?
    /// The provider's words as they came, empty if it said nothing.
    let words: String
    /// The kinds that it named: `type`, `code`, `status` and the reasons of its details, as far as they are words.
    let kinds: [String]
    /// The parameter that the error is about, if it names one.
    let parameter: String?
    /// What models are known to refuse.
    let known: KnownParameters
    /// The window, where the error has a key for it.
    let window: TokenCount?
    /// How long to wait, where the error has a key for it.
    let retryDelay: Duration?

    /// Reads an HTTP answer. A body that is not JSON is quoted as it is.
    ///
    /// - Parameter parameters: What models are known to refuse.
    init(status: Int, body: [UInt8], parameters: KnownParameters) {
        let json = try? JSONDecoder().decode(JSONValue.self, from: Data(body))
        let error = Self.error(in: json) ?? .string(String(decoding: body, as: UTF8.self))
        self.init(error, status: status, parameters: parameters)
    }

    /// Reads the value of the key `error` of an event, or the event that is an error itself.
    init(inStream error: JSONValue) { self.init(error, status: nil, parameters: KnownParameters()) }

    private init(_ error: JSONValue, status: Int?, parameters: KnownParameters) {
        known = parameters
        // A vendor behind another one, in whose words the reason is.
        let inner = Self.inner(of: error)
        let sources = [inner, error].compactMap(\.self)
        let named = sources.flatMap { error in
            (Self.statusKeys + ["type", "error_type"]).compactMap { error[$0] }
        }
        let reasons = sources.flatMap { $0["details"]?.elements ?? [] }.compactMap { $0["reason"]?.string }
        words = sources.lazy.compactMap(Self.words).first { !$0.isEmpty } ?? ""
        kinds = named.compactMap(\.string) + reasons
        self.status =
            status ?? named.lazy.compactMap(Self.number).first(where: Self.isStatus)
            ?? kinds.lazy.compactMap(Self.status).first
        let place = inner?["param"]?.string ?? error["param"]?.string ?? Self.place(in: error)
        parameter = place.flatMap { ["", "none", "null"].contains($0.lowercased()) ? nil : $0 }
        if case .integer(let tokens)? = error["n_ctx"] { window = TokenCount(tokens) } else { window = nil }
        retryDelay = Self.retryDelay(in: error["details"])
    }

    /// The keys under which vendors write a status, or a number of their own.
    private static let statusKeys = ["code", "status", "status_code", "http_status_code", "http_status"]

    /// A number, also as a text.
    private static func number(_ value: JSONValue) -> Int? {
        if case .integer(let number) = value { return Int(number) }
        return value.string.flatMap { Int($0) }
    }

    /// Whether a number is a status of HTTP that tells a failure: vendors have numbers of their own beside it.
    private static func isStatus(_ number: Int) -> Bool { (400..<600).contains(number) }

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
            if let error = members["error"], isTold(by: error) {
                // What stands beside a text tells its kind.
                error.string == nil || members["code"] == nil ? error : json
            } else if let answer = members["base_resp"], isTold(by: answer) {
                answer
            } else {
                wordKeys.contains { members[$0] != nil } ? json : nil
            }
        case .string, .bool, .integer, .number, .null, nil: nil
        }
    }

    /// Whether the value of the key `error` tells of one: servers send it empty beside a good answer.
    static func isTold(by error: JSONValue) -> Bool {
        switch error {
        case .string(let text): !text.isBlank
        case .array(let items): items.contains(where: isTold)
        case .object(let members):
            !(words(of: error) ?? "").isBlank
                || statusKeys.contains { members[$0].flatMap(number).map(isStatus) == true }
                || ["type", "error_type", "status", "code"].contains { key in
                    members[key]?.string.map { !$0.isBlank && Int($0) == nil } == true
                } || inner(of: error) != nil
        case .bool, .integer, .number, .null: false
        }
    }

    /// The error that an event is, or a document in place of a stream, without the key `error`. It is asked for where
    /// there is no answer, and words alone make no error: servers tell of their progress as well.
    ///
    /// - Parameters:
    ///   - data: A JSON text.
    ///   - name: The event's name.
    /// - Returns: The error; nil if it is none.
    static func told(instead data: Data, named name: String?) -> JSONValue? {
        guard let json = try? JSONDecoder().decode(JSONValue.self, from: data), case .object(let members) = json
        else { return nil }
        if let answer = members["base_resp"], answer["status_code"].flatMap(number) ?? 0 != 0 { return answer }
        let isCalledSo = name == "error" || ["object", "type"].contains { members[$0] == .string("error") }
        let isFailure =
            members["success"] == .bool(false)
            || ["detail", "error_message", "error_msg", "error_type"].contains { isTold(by: members[$0] ?? .null) }
            || statusKeys.contains { (members[$0].flatMap(number) ?? 0) >= 400 }
        guard isCalledSo || isFailure && !(words(of: json) ?? "").isBlank else { return nil }
        return error(in: json) ?? json
    }

    /// What a vendor behind the one that was asked has said, as that one has passed it on.
    private static func inner(of error: JSONValue) -> JSONValue? {
        guard let raw = error["metadata"]?["raw"] else { return nil }
        let json = raw.string.map { try? JSONDecoder().decode(JSONValue.self, from: Data($0.utf8)) } ?? raw
        return self.error(in: json) ?? raw
    }

    /// The keys of an error's words.
    private static let wordKeys = [
        "message", "detail", "msg", "error_message", "error_msg", "status_msg", "error",
    ]

    /// The words of an error: a text, or the places and texts of a list.
    private static func words(of error: JSONValue) -> String? {
        switch error {
        case .string(let text): text
        case .array(let items):
            items.compactMap { item in
                let place = place(in: .array([item])).map { "\($0): " } ?? ""
                return (item["msg"]?.string ?? item["message"]?.string ?? item.string).map { place + $0 }
            }.joined(separator: "; ")
        case .object(let members):
            wordKeys.lazy.compactMap { members[$0].flatMap(words) }.first { !$0.isEmpty }
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
}
