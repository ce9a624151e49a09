import MCP
import Services
import Testing
import Time

/// From a refused request to the tokens.
@Suite struct `Logging in to a remote server` {
    private typealias Played = PlayedAuthorization

    @Test func `a login finds the server, registers, sends the person and redeems the code`() {
        var played = Played()
        #expect(played.handle(.tokenNeeded) == [.authorized(nil)])
        let bearer = #"Bearer resource_metadata="\#(Played.resourceAddress)", scope="read""#
        #expect(played.challenge(401, bearer) == [.loginNeeded("The MCP server `s` wants a login.")])
        #expect(played.requests == [], "nobody is asked before a person wants it")

        #expect(played.logIn().count == 1)
        #expect(
            played.requests.map(\.url) == [Played.resourceAddress, Played.serverAddress, Played.registrationAddress])
        #expect(
            String(decoding: played.requests[2].body, as: UTF8.self)
                == #"{"application_type":"native","client_name":"Egghead","#
                + #""grant_types":["authorization_code","refresh_token"],"#
                + #""redirect_uris":["http://127.0.0.1:4711/callback"],"response_types":["code"],"scope":"read","#
                + #""token_endpoint_auth_method":"none"}"#)
        #expect(
            played.address
                == "https://auth.example.com/authorize?response_type=code&client_id=client-1"
                + "&redirect_uri=http%3A%2F%2F127.0.0.1%3A4711%2Fcallback"
                + "&state=AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8"
                + "&code_challenge=zwkx4Wi0nph1A8rxivb-JTtrPYKoEAjD6OHuZ8fI3FU&code_challenge_method=S256"
                + "&resource=https%3A%2F%2Fmcp.example.com%2Fmcp&scope=read")

        #expect(played.comeBack() == [.authorized(SecretValue("access-1")), .loggedIn])
        #expect(
            String(decoding: played.requests[3].body, as: UTF8.self)
                == "grant_type=authorization_code&code=the-code-of-the-login"
                + "&redirect_uri=http%3A%2F%2F127.0.0.1%3A4711%2Fcallback"
                + "&code_verifier=ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8"
                + "&resource=https%3A%2F%2Fmcp.example.com%2Fmcp&client_id=client-1")
        #expect(played.grant?.tokens?.expiresAt == 1_800_003_600)
        #expect(played.handle(.tokenNeeded).token == "access-1")
        #expect(!played.authorization.isLoggingIn)
    }

    @Test func `a login is remembered over a restart`() {
        let played = Played.loggedIn()
        var next = Played(grant: played.grant)
        #expect(next.handle(.tokenNeeded).token == "access-1")
        // The registration too: nothing but the metadata is asked for.
        _ = next.logIn()
        #expect(next.requests.map(\.url) == [Played.resourceAddress, Played.serverAddress])
        #expect(next.shown("client_id") == "client-1")
    }

    @Test(arguments: [
        (
            "https://mcp.example.com/a/b/",
            [
                "https://mcp.example.com/.well-known/oauth-protected-resource/a/b",
                "https://mcp.example.com/.well-known/oauth-protected-resource",
            ]
        ),
        ("https://MCP.example.com:443/", ["https://mcp.example.com/.well-known/oauth-protected-resource"]),
        ("http://127.0.0.1:80/?key=1", ["http://127.0.0.1/.well-known/oauth-protected-resource"]),
        ("http://[::1]:8080", ["http://[::1]:8080/.well-known/oauth-protected-resource"]),
    ])
    func `the metadata of a resource is looked for below its path and at the root`(url: String, asked: [String]) {
        var played = Played(.init(server: "s", url: url))
        _ = played.logIn()
        #expect(Array(played.requests.map(\.url).prefix(asked.count)) == asked)
    }

    @Test(arguments: [
        (
            "https://auth.example.com/tenant1",
            [
                "https://auth.example.com/.well-known/oauth-authorization-server/tenant1",
                "https://auth.example.com/.well-known/openid-configuration/tenant1",
                "https://auth.example.com/tenant1/.well-known/openid-configuration",
            ]
        ),
        (
            "https://auth.example.com/",
            [
                "https://auth.example.com/.well-known/oauth-authorization-server",
                "https://auth.example.com/.well-known/openid-configuration",
            ]
        ),
    ])
    func `the metadata of an authorization server is looked for in the order of the specification`(
        issuer: String, asked: [String]
    ) {
        let resource = #"{"resource":"\#(Played.url)","authorization_servers":["\#(issuer)"]}"#
        var played = Played(pages: [Played.resourceAddress: .init(body: resource), Played.serverAddress: Page?.none])
        let failure = played.logIn().loginFailure
        #expect(played.requests.dropFirst().map(\.url) == asked)
        #expect(
            failure
                == "The MCP server `s` is not logged in to: the authorization server `\(issuer)` has no metadata.")
        // Each of them may have it.
        for address in asked {
            played.pages[address] = .init(body: Played.metadata(issuer: issuer))
            #expect(played.logIn().loginFailure == nil)
            played.pages[address] = nil
        }
    }

    private typealias Page = PlayedAuthorization.Page

    @Test func `a server of the first revision is its own authorization server`() {
        let origin = "https://mcp.example.com"
        var played = Played(pages: [
            Played.resourceAddress: Page?.none, origin + "/register": Page(status: 201, body: Played.registration),
            origin + "/token": Page(body: Played.tokens),
        ])
        _ = played.challenge()
        #expect(played.logIn().loginFailure == nil)
        #expect(played.address.hasPrefix("https://mcp.example.com/authorize?response_type=code&"))
        #expect(played.shown("scope") == nil)
        #expect(played.comeBack().token == "access-1")
        // With metadata, they count.
        let address = origin + "/.well-known/oauth-authorization-server"
        played.pages[address] = Page(body: Played.metadata(issuer: origin))
        _ = played.logIn()
        #expect(played.address.hasPrefix("https://auth.example.com/authorize?"))
    }

    @Test func `the resource is named as its metadata writes it`() {
        let resource = #"{"resource":"https://mcp.example.com/","authorization_servers":["https://auth.example.com"]}"#
        var played = Played(pages: [Played.resourceAddress: Page(body: resource)])
        _ = played.logIn()
        #expect(played.shown("resource") == "https://mcp.example.com/")
        _ = played.comeBack()
        #expect(played.sent("resource") == "https://mcp.example.com/")
    }

    @Test(arguments: [
        (nil, nil, nil, "read write"),
        (#"Bearer scope="a b a""#, nil, nil, "a b"),
        (#"Bearer scope="a""#, nil, "offline_access", "a offline_access"),
        (#"Bearer scope="a""#, ["mine"], "offline_access", "mine"),
        (#"Bearer scope="x\" y""#, nil, nil, "y"),
    ])
    func `scopes are those of the configuration, of the challenge or of the metadata`(
        challenge: String?, configured: [String]?, offered: String?, asked: String
    ) {
        let offer = offered.map { JSONValue.array([.string($0)]) }
        var played = Played(
            .init(server: "s", url: Played.url, scopes: configured),
            pages: [Played.serverAddress: Page(body: Played.metadata(["scopes_supported": offer]))])
        if let challenge { _ = played.challenge(401, challenge) }
        _ = played.logIn()
        #expect(played.shown("scope") == asked)
    }

    @Test(arguments: [
        (nil, nil, "none"),
        ("secret:1", nil, "basic"),
        ("secret:1", ["client_secret_basic", "client_secret_post"], "basic"),
        ("secret:1", ["client_secret_post"], "post"),
    ])
    func `a configured client shows itself as the server wants it`(secret: String?, methods: [String]?, way: String) {
        let list = methods.map { JSONValue.array($0.map(JSONValue.string)) }
        let client = MCPAuthorization.ConfiguredClient(id: "my client", secret: secret.map { SecretValue($0) })
        var played = Played(
            .init(server: "s", url: Played.url, client: client),
            pages: [
                Played.serverAddress: Page(
                    body: Played.metadata([
                        "token_endpoint_auth_methods_supported": list, "registration_endpoint": JSONValue?.none,
                    ]))
            ])
        _ = played.logIn()
        #expect(played.comeBack().token == "access-1")
        let password = played.requests.last?.headers.first { $0.name == "Authorization" }?.value
        // RFC 6749 §2.3.1: `my%20client:secret%3A1`.
        #expect(password == (way == "basic" ? "Basic bXklMjBjbGllbnQ6c2VjcmV0JTNBMQ==" : nil))
        #expect(played.sent("client_id") == "my client")
        #expect(played.sent("client_secret") == (way == "post" ? "secret:1" : nil))
        #expect(played.grant?.client?.secret == nil, "the configuration has it")
    }

    @Test(arguments: [
        (#"{"client_id":"c","client_secret":"s3cret","token_endpoint_auth_method":"client_secret_post"}"#, "post"),
        (#"{"client_id":"c","client_secret":"s3cret"}"#, "basic"),
        (#"{"client_id":"c","client_secret":"s3cret","token_endpoint_auth_method":"none"}"#, "none"),
        (#"{"client_id":"c","client_secret":"","client_secret_expires_at":0}"#, "none"),
    ])
    func `a registered client shows itself as the registration says`(registration: String, way: String) {
        let played = Played.loggedIn(pages: [Played.registrationAddress: Page(status: 201, body: registration)])
        #expect((played.requests.last?.headers.contains { $0.name == "Authorization" } == true) == (way == "basic"))
        #expect(played.sent("client_secret") == (way == "post" ? "s3cret" : nil))
        #expect(played.sent("client_id") == "c")
    }

    @Test func `a client is registered anew for another redirect, for more scopes and after its end`() {
        func registers(_ change: (inout PlayedAuthorization) -> Void) -> Bool {
            let body = #"{"client_id":"c","client_secret":"s3cret","client_secret_expires_at":1800000100}"#
            var played = Played.loggedIn(pages: [Played.registrationAddress: Page(status: 201, body: body)])
            let before = played.requests.count
            change(&played)
            return played.requests.dropFirst(before).contains { $0.url == Played.registrationAddress }
        }
        #expect(!registers { _ = $0.logIn() })
        #expect(registers { _ = $0.logIn(redirect: "http://127.0.0.1:4712/callback") })
        #expect(
            registers {
                _ = $0.challenge(403, #"Bearer error="insufficient_scope", scope="admin""#, token: "access-1")
                _ = $0.logIn()
            })
        #expect(
            registers {
                $0.wait(101)
                _ = $0.logIn()
            })
    }

    @Test(arguments: [
        "\(PlayedAuthorization.code)", "  \(PlayedAuthorization.code)\n",
        "http://127.0.0.1:4711/callback?code=\(PlayedAuthorization.code)&state=STATE",
        "?state=STATE&code=\(PlayedAuthorization.code)#",
        "code=\(PlayedAuthorization.code)&state=STATE&other=1&other=2",
    ])
    func `a person may paste the address, its query or the code`(pasted: String) {
        var played = Played()
        _ = played.logIn()
        #expect(played.handle(.pasted(pasted.replacing("STATE", with: played.state))).contains(.loggedIn))
    }

    @Test func `a login ends in time, by its end and by another one`() {
        var played = Played()
        _ = played.logIn()
        played.wait(599)
        #expect(played.handle(.timer) == [])
        played.wait(1)
        #expect(played.handle(.timer).loginFailure?.contains("in time") == true)
        #expect(played.comeBack().first.map { if case .redirectRefused = $0 { true } else { false } } == true)

        _ = played.logIn()
        #expect(played.handle(.loginCancelled) == [])
        #expect(!played.authorization.isLoggingIn)

        _ = played.logIn()
        let old = played.state
        _ = played.logIn(seed: 7)
        #expect(played.state != old)
        #expect(played.handle(.redirected(query: "code=x&state=\(old)")).contains(.loggedIn) == false)
        #expect(played.comeBack().contains(.loggedIn))
    }

    @Test func `a browser that does not come back leads to a new registration`() {
        func registers(after leave: (inout PlayedAuthorization) -> Void) -> Bool {
            var played = Played.loggedIn()
            _ = played.logIn()
            leave(&played)
            let count = played.requests.count
            _ = played.logIn()
            return played.requests.dropFirst(count).contains { $0.url == Played.registrationAddress }
        }
        #expect(registers { _ in })
        #expect(registers { _ = $0.handle(.loginCancelled) })
        #expect(
            registers {
                $0.wait(600)
                _ = $0.handle(.timer)
            })
        #expect(!registers { _ = $0.comeBack() })
        // The tokens that there are stay what they are.
        var played = Played.loggedIn()
        _ = (played.logIn(), played.handle(.loginCancelled), played.logIn())
        #expect(played.grant?.tokens?.refresh?.text == "refresh-1")
    }

    @Test func `a logout forgets everything`() {
        var played = Played.loggedIn()
        #expect(played.handle(.logout) == [])
        #expect(played.grant == nil)
        #expect(played.handle(.tokenNeeded) == [.authorized(nil)])
    }
}
