import Capabilities
import LinuxSystem
import Runtime
import Services

// Calls that wait for persons, and turns that wait for calls.
extension ToolCalls {
    /// How often the coordinator is told that a turn gets on, in seconds: a turn may go without for twenty at least.
    private static let progressSeconds = 10

    /// Asks people in the room of a call.
    func tellRequest(_ call: HeldCall) {
        process.log.notice(
            "tool.held", ["caller": "\(call.key.caller)", "call": call.key.id, "request": "\(call.number)"])
        describe(call, to: nil) { [weak self] details in
            self?.tell("request", call, RequestText.request(call, details: details)) { isTurnOpen in
                self?.step(.told(call.key, isAnswer: false, isTurnOpen: isTurnOpen))
            }
        }
    }

    /// Tells the room what was answered.
    func tellAnswer(_ call: HeldCall, _ answer: ApprovalAnswer) {
        process.log.notice(
            "tool.\(answer.verdict.rawValue)",
            ["caller": "\(call.key.caller)", "request": "\(call.number)", "by": answer.by.map { "\($0)" } ?? "nobody"])
        tell("answer", call, RequestText.answer(call, answer)) { [weak self] isTurnOpen in
            guard let self else { return }
            onAnswerTold?(call, isTurnOpen)
            step(.told(call.key, isAnswer: true, isTurnOpen: isTurnOpen))
        }
    }

    /// Tells the room that a call still runs. When the coordinator is away, the next time will do.
    private func tellProgress(of running: LongCalls.Running) {
        guard let turn = running.call.turn else { return }
        let request = Coordinator.Tell.Request(
            request: "progress/\(running.seconds)/\(running.call.agent)/\(running.call.id)",
            agent: running.call.agent, turn: turn,
            text: running.text(progress: sources.progress(of: running.call.key)), isAction: true)
        client.request(Coordinator.Tell.self, request) { _ in }
    }

    /// Logs that a call was denied, and tells its room. What an agent says of its turn could leave that out.
    func tellDenial(of claim: ToolClaim, _ denial: Denial) {
        process.log.warning(
            "tool.denied",
            [
                "caller": "\(claim.caller)", "tool": claim.call.name, "code": denial.code.rawValue,
                "reason": denial.message,
            ])
        guard let text = toldDenials.text(of: denial, claim) else { return }
        tell(
            Coordinator.Tell.Request(
                request: "denial/\(claim.call.id)", agent: claim.caller.agent, turn: claim.turn, text: text,
                isAction: true)
        ) { _ in }
    }

    private func tell(_ what: String, _ call: HeldCall, _ text: String, _ done: @escaping (Bool) -> Void) {
        tell(
            Coordinator.Tell.Request(
                request: "\(what)/\(call.number)/\(call.key.id)", agent: call.key.caller.agent, turn: call.claim.turn,
                text: text), done)
    }

    /// Tells the room of a turn something once, however long the coordinator is away.
    ///
    /// - Parameter done: Called once: whether the turn is open, and the room was told.
    func tell(_ request: Coordinator.Tell.Request, _ done: @escaping (Bool) -> Void) {
        client.request(Coordinator.Tell.self, request, retry: .untilDeadline) { [weak self] result in
            switch result {
            case .success: done(true)
            case .failure(let failure) where failure.code == .notFound: done(false)
            case .failure(let failure):
                self?.process.log.warning("tool.not_told", ["request": request.request, "error": failure.message])
                self?.process.loop.schedule(after: Self.retryPause) { [weak self] in
                    self?.tell(request, done)
                }
            }
        }
    }

    /// Says all that a held call would do beside what its summary says, and what a file that it writes holds now.
    ///
    /// The agents of a room read what it is told, so what the file holds is said there only when the one that asks may
    /// read it without a yes. Of people, those are told who may answer.
    ///
    /// - Parameters:
    ///   - reader: Who reads it; nil for the room.
    ///   - done: Called once, now or later, with the lines.
    func describe(_ call: HeldCall, to reader: Principal?, _ done: @escaping ([String]) -> Void) {
        guard let arguments = try? ToolArguments(of: call.claim.call) else { return done([]) }
        // A tool of a server that is down is on no menu, and what it would be given is shown all the same.
        guard let tool = sources.menu.first(where: { $0.name == call.claim.call.name }) else {
            return done(RequestText.all(of: arguments))
        }
        func say(_ replaced: RequestText.Replaced?) {
            done(RequestText.details(of: arguments, tool: tool, replacing: replaced))
        }
        guard tool == .writeFile, let agent = call.key.caller.agent else { return say(nil) }
        authority.ask(of: agent) { [weak self] result in
            guard let self, let authority = try? result.get(),
                var authorized = try? AuthorizedCall(
                    call.claim.call, of: agent, authority: authority, menu: sources.menu)
            else { return say(nil) }
            let isForReader = reader.map(authority.asking.admits) ?? authorized.readsWhatItWrites
            guard isForReader else {
                return say(.unknown(reader == nil ? "egghead requests \(call.number)" : "for its approvers alone"))
            }
            authorized.isApproved = true  // people look at what it would be about after their yes
            sources.readReplaced(by: authorized) { result in
                switch result {
                case .success(let text): say(.text(text, isShort: reader == nil))
                case .failure(let failure): say(.unknown(failure.message))
                }
            }
        }
    }

    /// The narrowest grants by which a held call would need nobody's yes; nil when no grants say just that.
    func narrowestGrants(for call: HeldCall, _ authority: Authority) -> [Grant]? {
        guard let agent = call.key.caller.agent,
            let authorized = try? AuthorizedCall(
                call.claim.call, of: agent, authority: authority, menu: sources.menu)
        else { return nil }
        let grants = authorized.requests.filter(authority.asks).map { Grant(narrowestFor: $0, by: authority) }
        return grants.contains(nil) ? nil : grants.compactMap(\.self)
    }

    /// Looks each second after calls that have not ended, while there are any.
    func watch() {
        guard !isWatching, !monitor.busyTurns.isEmpty else { return }
        isWatching = true
        process.loop.schedule(after: .seconds(1)) { [weak self] in self?.look() }
    }

    private func look() {
        isWatching = false
        secondsSinceProgress += 1
        if secondsSinceProgress >= Self.progressSeconds {
            secondsSinceProgress = 0
            for claim in monitor.ledger.unfinished {
                client.tell(Coordinator.Progress.self, .init(turn: claim.turn, agent: claim.caller.agent))
            }
        }
        for call in longCalls.pass() { tellProgress(of: call) }
        if outage == nil { step(.woke) }
        let held = monitor.ledger.held
        waited = waited.filter { key, _ in held.contains { $0.call.key == key } }
        for (call, answer) in held where answer == nil {
            waited[call.key, default: 0] += 1
            // What a toolbox before this one was asked has waited since the date of the call.
            let bound = Clock.nanosecondsSince1970() - Int64(call.timeoutSeconds) * 1_000_000_000
            let isOver =
                waited[call.key, default: 0] > call.timeoutSeconds
                || resumed.contains(call.key) && call.claim.at < Clock.timestamp(nanosecondsSince1970: max(0, bound))
            if isOver { step(.answered(ApprovalAnswer(key: call.key, verdict: .denied))) }
        }
        watch()
    }
}

extension AuthorizedCall {
    /// Whether the caller may read what it writes, and nobody is asked for that.
    fileprivate var readsWhatItWrites: Bool {
        requests.allSatisfy { request in
            let reading = AccessRequest(.readFiles, on: request.object)
            return authority.allows(reading.permission, on: reading.object) && !authority.asks(reading)
        }
    }
}

extension AskingRules {
    /// Whether a person may answer what agents ask for.
    func admits(_ person: Principal) -> Bool {
        approvers?.contains { $0 == person.rawValue || person.kind == .user($0) } ?? true
    }
}
