import Services

// Events that leave memory, and come back when they are asked for.
extension RoomLedger {
    /// What of a settled event is needed to tell what follows from it.
    struct Link: Hashable, Codable, Sendable {
        /// The number of the event that it answers.
        var cause: Int?
        /// The agent that has said it.
        var speaker: AgentID?
    }

    /// The events that are not settled, as the room's history keeps them.
    public var unsettled: [HistoryEntry] { events.map { HistoryEntry(event: $0, cause: cause(of: $0.number)) } }

    /// Everything that was said until now is in the room's history: it leaves memory, except for what open turns need.
    ///
    /// Of the turns that people or the coordinator ended the newest `rememberedTurnsPerRoom` stay: an agent's process
    /// that still has an older one would have reported by now.
    mutating func settle() {
        var kept: [Int: RoomEvent] = [:], links: [Int: Link] = [:], causes: [Int: Int] = [:]
        for turn in openTurns {
            causes[turn.id.number] = turn.cause
            kept[turn.cause] = event(turn.cause)
            var next: Int? = turn.cause
            while let number = next, links[number] == nil, let link = link(of: number) {
                links[number] = link
                next = link.cause
            }
        }
        settledCount = head
        events = []
        (keptEvents, self.links, self.causes) = (kept, links, causes)
        abandonedTurns = Self.newest(of: abandonedTurns)
        dismissedTurns = Self.newest(of: dismissedTurns)
    }

    /// Brings back the settled events, until the room is settled again.
    ///
    /// - Precondition: They are all of them.
    mutating func recall(_ entries: [HistoryEntry]) {
        precondition(
            entries.map(\.event.number).elementsEqual(trimmedCount + 1..<settledCount + 1),
            "all settled events come back")
        for entry in entries {
            if let turn = entry.event.turn, let cause = entry.cause { causes[turn.number] = cause }
        }
        events = entries.map(\.event) + events
        settledCount = trimmedCount
    }

    /// A page of events: those after a number, or the newest; whole events, oldest first, within both bounds.
    func page(after: Int?, limit: Int, _ history: HistoryReader<EventText> = { _, _ in [] }) -> [EventText] {
        var page = PageBytes()
        guard let after else {
            let first = max(trimmedCount, head - limit) + 1
            return texts(first..<head + 1, history).reversed().prefix { page.fits($0) }.reversed()
        }
        let first = min(max(trimmedCount, after), head) + 1
        return Array(texts(first..<min(head, first - 1 + limit) + 1, history).prefix { page.fits($0) })
    }

    /// The events of some numbers, from wherever they are.
    private func texts(_ numbers: Range<Int>, _ history: HistoryReader<EventText>) -> [EventText] {
        let settled = numbers.clamped(to: 1..<settledCount + 1),
            others = numbers.clamped(to: settledCount + 1..<head + 1)
        let found = settled.isEmpty ? [] : history(self, settled.lowerBound...settled.upperBound - 1)
        return found + others.map { EventText(events[$0 - settledCount - 1]) }
    }

    private func link(of number: Int) -> Link? {
        if let link = links[number] { return link }
        return event(number).map { Link(cause: cause(of: number), speaker: $0.from.agent) }
    }

    private static func newest(of turns: Set<Int>) -> Set<Int> {
        guard turns.count > RoomsLimits.rememberedTurnsPerRoom else { return turns }
        return Set(turns.sorted().suffix(RoomsLimits.rememberedTurnsPerRoom))
    }
}

/// The bytes of a page that is being filled.
private struct PageBytes {
    private var bytes = 0

    /// Whether one more event fits. The first always does: a text is far shorter than a page.
    mutating func fits(_ event: EventText) -> Bool {
        bytes += event.json.count + 1  // a comma
        return bytes <= RoomsLimits.historyBytesMax
    }
}
