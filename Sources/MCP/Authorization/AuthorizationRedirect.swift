/// What the browser comes back with.
///
/// See: RFC 6749 §4.1.2, RFC 9207 §2
enum AuthorizationRedirect: Hashable {
    /// The parameters of an answer of the authorization server.
    case parameters([String: String])
    /// A code alone, which a person has copied.
    case code(SecretValue)
    /// Neither.
    case unreadable

    private static let names: Set<String> = ["code", "state", "iss", "error", "error_description"]

    /// Reads what a browser has asked for: a query, or a path with one.
    init(query: String) {
        guard query.utf8.count <= MCPLimits.tokenBytesMax else {
            self = .unreadable
            return
        }
        let text = query.prefix { $0 != "#" }
        let start = text.firstIndex(of: "?").map(text.index(after:))
        guard let fields = FormEncoding.decode(text[(start ?? text.startIndex)...]) else {
            self = .unreadable
            return
        }
        var parameters: [String: String] = [:]
        for (name, value) in fields where Self.names.contains(name) {
            // RFC 6749 §3.1: no parameter twice. Which of two codes is the right one nobody can tell.
            guard parameters.updateValue(value, forKey: name) == nil else {
                self = .unreadable
                return
            }
        }
        self = parameters.isEmpty ? .unreadable : .parameters(parameters)
    }

    /// Reads what a person has copied. A code may hold `=` and `/`, so only the names of parameters tell.
    init(pasted text: String) {
        let first = text.firstIndex { !$0.isWhitespace } ?? text.endIndex
        let last = text.lastIndex { !$0.isWhitespace }.map(text.index(after:)) ?? text.endIndex
        let text = String(text[min(first, last)..<last])
        let redirect = AuthorizationRedirect(query: text)
        let isCode = !text.isEmpty && !text.contains("://") && text.utf8.allSatisfy { (0x21...0x7e).contains($0) }
        if redirect == .unreadable, isCode, text.utf8.count <= MCPLimits.tokenBytesMax, !text.contains("&") {
            self = .code(SecretValue(text))
        } else {
            self = redirect
        }
    }
}
