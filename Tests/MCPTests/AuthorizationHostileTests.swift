import MCP
import Services
import Testing
import Time

/// Servers, redirects and answers that mean no good.
@Suite struct `Hostile authorization servers` {
    private typealias Played = PlayedAuthorization
    private typealias Page = PlayedAuthorization.Page

    /// The failure of a login whose metadata of the resource is this.
    private static func failure(resource: String, url: String = Played.url) -> String? {
        var played = Played(.init(server: "s", url: url), pages: [Played.resourceAddress: Page(body: resource)])
        return played.logIn().loginFailure
    }

    @Test(arguments: [
        (
            #"{"resource":"https://evil.example.com/mcp","authorization_servers":["https://auth.example.com"]}"#,
            "another"
        ),
        (
            #"{"resource":"https://mcp.example.com/mcpx","authorization_servers":["https://auth.example.com"]}"#,
            "another"
        ),
        (#"{"resource":"http://mcp.example.com/mcp","authorization_servers":["https://auth.example.com"]}"#, "another"),
        (
            #"{"resource":"https://mcp.example.com@evil/","authorization_servers":["https://auth.example.com"]}"#,
            "another"
        ),
        (#"{"resource":"https://mcp.example.com/mcp","authorization_servers":[]}"#, "names no"),
        (#"{"resource":"https://mcp.example.com/mcp","authorization_servers":[7]}"#, "names no"),
        (#"{"resource":"https://mcp.example.com/mcp","authorization_servers":["http://auth.example.com"]}"#, "https"),
        (#"{"resource":"https://mcp.example.com/mcp","authorization_servers":["http://127.0.0.1:8080"]}"#, "https"),
        (#"{"resource":"https://mcp.example.com/mcp","authorization_servers":["https://localhost"]}"#, "https"),
        (
            #"{"resource":"https://mcp.example.com/mcp","authorization_servers":["https://u:p@auth.example.com"]}"#,
            "https"
        ),
        (
            #"{"resource":"https://mcp.example.com/mcp","authorization_servers":["https://auth.example.com#x"]}"#,
            "https"
        ),
        (#"{"resource":"https://mcp.example.com/mcp","authorization_servers":["file:///etc/passwd"]}"#, "https"),
    ])
    func `metadata of a resource that is not the server's, or leads elsewhere, is not believed`(
        resource: String, reason: String
    ) {
        #expect(Self.failure(resource: resource)?.contains(reason) == true)
    }

    @Test(
        arguments: [
            (["issuer": .string("https://evil.example.com")], "another issuer"),
            (["issuer": .string("https://auth.example.com/")], "another issuer"),
            (["issuer": .string("HTTPS://auth.example.com")], "another issuer"),
            (["issuer": .null], "has no metadata"),
            (["authorization_endpoint": .string("http://auth.example.com/authorize")], "authorization_endpoint"),
            (["authorization_endpoint": .string("javascript:alert(1)")], "authorization_endpoint"),
            (["authorization_endpoint": .string("https://a/$(id)`id`")], "authorization_endpoint"),
            (["token_endpoint": .string("http://127.0.0.1/token")], "token_endpoint"),
            (["token_endpoint": .string("http://auth.example.com/token")], "token_endpoint"),
            (["token_endpoint": .null], "lacks an endpoint"),
            (["registration_endpoint": .string("http://10.0.0.1/")], "registration_endpoint"),
            (["registration_endpoint": .null], "oauth: {client_id: …}"),
            (["code_challenge_methods_supported": .null], "PKCE"),
            (["code_challenge_methods_supported": .array([])], "PKCE"),
            (["code_challenge_methods_supported": .array([.string("plain")])], "PKCE"),
        ] as [([String: JSONValue], String)])
    func `metadata of an authorization server that lies or is unsafe is not used`(
        changes: [String: JSONValue], reason: String
    ) {
        var played = Played(pages: [Played.serverAddress: Page(body: Played.metadata(changes))])
        let actions = played.logIn()
        #expect(actions.loginFailure?.contains(reason) == true, "\(actions)")
        #expect(played.address == "")
        #expect(!played.requests.contains { $0.method == .post })
    }

    @Test func `a slash after the host of an issuer makes no difference when that is configured`() {
        for (named, own) in [
            ("https://auth.example.com/", "https://auth.example.com"),
            ("https://auth.example.com", "https://auth.example.com/"),
        ] {
            let resource = #"{"resource":"\#(Played.url)","authorization_servers":["\#(named)"]}"#
            var played = Played(
                .init(server: "s", url: Played.url, issuerComparison: .withOrWithoutRootSlash),
                pages: [
                    Played.resourceAddress: Page(body: resource),
                    Played.serverAddress: Page(body: Played.metadata(issuer: own)),
                ])
            #expect(played.logIn().loginFailure == nil)
            // What the redirect names is compared with the metadata, byte by byte.
            #expect(played.comeBack("&iss=" + own.replacing("/", with: "%2F")).contains(.loggedIn))
        }
    }

    @Test(arguments: [
        Page(status: 200, body: "<!doctype html><title>Welcome</title>"), Page(status: 302, body: ""),
        Page(status: 401, body: ""), Page(status: 200, body: "[]"), Page(status: 200, body: "{}"),
        Page(status: 200, body: #"{"resource":"https://mcp.example.com/mcp"}"#),
        Page(status: 200, body: "{" + String(repeating: " ", count: 65_536) + "}"),
        Page(status: 200, body: String(repeating: "[", count: 60_000)),
    ])
    func `what is no metadata is passed over`(page: PlayedAuthorization.Page) {
        let root = "https://mcp.example.com/.well-known/oauth-protected-resource"
        let resource = #"{"resource":"https://mcp.example.com","authorization_servers":["https://auth.example.com"]}"#
        var played = Played(pages: [Played.resourceAddress: page, root: Page(body: resource)])
        #expect(played.logIn().loginFailure == nil)
        #expect(played.shown("resource") == "https://mcp.example.com")
    }

    @Test func `an outage is no reason to guess another authorization server`() {
        var played = Played(pages: [Played.resourceAddress: Page(status: 503, body: "")])
        #expect(played.logIn().loginFailure?.contains("HTTP 503") == true)
        played.pages[Played.resourceAddress] = Page(body: Played.resource)
        played.pages[Played.serverAddress] = Page(status: 500, body: "")
        #expect(played.logIn().loginFailure?.contains("HTTP 500") == true)
        played.isSilent = true
        _ = played.logIn()
        #expect(played.handle(.requestFailed(id: played.ids.last ?? 0, "could\nnot resolve")) == [])
        #expect(
            played.handle(.requestFailed(id: played.ids.last ?? 0, "no route")).loginFailure
                == "The MCP server `s` is not logged in to: its metadata is not to be had: no route.")
    }

    @Test func `a challenge may not send Egghead to this machine`() {
        for address in ["http://127.0.0.1:9/x", "http://mcp.example.com/x", "https://localhost/x", "gopher://x", "x"] {
            var played = Played()
            _ = played.challenge(401, #"Bearer resource_metadata="\#(address)""#)
            #expect(played.logIn().loginFailure?.contains("https") == true)
            #expect(played.requests == [])
        }
    }

    @Test func `a server on this machine may have its authorization server here`() {
        let origin = "http://127.0.0.1:8000"
        let metadata = Played.metadata(
            [
                "authorization_endpoint": .string(origin + "/a?tenant=1"), "token_endpoint": .string(origin + "/t"),
                "registration_endpoint": .string(origin + "/r"),
            ], issuer: origin)
        var played = Played(
            .init(server: "s", url: origin + "/mcp"),
            pages: [
                origin + "/.well-known/oauth-protected-resource/mcp": Page(
                    body: #"{"resource":"\#(origin)/mcp","authorization_servers":["\#(origin)"]}"#),
                origin + "/.well-known/oauth-authorization-server": Page(body: metadata),
                origin + "/r": Page(status: 201, body: Played.registration), origin + "/t": Page(body: Played.tokens),
            ])
        #expect(played.logIn().loginFailure == nil)
        #expect(played.address.hasPrefix("http://127.0.0.1:8000/a?tenant=1&response_type=code&"))
        #expect(played.comeBack().contains(.loggedIn))
    }

    @Test func `over http to elsewhere nothing is done`() {
        var played = Played(.init(server: "s", url: "http://mcp.example.com/mcp"))
        #expect(played.handle(.tokenNeeded) == [.authorized(nil)])
        #expect(played.challenge().outage?.contains("https") == true)
        #expect(played.logIn().loginFailure?.contains("https") == true)
        #expect(played.requests == [])
    }

    @Test(arguments: [
        (400, #"{"error":"invalid_redirect_uri","error_description":"no\u001b[2Jloopback"}"#, "invalid_redirect_uri"),
        (403, "<html>", "HTTP 403"), (500, "", "HTTP 500"), (201, "<html>", "no JSON"), (201, "{}", "client_id"),
        (201, #"{"client_id":7}"#, "client_id"), (201, #"{"client_id":""}"#, "client_id"),
        (201, #"{"client_id":"a\nb"}"#, "client_id"), (307, "", "HTTP 307"),
        (201, #"{"client_id":"c","token_endpoint_auth_method":"private_key_jwt"}"#, "private_key_jwt"),
        (201, #"{"client_id":"c","token_endpoint_auth_method":"client_secret_basic"}"#, "without a password"),
    ])
    func `a registration that is none ends the login`(status: Int, body: String, reason: String) {
        var played = Played(pages: [Played.registrationAddress: Page(status: status, body: body)])
        let failure = played.logIn().loginFailure ?? ""
        #expect(failure.contains(reason))
        #expect(!failure.unicodeScalars.contains { $0.value < 0x20 })
        #expect(played.grant == nil)
    }

    /// Anybody on this machine, and any page in the browser, can send these.
    @Test(arguments: [
        "", "x", "/callback", "code=stolen", "code=stolen&state=wrong", "code=stolen&state=", "error=access_denied",
        "state=STATE&state=STATE&code=x", "code=a&code=b&state=STATE", "%ff=1&state=STATE&code=%ff", "iss=x&code=y",
        "error=x&state=STATEx", "code=stolen#&state=STATE",
    ])
    func `what does not belong to the login does not end it`(query: String) {
        var played = Played()
        _ = played.logIn()
        let count = played.requests.count
        let actions = played.handle(.redirected(query: query.replacing("STATE", with: played.state)))
        #expect(actions.count == 1)
        if case .redirectRefused? = actions.first {} else { Issue.record("\(actions)") }
        #expect(played.requests.count == count)
        #expect(played.comeBack().contains(.loggedIn))
    }

    @Test(arguments: [
        ("code=c&state=STATE&iss=https%3A%2F%2Fevil.example.com", false, "not of the authorization server"),
        ("code=c&state=STATE&iss=https%3A%2F%2Fauth.example.com%2F", false, "not of the authorization server"),
        ("code=c&state=STATE&iss=", false, "not of the authorization server"),
        ("code=c&state=STATE", true, "does not say which server"),
        (
            "error=access_denied&error_description=call+me&state=STATE&iss=evil", false,
            "not of the authorization server"
        ),
        ("state=STATE", false, "neither a code nor an error"),
        ("code=&state=STATE", false, "neither a code nor an error"),
        ("error=access_denied&state=STATE", false, "access was denied"),
        ("error=invalid_target&error_description=x%0Ay&state=STATE&code=c", false, "(x y)"),
        ("error=%1b%5b2J&state=STATE", false, "has answered `[2J`"),
    ])
    func `an answer of the wrong server, or without a code, is not redeemed`(
        query: String, namesIssuer: Bool, reason: String
    ) {
        let metadata = Played.metadata(["authorization_response_iss_parameter_supported": .bool(namesIssuer)])
        var played = Played(pages: [Played.serverAddress: Page(body: metadata)])
        _ = played.logIn()
        let count = played.requests.count
        let failure = played.handle(.redirected(query: query.replacing("STATE", with: played.state))).loginFailure
        #expect(failure?.contains(reason) == true, "\(failure ?? "none")")
        #expect(failure?.contains("call me") == false)
        #expect(played.requests.count == count)
    }

    @Test func `a code is redeemed once`() {
        var played = Played()
        _ = played.logIn()
        played.isSilent = true
        #expect(played.comeBack() == [])
        let count = played.requests.count
        #expect(played.comeBack().count == 1)
        #expect(played.handle(.pasted("another")).count == 1)
        #expect(played.requests.count == count)
        // Nobody is waited for any more, so the end of the wait is none.
        played.wait(600)
        #expect(played.handle(.timer).loginFailure == nil)
        let answer = MCPAuthorization.Event.response(
            id: played.ids.last ?? 0, status: 200, body: Array(Played.tokens.utf8))
        #expect(played.handle(answer).contains(.loggedIn))
        #expect(played.handle(answer) == [])
        #expect(played.comeBack().contains(.loggedIn) == false)
    }

    @Test(arguments: [
        (200, #"{"access_token":"a","token_type":"mac"}"#, "`mac`"),
        (200, #"{"access_token":"a"}"#, "no type"), (200, #"{"token_type":"bearer"}"#, "no access token"),
        (200, #"{"access_token":"","token_type":"bearer"}"#, "no access token"),
        (200, #"{"access_token":"a\r\nHost: evil","token_type":"bearer"}"#, "header"),
        (200, #"{"access_token":"a","token_type":"bearer","refresh_token":"b c"}"#, "refresh token"),
        (200, "access_token=a&token_type=bearer", "no JSON"), (200, "<html>", "no JSON"), (302, "", "HTTP 302"),
        (400, #"{"error":"invalid_grant","error_description":"the-code-of-the-login is over"}"#, "[secret] is over"),
        (200, #"{"error":"bad_verification_code"}"#, "bad_verification_code"), (502, "", "HTTP 502"),
        (200, #"{"access_token":"a","token_type":"bearer"}"# + String(repeating: " ", count: 65_536), "too long"),
    ])
    func `an answer that is no token ends the login and changes nothing`(status: Int, body: String, reason: String) {
        var played = Played.loggedIn()
        let before = played.grant
        played.pages[Played.tokenAddress] = Page(status: status, body: body)
        _ = played.logIn()
        let failure = played.comeBack().loginFailure ?? ""
        #expect(failure.contains(reason), "\(failure)")
        #expect(!failure.contains(Played.code))
        #expect(played.grant == before)
    }

    @Test func `another authorization server is shown nothing of the one before`() {
        var played = Played.loggedIn()
        let evil = "https://evil.example.com"
        played.pages[Played.resourceAddress] = Page(
            body: #"{"resource":"\#(Played.url)","authorization_servers":["\#(evil)"]}"#)
        played.pages[evil + "/.well-known/oauth-authorization-server"] = Page(
            body: Played.metadata(
                [
                    "token_endpoint": .string(evil + "/token"), "registration_endpoint": .string(evil + "/register"),
                ], issuer: evil))
        played.pages[evil + "/register"] = Page(status: 201, body: #"{"client_id":"other"}"#)
        _ = played.logIn()
        #expect(played.shown("client_id") == "other")
        // Until that login is done, a refresh goes where the tokens came from, as the client that they were given to.
        let count = played.requests.count
        played.wait(3_550)
        _ = played.handle(.tokenNeeded)
        #expect(played.requests.dropFirst(count).map(\.url) == [Played.tokenAddress])
        #expect(played.sent("client_id") == "client-1")
        for request in played.requests where request.url.hasPrefix(evil) {
            let text = String(decoding: request.body, as: UTF8.self)
            #expect(!text.contains("client-1") && !text.contains("refresh-1") && !text.contains("access-1"))
        }
    }

    @Test func `a configured client belongs to the authorization server that it began with`() {
        let client = MCPAuthorization.ConfiguredClient(id: "mine", secret: SecretValue("password-1"))
        var played = Played.loggedIn(.init(server: "s", url: Played.url, client: client))
        let evil = "https://evil.example.com"
        played.pages[Played.resourceAddress] = Page(
            body: #"{"resource":"\#(Played.url)","authorization_servers":["\#(evil)"]}"#)
        played.pages[evil + "/.well-known/oauth-authorization-server"] = Page(body: Played.metadata(issuer: evil))
        #expect(played.logIn().loginFailure?.contains("configure `oauth: {issuer: \(evil)}`") == true)

        let named = MCPAuthorization.ConfiguredClient(id: "mine", issuer: "https://right.example.com")
        var first = Played(.init(server: "s", url: Played.url, client: named))
        #expect(first.logIn().loginFailure?.contains("belongs to `https://right.example.com`") == true)
    }

    @Test func `answers to old and unknown requests are dropped`() {
        var played = Played()
        played.isSilent = true
        _ = played.logIn()
        let old = played.ids.last ?? 0
        _ = played.logIn(seed: 1)
        let metadata = Array(Played.resource.utf8), count = played.requests.count
        #expect(played.handle(.response(id: old, status: 200, body: metadata)) == [])
        #expect(played.handle(.response(id: 99, status: 200, body: metadata)) == [])
        #expect(played.handle(.requestFailed(id: -1, "x")) == [])
        #expect(played.requests.count == count)
    }

    @Test func `challenges without an end begin no requests`() {
        var played = Played.loggedIn(pages: [Played.tokenAddress: Page(body: Played.tokens)])
        played.wait(100)
        let count = played.requests.count
        for _ in 0..<50 {
            guard let token = played.handle(.tokenNeeded).token else { continue }
            _ = played.challenge(token: token)
        }
        // The refresh gives the same token again, which is refused again.
        #expect(played.requests.count == count + 1)
        #expect(played.grant?.tokens == nil)
    }
}
