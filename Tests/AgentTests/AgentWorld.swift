import Services
import Testing
import Time

@testable import egghead_agent

/// An agent and the world round it, as far as one turn needs it.
struct AgentWorld {
    var agent = Agent(settings: Sample.settings, incarnation: 3)
    /// When the rooms began.
    var began: String?
    /// The clock.
    var now = Instant(nanoseconds: 1_000_000_000_000)

    /// Hands an event in.
    ///
    /// - Returns: What the agent wants done but for reports of progress, which `ProgressTests` are about.
    mutating func handle(_ event: AgentEvent) -> [AgentAction] {
        agent.handle(event, at: now).filter { if case .tellProgress = $0 { false } else { true } }
    }

    mutating func offer(_ request: TurnRequest) -> (accepted: Bool, actions: [AgentAction]) {
        agent.offer(request, at: now)
    }

    mutating func askForHandoff() -> (HandoffReply, [AgentAction]) { agent.askForHandoff(at: now) }

    /// Moves the clock and wakes the agent, whether it wants to be woken or not.
    mutating func wake(after span: Duration) -> [AgentAction] {
        now = now + span
        return handle(.woke)
    }

    /// Moves the clock to where the agent wants to be woken, and wakes it.
    mutating func wake() -> [AgentAction] { wake(after: wait ?? .zero) }

    /// How long it is until the agent wants to be woken.
    var wait: Duration? { agent.nextWakeUp.map { $0 - now } }

    /// Offers the turn and answers everything that its prompt needs.
    ///
    /// - Returns: What the agent wants done then.
    mutating func prepare(
        _ request: TurnRequest, providers: Gateway.Providers.Reply, passages: [Passage] = [], events: [RoomEvent] = [],
        deliberation: RecordReply? = nil, menu: [ToolDefinition] = [], calls: [MadeToolCall] = [],
        callsFailure: Bool = false
    ) -> [AgentAction] {
        var actions: [AgentAction] = []
        let turn = request.turn
        for action in offer(request).actions {
            switch action.request {
            case .readProviders: actions += handle(.providers(turn: turn, .success(providers)))
            case .readDeliberation:
                actions += handle(.deliberation(turn: turn, .success(.init(record: deliberation))))
            case .readHistory:
                var page = Sample.page(events)
                page.began = began
                actions += handle(.history(turn: turn, .success(page)))
            case .search:
                actions += handle(.passages(turn: turn, .success(.init(passages: passages, rebuilding: false))))
            case .readMenu: actions += handle(.menu(turn: turn, .success(.init(tools: menu))))
            case .readCalls:
                if callsFailure { now = now + AgentLimits.questionPatience }
                let failure = ServiceFailure(.unavailable, "no toolbox")
                let result: Result<Toolbox.Calls.Reply, ServiceFailure> =
                    callsFailure ? .failure(failure) : .success(.init(calls: calls))
                actions += handle(.calls(turn: turn, result))
            case _: Issue.record("asked before the turn is prepared: \(action)")
            }
        }
        return actions
    }

    /// Lets the model answer.
    ///
    /// - Returns: What the agent wants done, in order.
    mutating func answer(_ chat: ChatID, _ words: [String], tokens: Int? = nil) -> [AgentAction] {
        let spoken = words.enumerated().flatMap { handle(.chunk(chat: chat, ChatChunk(sequence: $0, text: $1))) }
        return spoken + handle(.chunk(chat: chat, Sample.done(words.count, tokens: tokens)))
    }
}

extension AgentAction {
    /// The request to a service, when it is one that is made for the first time.
    var request: AgentRequest? { if case .ask(let request) = self { request } else { nil } }
    /// The call of a model, when it is one.
    var chatRequest: Gateway.Chat.Request? { if case .chat(_, let request) = self { request } else { nil } }
    /// The call of a tool, when it is one.
    var toolRequest: Toolbox.Call.Request? { if case .callTool(let request)? = request { request } else { nil } }
    /// A turn's outcome, when it is one.
    var report: Coordinator.Finish.Request? { if case .finish(let report)? = request { report } else { nil } }
    /// A deliberation, when it is one.
    var deliberation: Toolbox.WriteDeliberation.Request? {
        if case .writeDeliberation(let request) = self { request } else { nil }
    }
}

/// The program itself never reads such an id; tests name calls as the gateway sees them.
extension ChatID: ExpressibleByStringInterpolation {
    /// The id that is written so.
    public init(stringLiteral text: String) { self.init(text) }

    /// The id that is written so.
    ///
    /// - Precondition: It is one.
    init(_ text: String) {
        let parts = text.split(separator: "/").map(String.init), words = parts.dropFirst(2)
        guard let turn = TurnID(rawValue: parts[0]), let number = Int(parts[1]) else {
            preconditionFailure("\(text) is no chat's id")
        }
        let isShortened = words.contains("short")
        if words.first == "note" {
            self = .note(turn: turn, session: number, isShortened: isShortened)
        } else {
            let toolCalls = words.first { $0.hasPrefix("after-") }.flatMap { Int($0.dropFirst(6)) }
            let choice = words.first { $0.hasPrefix("choice-") }.flatMap { Int($0.dropFirst(7)) }
            self = .answer(
                turn: turn, attempt: number, toolCalls: toolCalls ?? 0, choice: choice ?? 1,
                isShortened: isShortened, refusesPass: words.contains("everyone"))
        }
        precondition(description == text, "\(text) is no chat's id")
    }
}
