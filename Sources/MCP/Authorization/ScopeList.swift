/// Scopes in the order in which they were named, each once. What is no scope is left out.
///
/// See: RFC 6749 §3.3
struct ScopeList: Hashable {
    private(set) var scopes: [String] = []

    init(_ scopes: some Sequence<String>) { for scope in scopes { add(scope) } }

    init(text: String) { self.init(text.split(separator: " ").map(String.init)) }

    mutating func add(_ scope: String) {
        guard scopes.count < MCPLimits.scopesMax, (1...MCPLimits.scopeBytesMax).contains(scope.utf8.count),
            scope.utf8.allSatisfy({ (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
            ),
            !scopes.contains(scope)
        else { return }
        scopes.append(scope)
    }

    /// These and others.
    func union(_ others: [String]) -> ScopeList { ScopeList(scopes + others) }

    /// As parameters have it.
    var text: String { scopes.joined(separator: " ") }
}
