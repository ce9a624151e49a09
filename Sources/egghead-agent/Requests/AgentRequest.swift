import Services

/// A request of which the agent waits for the answer. It is made again while no service takes it.
enum AgentRequest: Hashable {
    /// Ask the gateway what is configured.
    case readProviders(turn: TurnID)
    /// Ask for this agent's own last deliberation in a room.
    case readDeliberation(turn: TurnID, room: RoomName)
    /// Ask for a part of the room's transcript.
    case readHistory(turn: TurnID, Coordinator.History.Request)
    /// Ask for passages.
    case search(turn: TurnID, Index.Passages.Request)
    /// Ask for the sentence that answers best.
    case quote(turn: TurnID, Index.Passages.Request)
    /// Ask which tools the model may call.
    case readMenu(turn: TurnID)
    /// Ask which tools a process before this one has called in a turn.
    case readCalls(turn: TurnID, attempt: Int)
    /// Run a tool.
    case callTool(Toolbox.Call.Request)
    /// Report a turn's outcome.
    case finish(Coordinator.Finish.Request)
    /// Announce the hand-off.
    case announceHandoff(Coordinator.Handoff.Request)

    /// How long the request is made again: a question for a while, after which the turn goes on without the answer or
    /// fails; the others for ever, because each has an id that its service recognises. Nil means for ever.
    var patience: Duration? {
        switch self {
        case .readProviders, .readDeliberation, .readHistory, .search, .quote, .readMenu, .readCalls:
            AgentLimits.questionPatience
        case .callTool, .finish, .announceHandoff: nil
        }
    }

    /// The answer that the request waits for.
    var answer: AgentAnswer {
        switch self {
        case .readProviders(let turn): .providers(turn)
        case .readDeliberation(let turn, _): .deliberation(turn)
        case .readHistory(let turn, _): .history(turn)
        case .search(let turn, _): .passages(turn)
        case .quote(let turn, _): .sentence(turn)
        case .readMenu(let turn): .menu(turn)
        case .readCalls(let turn, _): .calls(turn)
        case .callTool(let request): .outcome(request)
        case .finish(let report): .finished(report)
        case .announceHandoff: .handoffAnnounced
        }
    }
}

/// Which answer a request waits for, and which one an event brings.
enum AgentAnswer: Hashable {
    /// The answers that a turn's prompt needs.
    case providers(TurnID), deliberation(TurnID), history(TurnID), passages(TurnID), menu(TurnID), calls(TurnID)
    /// The sentence that a turn quotes.
    case sentence(TurnID)
    /// What became of a tool call.
    case outcome(Toolbox.Call.Request)
    /// What the coordinator says to a turn's outcome.
    case finished(Coordinator.Finish.Request)
    /// What the coordinator says to the hand-off.
    case handoffAnnounced
}

extension AgentEvent {
    /// The answer that the event is, and why there is none; nil when the event answers no `AgentRequest`.
    var answer: (AgentAnswer, ServiceFailure?)? {
        switch self {
        case .providers(let turn, let result): (.providers(turn), result.failure)
        case .deliberation(let turn, let result): (.deliberation(turn), result.failure)
        case .history(let turn, let result): (.history(turn), result.failure)
        case .passages(let turn, let result): (.passages(turn), result.failure)
        case .sentence(let turn, let result): (.sentence(turn), result.failure)
        case .menu(let turn, let result): (.menu(turn), result.failure)
        case .calls(let turn, let result): (.calls(turn), result.failure)
        case .toolEnded(let request, let result): (.outcome(request), result.failure)
        case .finished(let report, let result): (.finished(report), result.failure)
        case .handoffAnnounced(let result): (.handoffAnnounced, result.failure)
        case .connected, .rollCalled, .helloAnswered, .dismissed, .cancelled, .chunk, .chatBroken, .deliberationWritten,
            .woke,
            .drain, .terminate:
            nil
        }
    }
}

extension Result {
    /// Why there is no value.
    fileprivate var failure: Failure? {
        switch self {
        case .success: nil
        case .failure(let failure): failure
        }
    }
}
