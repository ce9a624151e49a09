import Services
import Time

/// The client's side of a connection to one server: the part that decides.
///
/// It is told what the transport has met and what callers want, and answers with what is to be done, in order.
///
/// ```
///          DiscoverResult                        last page
/// probing ────────────────────────────→ listing ───────────→ ready ── list changed: listed again, while it is ready
///    │ any other answer, silence           ↑
///    └────────────→ handshaking ───────────┘ InitializeResult
///    └ exit: restarted, then handshaking
/// ```
///
/// See: MCP 2026-07-28, Versioning and Compatibility; MCP 2025-11-25, Lifecycle
public struct MCPSession: Sendable {
    /// What the transport has met, and what is wanted.
    public enum Event: Hashable, Sendable {
        /// The server's process runs, or the address is known: begin.
        case started
        /// Bytes of the server's standard output, cut anywhere.
        case bytes([UInt8])
        /// A whole message, where the transport marks its end.
        case message([UInt8])
        /// The request with an id has not come through: the transport has no answer to it, or will not have one.
        case requestFailed(id: Int, MCPTransportFailure)
        /// The server's process has ended, or its output has: why.
        case exited(String)
        /// The time that `setTimer` named has come.
        case timer
        /// A tool is called.
        case call(MCPCall)
        /// Nobody wants the outcome of the call with an id any more.
        case cancel(call: String)
        /// A person's answer to the question with an id.
        case answer(elicitation: Int, ElicitationAnswer)
        /// The server is no longer wanted. The transport closes its input after what is to be sent.
        case stop
    }

    /// What is to be done.
    public enum Action: Hashable, Sendable {
        /// Send a message.
        case send(MCPOutgoing)
        /// End the response stream of the request with an id, whose answer nobody wants any more. Only over HTTP.
        case closeStream(request: Int)
        /// Tell `timer` at this time, and at no earlier one that was named; never when nil.
        case setTimer(Instant?)
        /// The server has left because of the probe: start it once more, and tell `started`.
        case restart
        /// Keep the generation for the next session with a server of this configuration; forget it when nil.
        case remember(MCPGeneration?)
        /// Its tools may be called.
        case ready(MCPServer, [MCPTool])
        /// Its tools are these now.
        case toolsChanged([MCPTool])
        /// News of a call.
        case progress(call: String, MCPProgress)
        /// What became of a call. Each call has exactly one.
        case finished(call: String, ToolOutcome)
        /// Ask a person.
        case ask(Elicitation)
        /// The answer to a question cannot be sent: why, on a line each. The question is still open.
        case answerRefused(elicitation: Int, [String])
        /// The question is closed: nobody waits for the answer any more.
        case withdraw(elicitation: Int)
        /// For the log.
        case note(MCPNote)
        /// The session is over: why, in one line. What is left of the server is to be ended.
        case failed(String)
    }

    /// How a server is spoken to.
    public struct Settings: Hashable, Sendable {
        /// The server's name in the configuration.
        public var server: String
        /// Whether requests have streams of their own: Streamable HTTP.
        public var isHTTP: Bool
        /// What was remembered of the server; nil when that is not known.
        public var generation: MCPGeneration?
        /// Whether there are people to ask.
        public var asksPeople: Bool

        /// The settings of a server.
        public init(server: String, isHTTP: Bool = false, generation: MCPGeneration? = nil, asksPeople: Bool = true) {
            self.server = server
            self.isHTTP = isHTTP
            self.generation = generation
            self.asksPeople = asksPeople
        }
    }

    /// How far the connection is. See the picture above.
    enum Phase: Sendable {
        case idle, probing, handshaking, listing, ready, ended
    }

    /// What a request of ours is for.
    enum Purpose: Hashable, Sendable {
        case probe, handshake, page, listen
        case call(String)
    }

    let settings: Settings
    var phase = Phase.idle
    /// What the server turned out to be in this session; what is remembered until then.
    var generation: MCPGeneration?
    var server = MCPServer()
    /// Its tools, in the order of the menu; none while it is not ready.
    public internal(set) var tools: [MCPTool] = []

    var reader = MCPLineReader()
    var requests: [Int: Purpose] = [:]
    var lastID = 0
    var calls: [RunningCall] = []
    var elicitations: [OpenElicitation] = []
    var lastElicitation = 0

    /// When the server is no longer waited for, in all phases but `ready`, and for a page of the list in that one.
    var answerDue: Instant?
    /// Whether the server of this start has been sent the probe.
    var hasProbed = false
    var hasProbedAgain = false
    var hasRestarted = false

    var listing: ToolListing?
    var listedAt: Instant?
    var relistDue: Instant?
    var listenDue: Instant?

    var notes = NoteCounts()
    var output: [Action] = []
    private var timer: Instant?

    /// A session that has not begun.
    public init(_ settings: Settings) {
        self.settings = settings
        generation = settings.generation
    }

    /// Whether a request is still to be answered.
    public func isOpen(request id: Int) -> Bool { requests[id] != nil }

    /// Whether calls are taken.
    public var isReady: Bool { phase == .ready }

    /// Decides what follows from an event. News from a server after the end is dropped.
    ///
    /// - Parameter now: Never earlier than at the event before.
    public mutating func handle(_ event: Event, at now: Instant) -> [Action] {
        switch event {
        case .started: start(at: now)
        case .bytes(let bytes): read(bytes, at: now)
        case .message(let bytes): read(message: bytes, at: now)
        case .requestFailed(let id, let failure): fail(request: id, failure, at: now)
        case .exited(let reason): exited(reason)
        case .timer: timerFired(at: now)
        case .call(let call): begin(call)
        case .cancel(let call): cancel(call: call)
        case .answer(let elicitation, let answer): take(answer, to: elicitation, at: now)
        case .stop: stop()
        }
        setTimer()
        defer { output = [] }
        return output
    }

    private mutating func setTimer() {
        let times = [answerDue, relistDue, listenDue] + calls.map(\.due)
        let next = times.compactMap(\.self).min()
        guard next != timer else { return }
        timer = next
        output.append(.setTimer(next))
    }

    private mutating func timerFired(at now: Instant) {
        timer = nil
        guard phase != .ended else { return }
        if let due = answerDue, due <= now { giveUpWaiting(at: now) }
        if let due = relistDue, due <= now { relist(at: now) }
        if let due = listenDue, due <= now { listenAgain(at: now) }
        for call in calls { check(call, at: now) }
    }

    /// Sends a request.
    ///
    /// - Returns: Its id, never used before in this session.
    @discardableResult
    mutating func request(
        _ method: String, _ params: [String: JSONValue], for purpose: Purpose, name: String? = nil,
        parameters: [String: String] = [:]
    ) -> Int {
        lastID += 1
        requests[lastID] = purpose
        var params = params
        var meta: [String: JSONValue] = [:]
        if case .call = purpose { meta["progressToken"] = .integer(lastID) }
        // The first request of a server whose generation is not known is the modern one's.
        if generation == .modern || purpose == .probe { meta.merge(modernMeta) { own, _ in own } }
        if !meta.isEmpty { params["_meta"] = .object(meta) }
        var message = MCPOutgoing.request(lastID, method, params, name: name)
        message.parameters = parameters
        send(message)
        return lastID
    }

    /// Takes a request back that is still unanswered.
    mutating func withdraw(request id: Int, reason: String) {
        guard requests.removeValue(forKey: id) != nil else { return }
        if !settings.isHTTP || generation != .modern {
            let params: [String: JSONValue] = ["requestId": .integer(id), "reason": .string(reason)]
            send(.notification("notifications/cancelled", params))
        }
        if settings.isHTTP { output.append(.closeStream(request: id)) }
    }

    mutating func send(_ message: MCPOutgoing) {
        var message = message
        if phase == .probing {
            message.protocolVersion = MCPVersion.modern
        } else if !server.protocolVersion.isEmpty {
            message.protocolVersion = server.protocolVersion
        }
        output.append(.send(message))
    }

    mutating func note(_ kind: MCPNote.Kind, _ text: String) {
        if let note = notes.note(kind, text) { output.append(.note(note)) }
    }

    /// `The MCP server` with its name.
    var subject: String { "The MCP server `\(settings.server)`" }

    var capabilities: JSONValue {
        .object(settings.asksPeople ? ["elicitation": .object(["form": .object([:])])] : [:])
    }

    var clientInfo: JSONValue {
        .object(["name": .string("egghead"), "version": .string(Release.version)])
    }

    /// See: MCP 2026-07-28, Overview, _meta
    private var modernMeta: [String: JSONValue] {
        [
            "io.modelcontextprotocol/protocolVersion": .string(MCPVersion.modern),
            "io.modelcontextprotocol/clientInfo": clientInfo,
            "io.modelcontextprotocol/clientCapabilities": capabilities,
        ]
    }
}

/// Why a request has no answer.
public enum MCPTransportFailure: Hashable, Sendable {
    /// The server has refused it without an answer of the protocol, such as by an HTTP status of 400 or 404: why.
    case refused(String)
    /// Nothing of it has reached the server: why.
    case unreached(String)
    /// It has not come through, or its answer has not come back: why.
    case lost(String)

    /// Why, in the words of the transport.
    var reason: String {
        switch self {
        case .refused(let reason), .unreached(let reason), .lost(let reason): reason
        }
    }
}
