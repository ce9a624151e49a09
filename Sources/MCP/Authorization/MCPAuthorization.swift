import Services
import Time

/// The authorization for one MCP server over HTTP: the part that decides. It is an OAuth 2.1 client.
///
/// It is told what servers have answered and what a person does, and answers with what is to be done, in order. Nothing
/// is asked of an authorization server before a person begins a login, so no answer of an MCP server alone makes
/// Egghead speak to an address that it names.
///
/// ```
///          login                    metadata                registration          redirected
/// (none) ────────→ resource, server ─────────→ registering ────────────→ waiting ────────────→ redeeming ──→ logged in
///                                        └ a client is known ───────────────↑    timer: failed
/// ```
///
/// Beside it, at most one refresh runs: when a token is needed that is about to end, or was refused with 401.
///
/// See: MCP 2026-07-28, Authorization; OAuth 2.1 (draft-ietf-oauth-v2-1-13)
public struct MCPAuthorization: Sendable {
    /// What has happened, and what is wanted.
    public enum Event: Hashable, Sendable {
        /// A request to the MCP server is to be sent: with which token? Told before each of them. The answer is
        /// `authorized`, `loginNeeded` or `unavailable`, at once or after a refresh.
        case tokenNeeded
        /// The MCP server has answered 401 or 403. A 401 is answered like `tokenNeeded`, and the request may be sent
        /// once more after `authorized`; a 403 is answered with `loginNeeded` or `unavailable`, and like a 401 when the
        /// token has changed since.
        ///
        /// - `wwwAuthenticate`: The values of all header fields of this name.
        /// - `token`: The one that the request was sent with.
        case challenged(status: Int, wwwAuthenticate: [String], token: SecretValue?)
        /// The answer to the request with an id. 3xx are answers like others.
        case response(id: Int, status: Int, body: [UInt8])
        /// The request with an id has no answer: why.
        case requestFailed(id: Int, String)
        /// A person begins a login; one that is open ends without a word.
        ///
        /// - `redirect`: Where the browser is to come back to: `http://127.0.0.1:PORT/callback`. The same one as at the
        ///   last login saves a registration.
        /// - `random`: At least 64 unforeseeable bytes, new for each login.
        case login(redirect: String, random: [UInt8])
        /// The browser has come back: the query of its request, with or without the path. Anybody on this machine can
        /// send one, so one that does not belong to the login changes nothing.
        case redirected(query: String)
        /// What a person has copied: the whole address that the browser has ended at, its query, or the code alone.
        case pasted(String)
        /// The person has given the login up.
        case loginCancelled
        /// Forget the tokens and the client.
        case logout
        /// The time that `setTimer` named has come.
        case timer
    }

    /// What is to be done.
    public enum Action: Hashable, Sendable {
        /// Send a request, and tell `response` or `requestFailed` with its id.
        case send(id: Int, AuthorizationRequest)
        /// Requests to the MCP server, and to nobody else, carry this token: `Authorization: Bearer …`. Nil: none.
        case authorized(SecretValue?)
        /// Requests that wait fail: a person must log in. Why, in one line.
        case loginNeeded(String)
        /// Requests that wait fail, and a login would not help: why, in one line.
        case unavailable(String)
        /// Show this address to the person, as a text or to a browser, never to a command shell.
        case open(address: String)
        /// Answer to the browser, or the person, that what came is not taken, and why. A login that was open still is.
        case redirectRefused(String)
        /// The login is done; `authorized` comes before.
        case loggedIn
        /// The login is over: why, in one line.
        case loginFailed(String)
        /// Keep what is known for the next start; forget it when nil.
        case remember(AuthorizationGrant?)
        /// Tell `timer` at this time, and at no earlier one that was named; never when nil.
        case setTimer(Instant?)
    }

    /// A client that was registered by hand: `oauth: {client_id: …}`.
    public struct ConfiguredClient: Hashable, Sendable {
        /// Its `client_id`.
        public var id: String
        /// Its password, if it has one.
        public var secret: SecretValue?
        /// The authorization server that knows it; nil when that is the one of the first login.
        public var issuer: String?

        /// A client.
        public init(id: String, secret: SecretValue? = nil, issuer: String? = nil) {
            self.id = id
            self.secret = secret
            self.issuer = issuer
        }
    }

    /// When two names of an authorization server are the same one.
    public enum IssuerComparison: Hashable, Sendable {
        /// When they are the same bytes (RFC 8414 §3.3).
        case exact
        /// Also when one is `https://host` and the other `https://host/`: some large vendors write it both ways, and
        /// RFC 3986 §6.2.3 takes them for the same.
        case withOrWithoutRootSlash
    }

    /// For which server, and as whom.
    public struct Settings: Hashable, Sendable {
        /// The server's name in the configuration.
        public var server: String
        /// Its address, to which requests go.
        public var url: String
        /// The client, when it was registered by hand.
        public var client: ConfiguredClient?
        /// The scopes to ask for, instead of those that the server names.
        public var scopes: [String]?
        /// How the issuer in an authorization server's metadata is compared with the one that the resource names.
        public var issuerComparison: IssuerComparison

        /// The settings of a server.
        public init(
            server: String, url: String, client: ConfiguredClient? = nil, scopes: [String]? = nil,
            issuerComparison: IssuerComparison = .exact
        ) {
            self.server = server
            self.url = url
            self.client = client
            self.scopes = scopes
            self.issuerComparison = issuerComparison
        }
    }

    let settings: Settings
    /// The server's address; nil when tokens cannot be sent there.
    let server: SecureURL?
    var grant: AuthorizationGrant?
    /// What the last 401 or 403 has said, for the next login.
    var challenge: AuthenticationChallenge?
    var login: OpenLogin?
    /// Whether the next login registers Egghead, whatever is remembered.
    var registersAnew = false

    /// The request of the refresh that runs.
    var refreshID: Int?
    /// When a refresh that has not come through is tried again.
    var refreshDue: Instant?
    /// The access token that was refused with 401, while it is renewed.
    var refusedToken: SecretValue?
    /// When the access token was given, in this process.
    var tokenIssued: Instant?

    var lastID = 0
    var output: [Action] = []
    private var timer: Instant?

    /// The authorization for a server.
    ///
    /// - Parameter grant: What was remembered. One of another server, or of another client than the configured one, is
    ///   not used, and forgotten at the first event.
    public init(_ settings: Settings, grant: AuthorizationGrant? = nil) {
        self.settings = settings
        server = SecureURL(settings.url, allowsLoopback: true)
        self.grant = grant
    }

    /// Whether a login is open.
    public var isLoggingIn: Bool { login != nil }

    /// Decides what follows from an event.
    ///
    /// - Parameters:
    ///   - now: Never earlier than at the event before.
    ///   - secondsSince1970: The time of the day, by which the ends of tokens are remembered.
    public mutating func handle(_ event: Event, at now: Instant, secondsSince1970: Int64) -> [Action] {
        let time = Moment(instant: now, seconds: secondsSince1970)
        dropForeignGrant()
        switch event {
        case .tokenNeeded: giveToken(at: time)
        case .challenged(let status, let fields, let token): challenged(status, fields, token: token, at: time)
        case .response(let id, let status, let body): take(.answer(status: status, body: body), to: id, at: time)
        case .requestFailed(let id, let reason): take(.failure(reason), to: id, at: time)
        case .login(let redirect, let random): begin(redirect: redirect, random: random, at: time)
        case .redirected(let query): take(AuthorizationRedirect(query: query), at: time)
        case .pasted(let text): take(AuthorizationRedirect(pasted: text), at: time)
        case .loginCancelled: leaveLogin()
        case .logout: logOut()
        case .timer: timerFired(at: now)
        }
        setTimer()
        defer { output = [] }
        return output
    }

    private mutating func setTimer() {
        guard login?.due != timer else { return }
        timer = login?.due
        output.append(.setTimer(timer))
    }

    private mutating func timerFired(at now: Instant) {
        timer = nil
        guard let due = login?.due, due <= now else { return }
        leaveLogin()
        failLogin("nobody has come back from the authorization server in time")
    }

    /// The browser has not come back. A server that has lost its clients shows that to the person, and never to
    /// Egghead, so the next login does not trust the registration.
    mutating func leaveLogin() {
        if login?.step == .waiting { registersAnew = true }
        login = nil
    }

    private mutating func logOut() {
        if refreshID != nil { loginNeeded("wants a login") }
        (login, refreshID, refreshDue, tokenIssued, refusedToken) = (nil, nil, nil, nil, nil)
        remember(nil)
    }

    /// Tokens and clients belong to one server and, where it is configured, to one client.
    private mutating func dropForeignGrant() {
        guard let grant else { return }
        let isForeign: Bool
        switch (settings.client, grant.client) {
        case (let configured?, let client?): isForeign = configured.id != client.id
        case (nil, let client?): isForeign = client.redirect == nil
        case (_, nil): isForeign = false
        }
        if isForeign || grant.server != server?.resource { remember(nil) }
    }

    mutating func remember(_ grant: AuthorizationGrant?) {
        guard grant != self.grant else { return }
        self.grant = grant
        output.append(.remember(grant))
    }

    mutating func send(_ request: AuthorizationRequest) -> Int {
        lastID += 1
        output.append(.send(id: lastID, request))
        return lastID
    }

    /// The answer to a request of the login or the refresh; every other is old and dropped.
    private mutating func take(_ answer: AuthorizationAnswer, to id: Int, at time: Moment) {
        if id == refreshID {
            refreshID = nil
            refreshed(answer, at: time)
        } else if id == login?.requestID {
            login?.requestID = nil
            proceed(with: answer, at: time)
        }
    }

    /// Who Egghead is to the authorization server of the grant. What the configuration says is not remembered, so that
    /// it holds at once when it changes.
    var knownClient: RegisteredClient? {
        guard let grant else { return nil }
        return settings.client.map { RegisteredClient($0, at: grant.authorizationServer) } ?? grant.client
    }

    /// What no text that is shown may repeat.
    var secrets: [SecretValue] {
        [
            grant?.tokens?.access, grant?.tokens?.refresh, grant?.client?.secret, settings.client?.secret,
            login?.client?.secret, login?.code, login?.proof.verifier, login?.state,
        ].compactMap(\.self)
    }

    /// `The MCP server` with its name.
    var subject: String { "The MCP server `\(settings.server)`" }
}

/// A point in time, by both clocks.
struct Moment: Hashable {
    /// By the clock that only goes on, for waits.
    var instant: Instant
    /// By the clock on the wall, for what is remembered: seconds since 1970.
    var seconds: Int64
}
