import Services

/// A death of the gateway of which the successor has not started.
struct GatewayEnd: Hashable {
    /// How the process ended, in words, when it is known.
    var words: String?
}

// The end of this process.
extension RoomsState {
    /// This process was told to stop, as the agents were or will be: by a person or with the node, and that their turns
    /// are interrupted counts for nothing. When the gateway has died, the supervisor stops both because of that, and it
    /// counts.
    mutating func suspend() {
        guard gatewayEnd == nil else { return }
        for turn in ledger.rooms.flatMap(\.openTurns) where turn.attempt > 0 && !turn.isLost && !turn.isSuspended {
            record(.suspended(SuspendedTurn(room: turn.id.room, turn: turn.id)))
        }
    }
}
