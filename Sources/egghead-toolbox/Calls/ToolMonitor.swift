import Capabilities
import Services

/// What happens to the calls of agents, from the request to the outcome.
///
/// ```
/// asked ──► waits for its caller's grants ──► refused
///   │            │               ▲   │
///   │            │           yes │   └──► held: a person is asked ──► refused by the person, or by the clock
///   │            │               └───────────┘
///   │            └──► claimed, runs ──► ended
///   └──► refused: a newer attempt of its turn was told that it was not made
/// ```
///
/// A call waits in memory alone until it is claimed. A refused call was never tried, so it needs no claim and may be
/// asked for again. From its claim on a call is in the journal, and the same call is answered from there.
///
/// A process that takes up a turn asks which calls were made before it (`calls`), and its model makes again what is not
/// among them. So the list holds every call that may still run, those that wait for their grants as well; and from the
/// list on no call of an older attempt is taken that was not on it.
///
/// A value: events in, actions out. Whoever performs the actions does it in their order, and stops at a commit that
/// fails: a claim that is not on the disk must not run, which `notClaimed` says, and an end that is not there must not
/// be told until it is.
struct ToolMonitor<Asker> {
    /// Counts the questions for grants.
    typealias Ticket = AskedCalls<Asker>.Ticket

    /// What happens.
    enum Event {
        /// Somebody has asked for a call, in an attempt of its turn, with what the agent said before it.
        case asked(ToolClaim, attempt: Int, reason: String? = nil, by: Asker)
        /// The store has answered the question for a caller's grants. `menu` is every tool of every source now.
        case granted(Ticket, Result<Authority, ServiceFailure>, menu: [Tool])
        /// The journal has refused a claim that was just committed, so the call was not run.
        case notClaimed(ToolCallKey, ServiceFailure)
        /// The journal has refused an answer that was just committed, so nobody has given it.
        case notAnswered(ToolCallKey)
        /// A moment has passed.
        case woke
        /// A call that ran has ended.
        case ended(ToolCallKey, ToolOutcome)
        /// A person has answered a request, or nobody has in time.
        case answered(ApprovalAnswer)
        /// The room of a held call was told of the request, or of the answer to it; or its turn has ended.
        case told(ToolCallKey, isAnswer: Bool, isTurnOpen: Bool)
        /// A turn has ended without its agent.
        case turnEnded(TurnKey)
    }

    /// What is to be done.
    enum Action {
        /// Ask the store what the agent's record grants; `granted` follows, also when the store does not answer.
        case askGrants(of: AgentID, Ticket)
        /// Write an entry to the journal; when `waits` is set, it must be on the disk before the next action.
        case commit(ToolJournalEntry, waits: Bool)
        /// Run a call in the source that has its tool; `ended` follows.
        case run(AuthorizedCall)
        /// Stop a call that runs, if its source can; `ended` follows in any case.
        case stop(ToolCallKey)
        /// Tell the room of a call what a person is asked; `told` follows.
        case tellRequest(HeldCall)
        /// Tell the room the answer; `told` follows.
        case tellAnswer(HeldCall, ApprovalAnswer)
        /// Answer whoever asked.
        case answer(Asker, Result<ToolOutcome, ServiceFailure>)
        /// Log that a call was denied, and tell its room.
        case tellDenial(ToolClaim, Denial)
        /// Log that a call came after a newer attempt of its turn was told that it was not made.
        case logStale(ToolClaim)
        /// Log that a call has ended.
        case logEnd(ToolCallKey, ToolOutcome.Status)
    }

    /// A call that is claimed and has not ended.
    struct RunningCall {
        let claim: ToolClaim
        let effect: Tool.Effect
        /// The newest of those who asked for it; whoever asked before has given up.
        var asker: Asker?
    }

    /// The calls that are in the journal.
    var ledger: ToolLedger
    /// The calls that wait for their grants. Nothing takes one back but the end of its turn, so each is decided on also
    /// when the process that asked has died.
    var asked = AskedCalls<Asker>()
    /// The newest askers of the calls that are held.
    var heldAskers: [ToolCallKey: Asker] = [:]
    /// The held calls whose answer the room is being told.
    var answering: Set<ToolCallKey> = []
    /// The calls that run.
    var running: [ToolCallKey: RunningCall] = [:]
    /// The turns of which older attempts are over.
    var attempts = TurnAttempts()

    /// The longest id of a call and of a turn, in bytes.
    private static var idBytesMax: Int { 200 }

    /// A monitor of the calls that the journal tells of, none of which runs.
    init(ledger: ToolLedger) { self.ledger = ledger }

    /// Decides what follows from an event.
    mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .asked(let claim, let attempt, let reason, let asker): ask(claim, attempt, reason, asker)
        case .granted(let ticket, let result, let menu): granted(ticket, result, menu)
        case .notClaimed(let key, let failure): takeBack(key, failure)
        case .notAnswered(let key): takeBackAnswer(key)
        case .woke: goOn()
        case .ended(let key, let outcome): end(key, outcome)
        case .answered(let answer): answered(answer)
        case .told(let key, let isAnswer, let isTurnOpen): told(key, isAnswer, isTurnOpen)
        case .turnEnded(let turn): endTurn(turn)
        }
    }

    /// What an attempt of a turn is told of the calls made before it: those in the journal in the order of their
    /// claims, then those that wait for their grants. What is not among them is refused from now on when an older
    /// attempt asks for it.
    ///
    /// - Parameter attempt: Which attempt asks, from 1.
    mutating func calls(of turn: TurnKey, toldTo attempt: Int) -> [MadeToolCall] {
        attempts.note(attempt, of: turn)
        return calls(of: turn)
    }

    /// The calls of a turn that were made until now, in the same order.
    func calls(of turn: TurnKey) -> [MadeToolCall] {
        ledger.calls(of: turn) + asked.calls(of: turn).map { MadeToolCall($0) }
    }

    // MARK: A call

    private mutating func ask(_ claim: ToolClaim, _ attempt: Int, _ reason: String?, _ asker: Asker) -> [Action] {
        guard let agent = claim.caller.agent else {
            let reason = "call \(claim.call.name.prefix(64)): only agents call tools here"
            return [.answer(asker, .failure(ServiceFailure(.denied, reason)))]
        }
        for id in [claim.call.id, claim.turn.rawValue] where !(1...Self.idBytesMax).contains(id.utf8.count) {
            let reason = "call: an id of \(id.utf8.count) bytes; 1 to \(Self.idBytesMax) are wanted"
            return [.answer(asker, .failure(ServiceFailure(.invalid, reason)))]
        }
        switch ledger.claim(claim) {
        case .ended(let outcome): return [.answer(asker, .success(outcome))]
        case .taken: return [refusalOfTakenID(claim, asker)]
        case .running:
            running[claim.key]?.asker = asker
            return []
        case .held(let held, let answer): return askAgain(held, answer, asker)
        case .new: return wait(AskedCall(claim: claim, agent: agent, reason: reason, asker: asker), attempt)
        }
    }

    private mutating func wait(_ call: AskedCall<Asker>, _ attempt: Int) -> [Action] {
        switch asked.add(call, isRefused: attempts.isOver(attempt, of: call.claim.turnKey)) {
        case .waits(let ticket): return [.askGrants(of: call.agent, ticket)]
        case .joined: return []
        case .taken: return call.asker.map { [refusalOfTakenID(call.claim, $0)] } ?? []
        case .refused:
            let reason =
                "call \(call.claim.call.id): a newer attempt of turn \(call.claim.turn) runs; it was not called"
            return [.logStale(call.claim)] + answer(call.asker, .failure(ServiceFailure(.stale, reason)))
        }
    }

    private func refusalOfTakenID(_ claim: ToolClaim, _ asker: Asker) -> Action {
        let reason = "call \(claim.call.id): the id is another call's; make a new one"
        return .answer(asker, .failure(ServiceFailure(.invalid, reason)))
    }

    private mutating func granted(
        _ ticket: Ticket, _ result: Result<Authority, ServiceFailure>, _ menu: [Tool]
    ) -> [Action] {
        guard let call = asked.take(ticket) else { return [] }
        do throws(ServiceFailure) {
            return decide(call, try result.get(), menu)
        } catch {
            // An approved call is decided on again in a moment; of an agent that is no more there is nothing to decide.
            if error.code == .notFound, call.approved != nil {
                return refuse(call, ToolOutcome(.failed, "\(error.message); it was not run."))
            }
            return answer(call.asker, .failure(error))
        }
    }

    private mutating func decide(_ call: AskedCall<Asker>, _ authority: Authority, _ menu: [Tool]) -> [Action] {
        if attempts.hasEnded(call.claim.turnKey) { return refuse(call, Self.turnIsOver) }
        if let approved = call.approved, !isHeld(approved) { return [] }
        do throws(ToolRefusal) {
            var authorized = try AuthorizedCall(call.claim.call, of: call.agent, authority: authority, menu: menu)
            authorized.isApproved = call.approved != nil
            authorized.turn = call.claim.turn
            if let refused = hold(call, authorized) { return refused }
            // A yes is a fact that outlives the machine, so what follows from it does as well.
            let effect = call.approved == nil ? authorized.tool.effect : .sideEffect
            running[call.claim.key] = RunningCall(claim: call.claim, effect: effect, asker: call.asker)
            return [commit(.claimed(call.claim), effect), .run(authorized)]
        } catch {
            let refusal = refuse(call, error.outcome)
            guard case .denied(let denial) = error else { return refusal }
            return [.tellDenial(call.claim, denial)] + refusal
        }
    }

    /// A call does not run. One that was held is in the journal, and so is its end.
    mutating func refuse(_ call: AskedCall<Asker>, _ outcome: ToolOutcome) -> [Action] {
        if call.approved != nil { return endHeld(call.claim.key, outcome, call.asker) }
        return answer(call.asker, .success(outcome))
    }

    /// Answers whoever asked last, if anybody has.
    func answer(_ asker: Asker?, _ result: Result<ToolOutcome, ServiceFailure>) -> [Action] {
        asker.map { [.answer($0, result)] } ?? []
    }

    private mutating func takeBack(_ key: ToolCallKey, _ failure: ServiceFailure) -> [Action] {
        ledger.takeBack(key)
        return running.removeValue(forKey: key).map { answer($0.asker, .failure(failure)) } ?? []
    }

    private mutating func end(_ key: ToolCallKey, _ outcome: ToolOutcome) -> [Action] {
        guard let call = running.removeValue(forKey: key) else { return [] }
        // What only whoever does it can see: where a path leads, what a record would become.
        let reason = outcome.deniedPart ?? String(outcome.text.prefix { !$0.isNewline })
        let denial = outcome.denial.map { Denial($0, reason, isOfPart: outcome.deniedPart != nil) }
        return [
            commit(.ended(EndedToolCall(key: key, outcome: outcome)), call.effect), .logEnd(key, outcome.status),
        ] + (denial.map { [.tellDenial(call.claim, $0)] } ?? []) + answer(call.asker, .success(outcome))
    }

    /// Takes an entry into the ledger.
    ///
    /// - Returns: The commit of it, which comes before everything that follows from it.
    mutating func commit(_ entry: ToolJournalEntry, _ effect: Tool.Effect) -> Action {
        ledger.apply(entry)
        return .commit(entry, waits: effect == .sideEffect)
    }
}

extension ToolMonitor.Action: Equatable where Asker: Equatable {}
