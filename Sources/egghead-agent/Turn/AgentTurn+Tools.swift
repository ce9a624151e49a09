import Models
import Services

// The tools that the model calls in a turn.
extension AgentTurn {
    /// The model wants tools to be run.
    ///
    /// Their ids are the turn's own: the toolbox knows a repeated call by its id, and a successor finds them by the
    /// turn.
    mutating func begin(
        _ calls: [ToolCall], after chat: ModelCall, _ transcript: inout Transcript
    ) -> [AgentAction] {
        guard exchanges.count - inheritedSteps < AgentLimits.toolStepsMax else {
            return fail(
                "agent \(request.agent.id): \(exchanges.count) steps with tools gave no answer; ask again"
            )
        }
        let made = calls.map { call -> MadeToolCall in
            callCount += 1
            let id = "\(request.turn)/\(request.attempt)/\(callCount)"
            let call = ToolCall(id: id, name: Self.plain(call.name), arguments: call.arguments)
            return MadeToolCall(call, outcome: callCount > AgentLimits.toolCallsMax ? Self.refused : nil)
        }
        exchanges.append(ToolExchange(said: chat.text, calls: made))
        phase = .calling
        return goOn(&transcript)
    }

    /// The toolbox has told what became of a call.
    mutating func receive(
        outcomeOf id: String, _ result: Result<ToolOutcome, ServiceFailure>, _ transcript: inout Transcript
    ) -> [AgentAction] {
        guard case .calling = phase, let step = exchanges.indices.last,
            let place = exchanges[step].calls.firstIndex(where: { $0.call.id == id && $0.outcome == nil })
        else { return [] }
        exchanges[step].calls[place].outcome =
            switch result {
            case .success(let outcome): outcome
            case .failure(let failure): ToolOutcome(failure.code == .denied ? .denied : .failed, failure.message)
            }
        return goOn(&transcript)
    }

    /// Asks the model once every call has ended, else calls the next tool.
    private mutating func goOn(_ transcript: inout Transcript) -> [AgentAction] {
        guard case .calling = phase else { return [] }
        return callNext() ?? ask(&transcript)
    }

    /// One tool after the other, in the model's order: a later one may build on what an earlier one did.
    private func callNext() -> [AgentAction]? {
        guard let next = exchanges.last?.calls.first(where: { $0.outcome == nil }) else { return nil }
        return [.callTool(Toolbox.Call.Request(turn: request.turn, call: next.call))]
    }

    private static let refused = ToolOutcome(
        .failed, "Not run: \(AgentLimits.toolCallsMax) calls are the most for one turn. Answer with what you have.")

    /// A tool's name as a model writes it, without what could pass for something else in a record or a prompt.
    private static func plain(_ name: String) -> String {
        String(name.prefix(64).map { $0.isASCII && ($0.isLetter || $0.isNumber) || $0 == "_" || $0 == "-" ? $0 : "_" })
    }
}

// What a process before this one has called in the same turn.
extension AgentTurn {
    /// Takes what the toolbox knows. Calls that still run are waited for: without their outcome the model might have
    /// them run once more. Asked at a first attempt, too: after a power cut it may not be the first.
    mutating func receive(
        calls result: Result<Toolbox.Calls.Reply, ServiceFailure>, _ transcript: inout Transcript
    ) -> [AgentAction] {
        guard awaitsCalls else { return [] }
        switch result {
        case .failure(let failure):
            if request.attempt > 1 {
                return fail("agent \(request.agent.id): what its predecessor did is not known: \(failure.message)")
            }
            (awaitsCalls, mustNotCall) = (false, true)
            return [.warn("calls.unknown", subject: "\(request.turn)", reason: failure.message)]
                + askWhenPrepared(&transcript)
        case .success(let reply):
            callsLooks += 1
            if callsLooks < AgentLimits.callsLooksMax, reply.calls.contains(where: { $0.outcome == nil }) {
                return [.schedule(.calls(turn: request.turn), after: AgentLimits.callsPause)]
            }
            awaitsCalls = false
            exchanges = reply.calls.map { ToolExchange(said: "", calls: [$0]) }
            inheritedSteps = exchanges.count
            callCount = reply.calls.compactMap { $0.call.id.split(separator: "/").last.flatMap { Int($0) } }.max() ?? 0
            return askWhenPrepared(&transcript)
        }
    }

    /// Asks the toolbox again.
    func lookAtCalls() -> [AgentAction] { awaitsCalls ? [.readCalls(turn: request.turn)] : [] }
}
