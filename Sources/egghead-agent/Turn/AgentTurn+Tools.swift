import Services
import Time

// The tools that the model calls in a turn.
extension AgentTurn {
    /// The model wants tools to be run.
    ///
    /// Their ids are the turn's own: the toolbox knows a repeated call by its id, and a successor finds them by the
    /// turn.
    mutating func begin(
        _ calls: [ToolCall], _ layout: ContentLayout?, after call: ModelCall, _ conversation: TurnConversation,
        _ transcript: inout Transcript, at now: Instant
    ) -> [AgentAction] {
        guard exchanges.count - conversation.inheritedSteps < AgentLimits.toolStepsMax else {
            return fail(
                "agent \(request.agent.id): \(exchanges.count) steps with tools gave no answer; ask again"
            )
        }
        var conversation = conversation
        let made = calls.map { call -> MadeToolCall in
            conversation.callCount += 1
            let number = conversation.callCount
            let id = ToolCallID(turn: request.turn, attempt: request.attempt, number: number)
            let call = ToolCall(id: id.rawValue, name: Self.plain(call.name), arguments: call.arguments)
            return MadeToolCall(call, outcome: number > AgentLimits.toolCallsMax ? Self.refused : nil)
        }
        return goOn(
            conversation, ToolExchange(said: call.text, calls: made, layout: layout), &transcript, at: now)
    }

    /// The toolbox has told what became of a call.
    mutating func receive(
        outcomeOf id: String, _ result: Result<ToolOutcome, ServiceFailure>, _ transcript: inout Transcript,
        at now: Instant
    ) -> [AgentAction] {
        guard case .callingTools(let conversation, var exchange) = phase,
            let place = exchange.calls.firstIndex(where: { $0.call.id == id && $0.outcome == nil })
        else { return [] }
        exchange.calls[place].outcome =
            switch result {
            case .success(let outcome): outcome
            case .failure(let failure): ToolOutcome(failure.code == .denied ? .denied : .failed, failure.message)
            }
        return goOn(conversation, exchange, &transcript, at: now)
    }

    /// Calls the next tools, or asks the model once every call has ended. Tools run one after the other, in the model's
    /// order: a later one may build on what an earlier one did. Those that change nothing run at once with each other.
    private mutating func goOn(
        _ conversation: TurnConversation, _ exchange: ToolExchange, _ transcript: inout Transcript, at now: Instant
    ) -> [AgentAction] {
        var exchange = exchange
        let isWaiting = exchange.calls[..<exchange.askedCount].contains { $0.outcome == nil }
        let rest = isWaiting ? [] : exchange.calls.drop { $0.outcome != nil }
        guard let next = rest.first else {
            if isWaiting {
                phase = .callingTools(conversation, exchange)
                return []
            }
            exchange.askedCount = 0
            exchanges.append(exchange)
            return ask(conversation, &transcript, at: now)
        }
        let readers = rest.prefix { $0.outcome == nil && conversation.readsOnly($0.call) }
        let calls = readers.isEmpty ? [next] : Array(readers)
        exchange.askedCount = rest.startIndex + calls.count
        phase = .callingTools(conversation, exchange)
        return calls.map { .ask(.callTool(asking(for: $0.call, after: exchange.said))) }
    }

    private func asking(for call: ToolCall, after said: String) -> Toolbox.Call.Request {
        let reason = said.prefix(bytesMax: AgentLimits.reasonBytesMax)
        return Toolbox.Call.Request(
            turn: request.turn, attempt: request.attempt, call: call, reason: reason.isEmpty ? nil : String(reason))
    }

    private static let refused = ToolOutcome(
        .failed, "Not run: \(AgentLimits.toolCallsMax) calls are the most for one turn. Answer with what you have.")

    /// A tool's name as a model writes it, without what could pass for something else in a record or a prompt.
    private static func plain(_ name: String) -> String {
        String(name.prefix(64).map { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" || $0 == "-" ? $0 : "_" })
    }
}
