import Services
import Time

/// What the coordinator is told of turns that get on: once in a while for each, however much comes.
struct Progress {
    private var told: [TurnID: Instant] = [:]

    /// How long after a report of a turn the next one may follow.
    static let pause = Duration.seconds(10)

    /// Whether a turn's progress is to be told now; then it counts as told.
    mutating func isDue(_ turn: TurnID, at now: Instant) -> Bool {
        if let last = told[turn], now - last < Self.pause { return false }
        told = told.filter { now - $0.value < Self.pause }  // of turns that have ended nobody asks again
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
            .menu(let turn, _), .calls(let turn, _):
            return turns.first { $0.request.turn == turn }?.request
        case .toolEnded(let request, _): return turns.first { $0.request.turn == request.turn }?.request
        case .chunk(let chat, _): return turns.first { $0.chat?.request.id == chat }?.request
        case .connected, .rollCalled, .dismissed, .chatBroken, .finished, .handoffAnnounced, .deliberationWritten, .due,
            .drain, .terminate:
            return nil
        }
    }
}
