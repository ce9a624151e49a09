import Services

/// What an MCP server says of itself as a resource that is protected.
///
/// See: RFC 9728 §2
struct ResourceMetadata: Hashable {
    /// Its name, which requests to the authorization server repeat as it is written.
    var resource: String
    /// The authorization server, the first of the list.
    var issuer: SecureURL
    /// The scopes that basic use wants; nil when none are named.
    var scopes: [String]?

    /// Reads a document.
    ///
    /// - Returns: Nil when it is no such document, as pages that stand at every address are none.
    /// - Throws: Why it is not believed.
    static func read(_ document: JSONValue, for server: SecureURL) throws(MCPProblem) -> ResourceMetadata? {
        guard let resource = document["resource"]?.string, let issuers = document["authorization_servers"]?.items
        else { return nil }
        // RFC 9728 §3.3: somebody else's document would have tokens made for somebody else.
        guard let named = SecureURL(resource, allowsLoopback: true), named.query == nil, named.contains(server) else {
            throw .init("its metadata is of another resource, `\(resource.outsideLine(bytesMax: 200))`")
        }
        guard let text = issuers.first?.string else { throw .init("its metadata names no authorization server") }
        guard let issuer = SecureURL(text, allowsLoopback: server.isLoopback), issuer.query == nil else {
            throw .init(
                "its authorization server `\(text.outsideLine(bytesMax: 200))` is no address with https that is taken")
        }
        let scopes = document["scopes_supported"]?.items.map { ScopeList($0.compactMap(\.string)).scopes }
        return ResourceMetadata(resource: resource, issuer: issuer, scopes: scopes)
    }
}
