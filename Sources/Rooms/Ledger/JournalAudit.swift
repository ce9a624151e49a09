import Services

/// Looks at the commits of a journal before the ledger takes them: one that holds a number which no room has reached,
/// or a speaker's name longer than any, is not accepted, and nothing of it is applied.
///
/// The ledger bears every entry. But it cannot do what such a number says, such as a notice for each of 2^63 events
/// that are missing before one, and if it left the entry out, nobody would hear of that.
public struct JournalAudit: Sendable {
    /// The number of the last event in each room, as far as commits were accepted.
    private var heads: [RoomName: Int] = [:]
    /// How many events are missing before others.
    public private(set) var missing = 0

    /// An audit that has seen no commit.
    public init() {}

    /// An audit that has seen the commits that add up to a ledger.
    init(following ledger: Ledger, missing: Int) {
        heads = Dictionary(ledger.rooms.map { ($0.name, $0.head) }) { first, _ in first }
        self.missing = missing
    }

    /// Whether the ledger can apply a commit after those that were accepted before.
    public mutating func accepts(_ commit: [JournalEntry]) -> Bool {
        var heads: [RoomName: Int] = [:], missing = missing
        for entry in commit {
            var head = heads[entry.room] ?? self.heads[entry.room] ?? 0
            guard Self.isPlausible(entry), Self.advance(&head, by: entry, &missing) else { return false }
            heads[entry.room] = head
        }
        self.heads.merge(heads) { $1 }
        self.missing = missing
        return true
    }

    /// Whether the numbers that an entry holds itself can be those of a room, whatever came before.
    private static func isPlausible(_ entry: JournalEntry) -> Bool {
        switch entry {
        case .event(let event): isPlausible(event)
        case .queued(let turn): isPlausible(turn.turn, in: turn.room) && turn.cause > 0
        case .attempt(let attempt):
            isPlausible(attempt.turn, in: attempt.room) && (0...RoomsLimits.attemptNumberMax).contains(attempt.attempt)
        case .lost(let loss): isPlausible(loss.turn, in: loss.room)
        case .suspended(let turn): isPlausible(turn.turn, in: turn.room)
        case .ended(let end): isPlausible(end.turn, in: end.room)
        case .saving(let save): save.head > 0
        case .trimmed(let trim): trim.head > 0
        case .joined(let room): room.events.allSatisfy(isPlausible)
        case .answered, .managed, .dropped, .direct: true
        }
    }

    private static func isPlausible(_ event: RoomEvent) -> Bool {
        (1...RoomsLimits.eventNumberMax).contains(event.number) && event.hasShortNames
            && event.turn.map(isPlausible) ?? true
    }

    /// A turn that is looked for in the room of its name, and is not there, could never be ended.
    private static func isPlausible(_ turn: TurnID, in room: RoomName) -> Bool {
        turn.room == room && isPlausible(turn)
    }

    private static func isPlausible(_ turn: TurnID) -> Bool { turn.number <= RoomsLimits.journalTurnNumberMax }

    /// Follows the number of a room's last event.
    ///
    /// - Returns: Whether no more events are missing than a damaged journal explains.
    private static func advance(_ head: inout Int, by entry: JournalEntry, _ missing: inout Int) -> Bool {
        let events: [RoomEvent]
        switch entry {
        case .event(let event): events = [event]
        case .joined(let room):
            events = room.events
            // The events before the first were gone when the room was saved.
            if head == 0, let first = events.first { head = first.number - 1 }
        case .dropped:
            head = 0
            return true
        case .queued, .attempt, .lost, .suspended, .ended, .answered, .managed, .saving, .direct, .trimmed: return true
        }
        for event in events where event.number > head {
            let gap = event.number - head - 1
            guard gap == 0 || gap <= RoomsLimits.lostEventsMax - missing else { return false }
            missing += gap
            head = event.number
        }
        return true
    }
}
