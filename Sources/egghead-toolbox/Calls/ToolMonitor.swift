import Capabilities
import Services

/// What happens to the calls of agents, from the request to the outcome.
///
/// ```
/// asked ──► waits for its caller's grants ──► refused
///                         │
///                         └──► claimed, runs ──► ended
/// ```
///
/// A call waits in memory alone until it is claimed. A refused call was never tried, so it needs no claim and may be
/// asked for again. From its claim on a call is in the journal, and the same call is answered from there.
///
/// A value: events in, actions out. Whoever performs the actions does it in their order, and stops for ever at a commit
/// that fails: a claim that is not on the disk must not run, and an end that is not there must not be told.
struct ToolMonitor<Asker> {
    /// Counts the questions for grants.
    typealias Ticket = Int

    /// What happens.
    enum Event {
        /// Somebody has asked for a call.
        case asked(ToolClaim, by: Asker)
        /// The store has answered the question for a caller's grants. `menu` is every tool of every source now.
        case granted(Ticket, Result<[Grant]?, ServiceFailure>, menu: [Tool])
        /// A call that ran has ended.
        case ended(ToolCallKey, ToolOutcome)
    }

    /// What is to be done.
    enum Action {
        /// Ask the store what the agent's record grants; `granted` follows.
        case askGrants(of: AgentID, Ticket)
        /// Write an entry to the journal; when `waits` is set, it must be on the disk before the next action.
        case commit(ToolJournalEntry, waits: Bool)
        /// Run a call in the source that has its tool; `ended` follows.
        case run(AuthorizedCall)
        /// Answer whoever asked.
        case answer(Asker, Result<ToolOutcome, ServiceFailure>)
        /// Log that a call was denied.
        case logDenial(ToolClaim, reason: String)
        /// Log that a call has ended.
        case logEnd(ToolCallKey, ToolOutcome.Status)
    }

    /// A call that was asked for and waits for the store's word on its caller's grants.
    struct AskedCall {
        /// What was asked for, with the time of the request.
        let claim: ToolClaim
        /// Whose record grants it or does not.
        let agent: AgentID
        /// Who waits for its outcome.
        let asker: Asker
    }

    /// A call that is claimed and has not ended.
    private struct RunningCall {
        let effect: Tool.Effect
        /// The newest of those who asked for it; whoever asked before has given up.
        var asker: Asker
    }

    /// What the store has answered.
    private struct Word {
        let grants: [Grant]?, menu: [Tool]
    }

    /// The calls that are in the journal.
    private(set) var ledger: ToolLedger
    /// The calls that wait for their grants. Neither the journal nor `calls` tells of them; nothing takes one back, so
    /// it is decided on also when the process that asked has died.
    private(set) var asked: [Ticket: AskedCall] = [:]
    private var running: [ToolCallKey: RunningCall] = [:]
    private var nextTicket = 0

    /// The longest id of a call and of a turn, in bytes.
    private static var idBytesMax: Int { 200 }

    /// A monitor of the calls that the journal tells of, none of which runs.
    init(ledger: ToolLedger) { self.ledger = ledger }

    /// Decides what follows from an event.
    mutating func handle(_ event: Event) -> [Action] {
        switch event {
        case .asked(let claim, let asker): ask(claim, asker)
        case .granted(let ticket, let result, let menu): granted(ticket, result, menu)
        case .ended(let key, let outcome): end(key, outcome)
        }
    }

    // MARK: A call

    private mutating func ask(_ claim: ToolClaim, _ asker: Asker) -> [Action] {
        guard let agent = claim.caller.agent else {
            let reason = "call \(claim.call.name.prefix(64)): only agents call tools here"
            return [.answer(asker, .failure(ServiceFailure(.denied, reason)))]
        }
        for id in [claim.call.id, claim.turn.rawValue] where !(1...Self.idBytesMax).contains(id.utf8.count) {
            let reason = "call: an id of \(id.utf8.count) bytes; 1 to \(Self.idBytesMax) are wanted"
            return [.answer(asker, .failure(ServiceFailure(.invalid, reason)))]
        }
        return advance(AskedCall(claim: claim, agent: agent, asker: asker), nil)
    }

    private mutating func granted(
        _ ticket: Ticket, _ result: Result<[Grant]?, ServiceFailure>, _ menu: [Tool]
    ) -> [Action] {
        guard let call = asked.removeValue(forKey: ticket) else { return [] }
        switch result {
        case .failure(let failure): return [.answer(call.asker, .failure(failure))]
        case .success(let grants): return advance(call, Word(grants: grants, menu: menu))
        }
    }

    /// Takes a call one step on. The ledger is asked before the grants are and after, since the same call may have come
    /// twice in between.
    private mutating func advance(_ call: AskedCall, _ word: Word?) -> [Action] {
        switch ledger.claim(call.claim) {
        case .ended(let outcome): return [.answer(call.asker, .success(outcome))]
        case .taken:
            let reason = "call \(call.claim.call.id): the id is another call's; make a new one"
            return [.answer(call.asker, .failure(ServiceFailure(.invalid, reason)))]
        case .running:
            running[call.claim.key]?.asker = call.asker
            return []
        case .new(let entry):
            guard let word else { return wait(call) }
            return decide(call, entry, word)
        }
    }

    private mutating func wait(_ call: AskedCall) -> [Action] {
        let ticket = nextTicket
        nextTicket += 1
        asked[ticket] = call
        return [.askGrants(of: call.agent, ticket)]
    }

    private mutating func decide(_ call: AskedCall, _ entry: ToolJournalEntry, _ word: Word) -> [Action] {
        do throws(ServiceFailure) {
            let authorized = try AuthorizedCall(
                call.claim.call, of: call.agent, grants: word.grants, menu: word.menu)
            let effect = authorized.tool.effect
            running[call.claim.key] = RunningCall(effect: effect, asker: call.asker)
            return [commit(entry, effect), .run(authorized)]
        } catch {
            let isDenied = error.code == .denied
            let answer = Action.answer(call.asker, .success(ToolOutcome(isDenied ? .denied : .failed, error.message)))
            return isDenied ? [.logDenial(call.claim, reason: error.message), answer] : [answer]
        }
    }

    private mutating func end(_ key: ToolCallKey, _ outcome: ToolOutcome) -> [Action] {
        guard let call = running.removeValue(forKey: key) else { return [] }
        return [
            commit(.ended(EndedToolCall(key: key, outcome: outcome)), call.effect), .logEnd(key, outcome.status),
            .answer(call.asker, .success(outcome)),
        ]
    }

    /// Takes an entry into the ledger.
    ///
    /// - Returns: The commit of it, which comes before everything that follows from it.
    private mutating func commit(_ entry: ToolJournalEntry, _ effect: Tool.Effect) -> Action {
        ledger.apply(entry)
        return .commit(entry, waits: effect == .sideEffect)
    }
}

extension ToolMonitor.Action: Equatable where Asker: Equatable {}
