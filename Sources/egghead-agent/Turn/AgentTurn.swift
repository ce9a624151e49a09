import Services
import Time

/// One turn of an agent from its acceptance to its outcome.
///
///     preparing      providers, transcript, passages, tools and (in a new session) the last deliberation are asked for
///                    at once; when all have come, the prompt is made                            → answering
///                    a model that cannot look things up does not speak                         → quoting
///     quoting        the notes are asked for the sentence that answers best                     → finishing
///     answering      words arrive and are shown; a conversation that is too long is asked once more in short, and a
///                    pass that is no answer once more with the reason                           → answering
///                    the model calls tools                                                      → callingTools
///                    the answer ends, or fails                                                  → finishing
///     callingTools   the toolbox runs one tool after the other; when all have ended             → answering
///     finishing      the coordinator is told the outcome until it has it                        → (the turn is over)
struct AgentTurn: Hashable {
    /// Where the turn is, with what it has there.
    enum Phase: Hashable {
        /// What the prompt needs is being asked for.
        case preparing(Preparation)
        /// The notes are asked for what is quoted.
        case quoting(TurnConversation)
        /// The model answers.
        case answering(TurnConversation, ModelCall)
        /// The toolbox runs the calls of the newest step.
        case callingTools(TurnConversation, ToolExchange)
        /// The outcome is on its way.
        case finishing(Coordinator.Finish.Request, TurnFacts)
    }

    /// What is asked; its attempt rises when the coordinator issues the turn again.
    private(set) var request: TurnRequest
    /// Where the turn is.
    var phase: Phase
    /// The steps with tools that have ended, those of processes before this one first.
    var exchanges: [ToolExchange] = []
    /// What is said, and what of it is shown.
    var answer = PublishedAnswer()
    /// What all calls of the model cost together.
    var usage = UsageSum()

    /// A turn for which nothing has been done.
    ///
    /// - Parameters:
    ///   - threshold: The share of the window at which a session hands off, unless the agent's record says otherwise.
    ///   - awaitsDeliberation: Whether the session takes over what its predecessor left.
    init(_ request: TurnRequest, threshold: Double, awaitsDeliberation: Bool) {
        self.request = request
        phase = .preparing(Preparation(threshold: threshold, awaitsDeliberation: awaitsDeliberation))
    }

    /// The call of the model, while there is one.
    var call: ModelCall? {
        switch phase {
        case .answering(_, let call): call
        case .preparing, .quoting, .callingTools, .finishing: nil
        }
    }

    /// The outcome, while it is on its way.
    var report: Coordinator.Finish.Request? {
        switch phase {
        case .finishing(let report, _): report
        case .preparing, .quoting, .answering, .callingTools: nil
        }
    }

    /// What the turn knows of its model and of the notes.
    var facts: TurnFacts {
        switch phase {
        case .preparing(let preparation): .partial(preparation)
        case .quoting(let conversation), .answering(let conversation, _), .callingTools(let conversation, _):
            .whole(conversation)
        case .finishing(_, let facts): facts
        }
    }

    /// The last event that the turn may know; nil when it may know all.
    var lastEvent: Int? { request.isBlind ? request.number : nil }

    /// The coordinator counts a new attempt, which begins with no words; the turn itself goes on.
    mutating func reissue(as attempt: Int) -> [AgentAction] {
        guard attempt > request.attempt else { return [] }
        request.attempt = attempt
        if let report { return finish(report.outcome, report.text, report.usage) }
        return show(answer.republish())
    }

    /// The coordinator does not take the outcome: a short notice takes its place, so that the room does not wait.
    mutating func reportRefused(_ failure: ServiceFailure) -> [AgentAction] {
        finish(.failed, "agent \(request.agent.id): its answer was refused: \(failure.message)".onOneLine, nil)
    }

    /// Ends the turn with a notice. A turn that has ended is left as it is.
    mutating func fail(_ message: String) -> [AgentAction] {
        report == nil ? finish(.failed, message.onOneLine, usage.total) : []
    }

    /// Ends the turn.
    mutating func finish(
        _ outcome: Coordinator.Finish.Outcome, _ text: String, _ usage: TokenUsage?
    ) -> [AgentAction] {
        let report = Coordinator.Finish.Request(
            request: "\(request.turn)/\(request.attempt)", turn: request.turn, attempt: request.attempt,
            outcome: outcome, text: text, usage: usage,
            remark: outcome == .failed ? nil : facts.conversation?.remark)
        phase = .finishing(report, facts)
        return [.ask(.finish(report))]
    }

    /// Shows words of the answer in the room.
    func show(_ piece: PublishedAnswer.Piece?) -> [AgentAction] {
        guard let piece else { return [] }
        let delta = RoomDelta(
            turn: request.turn, attempt: request.attempt, offset: piece.offset, text: piece.text)
        return [.publish(room: request.room, delta)]
    }
}

// MARK: The clock

extension AgentTurn {
    /// When the turn has something to do if nothing comes before.
    var wakesAt: Instant? {
        switch phase {
        case .preparing(let preparation), .finishing(_, .partial(let preparation)): preparation.asksAt
        case .answering(_, let call): call.joinsAt
        case .quoting, .callingTools, .finishing(_, .whole): nil
        }
    }

    /// Does what is due.
    mutating func wake(at now: Instant) -> [AgentAction] {
        switch phase {
        case .preparing(var preparation):
            let isDue = preparation.looksAgain(at: now)
            phase = .preparing(preparation)
            return isDue ? [.ask(.readCalls(turn: request.turn, attempt: request.attempt))] : []
        case .finishing(let report, .partial(var preparation)):
            let isDue = preparation.looksAgain(at: now)
            phase = .finishing(report, .partial(preparation))
            return isDue ? [.ask(.readCalls(turn: request.turn, attempt: request.attempt))] : []
        case .answering(let conversation, var call):
            let joined = call.rejoinIfDue(at: now)
            phase = .answering(conversation, call)
            return joined.map { [.chat(call.id, $0)] } ?? []
        case .quoting, .callingTools, .finishing(_, .whole): return []
        }
    }
}
