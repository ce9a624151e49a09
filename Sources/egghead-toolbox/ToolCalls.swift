import Bus
import BusClient
import Capabilities
import Journal
import LinuxSystem
import Runtime
import Services

/// Runs the calls of agents: checks each against the agent's record as the store has it, claims it in the journal, runs
/// it, and writes down its end before anybody hears of it.
final class ToolCalls {
    private let process: ChildProcess
    private let client: BusClient
    private let journal: JournalFile<ToolJournalEntry>
    private let tools: RecordTools
    private var ledger: ToolLedger
    /// Who waits for the calls that run: of each the newest asker, who has given up on the tries before.
    private var waiting: [ToolCallKey: Responder<ToolOutcome>] = [:]
    private var hasFailed = false

    /// The longest id of a call and of a turn, in bytes.
    private static let idBytesMax = 200

    /// What has been called, as the journal says; what had begun and not ended is unknown from now on.
    ///
    /// - Throws: `SystemCallError`; `ServiceFailure` when another toolbox has the journal.
    init(process: ChildProcess, client: BusClient, directory: String) throws {
        self.process = process
        self.client = client
        journal = try JournalFile(directory: directory, bytesMax: Self.journalBytesMax * 2, log: process.log)
        ledger = ToolLedger(entries: journal.takeEntries())
        tools = RecordTools(client: client)
        for entry in ledger.interrupted() {
            ledger.apply(entry)
            if case .ended(let end) = entry {
                process.log.warning("tool.unknown", ["caller": "\(end.key.caller)", "call": end.key.id])
            }
        }
        // What is forgotten leaves the file here, and what was interrupted is in it from now on.
        try journal.replace(with: lines)
    }

    /// Everything that is remembered, a line each, so that a damaged one costs no other.
    private var lines: [UInt8] { ledger.entries.flatMap { Journal.line(of: [$0]) } }

    /// How long the journal may become before it is written anew.
    private static let journalBytesMax = 4 * ToolLedger.bytesMax

    /// Serves the menu, the calls and the question for them.
    func serve() {
        client.serve(Toolbox.Menu.self) { [unowned self] _, caller, responder in
            withGrants(of: caller) { grants in
                responder.complete(
                    grants.map { grants in
                        Toolbox.Menu.Reply(
                            tools: Tool.allCases.filter { Authorization.isOnMenu($0, grants: grants) }
                                .compactMap(\.definition))
                    })
            }
        }
        client.serve(Toolbox.SearchRecords.self) { [unowned self] request, caller, responder in
            withGrants(of: caller) { [unowned self] grants in search(request, caller, grants, responder) }
        }
        client.serve(Toolbox.Call.self) { [unowned self] request, caller, responder in
            call(request, caller, responder)
        }
        client.serve(Toolbox.Calls.self) { [unowned self] request, caller, responder in
            let calls = ledger.calls(of: caller, in: request.turn)
            responder.reply(Toolbox.Calls.Reply(calls: Self.fitting(calls)))
        }
    }

    /// The search that the program makes for each turn is bounded by the record as the model's own is.
    private func search(
        _ request: Index.Passages.Request, _ caller: Principal, _ grants: Result<[Grant]?, ServiceFailure>,
        _ responder: Responder<Index.Passages.Reply>
    ) {
        do throws(ServiceFailure) {
            let grants = try grants.get()
            try Authorization.authorize(caller, .searchRecords, grants: grants)
            tools.passages(request, grants: grants) { responder.complete($0) }
        } catch {
            responder.fail(error)
        }
    }

    /// Calls as they fit one message of the bus: of many long ones each is told as far as its share goes.
    private static func fitting(_ calls: [MadeToolCall]) -> [MadeToolCall] {
        let share = callsBytesMax / max(1, calls.count) / 2
        return calls.map { made in
            var made = made
            if made.call.arguments.utf8.count > share { made.call.arguments = #"{"shortened":true}"# }
            if let outcome = made.outcome, outcome.text.utf8.count > share {
                let beginning = outcome.text.prefix(bytesMax: share)
                made.outcome?.text = beginning + " [shortened here; call the tool again for all]"
            }
            return made
        }
    }

    /// The longest answer to `calls`, in bytes before JSON's escapes.
    private static let callsBytesMax = 400_000

    // MARK: A call

    private func call(_ request: Toolbox.Call.Request, _ caller: Principal, _ responder: Responder<ToolOutcome>) {
        let claim = ToolClaim(
            caller: caller, turn: request.turn, call: request.call, at: Clock.timestamp())
        do throws(ServiceFailure) {
            guard let agent = caller.agent else {
                throw ServiceFailure(.denied, "call \(request.call.name.prefix(64)): only agents call tools here")
            }
            for id in [request.call.id, request.turn.rawValue] where !(1...Self.idBytesMax).contains(id.utf8.count) {
                throw ServiceFailure(
                    .invalid, "call: an id of \(id.utf8.count) bytes; 1 to \(Self.idBytesMax) are wanted")
            }
            switch ledger.claim(claim) {
            case .ended(let outcome): responder.reply(outcome)
            case .running: waiting[claim.key] = responder
            case .taken:
                throw ServiceFailure(.invalid, "call \(request.call.id): the id is another call's; make a new one")
            case .new:
                withGrants(of: caller) { [unowned self] grants in
                    switch grants {
                    case .success(let grants): begin(claim, of: agent, grants, responder)
                    case .failure(let failure): responder.fail(failure)
                    }
                }
            }
        } catch {
            responder.fail(error)
        }
    }

    /// What is refused here was never tried, so it needs no claim.
    private func begin(
        _ claim: ToolClaim, of agent: AgentID, _ grants: [Grant]?, _ responder: Responder<ToolOutcome>
    ) {
        // The same call may have come twice while its caller's record was being asked for.
        guard case .new(let entry) = ledger.claim(claim) else {
            return call(Toolbox.Call.Request(turn: claim.turn, call: claim.call), claim.caller, responder)
        }
        do throws(ServiceFailure) {
            guard let tool = Tool(rawValue: claim.call.name), tool.definition != nil else {
                throw ServiceFailure(.notFound, "there is no tool \(claim.call.name.prefix(64)); use one of the menu")
            }
            let arguments = try ToolArguments(of: claim.call)
            let record = try RecordTools.record(of: tool, arguments)
            try Authorization.authorize(claim.caller, tool, grants: grants, record: record)
            let checked = RecordTools.Checked(
                tool: tool, agent: agent, arguments: arguments, grants: grants, id: claim.call.id)
            guard write(entry, waits: tool.hasSideEffect) else { return }
            waiting[claim.key] = responder
            process.log.info("tool.begun", ["caller": "\(claim.caller)", "tool": tool.rawValue, "call": claim.call.id])
            do throws(ServiceFailure) {
                try tools.run(checked) { [weak self] outcome in self?.end(claim, tool, outcome) }
            } catch {
                end(claim, tool, ToolOutcome(.failed, error.message))
            }
        } catch {
            let isDenied = error.code == .denied
            if isDenied {
                process.log.warning(
                    "tool.denied", ["caller": "\(claim.caller)", "tool": claim.call.name, "reason": error.message])
            }
            responder.reply(ToolOutcome(isDenied ? .denied : .failed, error.message))
        }
    }

    private func end(_ claim: ToolClaim, _ tool: Tool, _ outcome: ToolOutcome) {
        let entry = ToolJournalEntry.ended(EndedToolCall(key: claim.key, outcome: outcome))
        guard write(entry, waits: tool.hasSideEffect) else { return }
        process.log.info(
            "tool.ended", ["caller": "\(claim.caller)", "call": claim.call.id, "status": outcome.status.rawValue])
        waiting.removeValue(forKey: claim.key)?.reply(outcome)
    }

    /// A claim that is not on the disk must not run, and an end that is not there must not be told: a successor reads
    /// what the disk really holds, and callers repeat what they asked.
    ///
    /// - Returns: Whether it is written.
    private func write(_ entry: ToolJournalEntry, waits: Bool) -> Bool {
        if hasFailed { return false }
        ledger.apply(entry)
        do throws(SystemCallError) {
            try journal.append(Journal.line(of: [entry]), waits: waits)
            if journal.bytes > Self.journalBytesMax { try journal.replace(with: lines) }
        } catch {
            process.log.error("journal.failed", ["error": "\(error)", "next": "exit"])
            hasFailed = true
            process.loop.stop(.failure)
        }
        return !hasFailed
    }

    /// Asks the store what the caller's record grants now; people and services have no record.
    private func withGrants(of caller: Principal, _ body: @escaping (Result<[Grant]?, ServiceFailure>) -> Void) {
        guard let agent = caller.agent else { return body(.success(nil)) }
        client.request(Store.Agent.self, Store.IDRequest(id: agent.record), retry: .untilDeadline) { result in
            body(result.map { $0.capabilities?.compactMap(Grant.init) })
        }
    }
}
