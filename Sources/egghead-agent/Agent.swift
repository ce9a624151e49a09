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
    var sessions: [Session] = []
    /// The hand-off, when one is under way.
    var handoff: Handoff?
    private var isDraining = false
    /// Why the store did not take a part of a deliberation.
    var lastRefusal: String?

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
        var turn = AgentTurn(request, threshold: settings.contextThreshold)
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
            if let record = (try? result.get())?.record,
                let index = sessions.firstIndex(where: { $0.turn?.request.turn == turn })
            {
                sessions[index].predecessor = record.summary.id
            }
            return update(turn) { $0.receive(deliberation: result, &$1) }
        case .menu(let turn, let result): return update(turn) { $0.receive(menu: result, &$1) }
        case .calls(let turn, let result): return update(turn) { $0.receive(calls: result, &$1) }
        case .toolEnded(let request, let result):
            return update(request.turn) { $0.receive(outcomeOf: request.call.id, result, &$1) }
        case .chunk(let chat, let chunk):
            if let index = noteIndex(chat) { return receive(chunk, forNote: index) }
            return update(chat: chat) { $0.receive(chunk, &$1) }
        case .chatBroken(let chat, let failure):
            if let index = noteIndex(chat) { return broke(failure, note: index) }
            return update(chat: chat) { turn, _ in turn.broke(failure) }
        case .finished(let report, let result): return finished(report, result)
        case .handoffAnnounced(let result): return announced(result)
        case .deliberationWritten(let request, let result): return written(request, result)
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
            let step =
                switch handoff.phase {
                case .announcing: ""
                case .awaitingTurns: ": other turns end first"
                case .writing(let sessions) where sessions.contains { $0.noteCall != nil }: ": writing the note"
                case .writing: ": " + (lastRefusal ?? "storing what it knows")
                }
            return "handing off \(handoff.room)\(step)"
        }
        let thinking = sessions.filter { $0.turn != nil }.map(\.room.rawValue).joined(separator: ", ")
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
    mutating func update(
        _ turn: TurnID, _ change: (inout AgentTurn, inout Transcript) -> [AgentAction]
    ) -> [AgentAction] {
        guard let index = sessions.firstIndex(where: { $0.turn?.request.turn == turn }) else { return [] }
        return update(at: index, change)
    }

    mutating func update(
        chat: String, _ change: (inout AgentTurn, inout Transcript) -> [AgentAction]
    ) -> [AgentAction] {
        guard let index = sessions.firstIndex(where: { $0.turn?.chat?.request.id == chat }) else { return [] }
        return update(at: index, change)
    }

    private mutating func update(
        at index: Int, _ change: (inout AgentTurn, inout Transcript) -> [AgentAction]
    ) -> [AgentAction] {
        guard var turn = sessions[index].turn else { return [] }
        sessions[index].turn = nil  // one owner, or every word would copy the answer so far
        defer { sessions[index].turn = turn }
        return change(&turn, &sessions[index].transcript)
    }

    private mutating func finished(
        _ report: Coordinator.Finish.Request, _ result: Result<Empty, ServiceFailure>
    ) -> [AgentAction] {
        guard let index = sessions.firstIndex(where: { $0.turn?.phase == .finishing(report) }) else { return [] }
        var actions: [AgentAction] = []
        if case .failure(let failure) = result {
            actions.append(.warn("turn.refused", subject: "\(report.turn)", reason: failure.message))
            if !failure.saysTurnIsOver, report.outcome != .failed {
                return actions + (sessions[index].turn?.reportRefused(failure) ?? [])
            }
        }
        if let reason = sessions[index].endTurn(report), handoff == nil {
            return actions + beginHandoff(of: sessions[index], after: report.turn, reason)
        }
        return actions + writeWhenAlone() + leaveWhenDrained()
    }

    /// Forgets a room. A session that is being written down already goes into its record all the same.
    private mutating func dismiss(from room: RoomName) -> [AgentAction] {
        guard let index = sessions.firstIndex(where: { $0.room == room }) else { return [] }
        let chat = sessions[index].turn?.chat
        sessions.remove(at: index)
        let cancelled: [AgentAction] = chat.map { [.cancelChat(id: $0.request.id)] } ?? []
        return cancelled + writeWhenAlone() + leaveWhenDrained()
    }

    private func rejoinAll() -> [AgentAction] {
        let notes = (handoff?.sessions ?? []).compactMap(\.noteCall).map { AgentAction.chat($0.rejoinRequest) }
        return sessions.flatMap { $0.turn?.rejoin() ?? [] } + notes
    }

    func cancelAll() -> [AgentAction] {
        let chats = sessions.compactMap(\.turn?.chat) + (handoff?.sessions ?? []).compactMap(\.noteCall)
        return chats.map { .cancelChat(id: $0.request.id) }
    }

    /// A hand-off ends in leaving by itself, with a status of its own.
    private func leaveWhenDrained() -> [AgentAction] {
        isDraining && handoff == nil && sessions.allSatisfy { $0.turn == nil } ? [.leave(.done)] : []
    }
}

extension ServiceFailure {
    /// Whether a refused outcome means that the coordinator does not wait for one.
    fileprivate var saysTurnIsOver: Bool { [.stale, .notFound, .denied].contains(code) }
}
