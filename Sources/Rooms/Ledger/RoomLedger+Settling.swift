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
            entries.map(\.event.number).elementsEqual(1...max(1, settledCount)), "all settled events come back")
        for entry in entries {
            if let turn = entry.event.turn, let cause = entry.cause { causes[turn.number] = cause }
        }
        events = entries.map(\.event) + events
        settledCount = 0
    }

    /// A page of events: those after a number, or the newest; whole events, oldest first, within both bounds.
    func page(after: Int?, limit: Int, _ history: HistoryReader = { _, _ in [] }) -> [RoomEvent] {
        var page = PageBytes()
        guard let after else { return newest(limit, history, &page) }
        var found: [RoomEvent] = [], next = max(0, after)
        while next < settledCount, found.count < limit {
            let wanted = min(limit - found.count, settledCount - next, RoomsLimits.historyPieceEvents)
            let piece = history(self, (next + 1)...(next + wanted)).map(\.event)
            let fitting = piece.prefix { page.fits($0) }
            found += fitting
            guard fitting.count == wanted else { return found }
            next += wanted
        }
        let others = events.dropFirst(max(0, next - settledCount)).prefix(limit - found.count)
        return found + others.prefix { page.fits($0) }
    }

    private func newest(_ limit: Int, _ history: HistoryReader, _ page: inout PageBytes) -> [RoomEvent] {
        var found: [RoomEvent] = []  // newest first
        for event in events.suffix(limit).reversed() {
            guard page.fits(event) else { return found.reversed() }
            found.append(event)
        }
        var last = settledCount
        while last > 0, found.count < limit {
            let wanted = min(limit - found.count, last, RoomsLimits.historyPieceEvents)
            for entry in history(self, (last - wanted + 1)...last).reversed() {
                guard page.fits(entry.event) else { return found.reversed() }
                found.append(entry.event)
            }
            last -= wanted
        }
        return found.reversed()
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
    mutating func fits(_ event: RoomEvent) -> Bool {
        bytes += event.bytesOnTheWire
        return bytes <= RoomsLimits.historyBytesMax
    }
}

extension RoomEvent {
    /// No fewer bytes than the event's JSON has.
    fileprivate var bytesOnTheWire: Int {
        let escaped = text.utf8.reduce(0) { sum, byte in
            switch byte {
            case 0..<0x20: sum + 6
            case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): sum + 2
            default: sum + 1
            }
        }
        return escaped + room.rawValue.utf8.count + 2 * from.rawValue.utf8.count + (turn?.rawValue.utf8.count ?? 0)
            + 160
    }
}
