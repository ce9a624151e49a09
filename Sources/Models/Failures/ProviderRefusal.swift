import FoundationEssentials
import Services

/// What a provider says when it refuses a call, before the stream or in the middle of it.
///
/// The vendors agree on little more than the key `error`:
///
/// ```
/// {"error":{"message":"…","type":"insufficient_quota","code":"insufficient_quota"}}    OpenAI
/// {"error":{"message":"…","type":"exceed_context_size_error","code":400}}               llama.cpp
/// [{"error":{"message":"…","status":"RESOURCE_EXHAUSTED","code":429}}]                  Google
/// {"error":"model 'x' not found"}                                                       Ollama
/// {"message":"…"}  {"detail":"…"}                                                       others
/// ```
public struct ProviderRefusal: Hashable, Sendable {
    /// The HTTP status; in the middle of a stream the `code` of the error, when that is a number.
    public var status: Int?
    /// The provider's words as they came, empty when it said nothing; to be quoted by `ProviderProfile.quoted` alone.
    public var words: String
    /// The kinds that it named: `type`, `code` and `status`, as far as they are words.
    public var kinds: [String]
    /// How long the provider wants to be left alone.
    public var retryAfter: Duration?

    /// A refusal.
    public init(status: Int?, words: String = "", kinds: [String] = [], retryAfter: Duration? = nil) {
        self.status = status
        self.words = words
        self.kinds = kinds
        self.retryAfter = retryAfter
    }

    /// Reads an HTTP answer that is not a stream. A body that is not JSON is quoted as it is.
    public init(status: Int, retryAfter: Duration?, body: [UInt8]) {
        let json = try? JSONDecoder().decode(JSONValue.self, from: Data(body))
        self.init(error: Self.error(in: json) ?? .string(String(decoding: body, as: UTF8.self)))
        self.status = status
        self.retryAfter = retryAfter
    }

    /// Reads the value of the key `error`.
    init(error: JSONValue) {
        let words = error.string ?? error["message"]?.string ?? ""
        let named = ["type", "code", "status"].compactMap { error[$0] }
        let numbers = named.compactMap { if case .integer(let number) = $0 { number } else { nil } }
        self.init(status: numbers.first, words: words, kinds: named.compactMap(\.string))
    }

    private static func error(in json: JSONValue?) -> JSONValue? {
        switch json {
        case .array(let items): error(in: items.first)
        case .object(let members): members["error"] ?? members["message"] ?? members["detail"]
        case .string, .bool, .integer, .number, .null, nil: nil
        }
    }
}

extension String {
    /// One line of printable text, cut: what strangers wrote goes into our notices only so.
    var quotable: String {
        var line = String.UnicodeScalarView()
        for scalar in unicodeScalars.prefix(4 * ModelLimits.quoteCharactersMax) {
            let isControl = scalar.value < 0x20 || (0x7F...0x9F).contains(scalar.value)
            let isLineEnd = scalar.value == 0x2028 || scalar.value == 0x2029
            if !isControl && !isLineEnd { line.append(scalar) } else if line.last != " " { line.append(" ") }
        }
        let text = String(line)
        let isCut = text.count > ModelLimits.quoteCharactersMax
        return isCut ? text.prefix(ModelLimits.quoteCharactersMax) + "…" : text
    }
}
