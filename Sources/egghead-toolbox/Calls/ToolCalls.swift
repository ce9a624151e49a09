import BusClient
import Capabilities
import Journal
import LinuxSystem
import Runtime
import Services

/// Runs the calls of agents as `ToolMonitor` decides: the journal, the log and the way to the sources.
final class ToolCalls {
    let process: ChildProcess
    let client: BusClient
    let authority: CallerAuthority
    let sources: ToolSources
    private let journal: JournalFile<ToolJournalEntry>
    private(set) var monitor: ToolMonitor<Responder<ToolOutcome>>
    /// What a commit that the disk refuses holds up: it and what comes after it, to be tried again. While there is any,
    /// nothing new is called, and nobody is told of calls.
    private var held: [ToolMonitor<Responder<ToolOutcome>>.Action] = []
    /// What the disk answered last.
    private var refusal: SystemCallError?
    /// Whether calls that have not ended are looked at again in a second.
    var isWatching = false
    /// The seconds since the coordinator was told that turns get on.
    var secondsSinceProgress = 0
    /// The calls that run, for their rooms.
    var longCalls = LongCalls()
    /// What rooms were told of denied calls.
    var toldDenials = ToldDenials()
    /// What each held call has waited in this process, in seconds.
    var waited: [ToolCallKey: Int] = [:]
    /// The calls that were held when this process began.
    var resumed: Set<ToolCallKey> = []
    /// Called when the disk has refused an answer, which counts for nothing then.
    var onAnswerLost: ((ApprovalAnswer, ServiceFailure) -> Void)?
    /// Called when the room was told of an answer, or the turn has ended.
    var onAnswerTold: ((HeldCall, _ isTurnOpen: Bool) -> Void)?
    /// Whether the journal may be written anew now; not for a while after the disk has refused that.
    private var isRewriteDue = true

    /// How long the journal may become before it is written anew.
    private static let journalBytesMax = 4 * ToolLedger.bytesMax
    /// How long to wait before the disk is tried again.
    static let retryPause = Duration.seconds(1), rewritePause = Duration.seconds(60)

    /// What has been called, as the journal says; what had begun and not ended is unknown from now on.
    ///
    /// - Throws: `SystemCallError`; `ServiceFailure` when another toolbox has the journal.
    init(
        process: ChildProcess, client: BusClient, authority: CallerAuthority, sources: ToolSources, directory: String
    ) throws {
        self.process = process
        self.client = client
        self.sources = sources
        self.authority = authority
        var ledger = ToolLedger()
        journal = try JournalFile(directory: directory, log: process.log) { ledger.apply($0) }
        for entry in ledger.interrupted() {
            ledger.apply(entry)
            if case .ended(let end) = entry {
                process.log.warning("tool.unknown", ["caller": "\(end.key.caller)", "call": end.key.id])
            }
        }
        monitor = ToolMonitor(ledger: ledger)
        // What is forgotten leaves the file here. What was interrupted is in it from now on; where the disk refuses
        // that, the next toolbox finds the same.
        rewrite()
    }

    /// Everything that is remembered, a line each, so that a damaged one costs no other.
    private var lines: [UInt8] { monitor.ledger.entries.flatMap { Journal.line(of: [$0]) } }

    /// Serves the calls and the question for them.
    func serve() {
        client.serve(Toolbox.Call.self) { [unowned self] request, caller, responder in
            if let outage { return responder.fail(outage) }
            let claim = ToolClaim(caller: caller, turn: request.turn, call: request.call, at: Clock.timestamp())
            step(.asked(claim, attempt: request.attempt, reason: request.reason, by: responder))
        }
        client.serve(Toolbox.EndTurn.self) { [unowned self] request, caller, responder in
            guard caller == .coordinator else {
                let reason = "end_turn: \(caller) is not the coordinator; cancel the turn instead"
                return responder.fail(ServiceFailure(.denied, reason))
            }
            // Also while the disk refuses what follows: what runs is stopped at once.
            step(.turnEnded(TurnKey(caller: .agent(request.agent), id: request.turn)))
            responder.reply(Empty())
        }
        resumed = Set(monitor.ledger.held.map(\.call.key))
        perform(monitor.resume())
        watch()
        client.serve(Toolbox.Calls.self) { [unowned self] request, caller, responder in
            if let outage { return responder.fail(outage) }  // what is not on the disk is not told
            let calls = monitor.calls(of: TurnKey(caller: caller, id: request.turn), toldTo: request.attempt)
            responder.reply(Toolbox.Calls.Reply(fitting: calls))
        }
        client.serve(Toolbox.CallsOf.self) { [unowned self] request, caller, responder in
            if let refusal = Toolbox.CallsOf.refusal(of: caller) { return responder.fail(refusal) }
            if let outage { return responder.fail(outage) }
            let calls = monitor.calls(of: TurnKey(caller: .agent(request.agent), id: request.turn))
            responder.reply(Toolbox.Calls.Reply(fitting: calls))
        }
    }

    /// Takes an event, and does what follows.
    func step(_ event: ToolMonitor<Responder<ToolOutcome>>.Event) {
        perform(monitor.handle(event))
        watch()
    }

    /// A number for a request to people that no other one has had.
    func takeRequestNumber() -> Int {
        let number = monitor.ledger.nextRequest
        perform([monitor.commit(.counted(number), .none)])
        return number
    }

    private func perform(_ actions: [ToolMonitor<Responder<ToolOutcome>>.Action]) {
        for (index, action) in actions.enumerated() where !perform(action) { return putOff(actions[index...]) }
    }

    /// - Returns: False when the action is a commit that the disk refuses.
    private func perform(_ action: ToolMonitor<Responder<ToolOutcome>>.Action) -> Bool {
        switch action {
        case .askGrants(let agent, let ticket):
            authority.ask(of: agent) { [weak self] result in
                guard let self else { return }
                step(.granted(ticket, result, menu: sources.menu))
            }
        case .commit(let entry, let waits): return held.isEmpty && write(entry, waits: waits)
        case .run(let call):
            process.log.info(
                "tool.begun", ["caller": "\(call.key.caller)", "tool": call.tool.name, "call": call.id])
            longCalls.begin(call)
            sources.run(call) { [weak self] outcome in
                self?.longCalls.end(call.key)
                let outcome = call.tool.returnsForeignText ? outcome.marked(by: ToolOutcome.mark()) : outcome
                self?.step(.ended(call.key, outcome))
            }
        case .stop(let key): sources.stop(key)
        case .tellRequest(let call): tellRequest(call)
        case .tellAnswer(let call, let answer): tellAnswer(call, answer)
        case .answer(let responder, let result): responder.complete(result)
        case .tellDenial(let claim, let denial): tellDenial(of: claim, denial)
        case .logStale(let claim):
            process.log.warning(
                "tool.stale", ["caller": "\(claim.caller)", "tool": claim.call.name, "call": claim.call.id])
        case .logEnd(let key, let status):
            process.log.info("tool.ended", ["caller": "\(key.caller)", "call": key.id, "status": status.rawValue])
        }
        return true
    }
}

// A disk that refuses writes. A claim that is not on the disk does not run, and its caller is refused; an end that is
// not there is told when it is.
extension ToolCalls {
    /// Why nothing is called now, if so.
    var outage: ServiceFailure? { held.isEmpty ? nil : failure }

    private var failure: ServiceFailure {
        let reason = refusal.map { "\($0)" } ?? "the disk refuses it"
        return ServiceFailure(.unavailable, "nothing was called: the journal of calls cannot be written: \(reason)")
    }

    /// Keeps what a refused commit holds up. A refused claim is taken back instead: what it would run may not be wanted
    /// any more when the disk takes it.
    private func putOff(_ actions: ArraySlice<ToolMonitor<Responder<ToolOutcome>>.Action>) {
        if case .commit(.claimed(let claim), _)? = actions.first { return step(.notClaimed(claim.key, failure)) }
        if case .commit(.answered(let answer), _)? = actions.first {
            step(.notAnswered(answer.key))
            onAnswerLost?(answer, failure)
            return
        }
        if held.isEmpty { process.loop.schedule(after: Self.retryPause) { [weak self] in self?.tryAgain() } }
        held += actions
    }

    /// - Returns: Whether the disk has taken the entry.
    private func write(_ entry: ToolJournalEntry, waits: Bool) -> Bool {
        do throws(SystemCallError) {
            try journal.append(Journal.line(of: [entry]), waits: waits)
        } catch {
            if refusal == nil { process.log.error("journal.failed", ["error": "\(error)", "next": "again"]) }
            refusal = error
            return false
        }
        if refusal != nil { process.log.notice("journal.resumed") }
        refusal = nil
        if journal.bytes > Self.journalBytesMax { rewrite() }
        return true
    }

    private func tryAgain() {
        let actions = held
        held = []
        perform(actions)
    }

    /// Writes the journal anew with what is remembered, at most once a minute where the disk refuses it.
    private func rewrite() {
        guard isRewriteDue else { return }
        do throws(SystemCallError) {
            try journal.replace(with: lines)
        } catch {
            process.log.error("journal.not_rewritten", ["error": "\(error)", "next": "again"])
            isRewriteDue = false
            process.loop.schedule(after: Self.rewritePause) { [weak self] in self?.isRewriteDue = true }
        }
    }
}
