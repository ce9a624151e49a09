import JSON
import MCP
import Services
import Testing
import Time

/// What becomes of the tokens after a login.
@Suite struct `Tokens of remote servers` {
    private typealias Played = PlayedAuthorization
    private typealias Page = PlayedAuthorization.Page

    private static let renewed = #"{"access_token":"access-2","token_type":"Bearer","expires_in":3600}"#

    @Test func `a token is renewed a minute before its end, once for all who wait`() {
        var played = Played.loggedIn()
        played.pages[Played.tokenAddress] = Page(body: Self.renewed)
        played.wait(3_539)
        #expect(played.handle(.tokenNeeded).token == "access-1")
        played.wait(1)
        played.isSilent = true
        let count = played.requests.count
        #expect(played.handle(.tokenNeeded) == [])
        #expect(played.handle(.tokenNeeded) == [])
        #expect(played.challenge(token: "access-1") == [])
        #expect(played.requests.count == count + 1)
        #expect(played.requests.last?.url == Played.tokenAddress)
        #expect(
            String(decoding: played.requests.last?.body ?? [], as: UTF8.self)
                == "grant_type=refresh_token&refresh_token=refresh-1"
                + "&resource=https%3A%2F%2Fmcp.example.com%2Fmcp&client_id=client-1")
        let body = Array(Self.renewed.utf8)
        #expect(played.handle(.response(id: 5, status: 200, body: body)).token == "access-2")
        #expect(played.grant?.tokens?.refresh?.text == "refresh-1", "none was given, so the old one stays")
        // The same answer once more is of an old request.
        #expect(played.handle(.response(id: 5, status: 200, body: body)) == [])
    }

    @Test(arguments: [
        (#"3600"#, 3_600), (#""3600""#, 3_600), ("3600.5", 3_600), ("1e30", 31_536_000), (#""1e30""#, 31_536_000),
        ("-1", nil), ("0", nil), (#""soon""#, nil), ("null", nil), ("[]", nil), (#""nan""#, nil),
    ])
    func `the life of a token is read in every form`(life: String, seconds: Int64?) {
        let body = #"{"access_token":"a","token_type":"BEARER","expires_in":\#(life)}"#
        let played = Played.loggedIn(pages: [Played.tokenAddress: Page(body: body)])
        #expect(played.grant?.tokens?.expiresAt == seconds.map { 1_800_000_000 + $0 })
    }

    @Test func `a short life is renewed in its last tenth`() {
        let body = #"{"access_token":"a","refresh_token":"refresh-1","token_type":"bearer","expires_in":50}"#
        var played = Played.loggedIn(pages: [Played.tokenAddress: Page(body: body)])
        let count = played.requests.count
        played.wait(44)
        _ = played.handle(.tokenNeeded)
        #expect(played.requests.count == count)
        played.wait(1)
        _ = played.handle(.tokenNeeded)
        #expect(played.requests.count == count + 1)
    }

    @Test func `a token without an end and without a refresh is used until it is refused`() {
        let body = #"{"access_token":"a","token_type":"bearer"}"#
        var played = Played.loggedIn(pages: [Played.tokenAddress: Page(body: body)])
        played.wait(1_000_000)
        #expect(played.handle(.tokenNeeded).token == "a")
        #expect(played.challenge(token: "a").loginWish == "The MCP server `s` wants a new login.")
        #expect(played.grant?.tokens == nil)
        #expect(played.grant?.client?.id == "client-1")
        #expect(played.handle(.tokenNeeded) == [.authorized(nil)])
    }

    @Test func `a token that has ended and cannot be renewed is not sent`() {
        let body = #"{"access_token":"a","token_type":"bearer","expires_in":100}"#
        var played = Played.loggedIn(pages: [Played.tokenAddress: Page(body: body)])
        played.wait(99)
        #expect(played.handle(.tokenNeeded).token == "a")
        played.wait(1)
        #expect(played.handle(.tokenNeeded) == [.authorized(nil)])
    }

    @Test func `a refused token is renewed, and a new one that is refused is not`() {
        var played = Played.loggedIn()
        played.pages[Played.tokenAddress] = Page(body: Self.renewed)
        played.wait(100)
        #expect(played.challenge(token: "access-1").token == "access-2")
        let count = played.requests.count
        // A late answer to the old token.
        #expect(played.challenge(token: "access-1").token == "access-2")
        #expect(
            played.challenge(token: "access-2").loginWish
                == "The MCP server `s` refuses the token that it was just given, and wants a new login.")
        #expect(played.challenge(token: "access-2").loginWish == "The MCP server `s` wants a login.")
        #expect(played.requests.count == count)
        #expect(played.grant?.tokens == nil)
    }

    @Test(arguments: [
        (400, #"{"error":"invalid_grant","error_description":"refresh-1 is over"}"#, true),
        (400, #"{"error":"invalid_request"}"#, true),
        (401, #"{"error":"invalid_client"}"#, false),
        (401, "<html>", true),
        (200, #"{"error":"unauthorized_client"}"#, false),
    ])
    func `a refresh that is refused ends the login, and keeps the registration unless that is refused`(
        status: Int, body: String, keepsClient: Bool
    ) {
        var played = Played.loggedIn()
        played.pages[Played.tokenAddress] = Page(status: status, body: body)
        played.wait(3_550)
        let wish = played.handle(.tokenNeeded).loginWish
        #expect(wish?.contains("wants a new login") == true)
        #expect(wish?.contains("refresh-1") == false, "a secret that is repeated is not shown")
        #expect(played.grant?.tokens == nil)
        #expect((played.grant?.client != nil) == keepsClient)
        let count = played.requests.count
        _ = played.logIn()
        #expect(
            played.requests.dropFirst(count).contains { $0.url == Played.registrationAddress } == !keepsClient)
    }

    @Test(arguments: [
        (500, "x"), (403, "<html>"), (404, ""), (503, #"{"error":"invalid_grant"}"#), (429, ""), (302, ""),
        (200, "<html>"), (200, "{}"),
        (200, #"{"access_token":"a b","token_type":"bearer"}"#),
    ])
    func `a refresh that does not come through is tried again later`(status: Int, body: String) {
        var played = Played.loggedIn()
        played.pages[Played.tokenAddress] = Page(status: status, body: body)
        played.wait(3_550)
        // The old one is still good.
        #expect(played.handle(.tokenNeeded).token == "access-1")
        played.wait(60)
        #expect(played.handle(.tokenNeeded).outage?.contains("has no token now") == true)
        let count = played.requests.count
        #expect(played.handle(.tokenNeeded).outage != nil)
        #expect(played.requests.count == count, "not before the pause is over")
        played.wait(5)
        played.pages[Played.tokenAddress] = Page(body: Self.renewed)
        #expect(played.handle(.tokenNeeded).token == "access-2")
    }

    @Test func `a refused token is not given again while its refresh does not come through`() {
        var played = Played.loggedIn()
        played.pages[Played.tokenAddress] = Page(status: 500, body: "")
        played.wait(100)
        #expect(played.challenge(token: "access-1").outage != nil)
        #expect(played.handle(.tokenNeeded).outage != nil)
        #expect(played.grant?.tokens?.refresh?.text == "refresh-1")
    }

    @Test func `a missing scope wants a login with it, and the same one twice is no loop`() {
        var played = Played.loggedIn()
        let field = #"Bearer error="insufficient_scope", scope="admin""#
        #expect(
            played.challenge(403, field, token: "access-1")
                == [.loginNeeded("The MCP server `s` wants a login with more scopes: admin.")])
        #expect(played.handle(.tokenNeeded).token == "access-1", "for everything else it is good")
        _ = played.logIn()
        #expect(played.shown("scope") == "read write admin")
        _ = played.comeBack()
        #expect(
            played.challenge(403, field, token: "access-1").outage
                == "The MCP server `s` wants scopes that the last login has asked for already: admin.")
        #expect(played.challenge(403, "Bearer", token: "access-1").outage?.contains("HTTP 403") == true)
    }

    @Test func `a login that is done while a refresh runs is not undone by it`() {
        var played = Played.loggedIn()
        played.wait(3_550)
        played.isSilent = true
        #expect(played.handle(.tokenNeeded) == [])
        let refresh = played.ids.last ?? 0
        played.isSilent = false
        played.pages[Played.tokenAddress] = Page(body: #"{"access_token":"access-3","token_type":"bearer"}"#)
        _ = played.logIn()
        #expect(played.comeBack().token == "access-3", "which those who wait are told too")
        #expect(played.handle(.response(id: refresh, status: 200, body: Array(Self.renewed.utf8))) == [])
        #expect(played.handle(.tokenNeeded).token == "access-3")
        // A late refusal for scopes that the token of before lacked.
        let field = #"Bearer error="insufficient_scope", scope="admin""#
        #expect(played.challenge(403, field, token: "access-1").token == "access-3")
    }

    @Test func `a logout ends the wait for a refresh`() {
        var played = Played.loggedIn()
        played.wait(3_550)
        played.isSilent = true
        #expect(played.handle(.tokenNeeded) == [])
        #expect(played.handle(.logout).loginWish != nil)
        #expect(played.handle(.requestFailed(id: played.ids.last ?? 0, "x")) == [])
    }

    @Test func `a scope that is not taken is not asked for again`() {
        var played = Played.loggedIn()
        _ = played.challenge(401, #"Bearer scope="new""#, token: "x")
        _ = played.logIn()
        #expect(played.shown("scope") == "read write new")
        _ = played.handle(.redirected(query: "error=invalid_scope&state=\(played.state)"))
        _ = played.logIn()
        #expect(played.shown("scope") == "new")
    }

    @Test func `what was remembered of another server or another client is forgotten`() {
        let grant = Played.loggedIn().grant
        for settings: MCPAuthorization.Settings in [
            .init(server: "s", url: "https://other.example.com/mcp"), .init(server: "s", url: "http://mcp.example.com"),
            .init(server: "s", url: Played.url, client: .init(id: "another")),
        ] {
            var played = Played(settings, grant: grant)
            #expect(played.handle(.tokenNeeded) == [.authorized(nil)])
            #expect(played.grant == nil)
        }
    }

    @Test func `a grant is the same after it was written and read`() throws {
        let grant = try #require(Played.loggedIn().grant)
        let json = JSON.encode(grant)
        #expect(try JSON.decode(AuthorizationGrant.self, from: json) == grant)
        #expect(String(decoding: json, as: UTF8.self).contains("access-1"))
    }

    @Test func `no description holds a secret`() {
        var played = Played()
        var said = ""
        for event in [MCPAuthorization.Event.tokenNeeded, .login(redirect: Played.redirect, random: Array(0..<64))] {
            said += "\(played.handle(event))"
        }
        _ = played.comeBack()
        dump(played.grant, to: &said)
        dump(played.requests, to: &said)
        said += "\(played.requests) \(String(describing: played.grant)) \(String(reflecting: played.grant))"
        dump(played.requests.map(\.headers), to: &said)
        let events: [MCPAuthorization.Event] = [
            .redirected(query: "code=\(Played.code)"), .pasted(Played.code), .requestFailed(id: 1, Played.code),
            .response(id: 1, status: 200, body: Array(Played.tokens.utf8)),
            .challenged(status: 401, wwwAuthenticate: [], token: SecretValue("access-1")),
        ]
        dump(events, to: &said)
        said += "\(events)"
        #expect("\(events[3])" == "response(1, 200, \(Played.tokens.utf8.count) bytes)")
        said += "\(MCPAuthorization.Action.authorized(SecretValue("access-1")))"
        let verifier = "ICEiIyQlJicoKSorLC0uLzAxMjM0NTY3ODk6Ozw9Pj8"
        for secret in ["access-1", "refresh-1", verifier, Played.code] { #expect(!said.contains(secret)) }
    }
}
