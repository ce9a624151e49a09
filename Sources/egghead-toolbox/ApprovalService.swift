import BusClient
import Capabilities
import Services

/// What people say to the calls that wait for their yes.
final class ApprovalService {
    private let client: BusClient
    private let authority: CallerAuthority
    private let calls: ToolCalls
    private let questions: ServerQuestions
    /// Those who have answered, until the room has the answer; with what an agent is granted from then on.
    private var waiting: [Int: [(grants: [Grant], responder: Responder<Toolbox.Approve.Reply>)]] = [:]

    /// How much of a summary a list tells, in bytes.
    private static let listedBytesMax = 300

    /// A service for the calls of a toolbox, and for what servers ask in them.
    init(client: BusClient, authority: CallerAuthority, calls: ToolCalls, questions: ServerQuestions) {
        self.questions = questions
        self.client = client
        self.authority = authority
        self.calls = calls
    }

    /// Serves the questions and the answers.
    func serve() {
        client.serve(Toolbox.Requests.self) { [unowned self] request, caller, responder in
            guard caller.isPerson else { return responder.fail(Self.denial("requests", caller)) }
            let held = calls.monitor.ledger.held.filter { $0.answer == nil }.map(\.call)
            guard let number = request.number else {
                let all = held.map { Self.described($0, details: nil) } + questions.requests(nil)
                return responder.reply(.init(requests: all.sorted { $0.number < $1.number }))
            }
            if questions.asks(number) { return responder.reply(.init(requests: questions.requests(number))) }
            guard let wanted = held.first(where: { $0.number == number }) else {
                return responder.reply(.init(requests: []))
            }
            calls.describe(wanted, to: caller) { details in
                responder.reply(.init(requests: [Self.described(wanted, details: details)]))
            }
        }
        client.serve(Toolbox.Approve.self) { [unowned self] request, caller, responder in
            if let objection = objection(to: request) { return responder.fail(objection) }
            if caller.isPerson, questions.asks(request.number) {
                return questions.answer(request.number, request.values ?? [:], caller, responder)
            }
            decide(request.number, .approved, caller, responder) { [unowned self] call, authority in
                guard request.always else { return answer(call, .approved, nil, caller, grants: [], responder) }
                guard let grants = calls.narrowestGrants(for: call, authority) else {
                    let reason = "no capability says just this; approve it once, or write one into the record"
                    let attempt = "approve \(request.number) --always"
                    return responder.fail(ServiceFailure(.invalid, "\(attempt): \(reason)"))
                }
                answer(call, .approved, nil, caller, grants: grants, responder)
            }
        }
        client.serve(Toolbox.Deny.self) { [unowned self] request, caller, responder in
            if caller.isPerson, questions.asks(request.number) {
                return questions.answer(request.number, nil, caller, responder)
            }
            decide(request.number, .denied, caller, responder) { [unowned self] call, _ in
                answer(call, .denied, request.reason, caller, grants: [], responder)
            }
        }
        calls.onAnswerTold = { [unowned self] call, isTurnOpen in answerTold(call, isTurnOpen) }
        calls.onAnswerLost = { [unowned self] answer, failure in
            for (number, all) in waiting where calls.monitor.ledger.request(number)?.call.key == answer.key {
                waiting[number] = nil
                for (_, responder) in all { responder.fail(failure) }
            }
        }
    }

    /// Why a yes cannot be to what its number stands for.
    private func objection(to request: Toolbox.Approve.Request) -> ServiceFailure? {
        let isQuestion = questions.asks(request.number), attempt = "approve \(request.number)"
        if isQuestion, request.always {
            return ServiceFailure(.invalid, "\(attempt) --always: a question of a server is answered this once")
        }
        if !isQuestion, request.values != nil, calls.monitor.ledger.request(request.number) != nil {
            return ServiceFailure(
                .invalid, "\(attempt): it asks for no values; write egghead approve \(request.number)")
        }
        return nil
    }

    private static func denial(_ operation: String, _ caller: Principal) -> ServiceFailure {
        ServiceFailure(.denied, "\(operation): \(caller) is no person; people alone answer for what agents do")
    }

    /// - Parameter details: All that it would do; nil in a list of many.
    private static func described(_ call: HeldCall, details: [String]?) -> ApprovalRequest {
        ApprovalRequest(
            number: call.number, agent: call.agent, turn: call.claim.turn, tool: call.claim.call.name,
            summary: details == nil ? String(call.summary.prefix(bytesMax: listedBytesMax)) : call.summary,
            details: details ?? [],
            reason: details == nil ? nil : call.reason.map { RequestText.seen($0.onOneLine) }, askedAt: call.claim.at,
            timeoutSeconds: call.timeoutSeconds)
    }

    /// Finds the request, and whether the caller may answer it as the agent's record is now.
    private func decide(
        _ number: Int, _ verdict: ApprovalAnswer.Verdict, _ caller: Principal,
        _ responder: Responder<Toolbox.Approve.Reply>, _ body: @escaping (HeldCall, Authority) -> Void
    ) {
        let attempt = "\(verdict == .approved ? "approve" : "deny") \(number)"
        guard caller.isPerson else { return responder.fail(Self.denial(attempt, caller)) }
        guard let request = calls.monitor.ledger.request(number) else {
            return responder.fail(Self.nothing(attempt, "no such request waits"))
        }
        if let answer = request.answer {
            return repeated(answer, request.call, verdict, attempt, caller, responder)
        }
        authority.ask(of: request.call.agent) { [weak self] result in
            guard let self else { return }
            do throws(ServiceFailure) {
                let authority = try authority(result, toDeny: verdict == .denied)
                if !authority.asking.admits(caller) {
                    let names = (authority.asking.approvers ?? []).joined(separator: ", ")
                    throw ServiceFailure(.denied, "\(attempt): \(caller.name) is not among the approvers, \(names)")
                }
                if let outage = calls.outage { throw outage }
                guard calls.monitor.ledger.held.contains(where: { $0.call == request.call && $0.answer == nil }) else {
                    throw Self.nothing(attempt, "it does not wait any more")
                }
                body(request.call, authority)
            } catch {
                responder.fail(error)
            }
        }
    }

    /// What an agent is allowed to do that is no more can be denied all the same.
    private func authority(
        _ result: Result<Authority, ServiceFailure>, toDeny isDenial: Bool
    ) throws(ServiceFailure) -> Authority {
        do throws(ServiceFailure) { return try result.get() } catch {
            guard isDenial, error.code == .notFound else { throw error }
            return Authority(capabilities: [], asking: authority.rules.asking)
        }
    }

    private static func nothing(_ attempt: String, _ reason: String) -> ServiceFailure {
        ServiceFailure(.notFound, "\(attempt): \(reason). See: egghead requests")
    }

    /// A request that is repeated, since its answer was lost on the way, is answered as the first one.
    private func repeated(
        _ answer: ApprovalAnswer, _ call: HeldCall, _ verdict: ApprovalAnswer.Verdict, _ attempt: String,
        _ caller: Principal, _ responder: Responder<Toolbox.Approve.Reply>
    ) {
        if answer.by == caller, answer.verdict == verdict {
            return responder.reply(.init(agent: call.agent, summary: call.summary, granted: []))
        }
        let who = answer.by.map { "\($0.name) has \(answer.verdict.rawValue) it" } ?? "nobody has answered in time"
        responder.fail(Self.nothing(attempt, who))
    }

    private func answer(
        _ call: HeldCall, _ verdict: ApprovalAnswer.Verdict, _ reason: String?, _ caller: Principal, grants: [Grant],
        _ responder: Responder<Toolbox.Approve.Reply>
    ) {
        waiting[call.number, default: []].append((grants, responder))
        let reason = reason.map { String($0.prefix(bytesMax: 1_000)) }
        calls.step(.answered(ApprovalAnswer(key: call.key, verdict: verdict, by: caller, reason: reason)))
    }

    private func answerTold(_ call: HeldCall, _ isTurnOpen: Bool) {
        for (grants, responder) in waiting.removeValue(forKey: call.number) ?? [] {
            guard isTurnOpen else {
                let reason = "turn \(call.claim.turn) has ended; nothing was run"
                responder.fail(ServiceFailure(.notFound, "request \(call.number): \(reason)"))
                continue
            }
            let reply = Toolbox.Approve.Reply(agent: call.agent, summary: call.summary, granted: grants)
            grants.isEmpty ? responder.reply(reply) : grant(reply, call, responder)
        }
    }

    /// Writes what an approved call needs into the agent's record.
    private func grant(
        _ reply: Toolbox.Approve.Reply, _ call: HeldCall, _ responder: Responder<Toolbox.Approve.Reply>
    ) {
        let request = "always/\(call.number)/\(call.key.id)"
        RecordGrants(client: client).add(reply.granted, to: call.agent, request: request) { result in
            let remark = "approve \(call.number) --always: it is approved this once; the record of \(call.agent)"
            responder.complete(
                result.map { reply }.mapError { ServiceFailure($0.code, "\(remark) was not changed: \($0.message)") })
        }
    }
}

extension HeldCall {
    /// Whose it is; agents alone call tools.
    fileprivate var agent: AgentID { key.caller.agent ?? AgentID(key.caller.name) }
}
