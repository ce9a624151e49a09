import Services
import Time

/// Questions of servers to people.
///
/// See: MCP 2026-07-28, Elicitation; MCP 2025-11-25, Elicitation
extension MCPSession {
    /// A server of the handshake generation asks.
    mutating func elicit(_ id: JSONValue, _ params: JSONValue, at now: Instant) {
        // Outside a call there is nobody who could be asked.
        guard !calls.isEmpty, elicitations.count < MCPLimits.elicitationsMax else {
            note(.refusedRequest, "\(subject) asks people something, of which nobody can be asked now")
            return send(.result(id, ElicitationAnswer.cancel.result))
        }
        guard !elicitations.contains(where: { $0.asker == .request(id: id) }) else {
            return note(.refusedRequest, "\(subject) has given two requests one id")
        }
        let call = calls.count == 1 ? calls[0].call.id : nil
        do throws(MCPProblem) {
            try ask(params, of: .request(id: id), call: call, at: now)
        } catch {
            note(.refusedRequest, "\(subject) asks people something that has no form: \(error.reason)")
            send(.error(id, code: MCPErrorCode.invalidParams, error.reason))
        }
    }

    private mutating func ask(
        _ params: JSONValue, of asker: OpenElicitation.Asker, call: String?, at now: Instant
    ) throws(MCPProblem) {
        let elicitation = try Elicitation(params, id: lastElicitation + 1, call: call)
        lastElicitation += 1
        elicitations.append(OpenElicitation(elicitation: elicitation, asker: asker))
        output.append(.ask(elicitation))
        updateClocks(at: now)
    }

    /// A call of the modern generation wants something before it can be done.
    mutating func wantsInput(_ id: String, _ result: JSONValue, at now: Instant) {
        guard let place = calls.firstIndex(where: { $0.call.id == id }) else { return }
        calls[place].rounds += 1
        let requestState = result["requestState"]?.string
        let wanted = result["inputRequests"]?.members ?? [:]
        if let problem = problem(with: wanted, requestState, rounds: calls[place].rounds) {
            return finish(id, ToolOutcome(.failed, "\(subject) \(problem). The tool has not done it."), at: now)
        }
        guard !wanted.isEmpty else {
            calls[place].state = .pausing(until: now + MCPLimits.inputPause, requestState: requestState)
            return
        }
        var responses: [String: JSONValue] = [:]
        for (key, input) in wanted.sorted(by: { ExactText($0.key) < ExactText($1.key) }) {
            do throws(MCPProblem) {
                try ask(input["params"] ?? .null, of: .input(call: id, key: key), call: id, at: now)
            } catch {
                note(.refusedRequest, "\(subject) asks people something that has no form: \(error.reason)")
                responses[key] = .object(ElicitationAnswer.decline.result)
            }
        }
        calls[place].state = .waiting(responses: responses, requestState: requestState)
        resumeIfAnswered(id)
    }

    /// Why a call cannot be given what it wants; nil when it can.
    private func problem(with wanted: [String: JSONValue], _ requestState: String?, rounds: Int) -> String? {
        if rounds > MCPLimits.inputRoundsMax { return "wants more again and again" }
        if wanted.isEmpty, requestState == nil { return "wants something that it does not name" }
        if requestState?.utf8.count ?? 0 > MCPLimits.requestStateBytesMax { return "has too much to remember" }
        if wanted.count > min(MCPLimits.inputRequestsMax, MCPLimits.elicitationsMax - elicitations.count) {
            return "asks for too many things at once"
        }
        let methods = wanted.values.map { $0["method"]?.string ?? "" }.sorted()
        let offered = settings.asksPeople ? "elicitation/create" : nil
        guard let method = methods.first(where: { $0 != offered }) else { return nil }
        return "wants `\(method.outsideLine(bytesMax: 64))`, which it is not given"
    }

    mutating func take(_ answer: ElicitationAnswer, to id: Int, at now: Instant) {
        guard let place = elicitations.firstIndex(where: { $0.elicitation.id == id }) else {
            return output.append(.withdraw(elicitation: id))
        }
        let open = elicitations[place]
        if case .accept(let content) = answer {
            let problems = open.elicitation.form.problems(with: content)
            guard problems.isEmpty else { return output.append(.answerRefused(elicitation: id, problems)) }
        }
        elicitations.remove(at: place)
        updateClocks(at: now)
        switch open.asker {
        case .request(let request): send(.result(request, answer.result))
        case .input(let call, let key): give(answer, to: call, key: key)
        }
    }

    private mutating func give(_ answer: ElicitationAnswer, to id: String, key: String) {
        guard let place = calls.firstIndex(where: { $0.call.id == id }),
            case .waiting(var responses, let requestState) = calls[place].state
        else { return }
        responses[key] = .object(answer.result)
        calls[place].state = .waiting(responses: responses, requestState: requestState)
        resumeIfAnswered(id)
    }

    private mutating func resumeIfAnswered(_ id: String) {
        guard let call = calls.first(where: { $0.call.id == id }),
            case .waiting(let responses, let requestState) = call.state,
            !elicitations.contains(where: { $0.elicitation.call == id })
        else { return }
        callAgain(id, responses: responses, requestState: requestState)
    }

    /// The server has taken a request of its own back.
    mutating func withdrawQuestion(of request: JSONValue, at now: Instant) {
        closeQuestions { $0.asker == .request(id: request) }
        updateClocks(at: now)
    }

    /// Closes questions without an answer.
    mutating func closeQuestions(where isClosed: (OpenElicitation) -> Bool) {
        for open in elicitations where isClosed(open) {
            output.append(.withdraw(elicitation: open.elicitation.id))
        }
        elicitations.removeAll(where: isClosed)
    }

    /// Closes all questions and tells their askers that nobody answers.
    mutating func cancelQuestions() {
        for open in elicitations {
            guard case .request(let id) = open.asker else { continue }
            send(.result(id, ElicitationAnswer.cancel.result))
        }
        closeQuestions { _ in true }
    }

    /// A call's clock stands still while a person is asked something that may be its.
    mutating func updateClocks(at now: Instant) {
        for place in calls.indices {
            let id = calls[place].call.id
            let isAsking = elicitations.contains { $0.elicitation.call == nil || $0.elicitation.call == id }
            if isAsking, calls[place].remaining == nil {
                calls[place].remaining = calls[place].deadline - now
            } else if !isAsking, let remaining = calls[place].remaining {
                calls[place].deadline = now + remaining
                calls[place].remaining = nil
            }
        }
    }
}
