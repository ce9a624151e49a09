import BusClient
import Capabilities
import Journal
import LinuxSystem
import Runtime
import Services

/// Runs the calls of agents as `ToolMonitor` decides: the journal, the log and the way to the sources.
final class ToolCalls {
    private let process: ChildProcess
    private let client: BusClient
    private let grants: CallerGrants
    private let sources: ToolSources
    private let journal: JournalFile<ToolJournalEntry>
    private var monitor: ToolMonitor<Responder<ToolOutcome>>
    /// A commit has failed and the process ends: a successor reads what the disk really holds, and callers repeat what
    /// they asked.
    private var hasFailed = false

    /// How long the journal may become before it is written anew.
    private static let journalBytesMax = 4 * ToolLedger.bytesMax

    /// What has been called, as the journal says; what had begun and not ended is unknown from now on.
    ///
    /// - Throws: `SystemCallError`; `ServiceFailure` when another toolbox has the journal.
    init(process: ChildProcess, client: BusClient, sources: ToolSources, directory: String) throws {
        self.process = process
        self.client = client
        self.sources = sources
        grants = CallerGrants(client: client)
        journal = try JournalFile(directory: directory, bytesMax: Self.journalBytesMax * 2, log: process.log)
        var ledger = ToolLedger(entries: journal.takeEntries())
        for entry in ledger.interrupted() {
            ledger.apply(entry)
            if case .ended(let end) = entry {
                process.log.warning("tool.unknown", ["caller": "\(end.key.caller)", "call": end.key.id])
            }
        }
        monitor = ToolMonitor(ledger: ledger)
        // What is forgotten leaves the file here, and what was interrupted is in it from now on.
        try journal.replace(with: lines)
    }

    /// Everything that is remembered, a line each, so that a damaged one costs no other.
    private var lines: [UInt8] { monitor.ledger.entries.flatMap { Journal.line(of: [$0]) } }

    /// Serves the calls and the question for them.
    func serve() {
        client.serve(Toolbox.Call.self) { [unowned self] request, caller, responder in
            let claim = ToolClaim(caller: caller, turn: request.turn, call: request.call, at: Clock.timestamp())
            step(.asked(claim, attempt: request.attempt, by: responder))
        }
        client.serve(Toolbox.Calls.self) { [unowned self] request, caller, responder in
            if hasFailed { return }  // what is not on the disk is not told
            let calls = monitor.calls(of: TurnKey(caller: caller, id: request.turn), toldTo: request.attempt)
            responder.reply(Toolbox.Calls.Reply(fitting: calls))
        }
    }

    private func step(_ event: ToolMonitor<Responder<ToolOutcome>>.Event) {
        if hasFailed { return }
        for action in monitor.handle(event) {
            perform(action)
            if hasFailed { return }
        }
    }

    private func perform(_ action: ToolMonitor<Responder<ToolOutcome>>.Action) {
        switch action {
        case .askGrants(let agent, let ticket):
            grants.ask(of: agent) { [weak self] result in
                guard let self else { return }
                step(.granted(ticket, result, menu: sources.menu))
            }
        case .commit(let entry, let waits): write(entry, waits: waits)
        case .run(let call):
            process.log.info(
                "tool.begun", ["caller": "\(call.key.caller)", "tool": call.tool.name, "call": call.id])
            sources.run(call) { [weak self] outcome in self?.step(.ended(call.key, outcome)) }
        case .answer(let responder, let result): responder.complete(result)
        case .logDenial(let claim, let reason):
            process.log.warning(
                "tool.denied", ["caller": "\(claim.caller)", "tool": claim.call.name, "reason": reason])
        case .logStale(let claim):
            process.log.warning(
                "tool.stale", ["caller": "\(claim.caller)", "tool": claim.call.name, "call": claim.call.id])
        case .logEnd(let key, let status):
            process.log.info("tool.ended", ["caller": "\(key.caller)", "call": key.id, "status": status.rawValue])
        }
    }

    private func write(_ entry: ToolJournalEntry, waits: Bool) {
        do throws(SystemCallError) {
            try journal.append(Journal.line(of: [entry]), waits: waits)
            if journal.bytes > Self.journalBytesMax { try journal.replace(with: lines) }
        } catch {
            process.log.error("journal.failed", ["error": "\(error)", "next": "exit"])
            hasFailed = true
            process.loop.stop(.failure)
        }
    }
}
