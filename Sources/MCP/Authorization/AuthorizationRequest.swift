/// A request to an authorization server, or for the metadata of a resource, ready to be sent.
///
/// The transport follows no redirects, reads at most `MCPLimits.authorizationBodyBytesMax` bytes of the answer and one
/// more, and adds no cookies and no credentials of its own.
public struct AuthorizationRequest: Hashable, Sendable, CustomStringConvertible, CustomReflectable {
    /// What HTTP calls its method.
    public enum Method: String, Hashable, Sendable {
        case get = "GET"
        case post = "POST"
    }

    /// A header field.
    public struct Header: Hashable, Sendable {
        /// Its name.
        public var name: String
        /// What it says; it may hold a secret.
        public var value: String
    }

    /// The method.
    public var method: Method
    /// Over https, or over http to this machine. It holds no secret.
    public var url: String
    /// The fields besides those that HTTP itself wants.
    public var headers: [Header]
    /// The body, empty for GET; it may hold secrets.
    public var body: [UInt8]

    /// The method and the address, without what may be secret.
    public var description: String { "\(method.rawValue) \(url)" }

    /// The same, for `dump` and what holds a request.
    public var customMirror: Mirror { Mirror(self, children: ["method": method, "url": url]) }

    /// A request for a document.
    static func get(_ url: String) -> AuthorizationRequest {
        AuthorizationRequest(
            method: .get, url: url,
            headers: [
                Header(name: "Accept", value: "application/json"),
                Header(name: "MCP-Protocol-Version", value: MCPVersion.modern),
            ], body: [])
    }

    /// A request that says something.
    static func post(_ url: String, _ body: [UInt8], type: String, headers: [Header] = []) -> AuthorizationRequest {
        AuthorizationRequest(
            method: .post, url: url,
            headers: [Header(name: "Accept", value: "application/json"), Header(name: "Content-Type", value: type)]
                + headers, body: body)
    }
}
