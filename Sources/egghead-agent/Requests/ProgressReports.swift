import Services
import Time

/// What the coordinator is told of turns that get on: at most one report in `AgentLimits.progressPause` for each turn,
/// however much comes.
struct ProgressReports: Hashable {
    private var told: [TurnID: Instant] = [:]

    /// Nothing was told.
    init() {}

    /// Whether a turn's progress is to be told now; then it counts as told.
    mutating func isDue(_ turn: TurnID, at now: Instant) -> Bool {
        if let last = told[turn], now - last < AgentLimits.progressPause { return false }
        told = told.filter { now - $0.value < AgentLimits.progressPause }  // no report follows for ended turns
        told[turn] = now
        return true
    }
}

extension Agent {
    /// The turn that an event has brought something for, if it is under way.
    func turn(thatGetsOnWith event: AgentEvent) -> TurnRequest? {
        let turns = sessions.compactMap(\.turn)
        switch event {
        case .providers(let turn, _), .deliberation(let turn, _), .history(let turn, _), .passages(let turn, _),
            .sentence(let turn, _), .menu(let turn, _), .calls(let turn, _):
            return turns.first { $0.request.turn == turn }?.request
        case .toolEnded(let request, _): return turns.first { $0.request.turn == request.turn }?.request
        case .chunk(let chat, _): return turns.first { $0.call?.id == chat }?.request
        case .connected, .rollCalled, .helloAnswered, .dismissed, .cancelled, .chatBroken, .finished, .handoffAnnounced,
            .deliberationWritten, .woke, .drain, .terminate:
            return nil
        }
    }
}
