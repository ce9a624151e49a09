import Time

/// The order in which slices of queries run: of those that are not answered yet, the one that has run for the shortest
/// time. A new query therefore runs before one that takes long, whoever asks it.
struct QuerySchedule {
    /// A query that is not answered yet.
    private struct Entry {
        let id: UInt64
        let end: Instant
        var spent = Duration.zero
    }

    private var entries: [Entry] = []
    private var made: UInt64 = 0

    /// The most queries at a time.
    static let queriesMax = 64
    /// The longest time from a query's arrival to its answer.
    static let patience = Duration.seconds(4)

    /// Whether there is nothing to run.
    var isEmpty: Bool { entries.isEmpty }

    /// Adds a query.
    ///
    /// - Returns: Its id; nil when there are too many.
    mutating func add(at now: Instant) -> UInt64? {
        if entries.count >= Self.queriesMax { return nil }
        made += 1
        entries.append(Entry(id: made, end: now + Self.patience))
        return made
    }

    /// The query that runs next: the first of those that have run for the shortest time.
    var next: UInt64? { entries.min { ($0.spent, $0.id) < ($1.spent, $1.id) }?.id }

    /// Takes note of the time for which a query has run.
    mutating func ran(_ id: UInt64, for span: Duration) {
        guard let place = entries.firstIndex(where: { $0.id == id }) else { return }
        entries[place].spent += span
    }

    /// Removes a query.
    mutating func remove(_ id: UInt64) { entries.removeAll { $0.id == id } }

    /// Whether a query's time is over.
    func isLate(_ id: UInt64, at now: Instant) -> Bool { entries.contains { $0.id == id && $0.end <= now } }
}
