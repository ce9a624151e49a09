import Services

/// What of an agent is not its model: its sessions, the turns it has taken, and whether it is leaving.
///
/// A value that takes events and returns what is to be done. It opens nothing, reads no clock and waits for nobody.
struct Agent {
    /// The child's part of the configuration.
    var settings: AgentSettings
    /// Which life of this agent the process is.
    let incarnation: Int
    /// One session per room, in the order in which they began.
    private(set) var sessions: [Session] = []
    /// The hand-off, when one is under way.
    private(set) var handoff: Handoff?
    private var isDraining = false
    private var predecessor: String?
    private var lastRefusal: String?

    /// An agent that has just been born.
    init(settings: AgentSettings, incarnation: Int) {
        self.settings = settings
        self.incarnation = incarnation
    }

    /// Whether the turn is taken, or was before, and what to do for it.
    mutating func offer(_ request: TurnRequest) -> (accepted: Bool, actions: [AgentAction]) {
        if let index = sessions.firstIndex(where: { $0.turn?.request.turn == request.turn }) {
            return (true, sessions[index].turn?.reissue(as: request.attempt) ?? [])
        }
        let index = sessions.firstIndex { $0.room == request.room }
        let isRepetition = sessions.contains { session in
            session.ended.suffix(AgentLimits.endedTurnsMax)
                .contains { $0.turn == request.turn && $0.attempt >= request.attempt }
        }
        if isRepetition { return (true, []) }
        if isDraining || handoff != nil || index.map({ sessions[$0].turn != nil }) ?? false { return (false, []) }
        if index == nil { sessions.append(Session(room: request.room)) }
        let place = index ?? sessions.count - 1
        var turn = Turn(request, threshold: settings.contextThreshold)
        let actions = turn.begin(sessions[place].transcript)
        sessions[place].turn = turn
        return (true, actions)
    }

    /// Takes an event. News of turns and chats that have ended is dropped.
    mutating func handle(_ event: AgentEvent) -> [AgentAction] {
        switch event {
        case .connected: return [hello] + rejoinAll()
        case .rollCalled: return [hello]
        case .dismissed(let room): return dismiss(from: room)
        case .providers(let turn, let result): return update(turn) { $0.receive(providers: result, &$1) }
        case .history(let turn, let result): return update(turn) { $0.receive(history: result, &$1) }
        case .passages(let turn, let result): return update(turn) { $0.receive(passages: result, &$1) }
        case .deliberation(let turn, let result):
            if let record = (try? result.get())?.record { predecessor = record.summary.id }
            return update(turn) { $0.receive(deliberation: result, &$1) }
        case .menu(let turn, let result): return update(turn) { $0.receive(menu: result, &$1) }
        case .calls(let turn, let result): return update(turn) { $0.receive(calls: result, &$1) }
        case .toolEnded(let request, let result):
            return update(request.turn) { $0.receive(outcomeOf: request.call.id, result, &$1) }
        case .chunk(let chat, let chunk):
            if isNote(chat) { return receiveNote(chunk) }
            return update(chat: chat) { $0.receive(chunk, &$1) }
        case .chatBroken(let chat, let failure):
            if isNote(chat) { return breakNote(failure) }
            return update(chat: chat) { turn, _ in turn.broke(failure) }
        case .finished(let report, let result): return finished(report, result)
        case .handoffAnnounced(let result): return announced(result)
        case .deliberationWritten(let result): return written(result)
        case .due(let deadline): return due(deadline)
        case .drain:
            isDraining = true
            return leaveWhenDrained()
        case .terminate: return cancelAll() + [.leave(.done)]
        }
    }

    /// What the process does, in a few words for `egghead ps`.
    var status: String {
        if let handoff {
            switch handoff.phase {
            case .announcing: return "handing off \(handoff.room)"
            case .awaitingTurns: return "handing off \(handoff.room): other turns end first"
            case .writingNote: return "handing off \(handoff.room): writing the note"
            case .saving: return "handing off \(handoff.room): " + (lastRefusal ?? "storing the deliberation")
            }
        }
        let thinking = sessions.filter { $0.turn != nil }.map(\.room).joined(separator: ", ")
        let fullest = sessions.compactMap { session in session.builder?.model.percent(session.tokens) }.max()
        let context = fullest.map { ", context \($0)%" } ?? ""
        let doing = thinking.isEmpty ? "idle" : "thinking in \(thinking)"
        return (isDraining ? "leaving: " : "") + doing + context
    }

    private var hello: AgentAction {
        .hello(
            Coordinator.Hello.Request(
                digest: settings.digest, incarnation: incarnation,
                turns: sessions.compactMap(\.turn?.request.turn)))
    }
}

// MARK: Turns

extension Agent {
    private mutating func update(
        _ turn: String, _ change: (inout Turn, inout Transcript) -> [AgentAction]
    ) -> [AgentAction] {
        guard let index = sessions.firstIndex(where: { $0.turn?.request.turn == turn }) else { return [] }
        return update(at: index, change)
    }

    private mutating func update(
        chat: String, _ change: (inout Turn, inout Transcript) -> [AgentAction]
    ) -> [AgentAction] {
        guard let index = sessions.firstIndex(where: { $0.turn?.chat?.request.id == chat }) else { return [] }
        return update(at: index, change)
    }

    private mutating func update(
        at index: Int, _ change: (inout Turn, inout Transcript) -> [AgentAction]
    ) -> [AgentAction] {
        guard var turn = sessions[index].turn else { return [] }
        defer { sessions[index].turn = turn }
        return change(&turn, &sessions[index].transcript)
    }

    private mutating func finished(
        _ report: Coordinator.Finish.Request, _ result: Result<Empty, ServiceFailure>
    ) -> [AgentAction] {
        guard let index = sessions.firstIndex(where: { $0.turn?.phase == .finishing(report) }) else { return [] }
        var actions: [AgentAction] = []
        if case .failure(let failure) = result {
            actions.append(.warn("turn.refused", subject: report.turn, reason: failure.message))
            if !failure.saysTurnIsOver, report.outcome != .failed {
                return actions + (sessions[index].turn?.reportRefused(failure) ?? [])
            }
        }
        let reason = sessions[index].endTurn(report)
        if let reason, let builder = sessions[index].builder, handoff == nil {
            let session = sessions[index]
            let begun = Handoff(
                room: session.room, turn: report.turn, reason: reason, tokens: session.tokens, builder: builder)
            handoff = begun
            return actions + [.announceHandoff(begun.announcement(incarnation: incarnation))]
        }
        return actions + writeNoteWhenAlone() + leaveWhenDrained()
    }

    /// Forgets a room. A session that is being written down is forgotten with the process.
    private mutating func dismiss(from room: String) -> [AgentAction] {
        guard handoff?.room != room, let index = sessions.firstIndex(where: { $0.room == room }) else { return [] }
        let chat = sessions[index].turn?.chat
        sessions.remove(at: index)
        let cancelled: [AgentAction] = chat.map { [.cancelChat(id: $0.request.id)] } ?? []
        return cancelled + writeNoteWhenAlone() + leaveWhenDrained()
    }

    private func rejoinAll() -> [AgentAction] {
        let note: [AgentAction] =
            if case .writingNote(let call) = handoff?.phase { [.chat(call.rejoinRequest)] } else { [] }
        return sessions.flatMap { $0.turn?.rejoin() ?? [] } + note
    }

    private func cancelAll() -> [AgentAction] {
        var chats = sessions.compactMap(\.turn?.chat)
        if case .writingNote(let call) = handoff?.phase { chats.append(call) }
        return chats.map { .cancelChat(id: $0.request.id) }
    }

    /// A hand-off ends in leaving by itself, with a status of its own.
    private func leaveWhenDrained() -> [AgentAction] {
        isDraining && handoff == nil && sessions.allSatisfy { $0.turn == nil } ? [.leave(.done)] : []
    }
}

// MARK: Hand-off

extension Agent {
    private mutating func announced(_ result: Result<Empty, ServiceFailure>) -> [AgentAction] {
        guard handoff?.phase == .announcing else { return [] }
        handoff?.phase = .awaitingTurns
        var actions: [AgentAction] = []
        if case .failure(let failure) = result {
            actions.append(.warn("handoff.refused", subject: settings.id, reason: failure.message))
        }
        let note = writeNoteWhenAlone()
        return actions + (note.isEmpty ? [.schedule(.otherTurns, after: AgentLimits.otherTurnsWait)] : note)
    }

    private mutating func writeNoteWhenAlone() -> [AgentAction] {
        guard let handoff, handoff.phase == .awaitingTurns, sessions.allSatisfy({ $0.turn == nil }),
            let session = sessions.first(where: { $0.room == handoff.room })
        else { return [] }
        let call = handoff.noteCall(session.transcript)
        self.handoff?.phase = .writingNote(call)
        return [.chat(call.request), .schedule(.note, after: AgentLimits.noteWait)]
    }

    private func isNote(_ chat: String) -> Bool {
        if case .writingNote(let call) = handoff?.phase { return call.request.id == chat }
        return false
    }

    private mutating func receiveNote(_ chunk: ChatChunk) -> [AgentAction] {
        guard case .writingNote(var call) = handoff?.phase else { return [] }
        let step = call.receive(chunk)
        handoff?.phase = .writingNote(call)
        switch step {
        case .words, .nothing: return []
        case .rejoin(let request): return [.chat(request)]
        case .done: return save(note: call.text)
        case .failed(let failure):
            return [.warn("note.missing", subject: settings.id, reason: failure.message)] + save(note: nil)
        }
    }

    private mutating func breakNote(_ failure: ServiceFailure) -> [AgentAction] {
        guard case .writingNote(var call) = handoff?.phase else { return [] }
        let goesOn = call.broke()
        handoff?.phase = .writingNote(call)
        if goesOn { return [.schedule(.rejoin(chat: call.request.id), after: AgentLimits.rejoinDelay)] }
        return [.warn("note.missing", subject: settings.id, reason: failure.message)] + save(note: nil)
    }

    private mutating func save(note: String?) -> [AgentAction] {
        handoff?.note = note.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
        return save()
    }

    private mutating func save() -> [AgentAction] {
        guard let record = handoff?.record(sessions: sessions, predecessor: predecessor) else { return [] }
        handoff?.phase = .saving(record)
        return [.writeDeliberation(record)]
    }

    private mutating func written(_ result: Result<WriteReply, ServiceFailure>) -> [AgentAction] {
        switch result {
        case .success: return [.leave(.handedOff)]
        case .failure(let failure):
            lastRefusal = failure.message
            if failure.code == .invalid { handoff?.shorten() }
            return [
                .warn("deliberation.refused", subject: settings.id, reason: failure.message),
                .schedule(.save, after: AgentLimits.saveRetry),
            ]
        }
    }

    private mutating func due(_ deadline: AgentDeadline) -> [AgentAction] {
        switch deadline {
        case .rejoin(let chat):
            if case .writingNote(let call) = handoff?.phase, call.request.id == chat {
                return [.chat(call.rejoinRequest)]
            }
            return update(chat: chat) { turn, _ in turn.rejoin() }
        case .calls(let turn): return update(turn) { turn, _ in turn.lookAtCalls() }
        case .otherTurns:
            guard handoff?.phase == .awaitingTurns else { return [] }
            // The coordinator gives these turns to the successor, which is no attempt.
            let cancelled = cancelAll()
            for index in sessions.indices { sessions[index].turn = nil }
            return cancelled + writeNoteWhenAlone()
        case .note:
            guard case .writingNote(let call) = handoff?.phase else { return [] }
            let late = AgentAction.warn(
                "note.missing", subject: settings.id, reason: "the model did not end it in time")
            return [.cancelChat(id: call.request.id), late] + save(note: nil)
        case .save:
            guard case .saving = handoff?.phase else { return [] }
            return save()
        }
    }
}

extension ServiceFailure {
    /// Whether a refused outcome means that the coordinator does not wait for one.
    fileprivate var saysTurnIsOver: Bool { [.stale, .notFound, .denied].contains(code) }
}
