import Services

/// The newest attempt of each turn that was told which calls were made before it.
///
/// The broker delivers nothing of a dead process after the first message of its successor, so no call of an older
/// attempt is expected here. Should one come all the same, it is refused: its turn goes on without it.
///
/// Kept in memory alone: an attempt's number may be used again after a power cut, which leaves no call under way.
struct TurnAttempts {
    private var newest: [TurnKey: Int] = [:]
    /// The turns in the order in which they got a second attempt.
    private var turns: [TurnKey] = []

    /// How many turns are remembered; the oldest is forgotten first. Only turns that a process has lost are among them.
    static let turnsMax = 1_024

    /// No attempt has asked.
    init() {}

    /// An attempt of a turn has asked. A first one has none before it, so nothing is kept of it.
    mutating func note(_ attempt: Int, of turn: TurnKey) {
        guard attempt > 1, attempt > newest[turn] ?? 1 else { return }
        if newest[turn] == nil {
            turns.append(turn)
            if turns.count > Self.turnsMax { newest[turns.removeFirst()] = nil }
        }
        newest[turn] = attempt
    }

    /// A turn has ended: none of its attempts calls anything from now on.
    mutating func end(_ turn: TurnKey) { note(Int.max, of: turn) }

    /// Whether a turn has ended.
    func hasEnded(_ turn: TurnKey) -> Bool { newest[turn] == Int.max }

    /// Whether a newer attempt of a turn has asked.
    func isOver(_ attempt: Int, of turn: TurnKey) -> Bool { attempt < newest[turn] ?? attempt }
}
