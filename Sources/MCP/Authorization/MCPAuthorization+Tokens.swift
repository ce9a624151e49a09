import Services
import Time

/// Which token a request carries, and what becomes of one that is refused.
extension MCPAuthorization {
    mutating func giveToken(at time: Moment) {
        guard server != nil, refreshID == nil else {
            if server == nil { output.append(.authorized(nil)) }
            return
        }
        guard let tokens = grant?.tokens else { return output.append(.authorized(nil)) }
        let isFresh = !tokens.isEnding(at: time.seconds) && tokens.access != refusedToken
        if tokens.refresh != nil, !isFresh { return refresh(at: time) }
        if isFresh || !tokens.hasEnded(at: time.seconds) { return output.append(.authorized(tokens.access)) }
        // Without it the server says what it wants, which the login is told.
        forgetTokens()
        output.append(.authorized(nil))
    }

    mutating func challenged(_ status: Int, _ fields: [String], token: SecretValue?, at time: Moment) {
        guard server != nil else {
            return unavailable("wants a login, and tokens are sent over https only")
        }
        let challenge = AuthenticationChallenge(fields: fields)
        guard status == 401 else {
            if challenge.error == "insufficient_scope" { return scopeMissing(challenge, token: token, at: time) }
            return unavailable("has refused the request with HTTP \(status)")
        }
        self.challenge = challenge
        // An answer to a token of before says nothing of the one of now.
        guard let tokens = grant?.tokens, tokens.access == token else { return giveTokenAgain(at: time) }
        guard refreshID == nil else { return }
        let isNew = tokenIssued.map { time.instant - $0 < MCPLimits.newTokenMax } ?? false
        if isNew, !tokens.hasEnded(at: time.seconds) {
            forgetTokens()
            return loginNeeded("refuses the token that it was just given, and wants a new login")
        }
        if tokens.refresh != nil {
            refusedToken = tokens.access
            return refresh(at: time)
        }
        forgetTokens()
        loginNeeded("wants a new login")
    }

    private mutating func giveTokenAgain(at time: Moment) {
        guard refreshID == nil else { return }
        guard grant?.tokens != nil else { return loginNeeded("wants a login") }
        giveToken(at: time)
    }

    /// The token is good, and not for this: it is kept, and the next login asks for more.
    ///
    /// See: MCP 2026-07-28, Step-Up Authorization Flow
    private mutating func scopeMissing(_ challenge: AuthenticationChallenge, token: SecretValue?, at time: Moment) {
        if let tokens = grant?.tokens, tokens.access != token { return giveToken(at: time) }
        let wanted = challenge.scopes ?? [], asked = grant?.scopes ?? []
        if grant?.tokens != nil, !wanted.isEmpty, wanted.allSatisfy(asked.contains) {
            // Asked for and not granted, or granted and not enough: another login would end the same way.
            return unavailable("wants scopes that the last login has asked for already: \(Self.list(wanted))")
        }
        self.challenge = challenge
        loginNeeded("wants a login with more scopes" + (wanted.isEmpty ? "" : ": \(Self.list(wanted))"))
    }

    private static func list(_ scopes: [String]) -> String {
        scopes.joined(separator: " ").outsideLine(bytesMax: MCPLimits.noteBytesMax)
    }

    /// Asks for a new access token at the server and as the client of the login, whatever the metadata says now.
    ///
    /// See: RFC 6749 §6, RFC 8707 §2.2
    private mutating func refresh(at time: Moment) {
        guard let grant, let tokens = grant.tokens, let refresh = tokens.refresh, let client = knownClient else {
            forgetTokens()
            return loginNeeded("wants a new login")
        }
        if let refreshDue, time.instant < refreshDue { return refreshMissed(nil, at: time) }
        let fields = [
            ("grant_type", "refresh_token"), ("refresh_token", refresh.text), ("resource", grant.resource),
        ]
        refreshID = send(client.tokenRequest(grant.authorizationServer.tokenEndpoint, fields))
    }

    mutating func refreshed(_ answer: AuthorizationAnswer, at time: Moment) {
        guard var grant, let old = grant.tokens else { return loginNeeded("wants a login") }
        switch answer.meaning(without: secrets) {
        case .success(let value):
            do throws(MCPProblem) {
                grant.tokens = try AuthorizationTokens(
                    value, refresh: old.refresh, scopes: old.scopes, at: time.seconds)
            } catch {
                return refreshMissed(error.reason, at: time)
            }
            (refreshDue, tokenIssued, refusedToken) = (nil, time.instant, nil)
            remember(grant)
            output.append(.authorized(grant.tokens?.access))
        case .refused(let code, let text):
            // Whatever the reason is called, the same refresh token would be refused again.
            if code == "invalid_client" || code == "unauthorized_client", settings.client == nil { grant.client = nil }
            grant.tokens = nil
            remember(grant)
            loginNeeded("wants a new login: the authorization server has not renewed the token (\(text))")
        case .nothing(let text), .outage(let text): refreshMissed(text, at: time)
        }
    }

    /// The refresh may come through another time; a token that is still good is used until then.
    private mutating func refreshMissed(_ reason: String?, at time: Moment) {
        if reason != nil { refreshDue = time.instant + MCPLimits.refreshPause }
        if let tokens = grant?.tokens, tokens.access != refusedToken, !tokens.hasEnded(at: time.seconds) {
            return output.append(.authorized(tokens.access))
        }
        let words = reason.map { ": \($0)" } ?? ""
        unavailable("has no token now: the authorization server has not renewed it\(words)")
    }

    mutating func forgetTokens() {
        guard var grant else { return }
        grant.tokens = nil
        tokenIssued = nil
        remember(grant)
    }

    mutating func loginNeeded(_ what: String) { output.append(.loginNeeded("\(subject) \(what).")) }

    private mutating func unavailable(_ what: String) { output.append(.unavailable("\(subject) \(what).")) }
}
