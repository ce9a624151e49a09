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
    let isHTTP = true
    let additions: [String] = []
    /// It is somebody else's, and may be back at any time.
    let failure = ExitStatus.temporaryFailure

    private let url: String
    private let headers: [HTTPField]
    private let loop: EventLoop
    private let log: Log
    private let http: HTTPClient
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
    /// - Throws: Which secret is missing.
    init(_ settings: MCPServerSettings, secrets: SecretReader, loop: EventLoop, log: Log) throws(ServiceFailure) {
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
        version = message.protocolVersion ?? version
        open(.message(message.kind), message)
    }

    func closeStream(request: Int) {
        for (number, exchange) in exchanges where exchange.answers.request == request { drop(number) }
    }

    func close(_ done: @escaping () -> Void) {
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

    private func open(_ purpose: MCPExchange.Purpose, _ message: MCPOutgoing?) {
        lastNumber += 1
        let answers = MCPExchange(
            purpose, isModern: version == MCPVersion.modern, hasSession: session != nil)
        exchanges[lastNumber] = RemoteExchange(answers: answers)
        let request = HTTPRequest(
            message == nil ? .get : .post, url, headers: fields(message), body: message?.json ?? [])
        begin(lastNumber, request)
    }

    private func begin(_ number: Int, _ request: HTTPRequest) {
        exchanges[number]?.transfer = http.start(request) { [unowned self] event in
            guard let transfer = exchanges[number]?.transfer else { return }
            if case .response(let status) = event { noteSession(status, transfer, number) }
            receive(MCPExchange.Event(event, of: transfer), number)
        }
    }

    private func noteSession(_ status: Int, _ transfer: HTTPTransfer, _ number: Int) {
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
        case .unauthorized(let status):
            let reason = "it wants other credentials (HTTP \(status)); see `headers` in its section"
            fail(number, exchange, .refused(reason))
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
        exchanges[number] = RemoteExchange(answers: exchange.answers.resumed)
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
