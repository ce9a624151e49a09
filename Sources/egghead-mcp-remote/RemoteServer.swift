import Curl
import MCP
import MCPClient
import Runtime
import Services

/// A server at an address: each message is a request of HTTP, and what comes back is handed to the session.
///
/// A server of the handshake generation gives the session a name, which every later request has, and may say on a
/// stream of its own what belongs to no request.
///
/// See: MCP 2026-07-28, Streamable HTTP; MCP 2025-11-25, Transports, Streamable HTTP
final class RemoteServer: ServerTransport {
    var onEvent: (MCPSession.Event) -> Void = { _ in }
    var isOpen: (_ request: Int) -> Bool = { _ in false }
    var onWaiting: (String) -> Void = { _ in }
    let isHTTP = true
    let additions: [String] = []
    /// It is somebody else's, and may be back at any time.
    let failure = ExitStatus.temporaryFailure

    private let url: String
    private let headers: [HTTPField]
    private let loop: EventLoop
    private let log: Log
    private let http: HTTPClient
    private let authorization: RemoteAuthorization
    /// Messages that wait for a token.
    private var parked: [(message: MCPOutgoing, isRepeated: Bool)] = []
    /// The token that requests have now.
    private var token: SecretValue?
    /// The command by which a person logs in.
    private let login: String
    /// Whether nothing is sent until a person has logged in.
    private var isWaiting = false
    private var exchanges: [Int: RemoteExchange] = [:]
    private var lastNumber = 0
    private var session: String?
    /// The revision that was agreed upon, for requests that carry no message.
    private var version: String?
    /// Messages that wait until the server has taken the end of the handshake.
    private var held: [MCPOutgoing]?
    /// How many times in a row the stream for what belongs to no request has ended without a message.
    private var silentStreams = 0

    private static let connectionsKeptMax = 4
    /// How long a server may take to end a session that nobody wants any more.
    private static let endingTime = Duration.seconds(2)
    /// The longest name of a session, in bytes.
    private static let sessionBytesMax = 1_024
    private static let silentStreamsMax = 5

    /// A server to which nothing was said.
    ///
    /// - Parameter memory: The directory in which its tokens are kept.
    /// - Throws: Which secret is missing.
    init(
        _ settings: MCPServerSettings, secrets: SecretReader, memory: String, loop: EventLoop, log: Log
    ) throws(ServiceFailure) {
        guard let address = settings.address else {
            throw ServiceFailure(.invalid, "mcp_servers.\(settings.name): it has no url")
        }
        (self.loop, self.log, url) = (loop, log, address.url)
        var headers: [HTTPField] = []
        for (name, text) in address.headers.sorted(by: { $0.key < $1.key }) {
            headers.append(HTTPField(name, try secrets.text(text, of: settings.name)))
        }
        self.headers = headers
        http = HTTPClient(loop: loop, connectionsKeptMax: Self.connectionsKeptMax)
        let secret = try address.clientSecret.map { text throws(ServiceFailure) in
            try secrets.text(text, of: settings.name)
        }
        authorization = RemoteAuthorization(
            MCPAuthorization.Settings(
                server: settings.name, url: address.url,
                client: address.clientID.map { .init(id: $0, secret: secret.map(SecretValue.init)) },
                scopes: address.scopes.isEmpty ? nil : address.scopes, issuerComparison: .withOrWithoutRootSlash),
            file: "\(memory)/\(settings.name).login.json", http: http, loop: loop, log: log)
        login = "egghead mcp login \(settings.name)"
        authorization.onAnswer = { [unowned self] in take($0) }
    }

    func logIn(_ step: Toolbox.Login.Step, _ done: @escaping (Result<String?, ServiceFailure>) -> Void) {
        if hasOwnCredentials {
            let reason = "login: the section of this server has `headers: {Authorization: …}`, which log it in"
            return done(.failure(ServiceFailure(.invalid, reason)))
        }
        authorization.logIn(step, done)
    }

    func start() {
        (session, version, held, silentStreams) = (nil, nil, nil, 0)
        loop.schedule(after: .zero) { [weak self] in self?.onEvent(.started) }
    }

    func send(_ message: MCPOutgoing) {
        if let held {
            self.held = held + [message]
            return
        }
        // Whoever asks for the tools before the server has heard of the end of the handshake is refused by some.
        if message.kind == .notification(method: "notifications/initialized") { held = [] }
        guard !hasOwnCredentials else { return open(message, isRepeated: false) }
        parked.append((message, isRepeated: false))
        authorization.tokenNeeded()
    }

    private func open(_ message: MCPOutgoing, isRepeated: Bool) {
        version = message.protocolVersion ?? version
        open(.message(message.kind), message, isRepeated: isRepeated)
    }

    func closeStream(request: Int) {
        for (number, exchange) in exchanges where exchange.answers.request == request { drop(number) }
    }

    func close(_ done: @escaping () -> Void) {
        parked = []
        for number in exchanges.keys { drop(number) }
        guard session != nil else {
            loop.schedule(after: .zero, done)
            return
        }
        var isDone = false
        let finish = {
            if !isDone { done() }
            isDone = true
        }
        let ending = http.start(HTTPRequest(.delete, url, headers: fields(nil))) { event in
            switch event {
            case .response, .bytes: break
            case .completed, .unreachable, .unconnected, .broken: finish()
            }
        }
        session = nil
        loop.schedule(after: Self.endingTime) { [http] in
            http.cancel(ending)
            finish()
        }
    }

    // MARK: Requests

    private func fields(_ message: MCPOutgoing?) -> [HTTPField] {
        var fields = headers + [HTTPField("Accept", "application/json, text/event-stream")]
        if let token { fields.append(HTTPField("Authorization", "Bearer \(token.text)")) }
        if let message {
            fields +=
                [HTTPField("Content-Type", "application/json")]
                + message.headers.map { HTTPField($0.name, $0.value) }
        } else if let version {
            fields.append(HTTPField("MCP-Protocol-Version", version))
        }
        if let session { fields.append(HTTPField("Mcp-Session-Id", session)) }
        return fields
    }

    private func open(_ purpose: MCPExchange.Purpose, _ message: MCPOutgoing?, isRepeated: Bool = false) {
        lastNumber += 1
        let answers = MCPExchange(
            purpose, isModern: version == MCPVersion.modern, hasSession: session != nil)
        exchanges[lastNumber] = RemoteExchange(
            answers: answers, message: message, token: token, isRepeated: isRepeated)
        let request = HTTPRequest(
            message == nil ? .get : .post, url, headers: fields(message), body: message?.json ?? [])
        begin(lastNumber, request)
    }

    private func begin(_ number: Int, _ request: HTTPRequest) {
        exchanges[number]?.transfer = http.start(request) { [unowned self] event in
            guard let transfer = exchanges[number]?.transfer else { return }
            if case .response(let status) = event { noteHead(status, transfer, number) }
            receive(MCPExchange.Event(event, of: transfer), number)
        }
    }

    private func noteHead(_ status: Int, _ transfer: HTTPTransfer, _ number: Int) {
        exchanges[number]?.challenge = transfer.headers("WWW-Authenticate")
        guard (200..<300).contains(status), exchanges[number]?.answers.isHandshake == true,
            let name = transfer.header("Mcp-Session-Id"), (1...Self.sessionBytesMax).contains(name.utf8.count)
        else { return }
        session = name
    }

    private func receive(_ event: MCPExchange.Event, _ number: Int) {
        guard var exchange = exchanges[number] else { return }
        let news = exchange.answers.receive(event)
        exchanges[number] = exchange
        for news in news { handle(news, number) }
        guard let exchange = exchanges[number] else { return }
        // Some servers leave the stream open behind the answer.
        if event.isEnd || exchange.answers.request.map({ !isOpen($0) }) ?? false { end(number) }
    }

    private func handle(_ news: MCPExchange.News, _ number: Int) {
        guard let exchange = exchanges[number] else { return }
        switch news {
        case .message(let bytes):
            if exchange.answers.purpose == .listening { silentStreams = 0 }
            onEvent(.message(bytes))
        case .failed(let failure): fail(number, exchange, failure)
        case .resume(let last, let after):
            exchanges[number]?.isWaiting = true
            loop.schedule(after: after) { [weak self] in self?.resume(number, behind: last) }
        case .unauthorized(let status): unauthorized(status, number, exchange)
        case .sessionLost:
            fail(number, exchange, .refused("it has forgotten the session, which begins anew"))
            onEvent(.exited("has forgotten the session"))
        }
    }

    private func fail(_ number: Int, _ exchange: RemoteExchange, _ failure: MCPTransportFailure) {
        if let request = exchange.answers.request { return onEvent(.requestFailed(id: request, failure)) }
        log.debug("mcp.not_taken", ["error": "\(failure)"])
    }

    /// A server of the handshake generation closes a stream to have it asked for later.
    private func resume(_ number: Int, behind last: String) {
        guard let exchange = exchanges[number] else { return }
        if let request = exchange.answers.request, !isOpen(request) { return drop(number) }
        exchanges[number] = RemoteExchange(
            answers: exchange.answers.resumed, message: exchange.message, token: token, isRepeated: exchange.isRepeated)
        begin(number, HTTPRequest(.get, url, headers: fields(nil) + [HTTPField("Last-Event-ID", last)]))
    }

    private func end(_ number: Int) {
        guard let exchange = exchanges[number], !exchange.isWaiting else { return }
        drop(number)
        if let request = exchange.answers.request, isOpen(request) {
            onEvent(.requestFailed(id: request, .lost("what it has answered is no answer to this request")))
        }
        switch exchange.answers.purpose {
        case .message(.notification(method: "notifications/initialized")):
            let waiting = held ?? []
            held = nil
            if version != MCPVersion.modern { listen() }
            waiting.forEach(send)
        case .listening: listenAgain(exchange)
        case .message: break
        }
    }

    private func drop(_ number: Int) {
        guard let transfer = exchanges.removeValue(forKey: number)?.transfer else { return }
        http.cancel(transfer)
    }

    // MARK: Logins

    /// Whether the section names what logs it in.
    private var hasOwnCredentials: Bool { headers.contains { $0.name.lowercased() == "authorization" } }

    private func unauthorized(_ status: Int, _ number: Int, _ exchange: RemoteExchange) {
        guard !hasOwnCredentials else {
            let reason = "it wants other credentials (HTTP \(status)); see `headers` in its section"
            return fail(number, exchange, .refused(reason))
        }
        guard let message = exchange.message else { return }  // it is listened to again with the next token
        guard status == 401, !exchange.isRepeated else { return forbidden(status, number, exchange, message) }
        drop(number)
        parked.append((message, isRepeated: true))
        authorization.challenged(exchange.challenge, token: exchange.token)
    }

    /// The request alone is refused: the token is good, and not for that.
    private func forbidden(_ status: Int, _ number: Int, _ exchange: RemoteExchange, _ message: MCPOutgoing) {
        switch status == 403 ? authorization.forbidden(exchange.challenge, token: exchange.token) : nil {
        case .token where !exchange.isRepeated:
            drop(number)
            parked.append((message, isRepeated: true))
            authorization.tokenNeeded()
        case .loginNeeded(let reason): fail(number, exchange, .refused("\(reason) Log in: \(login)"))
        case .unavailable(let reason): fail(number, exchange, .refused(reason))
        case .token, nil: fail(number, exchange, .refused("HTTP \(status)"))
        }
    }

    private func take(_ answer: RemoteAuthorization.Answer) {
        switch answer {
        case .token(let token): authorized(token)
        case .loginNeeded(let reason): waitForLogin("\(reason) Log in: \(login)")
        case .unavailable(let reason): giveUpParked(.unreached(reason))
        }
    }

    private func authorized(_ token: SecretValue?) {
        self.token = token
        let waiting = parked
        parked = []
        if isWaiting {
            isWaiting = false
            return start()
        }
        for (message, isRepeated) in waiting { open(message, isRepeated: isRepeated) }
    }

    private func giveUpParked(_ failure: MCPTransportFailure) {
        let waiting = parked
        parked = []
        for case .request(let id, _, _) in waiting.map(\.message.kind) {
            onEvent(.requestFailed(id: id, failure))
        }
    }

    private func waitForLogin(_ reason: String) {
        // Of calls it is known that they were not made; what begins a session begins again after the login.
        parked = parked.filter { if case .request(_, "tools/call", _) = $0.message.kind { true } else { false } }
        giveUpParked(.refused(reason))
        for number in exchanges.keys { drop(number) }
        isWaiting = true
        onWaiting(reason)
    }

    // MARK: What belongs to no request

    private func listen() { open(.listening, nil) }

    private func listenAgain(_ exchange: RemoteExchange) {
        guard !exchange.answers.isRefused, session != nil, silentStreams < Self.silentStreamsMax else { return }
        silentStreams += 1
        loop.schedule(after: .seconds(1 << silentStreams)) { [weak self] in
            guard let self, session != nil else { return }
            listen()
        }
    }
}

/// A request that runs, and what is understood of its answer.
private struct RemoteExchange {
    var answers: MCPExchange
    /// What it carries; nil when it only listens.
    var message: MCPOutgoing?
    /// The token that it had.
    var token: SecretValue?
    /// Whether it was refused before for want of a token.
    var isRepeated: Bool
    /// What the server says it wants.
    var challenge: [String] = []
    var transfer: HTTPTransfer?
    /// Whether the answer goes on in a later request.
    var isWaiting = false
}

extension MCPExchange.Event {
    /// What HTTP has met.
    fileprivate init(_ event: HTTPEvent, of transfer: HTTPTransfer) {
        self =
            switch event {
            case .response(let status):
                .response(
                    status: status, type: transfer.header("Content-Type"), location: transfer.header("Location"))
            case .bytes(let bytes): .bytes(bytes)
            case .completed: .completed
            case .unreachable(let reason), .unconnected(let reason): .unreached(reason)
            case .broken(let reason): .broken(reason)
            }
    }

    fileprivate var isEnd: Bool {
        switch self {
        case .response, .bytes: false
        case .completed, .broken, .unreached: true
        }
    }
}
