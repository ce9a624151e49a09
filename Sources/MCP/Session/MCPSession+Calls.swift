import Services
import Time

/// Calls of tools.
///
/// See: MCP 2026-07-28, Tools, Calling Tools; Multi Round-Trip Requests
extension MCPSession {
    mutating func begin(_ call: MCPCall) {
        guard !calls.contains(where: { $0.call.id == call.id }) else { return }
        guard phase == .ready else {
            return refuse(call, "\(subject) is not ready. The tool was not called.")
        }
        guard let tool = tools.first(where: { $0.menuName == call.tool }) else {
            return refuse(call, "\(subject) has no tool `\(call.tool)`.")
        }
        if let approved = call.approved, approved != tool.digest {
            return refuse(
                call,
                "The tool `\(call.tool)` is not the one that was approved: its server has changed its name, its "
                    + "description or its schema. It was not called.")
        }
        guard calls.count < MCPLimits.callsMax else {
            return refuse(call, "\(subject) has \(calls.count) calls to answer already. The tool was not called.")
        }
        let id = send(call, tool: tool.name)
        calls.append(RunningCall(call, tool: tool.name, request: id))
    }

    private mutating func refuse(_ call: MCPCall, _ text: String) {
        output.append(.finished(call: call.id, ToolOutcome(.failed, text)))
    }

    private mutating func send(_ call: MCPCall, tool: String, inputs: [String: JSONValue] = [:]) -> Int {
        var params = inputs
        params["name"] = .string(tool)
        params["arguments"] = .object(call.arguments)
        return request(
            "tools/call", params, for: .call(call.id), name: tool, parameters: headers(of: call))
    }

    private func headers(of call: MCPCall) -> [String: String] {
        guard settings.isHTTP, let tool = tools.first(where: { $0.menuName == call.tool }) else { return [:] }
        let marked = (try? HeaderParameter.all(in: tool.definition.parameters)) ?? []
        return marked.reduce(into: [:]) { $0[$1.header] = $1.value(in: call.arguments) }
    }

    /// The only way in which a call ends.
    mutating func finish(_ id: String, _ outcome: ToolOutcome, at now: Instant) {
        guard let place = calls.firstIndex(where: { $0.call.id == id }) else { return }
        calls.remove(at: place)
        output.append(.finished(call: id, outcome))
        closeQuestions { $0.elicitation.call == id }
        // A question of no known call is nobody's when there is no call left. Its asker is told.
        if calls.isEmpty { cancelQuestions() }
        updateClocks(at: now)
    }

    /// Ends all calls of a server that is no more.
    mutating func loseCalls(_ reason: String) {
        for call in calls {
            let text = "Whether the tool has done it is not known: \(subject.lowercasedFirst) \(reason)."
            output.append(.finished(call: call.call.id, ToolOutcome(.unknown, text)))
        }
        calls = []
        closeQuestions { _ in true }
    }

    mutating func answered(_ id: String, _ response: MCPResponse, at now: Instant) {
        switch response {
        case .error(let error):
            // The tool has changed where the headers come from.
            if error.code == MCPErrorCode.headerMismatch { listChanged(at: now) }
            finish(id, ToolOutcome(.failed, "\(subject) has refused the call: \(error.text)"), at: now)
        case .result(let result) where result["resultType"]?.string == "input_required":
            wantsInput(id, result, at: now)
        case .result(let result):
            let malformed = ToolOutcome(
                .unknown, "\(subject) has answered with no result of a tool. Whether it is done is not known.")
            finish(id, MCPResultText.outcome(of: result) ?? malformed, at: now)
        }
    }

    mutating func cancel(call id: String) {
        guard let place = calls.firstIndex(where: { $0.call.id == id }) else { return }
        let call = calls.remove(at: place)
        switch call.state {
        case .asked(let request):
            withdraw(request: request, reason: "cancelled")
            let text = "The call was cancelled. Whether the tool has done it is not known."
            output.append(.finished(call: id, ToolOutcome(.unknown, text)))
        case .waiting, .pausing:
            let text = "The call was cancelled before the tool had what it asked for."
            output.append(.finished(call: id, ToolOutcome(.failed, text)))
        }
        closeQuestions { $0.elicitation.call == id }
        if calls.isEmpty { cancelQuestions() }
    }

    /// Does what a call's time has come for.
    mutating func check(_ call: RunningCall, at now: Instant) {
        if call.remaining == nil, call.deadline <= now {
            if case .asked(let request) = call.state { withdraw(request: request, reason: "timed out") }
            let text = "\(subject) has not answered the call in time. Whether the tool has done it is not known."
            return finish(call.call.id, ToolOutcome(.unknown, text), at: now)
        }
        guard case .pausing(let until, let requestState) = call.state, until <= now else { return }
        callAgain(call.call.id, responses: [:], requestState: requestState)
    }

    /// Makes a call again with what it wanted.
    mutating func callAgain(_ id: String, responses: [String: JSONValue], requestState: String?) {
        guard let place = calls.firstIndex(where: { $0.call.id == id }) else { return }
        var inputs: [String: JSONValue] = [:]
        if !responses.isEmpty { inputs["inputResponses"] = .object(responses) }
        if let requestState { inputs["requestState"] = .string(requestState) }
        let request = send(calls[place].call, tool: calls[place].tool, inputs: inputs)
        calls[place].state = .asked(request: request)
    }

    mutating func progressed(_ params: JSONValue, at now: Instant) {
        guard let token = params["progressToken"]?.whole, case .call(let id)? = requests[token],
            let place = calls.firstIndex(where: { $0.call.id == id }), let progress = MCPProgress(params)
        else {
            // It may come just behind the answer.
            if let token = params["progressToken"]?.whole, (1...max(1, lastID)).contains(token) { return }
            return note(.ignored, "\(subject) tells of the progress of no call")
        }
        if let last = calls[place].progressToldAt, now < last + MCPLimits.progressPause { return }
        calls[place].progressToldAt = now
        output.append(.progress(call: id, progress))
    }
}
