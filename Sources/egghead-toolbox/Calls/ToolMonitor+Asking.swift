import Capabilities
import Services

// Calls that wait for a person's yes.
//
// ```
// held ──► the room was told ──► answered ──► the room was told ──► yes: its caller's grants, and it runs
//   ▲                                │                         └──► no: ended
//   └── a toolbox that begins tells the room again, once          the turn has ended: ended
// ```
//
// Each step is in the journal before what follows from it, and the room takes what it is told once. So a toolbox that
// begins goes on wherever the one before it was.
extension ToolMonitor {
    /// How many calls of one agent may wait for persons, and how many of all.
    private static var heldOfAgentMax: Int { 16 }
    private static var heldMax: Int { 256 }

    /// What a call of a turn is told that ends without its agent.
    static var turnIsOver: ToolOutcome { ToolOutcome(.failed, "Its turn has ended; it was not run.") }

    /// What is to be done for the calls that were held when the toolbox before this one died.
    mutating func resume() -> [Action] {
        ledger.held.flatMap { call, answer -> [Action] in
            guard let answer else { return [.tellRequest(call)] }
            return tell(call, answer)
        }
    }

    /// The turns that wait for calls which run or are held.
    var busyTurns: Set<TurnID> { Set(ledger.unfinished.map(\.turn)) }

    /// A held call is asked for again.
    mutating func askAgain(_ call: HeldCall, _ answer: ApprovalAnswer?, _ asker: Asker) -> [Action] {
        if asked.join(call.key, asker) { return [] }
        heldAskers[call.key] = asker
        guard let answer, !answering.contains(call.key) else { return [] }
        return tell(call, answer)
    }

    /// Holds a call for which a person is to be asked.
    ///
    /// - Returns: Nil when nobody is, or when the answer was yes to just this: then it may run.
    mutating func hold(_ call: AskedCall<Asker>, _ authorized: AuthorizedCall) -> [Action]? {
        // Most calls ask nobody, and their text may be long.
        guard call.approved != nil || authorized.requests.contains(where: authorized.authority.asks) else { return nil }
        let text = RequestText(authorized), summary = text.summary
        if let approved = call.approved {
            if summary == approved.summary { return nil }
            let words = "What was approved was: \(approved.summary). It would be: \(summary). It was not run."
            return refuse(call, ToolOutcome(.failed, words))
        }
        guard text.isReadable else {
            let words = "A person is asked before this, and it is too long to be read; do less at once. It was not run."
            return refuse(call, ToolOutcome(.failed, words))
        }
        let waiting = ledger.held
        guard waiting.count < Self.heldMax,
            waiting.count(where: { $0.call.claim.caller == call.claim.caller }) < Self.heldOfAgentMax
        else {
            return refuse(call, ToolOutcome(.failed, "Too many calls wait for a person's yes; it was not run."))
        }
        let held = HeldCall(
            number: ledger.nextRequest, claim: call.claim, summary: summary, reason: call.reason,
            timeoutSeconds: authorized.authority.asking.timeoutSeconds)
        heldAskers[held.key] = call.asker
        return [commit(.held(held), .sideEffect), .tellRequest(held)]
    }

    /// A person has answered, or nobody has in time.
    mutating func answered(_ answer: ApprovalAnswer) -> [Action] {
        guard let held = ledger.held.first(where: { $0.call.key == answer.key }), held.answer == nil else { return [] }
        return [commit(.answered(answer), .sideEffect)] + tell(held.call, answer)
    }

    private mutating func tell(_ call: HeldCall, _ answer: ApprovalAnswer) -> [Action] {
        answering.insert(call.key)
        return [.tellAnswer(call, answer)]
    }

    /// The room was told, or the turn has ended.
    mutating func told(_ key: ToolCallKey, _ isAnswer: Bool, _ isTurnOpen: Bool) -> [Action] {
        guard let held = ledger.held.first(where: { $0.call.key == key }) else { return [] }
        guard isTurnOpen else { return endHeld(key, Self.turnIsOver, heldAskers[key]) }
        guard isAnswer, let answer = held.answer, answering.remove(key) != nil else { return [] }
        switch answer.verdict {
        case .denied: return endHeld(key, answer.outcome, heldAskers[key])
        case .approved:
            guard let agent = key.caller.agent else { return [] }
            let call = AskedCall(
                claim: held.call.claim, agent: agent, approved: held.call, asker: heldAskers.removeValue(forKey: key))
            guard case .waits(let ticket) = asked.add(call, isRefused: false) else { return [] }
            return [.askGrants(of: agent, ticket)]
        }
    }

    /// Goes on with the held calls whose answer is there and of which nothing is under way: the store did not say what
    /// is granted, or the disk refused the claim.
    mutating func goOn() -> [Action] {
        ledger.held.flatMap { call, answer -> [Action] in
            guard let answer, !answering.contains(call.key), !asked.waits(call.key) else { return [] }
            return tell(call, answer)
        }
    }

    /// An answer is not on the disk, so it was not given.
    mutating func takeBackAnswer(_ key: ToolCallKey) -> [Action] {
        answering.remove(key)
        ledger.takeBackAnswer(key)
        return []
    }

    /// Whether a call waits for a person, or for what follows from the answer.
    func isHeld(_ call: HeldCall) -> Bool { ledger.held.contains { $0.call == call } }

    /// Ends a held call, which was not run.
    mutating func endHeld(_ key: ToolCallKey, _ outcome: ToolOutcome, _ asker: Asker?) -> [Action] {
        heldAskers[key] = nil
        answering.remove(key)
        return [
            commit(.ended(EndedToolCall(key: key, outcome: outcome)), .sideEffect), .logEnd(key, outcome.status),
        ] + answer(asker, .success(outcome))
    }

    /// A turn has ended without its agent: what it called does not go on.
    mutating func endTurn(_ turn: TurnKey) -> [Action] {
        attempts.end(turn)
        let calls = ledger.unfinished.filter { $0.turnKey == turn }.sorted { $0.call.id < $1.call.id }
        return calls.flatMap { claim -> [Action] in
            if running[claim.key] != nil { return [.stop(claim.key)] }
            // One that was approved and waits for its grants finds that the turn has ended.
            return asked.waits(claim.key) ? [] : endHeld(claim.key, Self.turnIsOver, heldAskers[claim.key])
        }
    }
}

extension ApprovalAnswer {
    /// What the model is told of a call that does not run.
    fileprivate var outcome: ToolOutcome {
        guard let by else {
            return ToolOutcome(.refused, "Nobody has answered the request for it in time; it was not run.")
        }
        let words = reason.map { ": \($0)" } ?? ""
        return ToolOutcome(.refused, "\(by.name) has refused it\(words). It was not run; do not try it another way.")
    }
}
