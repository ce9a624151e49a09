/// What a 401 or 403 of the MCP server says about authorization.
///
/// See: RFC 9110 §11.6.1, RFC 6750 §3, RFC 9728 §5.1
struct AuthenticationChallenge: Hashable {
    /// Where the metadata of the resource is; nil when that was not said.
    var resourceMetadata: String?
    /// The scopes that the request wants; nil when that was not said.
    var scopes: [String]?
    /// Why the token was refused.
    var error: String?

    /// The first challenge of the scheme `Bearer` in some header fields; one that says nothing when there is none, as a
    /// server that wants a login may forget it.
    init(fields: [String]) {
        let challenges = fields.flatMap(Self.challenges)
        let bearers = challenges.filter { $0.scheme == "bearer" }
        // Some servers send several, and the metadata in only one of them.
        let parameters = bearers.map(\.parameters).max { $0.count < $1.count } ?? [:]
        resourceMetadata = parameters["resource_metadata"]
        scopes = parameters["scope"].map(ScopeList.init(text:))?.scopes
        error = parameters["error"]
    }

    private typealias Challenge = (scheme: String, parameters: [String: String])

    /// Reads the challenges of a field: `scheme token68`, or `scheme name=value, name="value"`, several behind commas.
    private static func challenges(in field: String) -> [Challenge] {
        guard field.utf8.count <= MCPLimits.challengeBytesMax else { return [] }
        var rest = Substring(field), challenges: [Challenge] = []
        while true {
            rest = rest.drop { $0 == "," || $0.isBlank }
            let word = rest.prefix { $0.isToken }
            guard !word.isEmpty else { return challenges }
            rest = rest[word.endIndex...]
            let behind = rest.drop { $0.isBlank }
            if behind.first == "=", let value = takeValue(behind.dropFirst(), &rest) {
                // Of two parameters with one name the first counts: the second may have been put in.
                if let last = challenges.indices.last, challenges[last].parameters[word.lowercased()] == nil {
                    challenges[last].parameters[word.lowercased()] = value
                }
            } else if rest.first.map({ $0.isBlank || $0 == "," }) ?? true {
                challenges.append((word.lowercased(), [:]))
            } else {
                // A token68, or what is nothing: it ends at the next comma.
                rest = rest.drop { $0 != "," }
            }
        }
    }

    /// Reads a value, in quotes or not, from behind its `=`. A token68 that ends in `=` has none.
    private static func takeValue(_ text: Substring, _ rest: inout Substring) -> String? {
        let text = text.drop { $0.isBlank }
        guard text.first == "\"" else {
            let value = text.prefix { $0.isToken || "/:?&[]@()=".contains($0) }
            guard !value.isEmpty, !value.allSatisfy({ $0 == "=" }) else { return nil }
            rest = text[value.endIndex...]
            return String(value)
        }
        var value = "", index = text.index(after: text.startIndex)
        while index < text.endIndex {
            var character = text[index]
            if character == "\"" {
                rest = text[text.index(after: index)...]
                return value
            }
            if character == "\\" {
                index = text.index(after: index)
                guard index < text.endIndex else { return nil }
                character = text[index]
            }
            value.append(character)
            index = text.index(after: index)
        }
        return nil
    }
}

extension Character {
    fileprivate var isBlank: Bool { self == " " || self == "\t" }

    /// See: RFC 9110 §5.6.2
    fileprivate var isToken: Bool { isASCII && (isLetter || isNumber || "!#$%&'*+-.^_`|~".contains(self)) }
}
