import JSON
import Services

extension RegisteredClient {
    /// The client of the configuration at a server.
    init(_ client: MCPAuthorization.ConfiguredClient, at server: AuthorizationServer) {
        self.init(
            id: client.id, secret: client.secret, secretExpiresAt: nil,
            method: client.secret == nil ? .none : server.methodWithSecret, redirect: nil, scopes: [])
    }

    /// The request that registers Egghead. A password is asked for only where no client may be without one.
    ///
    /// See: RFC 7591 §2, §3.1; MCP 2026-07-28, Dynamic Client Registration
    static func registration(at server: AuthorizationServer, redirect: String, scopes: [String]) -> [UInt8] {
        let needsSecret = server.authenticationMethods.map { !$0.contains("none") } ?? false
        let method = needsSecret ? server.methodWithSecret : .none
        var members: [String: JSONValue] = [
            "application_type": .string("native"), "client_name": .string("Egghead"),
            "grant_types": .array([.string("authorization_code"), .string("refresh_token")]),
            "redirect_uris": .array([.string(redirect)]), "response_types": .array([.string("code")]),
            "token_endpoint_auth_method": .string(method.rawValue),
        ]
        if !scopes.isEmpty { members["scope"] = .string(ScopeList(scopes).text) }
        return JSON.encode(JSONValue.object(members))
    }

    /// Reads the answer, which alone says how the client shows itself, whatever was asked for.
    ///
    /// - Throws: Why it is none, without a word of it that may be secret.
    ///
    /// See: RFC 7591 §3.2.1
    init(
        _ answer: JSONValue, at server: AuthorizationServer, redirect: String, scopes: [String]
    ) throws(MCPProblem) {
        guard let id = answer["client_id"]?.string, Self.isTaken(id) else {
            throw .init("its answer to the registration has no `client_id`")
        }
        let secret = answer["client_secret"]?.string.flatMap { $0.isEmpty ? nil : $0 }
        guard secret.map(Self.isTaken) ?? true else { throw .init("its `client_secret` is none that is taken") }
        switch answer["token_endpoint_auth_method"]?.string {
        case let name?:
            guard let method = ClientAuthenticationMethod(rawValue: name) else {
                throw .init("it wants clients to show themselves by `\(name.outsideLine(bytesMax: 64))`")
            }
            guard method == .none || secret != nil else { throw .init("it has registered a client without a password") }
            self.method = method
        case nil: method = secret == nil ? .none : server.methodWithSecret
        }
        self.id = id
        self.secret = method == .none ? nil : secret.map { SecretValue($0) }
        // 0 means that it does not end.
        let end = answer["client_secret_expires_at"]?.whole ?? 0
        secretExpiresAt = end > 0 && self.secret != nil ? Int64(end) : nil
        self.redirect = redirect
        self.scopes = scopes
    }

    /// See: RFC 6749 appendix A.1, A.2
    private static func isTaken(_ text: String) -> Bool {
        (1...MCPLimits.tokenBytesMax).contains(text.utf8.count) && text.utf8.allSatisfy { (0x20...0x7e).contains($0) }
    }

    /// Whether a login with these can be this client's. Many servers take the port of a redirect as it was registered.
    func serves(redirect: String, scopes: [String], at seconds: Int64) -> Bool {
        self.redirect == redirect && scopes.allSatisfy(self.scopes.contains)
            && secretExpiresAt.map { $0 > seconds } ?? true
    }

    /// A request to the token endpoint, by which the client shows itself.
    ///
    /// See: RFC 6749 §2.3.1
    func tokenRequest(_ url: String, _ fields: [(name: String, value: String)]) -> AuthorizationRequest {
        // The id is in the form also when it is in the head, where some servers look for it alone.
        var fields = fields + [("client_id", id)], headers: [AuthorizationRequest.Header] = []
        switch method {
        case .none: break
        case .clientSecretPost: fields.append(("client_secret", secret?.text ?? ""))
        case .clientSecretBasic:
            // Both are escaped before they are joined, so that a colon in one of them is none.
            let pair = "\(FormEncoding.escape(id)):\(FormEncoding.escape(secret?.text ?? ""))"
            headers.append(.init(name: "Authorization", value: "Basic " + Base64.encode(Array(pair.utf8))))
        }
        let body = Array(FormEncoding.encode(fields).utf8)
        return .post(url, body, type: "application/x-www-form-urlencoded", headers: headers)
    }
}
