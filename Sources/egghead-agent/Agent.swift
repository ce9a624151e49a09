import Services
import Time

/// The part of an agent that is not its model: its sessions and turns, the answers that it waits for, and whether it is
/// leaving.
///
/// A value that takes events with the time and returns what is to be done. It opens nothing, reads no clock and waits
/// for nobody: whatever is to happen later is a state with its time, and `nextWakeUp` is the earliest of them.
///
/// - The life of a turn: `AgentTurn`
/// - Turns in their sessions: `Agent+Turns.swift`
/// - Leaving with a full context: `Agent+Handoff.swift`
/// - What is due, and when: `Agent+Clock.swift`
struct Agent {
    /// The child's part of the configuration.
    var settings: AgentSettings
    /// Which life of this agent the process is.
    let incarnation: Int
    /// One session per room, in the order in which they began.
    var sessions: [Session] = []
    /// The hand-off, when one is under way.
    var handoff: Handoff?
    /// Whether the process takes no turn and leaves after the last one.
    var isDraining = false
    /// Why the store did not take a part of a deliberation.
    var lastRefusal: String?
    /// The requests that have no answer yet.
    var openRequests = OpenRequests()
    /// The hello to the coordinator.
    var greeting = Greeting()
    /// What the coordinator was told of turns that get on.
    private var progress = ProgressReports()

    /// An agent whose process has just begun.
    init(settings: AgentSettings, incarnation: Int) {
        self.settings = settings
        self.incarnation = incarnation
    }

    /// Whether the turn is taken, or was before, and what to do for it.
    mutating func offer(_ request: TurnRequest, at now: Instant) -> (accepted: Bool, actions: [AgentAction]) {
        if let index = sessions.firstIndex(where: { $0.turn?.request.turn == request.turn }) {
            return (true, noting(sessions[index].turn?.reissue(as: request.attempt) ?? [], at: now))
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
        let turn = AgentTurn(
            request, threshold: settings.contextThreshold,
            awaitsDeliberation: !sessions[place].transcript.isRehydrated)
        sessions[place].turn = turn
        return (true, noting(turn.begin(sessions[place].transcript), at: now))
    }

    /// A person wants the agent to hand off.
    mutating func askForHandoff(at now: Instant) -> (HandoffReply, [AgentAction]) {
        let (reply, actions) = beginHandoffIfAsked()
        return (reply, noting(actions, at: now))
    }

    /// Takes an event. News of turns and chats that have ended is dropped. A failure of a request that is made again is
    /// no news for its turn.
    mutating func handle(_ event: AgentEvent, at now: Instant) -> [AgentAction] {
        if openRequests.postpones(event, at: now) { return [] }
        let told = tellProgress(with: event, at: now)
        return told + noting(take(event, at: now), at: now)
    }

    private mutating func take(_ event: AgentEvent, at now: Instant) -> [AgentAction] {
        switch event {
        case .connected: return [sayHello()] + rejoinAll(at: now)
        case .rollCalled: return [sayHello()]
        case .helloAnswered(let number, let result): return helloAnswered(number, result, at: now)
        case .dismissed(let room): return dismiss(from: room, at: now)
        case .cancelled(let turn): return cancel(turn, at: now)
        case .providers(let turn, let result): return update(turn) { $0.receive(providers: result, &$1, at: now) }
        case .history(let turn, let result): return update(turn) { $0.receive(history: result, &$1, at: now) }
        case .passages(let turn, let result): return update(turn) { $0.receive(passages: result, &$1, at: now) }
        case .sentence(let turn, let result): return update(turn) { turn, _ in turn.receive(sentence: result) }
        case .deliberation(let turn, let result):
            if let record = (try? result.get())?.record {  // a failure is the same as no record
                remember(predecessor: record.summary.id, of: turn)
            }
            return update(turn) { $0.receive(deliberation: result, &$1, at: now) }
        case .menu(let turn, let result): return update(turn) { $0.receive(menu: result, &$1, at: now) }
        case .calls(let turn, let result): return update(turn) { $0.receive(calls: result, &$1, at: now) }
        case .toolEnded(let request, let result):
            return update(request.turn) { $0.receive(outcomeOf: request.call.id, result, &$1, at: now) }
        case .chunk(let chat, let chunk):
            if let index = noteIndex(chat) { return receive(chunk, forNote: index, at: now) }
            return update(chat: chat) { $0.receive(chunk, &$1, at: now) }
        case .chatBroken(let chat, let failure):
            if let index = noteIndex(chat) { return broke(failure, note: index, at: now) }
            return update(chat: chat) { turn, _ in turn.broke(failure, at: now) }
        case .finished(let report, let result): return finished(report, result, at: now)
        case .handoffAnnounced(let result): return announced(result, at: now)
        case .deliberationWritten(let request, let result): return written(request, result, at: now)
        case .woke: return wake(at: now)
        case .drain:
            isDraining = true
            return leaveWhenDrained()
        case .terminate: return cancelAll() + [.leave(.done)]
        }
    }

    private mutating func tellProgress(with event: AgentEvent, at now: Instant) -> [AgentAction] {
        guard let turn = turn(thatGetsOnWith: event), progress.isDue(turn.turn, at: now) else { return [] }
        return [.tellProgress(.init(turn: turn.turn, attempt: turn.attempt, incarnation: incarnation))]
    }

    /// Takes down which requests are made now, so that they can be made again.
    private mutating func noting(_ actions: [AgentAction], at now: Instant) -> [AgentAction] {
        for case .ask(let request) in actions { openRequests.add(request, at: now) }
        return actions
    }
}

extension Agent {
    /// What the process does, in a few words for `egghead ps`.
    var status: String {
        if let handoff {
            let step =
                switch handoff.phase {
                case .announcing: ""
                case .awaitingTurns: ": other turns end first"
                case .writing(let sessions, _) where sessions.contains { $0.noteCall != nil }: ": writing the note"
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
}
