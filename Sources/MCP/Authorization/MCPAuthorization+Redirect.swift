import Services
import Time

/// From the browser's return to the tokens.
extension MCPAuthorization {
    mutating func take(_ redirect: AuthorizationRedirect, at time: Moment) {
        guard let login, login.step == .waiting else {
            return refuseRedirect(login?.step == .redeeming ? "the login is being completed" : "no login is open")
        }
        switch redirect {
        case .parameters(let parameters): take(parameters, in: login)
        case .code(let code): redeem(code)
        case .unreadable: refuseRedirect("it is no answer of an authorization server")
        }
    }

    private mutating func refuseRedirect(_ reason: String) {
        output.append(.redirectRefused("This does not belong to a login with \(subject.lowercasedFirst): \(reason)."))
    }

    /// Whose answer it is comes before what it says: an error of a stranger is not even shown.
    ///
    /// See: MCP 2026-07-28, Authorization Response Validation; RFC 9207 §2.4; RFC 6749 §10.12
    private mutating func take(_ parameters: [String: String], in login: OpenLogin) {
        guard let server = login.server else { return }
        guard let state = parameters["state"], state.hasSameBytes(as: login.state.text) else {
            return refuseRedirect("its `state` is not the one that was sent")
        }
        switch parameters["iss"] {
        case let issuer?:
            guard issuer.hasSameBytes(as: server.issuer) else {
                return failLogin("the answer is not of the authorization server `\(server.issuer)` that was asked")
            }
        case nil:
            guard !server.namesIssuer else { return failLogin("the answer does not say which server it is of") }
        }
        if let error = parameters["error"] { return refused(error, parameters["error_description"]) }
        guard let code = parameters["code"], !code.isEmpty else {
            return failLogin("the authorization server has sent neither a code nor an error")
        }
        redeem(SecretValue(code))
    }

    /// See: RFC 6749 §4.1.2.1
    private mutating func refused(_ error: String, _ description: String?) {
        // Scopes of before that a server does not know any more would be asked for again and again.
        if error == "invalid_scope", var grant, !grant.scopes.isEmpty {
            grant.scopes = []
            remember(grant)
        }
        // So would a client.
        if error == "unauthorized_client" || error == "invalid_client", settings.client == nil { forgetClient() }
        let reason =
            switch error {
            case "access_denied": "access was denied"
            case "invalid_scope": "the authorization server does not take the scopes"
            case "invalid_target": "the authorization server does not give tokens for this server"
            case "unauthorized_client", "invalid_client": "the authorization server does not take Egghead as a client"
            case "server_error", "temporarily_unavailable": "the authorization server has a fault; try again later"
            case let other: "the authorization server has answered `\(other.outsideLine(bytesMax: 64))`"
            }
        let words = (description ?? "").outsideLine(without: secrets)
        failLogin(reason + (words.isEmpty ? "" : " (\(words))"))
    }

    private mutating func forgetClient() {
        guard var grant, grant.authorizationServer.issuer == login?.server?.issuer else { return }
        grant.client = nil
        // A refresh is the client's own, so without it there is none.
        grant.tokens?.refresh = nil
        remember(grant)
    }

    /// The code goes to the token endpoint of the issuer that this login began with, and to no other.
    ///
    /// See: RFC 6749 §4.1.3, RFC 7636 §4.5, RFC 8707 §2.2
    private mutating func redeem(_ code: SecretValue) {
        guard let login, let server = login.server, let client = login.client else { return }
        self.login?.step = .redeeming
        self.login?.due = nil
        self.login?.code = code
        registersAnew = false
        let fields = [
            ("grant_type", "authorization_code"), ("code", code.text), ("redirect_uri", login.redirect),
            ("code_verifier", login.proof.verifier.text), ("resource", login.resource),
        ]
        ask(client.tokenRequest(server.tokenEndpoint, fields))
    }

    mutating func readTokens(_ meaning: AuthorizationAnswer.Meaning, at time: Moment) throws(MCPProblem) {
        guard let login else { return }
        switch meaning {
        case .success(let value):
            let tokens = try AuthorizationTokens(value, refresh: nil, scopes: login.scopes, at: time.seconds)
            let grant = newGrant(with: tokens)
            // A refresh that still runs is of the login before.
            (refreshID, refreshDue, refusedToken, tokenIssued) = (nil, nil, nil, time.instant)
            (self.login, challenge) = (nil, nil)
            remember(grant)
            output += [.authorized(tokens.access), .loggedIn]
        case .refused(let code, let text):
            if code == "invalid_client" || code == "unauthorized_client", settings.client == nil { forgetClient() }
            throw .init("the authorization server has given no token (\(text))")
        case .nothing(let text), .outage(let text):
            throw .init("the authorization server has given no token: \(text)")
        }
    }

    /// What is known now.
    func newGrant(with tokens: AuthorizationTokens?) -> AuthorizationGrant? {
        guard let server, let login, let found = login.server, var client = login.client else { return nil }
        // The configuration has the password of its client; a second copy would outlive it.
        if settings.client != nil { client.secret = nil }
        return AuthorizationGrant(
            server: server.resource, resource: login.resource, authorizationServer: found, client: client,
            scopes: login.scopes, tokens: tokens)
    }
}
