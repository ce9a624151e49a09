import Services
import Time

/// From a person's wish to log in to the address that the person opens.
extension MCPAuthorization {
    mutating func begin(redirect: String, random: [UInt8], at time: Moment) {
        precondition(random.count >= 64, "a login wants 64 random bytes")
        leaveLogin()
        guard let server else {
            return failLogin("its address is not one with https, and tokens are sent to no other")
        }
        guard let place = SecureURL(redirect, allowsLoopback: true), place.isLoopback, place.query == nil else {
            preconditionFailure("a redirect that does not lead to this machine")
        }
        var addresses = [server.wellKnown("oauth-protected-resource")]
        if !server.pathWithoutLastSlash.isEmpty {
            addresses.append(server.origin + "/.well-known/oauth-protected-resource")
        }
        if let named = challenge?.resourceMetadata {
            guard SecureURL(named, allowsLoopback: server.isLoopback) != nil else {
                return failLogin("its metadata is said to be at an address that is not one with https")
            }
            addresses.removeAll { $0 == named }
            addresses.insert(named, at: 0)
        }
        login = OpenLogin(
            step: .findingResource(rest: addresses), due: time.instant + MCPLimits.loginMax, redirect: redirect,
            state: SecretValue(Base64.encodeForURL(random[..<32])), proof: ProofKey(random: random[32..<64]),
            resource: server.resource)
        askNext(at: time)
    }

    mutating func proceed(with answer: AuthorizationAnswer, at time: Moment) {
        guard let step = login?.step else { return }
        let meaning = answer.meaning(without: secrets)
        do throws(MCPProblem) {
            switch step {
            case .findingResource: try readResource(meaning, at: time)
            case .findingServer(let issuer, _): try readServer(meaning, of: issuer, at: time)
            case .registering: try readRegistration(meaning)
            case .redeeming: try readTokens(meaning, at: time)
            case .waiting: break
            }
        } catch {
            failLogin(error.reason)
        }
    }

    /// Asks at the next address of a step, or goes on without an answer when there is none.
    private mutating func askNext(at time: Moment) {
        switch login?.step {
        case .findingResource(var rest)?:
            guard !rest.isEmpty else { return lookAtOrigin(at: time) }
            let address = rest.removeFirst()
            login?.step = .findingResource(rest: rest)
            ask(.get(address))
        case .findingServer(let issuer, var rest)?:
            guard !rest.isEmpty else { return goOnWithoutMetadata(of: issuer, at: time) }
            let address = rest.removeFirst()
            login?.step = .findingServer(issuer, rest: rest)
            ask(.get(address))
        case .registering?, .waiting?, .redeeming?, nil: break
        }
    }

    mutating func ask(_ request: AuthorizationRequest) {
        let id = send(request)
        login?.requestID = id
    }

    private mutating func readResource(_ meaning: AuthorizationAnswer.Meaning, at time: Moment) throws(MCPProblem) {
        guard let server else { return }
        switch meaning {
        case .success(let document):
            guard let metadata = try ResourceMetadata.read(document, for: server) else { break }
            login?.resource = metadata.resource
            login?.resourceScopes = metadata.scopes
            login?.isNamed = true
            login?.outage = nil
            find(metadata.issuer)
        case .refused, .nothing: break
        case .outage(let text): login?.outage = text
        }
        askNext(at: time)
    }

    /// See: MCP 2025-03-26, Authorization, Authorization Base URL
    private mutating func lookAtOrigin(at time: Moment) {
        if let outage = login?.outage { return failLogin("its metadata is not to be had: \(outage)") }
        guard let server, let origin = SecureURL(server.origin, allowsLoopback: server.isLoopback) else { return }
        find(origin)
        askNext(at: time)
    }

    private mutating func find(_ issuer: SecureURL) {
        login?.step = .findingServer(issuer, rest: AuthorizationServer.metadataAddresses(of: issuer))
    }

    private mutating func readServer(
        _ meaning: AuthorizationAnswer.Meaning, of issuer: SecureURL, at time: Moment
    ) throws(MCPProblem) {
        switch meaning {
        case .success(let document):
            if let found = try AuthorizationServer.read(document, of: issuer, settings.issuerComparison) {
                return try introduce(to: found, at: time)
            }
        case .refused, .nothing: break
        case .outage(let text): login?.outage = text
        }
        askNext(at: time)
    }

    private mutating func goOnWithoutMetadata(of issuer: SecureURL, at time: Moment) {
        if let outage = login?.outage {
            return failLogin("the metadata of the authorization server `\(issuer.text)` is not to be had: \(outage)")
        }
        // Only a server of the first revision may have none, and it is its own authorization server.
        guard login?.isNamed == false else {
            return failLogin("the authorization server `\(issuer.text)` has no metadata")
        }
        do throws(MCPProblem) {
            try introduce(to: .withoutMetadata(at: issuer.origin), at: time)
        } catch {
            failLogin(error.reason)
        }
    }

    /// Finds out who Egghead is to an authorization server: as the configuration has it, as it was registered there
    /// before, or as it is registered now. What another authorization server knows is not shown to this one.
    ///
    /// See: MCP 2026-07-28, Client Registration, Authorization Server Binding
    private mutating func introduce(to found: AuthorizationServer, at time: Moment) throws(MCPProblem) {
        guard let login else { return }
        let known = grant.flatMap { $0.authorizationServer.issuer.hasSameBytes(as: found.issuer) ? $0 : nil }
        let scopes = wantedScopes(at: found, before: known?.scopes ?? [])
        self.login?.server = found
        self.login?.scopes = scopes
        if let configured = settings.client {
            let issuer = configured.issuer ?? grant?.authorizationServer.issuer ?? found.issuer
            guard issuer.hasSameBytes(as: found.issuer) else {
                throw .init(
                    "its authorization server is `\(found.issuer)` now, and the configured client belongs to "
                        + "`\(issuer.outsideLine(bytesMax: 200))`; if that is right, configure "
                        + "`oauth: {issuer: \(found.issuer)}`")
            }
            self.login?.client = RegisteredClient(configured, at: found)
            return sendPerson()
        }
        if let client = known?.client, !registersAnew,
            client.serves(redirect: login.redirect, scopes: scopes, at: time.seconds)
        {
            self.login?.client = client
            return sendPerson()
        }
        guard let endpoint = found.registrationEndpoint else {
            throw .init(
                "the authorization server `\(found.issuer)` registers no clients by itself; register Egghead there by "
                    + "hand and configure `oauth: {client_id: …}`")
        }
        let body = RegisteredClient.registration(at: found, redirect: login.redirect, scopes: scopes)
        self.login?.step = .registering
        ask(.post(endpoint, body, type: "application/json"))
    }

    /// The configured scopes, else those that the challenge names, else those of the resource's metadata; with those of
    /// the last login when a challenge asks for more.
    ///
    /// See: MCP 2026-07-28, Scope Selection Strategy, Refresh Tokens
    private func wantedScopes(at server: AuthorizationServer, before: [String]) -> [String] {
        let challenged = challenge?.scopes ?? [], isStepUp = challenge?.error == "insufficient_scope"
        if let configured = settings.scopes {
            return ScopeList(configured).union(isStepUp ? before + challenged : []).scopes
        }
        let named = challenge?.scopes ?? login?.resourceScopes ?? []
        let scopes = ScopeList(challenged.isEmpty && !isStepUp ? [] : before).union(named)
        // Alone it would ask for less than nothing does, which leaves the scopes to the server.
        let addsOffline = server.offersOfflineAccess && !scopes.scopes.isEmpty
        return addsOffline ? scopes.union(["offline_access"]).scopes : scopes.scopes
    }

    private mutating func readRegistration(_ meaning: AuthorizationAnswer.Meaning) throws(MCPProblem) {
        guard let login, let server = login.server else { return }
        switch meaning {
        case .success(let value):
            let client = try RegisteredClient(
                value, at: server, redirect: login.redirect, scopes: login.scopes)
            self.login?.client = client
            registersAnew = false
            // Without tokens nothing is lost with the old client, and a login that fails keeps the new one.
            if grant?.tokens == nil { remember(newGrant(with: nil)) }
            sendPerson()
        case .refused(_, let text), .nothing(let text), .outage(let text):
            throw .init(
                "the authorization server `\(server.issuer)` has not registered Egghead (\(text)); if it never does, "
                    + "register it there by hand and configure `oauth: {client_id: …}`")
        }
    }

    /// See: RFC 6749 §4.1.1, RFC 7636 §4.3, RFC 8707 §2.1
    private mutating func sendPerson() {
        guard let login, let server = login.server, let client = login.client else { return }
        self.login?.step = .waiting
        var fields = [
            ("response_type", "code"), ("client_id", client.id), ("redirect_uri", login.redirect),
            ("state", login.state.text), ("code_challenge", login.proof.challenge),
            ("code_challenge_method", "S256"), ("resource", login.resource),
        ]
        if !login.scopes.isEmpty { fields.append(("scope", ScopeList(login.scopes).text)) }
        // A query that the endpoint has is kept (RFC 6749 §3.1).
        let endpoint = server.authorizationEndpoint
        let joint = !endpoint.contains("?") ? "?" : endpoint.hasSuffix("?") || endpoint.hasSuffix("&") ? "" : "&"
        output.append(.open(address: endpoint + joint + FormEncoding.encode(fields)))
    }

    mutating func failLogin(_ reason: String) {
        login = nil
        output.append(.loginFailed("\(subject) is not logged in to: \(reason)."))
    }
}
