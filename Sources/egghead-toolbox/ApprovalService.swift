import BusClient
import Capabilities
import Services

/// What people say to the calls that wait for their yes.
final class ApprovalService {
    private let client: BusClient
    private let authority: CallerAuthority
    private let calls: ToolCalls
    /// Those who have answered, until the room has the answer.
    private var waiting: [Int: [(Toolbox.Approve.Reply, Responder<Toolbox.Approve.Reply>)]] = [:]

    /// How long the store may take for a grant.
    private static let patience = Duration.seconds(5)
    /// The most lines and bytes of a request that are told whole.
    private static let detailsBytesMax = 300_000

    /// A service for the calls of a toolbox.
    init(client: BusClient, authority: CallerAuthority, calls: ToolCalls) {
        self.client = client
        self.authority = authority
        self.calls = calls
    }

    /// Serves the questions and the answers.
    func serve() {
        client.serve(Toolbox.Requests.self) { [unowned self] request, caller, responder in
            guard caller.isPerson else { return responder.fail(Self.denial("requests", caller)) }
            let held = calls.monitor.ledger.held.filter { $0.answer == nil }.map(\.call)
            let wanted = request.number.map { number in held.filter { $0.number == number } } ?? held
            responder.reply(.init(requests: wanted.map { described($0, isWhole: request.number != nil) }))
        }
        client.serve(Toolbox.Approve.self) { [unowned self] request, caller, responder in
            decide(request.number, "approve", caller, responder) { [unowned self] call, authority in
                guard request.always else { return answer(call, .approved, nil, caller, granted: [], responder) }
                grant(call, authority, caller, responder)
            }
        }
        client.serve(Toolbox.Deny.self) { [unowned self] request, caller, responder in
            decide(request.number, "deny", caller, responder) { [unowned self] call, _ in
                answer(call, .denied, request.reason, caller, granted: [], responder)
            }
        }
        calls.onAnswerTold = { [unowned self] call, isTurnOpen in answerTold(call, isTurnOpen) }
    }

    private static func denial(_ operation: String, _ caller: Principal) -> ServiceFailure {
        ServiceFailure(.denied, "\(operation): \(caller) is no person; people alone answer for what agents do")
    }

    private func described(_ call: HeldCall, isWhole: Bool) -> ApprovalRequest {
        var details: [String] = [], bytes = 0
        for line in isWhole ? calls.details(of: call) : [] {
            bytes += line.utf8.count
            if bytes > Self.detailsBytesMax {
                details.append("[It goes on; deny what you cannot see whole.]")
                break
            }
            details.append(line)
        }
        return ApprovalRequest(
            number: call.number, agent: call.key.caller.agent ?? AgentID(call.key.caller.name), turn: call.claim.turn,
            tool: call.claim.call.name, summary: call.summary, details: details,
            reason: call.reason.map { RequestText.seen($0.onOneLine) }, askedAt: call.claim.at,
            timeoutSeconds: call.timeoutSeconds)
    }

    /// Finds the request, and whether the caller may answer it as the agent's record is now.
    private func decide(
        _ number: Int, _ operation: String, _ caller: Principal, _ responder: Responder<Toolbox.Approve.Reply>,
        _ body: @escaping (HeldCall, Authority) -> Void
    ) {
        let attempt = "\(operation) \(number)"
        guard caller.isPerson else { return responder.fail(Self.denial(attempt, caller)) }
        guard let call = open(number), let agent = call.key.caller.agent else {
            return responder.fail(ServiceFailure(.notFound, "\(attempt): no such request waits. See: egghead requests"))
        }
        authority.ask(of: agent) { [weak self] result in
            do throws(ServiceFailure) {
                let authority = try result.get()
                if let approvers = authority.asking.approvers, !approvers.contains(where: caller.isNamed) {
                    let names = approvers.joined(separator: ", ")
                    throw ServiceFailure(.denied, "\(attempt): \(caller.name) is not among the approvers, \(names)")
                }
                if let outage = self?.calls.outage { throw outage }
                guard self?.open(number) == call else {
                    throw ServiceFailure(.notFound, "\(attempt): it was answered in this moment. See: egghead requests")
                }
                body(call, authority)
            } catch {
                responder.fail(error)
            }
        }
    }

    private func open(_ number: Int) -> HeldCall? {
        calls.monitor.ledger.held.first { $0.call.number == number && $0.answer == nil }?.call
    }

    private func answer(
        _ call: HeldCall, _ verdict: ApprovalAnswer.Verdict, _ reason: String?, _ caller: Principal, granted: [Grant],
        _ responder: Responder<Toolbox.Approve.Reply>
    ) {
        let agent = call.key.caller.agent ?? AgentID(call.key.caller.name)
        let reply = Toolbox.Approve.Reply(agent: agent, summary: call.summary, granted: granted)
        waiting[call.number, default: []].append((reply, responder))
        let reason = reason.map { String($0.prefix(bytesMax: 1_000)) }
        calls.step(.answered(ApprovalAnswer(key: call.key, verdict: verdict, by: caller, reason: reason)))
    }

    private func answerTold(_ call: HeldCall, _ isTurnOpen: Bool) {
        for (reply, responder) in waiting.removeValue(forKey: call.number) ?? [] {
            if isTurnOpen {
                responder.reply(reply)
            } else {
                let reason = "turn \(call.claim.turn) has ended; nothing was run"
                responder.fail(ServiceFailure(.notFound, "request \(call.number): \(reason)"))
            }
        }
    }

    // MARK: From now on

    /// Writes what the call needs into the agent's record, and then approves it: a person who wants both gets both or
    /// neither.
    private func grant(
        _ call: HeldCall, _ authority: Authority, _ caller: Principal, _ responder: Responder<Toolbox.Approve.Reply>
    ) {
        let attempt = "approve \(call.number) --always"
        guard let agent = call.key.caller.agent, let grants = calls.narrowestGrants(for: call, authority) else {
            let reason = "no capability says just this; approve it once, or write one into the record"
            return responder.fail(ServiceFailure(.invalid, "\(attempt): \(reason)"))
        }
        RecordGrants(client: client).add(grants, to: agent, request: "always/\(call.number)") { [weak self] result in
            do throws(ServiceFailure) {
                try result.get()
                guard self?.open(call.number) == call else {
                    throw ServiceFailure(.notFound, "\(attempt): it was answered in this moment. See: egghead requests")
                }
                self?.answer(call, .approved, nil, caller, granted: grants, responder)
            } catch {
                responder.fail(ServiceFailure(error.code, "\(attempt): the record of \(agent): \(error.message)"))
            }
        }
    }
}

extension Principal {
    /// Whether a name in a list of approvers is the caller's: `ann`, or in full, `user:ann`.
    fileprivate func isNamed(_ name: String) -> Bool { name == rawValue || kind == .user(name) }
}
