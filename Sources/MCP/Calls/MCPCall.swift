import Services
import Time

/// A call of a server's tool.
public struct MCPCall: Sendable, Hashable {
    /// The caller's id for it, unique among the calls that run.
    public var id: String
    /// The tool, by its name of the menu.
    public var tool: String
    /// What it is given.
    public var arguments: [String: JSONValue]
    /// The tool that was approved; nil when any tool of the name is.
    public var approved: MCPTool.Digest?
    /// When an answer is no longer waited for. While a person is asked something, this clock stands still.
    public var deadline: Instant

    /// A call.
    public init(
        id: String, tool: String, arguments: [String: JSONValue], approved: MCPTool.Digest? = nil, deadline: Instant
    ) {
        self.id = id
        self.tool = tool
        self.arguments = arguments
        self.approved = approved
        self.deadline = deadline
    }
}

/// How far a call is, as its server says.
///
/// See: MCP 2026-07-28, Progress
public struct MCPProgress: Codable, Sendable, Hashable {
    /// How much is done.
    public var progress: Double
    /// How much there is to do, if that is known.
    public var total: Double?
    /// What is going on, on one line.
    public var message: String?

    init?(_ params: JSONValue) {
        guard let progress = params["progress"]?.double else { return nil }
        self.progress = progress
        total = params["total"]?.double
        message = params["message"]?.string?.outsideLine(bytesMax: MCPLimits.noteBytesMax)
    }
}

/// A call that runs.
///
/// ```
///          result input_required             all inputs are there
/// asked ──────────────────────────→ waiting ──────────────────────→ asked (under a new id)
///   │ └── input_required without inputs → pausing ── after a pause ──↗
///   └ any other answer, deadline, cancellation: finished
/// ```
struct RunningCall: Sendable {
    /// What is waited for.
    enum State: Sendable {
        /// The server has it.
        case asked(request: Int)
        /// It is to be made again, with these responses, when the ones that are missing have come.
        case waiting(responses: [String: JSONValue], requestState: String?)
        /// It is to be made again at a time.
        case pausing(until: Instant, requestState: String?)
    }

    let call: MCPCall
    /// The server's name of the tool.
    let tool: String
    var state: State
    var deadline: Instant
    /// What was left until the deadline when a person was first asked.
    var remaining: Duration?
    var rounds = 0
    var progressToldAt: Instant?

    init(_ call: MCPCall, tool: String, request: Int) {
        self.call = call
        self.tool = tool
        state = .asked(request: request)
        deadline = call.deadline
    }

    /// When something is to be done about it; nil while a person is asked.
    var due: Instant? {
        switch state {
        case .asked, .waiting: remaining == nil ? deadline : nil
        case .pausing(let until, _): min(until, deadline)
        }
    }
}
