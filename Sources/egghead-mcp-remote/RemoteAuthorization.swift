import Curl
import JSON
import LinuxSystem
import MCP
import MCPClient
import Runtime
import Services
import Time

/// The shell round the login at a server: requests to its authorization server, the file with the tokens, and the
/// person who logs in.
final class RemoteAuthorization {
    /// What became of a question for a token.
    enum Answer {
        /// Requests have this token; none when nil.
        case token(SecretValue?)
        /// Nothing is asked until a person has logged in: why.
        case loginNeeded(String)
        /// There is none now, and a login would not help: why.
        case unavailable(String)
    }

    /// Called with what became of questions for a token, and after a login.
    var onAnswer: (Answer) -> Void = { _ in }

    private let http: HTTPClient
    private let loop: EventLoop
    private let log: Log
    private let file: String
    private var core: MCPAuthorization
    private var transfers: [Int: HTTPTransfer] = [:]
    private var timer: Timer?
    /// The step of a login that waits for its end.
    private var waiting: ((Result<String?, ServiceFailure>) -> Void)?
    /// What comes of a request that was refused, while it is decided on.
    private var refusal: Answer?
    private var isDecidingAlone = false

    private static let fileBytesMax = 262_144
    private static let randomCount = 64

    /// The login of an earlier process, if there is one.
    ///
    /// - Parameter file: Where the tokens are kept, for the user of this process alone.
    init(_ settings: MCPAuthorization.Settings, file: String, http: HTTPClient, loop: EventLoop, log: Log) {
        (self.http, self.loop, self.log, self.file) = (http, loop, log, file)
        let bytes = try? Files.read(file, limit: Self.fileBytesMax)
        core = MCPAuthorization(
            settings, grant: bytes.flatMap { try? JSON.decode(AuthorizationGrant.self, from: $0) })
    }

    /// A request is about to be sent: `onAnswer` follows, now or later.
    func tokenNeeded() { handle(.tokenNeeded) }

    /// A request was refused with 401: `onAnswer` follows, now or later.
    func challenged(_ fields: [String], token: SecretValue?) {
        handle(.challenged(status: 401, wwwAuthenticate: fields, token: token))
    }

    /// A request was refused with 403, which says nothing of others.
    ///
    /// - Returns: What becomes of that request.
    func forbidden(_ fields: [String], token: SecretValue?) -> Answer? {
        (isDecidingAlone, refusal) = (true, nil)
        handle(.challenged(status: 403, wwwAuthenticate: fields, token: token))
        isDecidingAlone = false
        return refusal
    }

    /// A person logs in.
    ///
    /// - Parameter done: Called once, later: with the address to open, or nil when the login is done.
    func logIn(_ step: Toolbox.Login.Step, _ done: @escaping (Result<String?, ServiceFailure>) -> Void) {
        end(.failure(ServiceFailure(.failed, "login: another step has begun")))
        waiting = done
        switch step {
        case .begin(let redirect):
            // What a browser is sent to is this machine of the person, and nothing else.
            guard redirect.hasPrefix("http://127.0.0.1:") else {
                return end(.failure(ServiceFailure(.invalid, "login: the browser is to come back to 127.0.0.1")))
            }
            let random = (0..<Self.randomCount).map { _ in UInt8.random(in: .min ... .max) }
            handle(.login(redirect: redirect, random: random))
        case .redirected(let query): handle(.redirected(query: query))
        case .pasted(let text): handle(.pasted(text))
        }
    }

    private func end(_ result: Result<String?, ServiceFailure>) {
        let done = waiting
        waiting = nil
        done?(result)
    }

    private func handle(_ event: MCPAuthorization.Event) {
        let seconds = Clock.nanosecondsSince1970() / 1_000_000_000
        for action in core.handle(event, at: loop.now, secondsSince1970: seconds) { perform(action) }
    }

    private func perform(_ action: MCPAuthorization.Action) {
        switch action {
        case .send(let id, let request): send(id, request)
        case .authorized(let token): answer(.token(token))
        case .loginNeeded(let reason): answer(.loginNeeded(reason))
        case .unavailable(let reason): answer(.unavailable(reason))
        case .open(let address): end(.success(address))
        case .redirectRefused(let reason): end(.failure(ServiceFailure(.invalid, "login: \(reason)")))
        case .loggedIn:
            log.notice("mcp.logged_in")
            end(.success(nil))
        case .loginFailed(let reason):
            log.warning("mcp.login_failed", ["error": reason])
            end(.failure(ServiceFailure(.failed, "login: \(reason)")))
        case .remember(let grant): remember(grant)
        case .setTimer(let time):
            timer?.cancel()
            timer = time.map { time in
                loop.schedule(after: max(.zero, time - loop.now)) { [unowned self] in handle(.timer) }
            }
        }
    }

    private func answer(_ answer: Answer) {
        if isDecidingAlone { refusal = answer } else { onAnswer(answer) }
    }

    private func remember(_ grant: AuthorizationGrant?) {
        do throws(SystemCallError) {
            guard let grant else {
                try? Files.remove(file)  // there may be none
                return
            }
            try Files.replace(file, with: JSON.encode(grant), mode: 0o600)
        } catch {
            log.error("mcp.not_remembered", ["error": "\(error)", "next": "a restart needs a new login"])
        }
    }

    private func send(_ id: Int, _ request: AuthorizationRequest) {
        let fields = request.headers.map { HTTPField($0.name, $0.value) }
        let method = request.method == .get ? HTTPRequest.Method.get : .post
        var status = 0, body: [UInt8] = []
        transfers[id] = http.start(HTTPRequest(method, request.url, headers: fields, body: request.body)) {
            [unowned self] event in
            switch event {
            case .response(let told): status = told
            case .bytes(let bytes):
                // One byte too many says that it is too long.
                body += bytes.prefix(max(0, MCPLimits.authorizationBodyBytesMax + 1 - body.count))
                if body.count > MCPLimits.authorizationBodyBytesMax {
                    transfers[id].map(http.cancel)
                    answered(id, .response(id: id, status: status, body: body))
                }
            case .completed: answered(id, .response(id: id, status: status, body: body))
            case .unreachable(let reason), .unconnected(let reason), .broken(let reason):
                answered(id, .requestFailed(id: id, reason))
            }
        }
        loop.schedule(after: Self.requestTime) { [weak self] in
            guard let self, let transfer = transfers[id] else { return }
            http.cancel(transfer)
            answered(id, .requestFailed(id: id, "it has not answered in time"))
        }
    }

    /// How long an authorization server may take.
    private static let requestTime = Duration.seconds(15)

    private func answered(_ id: Int, _ event: MCPAuthorization.Event) {
        transfers[id] = nil
        handle(event)
    }
}
