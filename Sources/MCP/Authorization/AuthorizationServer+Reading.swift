import Services

extension AuthorizationServer {
    /// Reads the metadata of the authorization server with a name.
    ///
    /// - Returns: Nil when it is no such document.
    /// - Throws: Why it is not used.
    ///
    /// See: RFC 8414 §3.3, OpenID Connect Discovery 1.0 §4.3, RFC 9207 §3
    static func read(
        _ document: JSONValue, of issuer: SecureURL, _ comparison: MCPAuthorization.IssuerComparison
    ) throws(MCPProblem) -> AuthorizationServer? {
        guard let named = document["issuer"]?.string else { return nil }
        guard comparison.areSame(named, issuer) else {
            throw .init(
                "the metadata of `\(issuer.text)` is of another issuer, `\(named.outsideLine(bytesMax: 200))`")
        }
        func endpoint(_ name: String) throws(MCPProblem) -> String? {
            guard let text = document[name]?.string else { return nil }
            guard SecureURL(text, allowsLoopback: issuer.isLoopback) != nil else {
                throw .init("the `\(name)` of `\(issuer.text)` is no address with https that is taken")
            }
            return text
        }
        guard let authorization = try endpoint("authorization_endpoint"), let token = try endpoint("token_endpoint")
        else { throw .init("the metadata of `\(issuer.text)` lacks an endpoint") }
        // MCP 2026-07-28, Authorization Code Protection: no list means no PKCE, and then no login.
        guard document["code_challenge_methods_supported"]?.items?.contains(.string("S256")) == true else {
            throw .init("`\(issuer.text)` does not say that it supports PKCE with S256, without which no code is safe")
        }
        return AuthorizationServer(
            issuer: named, authorizationEndpoint: authorization, tokenEndpoint: token,
            registrationEndpoint: try endpoint("registration_endpoint"),
            authenticationMethods: document["token_endpoint_auth_methods_supported"]?.items?.compactMap(\.string),
            namesIssuer: document["authorization_response_iss_parameter_supported"]?.bool == true,
            offersOfflineAccess: document["scopes_supported"]?.items?.contains(.string("offline_access")) == true)
    }

    /// What a server of revision 2025-03-26 has at its origin when it says nothing.
    ///
    /// See: MCP 2025-03-26, Authorization, Fallbacks for Servers without Metadata Discovery
    static func withoutMetadata(at origin: String) -> AuthorizationServer {
        AuthorizationServer(
            issuer: origin, authorizationEndpoint: origin + "/authorize", tokenEndpoint: origin + "/token",
            registrationEndpoint: origin + "/register", authenticationMethods: nil, namesIssuer: false,
            offersOfflineAccess: false)
    }

    /// Where its metadata may be, in the order of the specification.
    ///
    /// See: MCP 2026-07-28, Authorization Server Metadata Discovery
    static func metadataAddresses(of issuer: SecureURL) -> [String] {
        let first = [issuer.wellKnown("oauth-authorization-server"), issuer.wellKnown("openid-configuration")]
        let path = issuer.pathWithoutLastSlash
        return path.isEmpty ? first : first + ["\(issuer.origin)\(path)/.well-known/openid-configuration"]
    }

    /// How a client with a password shows itself, as far as both can: by the header, which every server of RFC 6749
    /// takes, unless only the other way is named.
    var methodWithSecret: ClientAuthenticationMethod {
        let methods = authenticationMethods ?? []
        return methods.contains("client_secret_post") && !methods.contains("client_secret_basic")
            ? .clientSecretPost : .clientSecretBasic
    }
}

extension MCPAuthorization.IssuerComparison {
    /// Whether metadata with this issuer is that of the authorization server with this address.
    func areSame(_ named: String, _ issuer: SecureURL) -> Bool {
        if named.hasSameBytes(as: issuer.text) { return true }
        guard self == .withOrWithoutRootSlash, let other = SecureURL(named, allowsLoopback: issuer.isLoopback) else {
            return false
        }
        return other.origin == issuer.origin && other.pathWithoutLastSlash.isEmpty
            && issuer.pathWithoutLastSlash.isEmpty && other.query == nil
    }
}
