import JSON
import MCP
import Services
import Time

/// A login that a test plays: pages stand at addresses, and every request that is sent is answered at once.
struct PlayedAuthorization {
    /// An answer.
    struct Page {
        var status = 200
        var body: String
    }

    private(set) var authorization: MCPAuthorization
    /// What stands where. Elsewhere there is 404.
    var pages: [String: Page]
    /// Every request so far.
    private(set) var requests: [AuthorizationRequest] = []
    /// The ids of the requests, in order.
    private(set) var ids: [Int] = []
    /// What was remembered last.
    private(set) var grant: AuthorizationGrant?
    /// The address that was shown last.
    private(set) var address = ""
    var now = Instant.zero
    var seconds: Int64 = 1_800_000_000
    /// Whether requests stay without an answer for now.
    var isSilent = false

    static let url = "https://mcp.example.com/mcp"
    static let redirect = "http://127.0.0.1:4711/callback"
    static let resourceAddress = "https://mcp.example.com/.well-known/oauth-protected-resource/mcp"
    static let serverAddress = "https://auth.example.com/.well-known/oauth-authorization-server"
    static let registrationAddress = "https://auth.example.com/register"
    static let tokenAddress = "https://auth.example.com/token"
    static let code = "the-code-of-the-login"

    static let resource =
        #"{"resource":"https://mcp.example.com/mcp","authorization_servers":["https://auth.example.com"],"#
        + #""scopes_supported":["read","write"]}"#
    static let server = metadata()
    static let registration = #"{"client_id":"client-1","token_endpoint_auth_method":"none"}"#
    static let tokens =
        #"{"access_token":"access-1","refresh_token":"refresh-1","token_type":"bearer","expires_in":3600}"#

    /// Metadata of an authorization server, in which members are others, or missing when they are nil.
    static func metadata(_ changes: [String: JSONValue?] = [:], issuer: String = "https://auth.example.com") -> String {
        var members: [String: JSONValue] = [
            "issuer": .string(issuer), "authorization_endpoint": .string("https://auth.example.com/authorize"),
            "token_endpoint": .string(tokenAddress), "registration_endpoint": .string(registrationAddress),
            "code_challenge_methods_supported": .array([.string("S256")]),
        ]
        for (name, value) in changes { members[name] = value }
        return String(decoding: JSON.encode(JSONValue.object(members)), as: UTF8.self)
    }

    init(
        _ settings: MCPAuthorization.Settings = .init(server: "s", url: url), grant: AuthorizationGrant? = nil,
        pages changes: [String: Page?] = [:]
    ) {
        authorization = MCPAuthorization(settings, grant: grant)
        self.grant = grant
        pages = [
            Self.resourceAddress: Page(body: Self.resource), Self.serverAddress: Page(body: Self.server),
            Self.registrationAddress: Page(status: 201, body: Self.registration),
            Self.tokenAddress: Page(body: Self.tokens),
        ]
        for (address, page) in changes { pages[address] = page }
    }

    /// One that is logged in.
    static func loggedIn(
        _ settings: MCPAuthorization.Settings = .init(server: "s", url: url), pages: [String: Page?] = [:]
    ) -> PlayedAuthorization {
        var played = PlayedAuthorization(settings, pages: pages)
        _ = played.logIn()
        let actions = played.comeBack()
        precondition(actions.contains(.loggedIn), "\(actions)")
        return played
    }

    /// Tells an event and answers the requests that follow. Timers are left out.
    mutating func handle(_ event: MCPAuthorization.Event) -> [MCPAuthorization.Action] {
        var told: [MCPAuthorization.Action] = []
        var waiting = authorization.handle(event, at: now, secondsSince1970: seconds)
        while !waiting.isEmpty {
            let action = waiting.removeFirst()
            switch action {
            case .send(let id, let request):
                requests.append(request)
                ids.append(id)
                if !isSilent {
                    let page = pages[request.url] ?? Page(status: 404, body: "<html>")
                    waiting += authorization.handle(
                        .response(id: id, status: page.status, body: Array(page.body.utf8)), at: now,
                        secondsSince1970: seconds)
                }
            case .remember(let grant): self.grant = grant
            case .open(let address):
                self.address = address
                told.append(action)
            case .setTimer: break
            case .authorized, .loginNeeded, .unavailable, .redirectRefused, .loggedIn, .loginFailed:
                told.append(action)
            }
        }
        return told
    }

    mutating func challenge(
        _ status: Int = 401, _ fields: String..., token: String? = nil
    ) -> [MCPAuthorization.Action] {
        handle(.challenged(status: status, wwwAuthenticate: fields, token: token.map { SecretValue($0) }))
    }

    /// A person begins a login.
    mutating func logIn(redirect: String = redirect, seed: UInt8 = 0) -> [MCPAuthorization.Action] {
        handle(.login(redirect: redirect, random: (0..<64).map { $0 &+ seed }))
    }

    /// The browser comes back with a code and what else.
    mutating func comeBack(_ more: String = "") -> [MCPAuthorization.Action] {
        handle(.redirected(query: "/callback?code=\(Self.code)&state=\(state)\(more)"))
    }

    /// Time passes.
    mutating func wait(_ span: Int64) {
        now = now + .seconds(span)
        seconds += span
    }

    /// A parameter of the address that was shown.
    func shown(_ name: String) -> String? { Self.field(name, in: address.drop { $0 != "?" }.dropFirst()) }

    var state: String { shown("state") ?? "" }

    /// A field of the last request's body.
    func sent(_ name: String) -> String? {
        Self.field(name, in: String(decoding: requests.last?.body ?? [], as: UTF8.self)[...])
    }

    private static func field(_ name: String, in text: Substring) -> String? {
        let fields = text.split(separator: "&").map { $0.split(separator: "=", omittingEmptySubsequences: false) }
        let value = fields.first { $0.first.map(String.init) == name }?.last.map(String.init)
        return value?.replacing("%3A", with: ":").replacing("%2F", with: "/").replacing("%20", with: " ")
    }
}

extension [MCPAuthorization.Action] {
    /// Why a login is over.
    var loginFailure: String? {
        for case .loginFailed(let reason) in self { return reason }
        return nil
    }

    /// Why a login is needed.
    var loginWish: String? {
        for case .loginNeeded(let reason) in self { return reason }
        return nil
    }

    /// Why there is no token.
    var outage: String? {
        for case .unavailable(let reason) in self { return reason }
        return nil
    }

    /// The token of the requests.
    var token: String? {
        for case .authorized(let token) in self { return token?.text }
        return nil
    }
}
