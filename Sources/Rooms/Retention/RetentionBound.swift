import Services

/// Which events of a room are to go at a moment.
public enum RetentionBound: Hashable, Sendable {
    /// All but the newest ones.
    case newest(Int)
    /// Those from before a time, RFC 3339, as Egghead writes it; few of them wait until one is from before the second.
    case since(String, latest: String)

    /// The bound that a rule sets.
    ///
    /// - Parameter daysAgo: The time so many days ago, RFC 3339.
    /// - Returns: nil when everything is kept.
    public init?(_ retention: Retention, daysAgo: (Int) -> String) {
        switch retention {
        case .forever: return nil
        case .events(let count): self = .newest(count)
        case .days(let days): self = .since(daysAgo(days), latest: daysAgo(days + 1))
        }
    }
}

extension RoomLedger {
    /// The oldest events, as far as they are to go now: some hundreds at least, so that their transcripts are not many
    /// small records, or what waited for a day; and no more at once than a few records hold.
    ///
    /// - Parameter history: Reads those that are settled.
    public func due(_ bound: RetentionBound, _ history: HistoryReader<HistoryEntry>) -> [RoomEvent] {
        var due: [RoomEvent] = [], bytes = 0
        while bytes < RoomsLimits.trimBytesMax {
            let piece = piece(after: trimmedCount + due.count, bound, history)
            let passed = piece.events.prefix { isDue($0, bound) }
            due += passed
            bytes += passed.reduce(0) { $0 + $1.text.utf8.count }
            if passed.count < piece.events.count || piece.isLast { break }
        }
        guard let oldest = due.first else { return [] }
        if case .since(_, let latest) = bound, due.count < HistoryText.eventsPerFile, oldest.at >= latest { return [] }
        return due
    }

    /// The events after a number to the end of their file, as far as a bound can concern them.
    private func piece(
        after number: Int, _ bound: RetentionBound, _ history: HistoryReader<HistoryEntry>
    ) -> (events: [RoomEvent], isLast: Bool) {
        var last = head
        if case .newest(let count) = bound {
            // Whole files alone, so that there is a transcript for hundreds of events and not for each.
            last = max(0, head - count) / HistoryText.eventsPerFile * HistoryText.eventsPerFile
        }
        guard number < last else { return ([], true) }
        let end = min(last, HistoryText.firstNumber(ofFileWith: number + 1) + HistoryText.eventsPerFile - 1)
        let settled = min(end, settledCount)
        let read = number < settled ? history(self, number + 1...settled).map(\.event) : []
        let inMemory = max(number, settledCount) < end ? (max(number, settledCount) + 1...end).compactMap(event) : []
        return (read + inMemory, end == last)
    }

    private func isDue(_ event: RoomEvent, _ bound: RetentionBound) -> Bool {
        switch bound {
        case .newest: true  // `piece` ends before the others
        case .since(let time, _): event.at < time
        }
    }
}
