import Services

// Events that a room need not keep any more.
//
//     due ──▶ saving, in the journal ──the store has the transcript──▶ trimmed, in the journal ──▶ files are removed
//                     │
//                     └── the store refuses it, or this process dies: they stay, and are due again
extension RoomsState {
    /// Whether the oldest events of a room wait for the store.
    public var isTrimming: Bool { saves.isTrimming }

    /// The oldest events of a room are to go: they become a transcript first.
    ///
    /// - Parameter events: From the oldest on that is there, without a gap.
    mutating func trim(_ name: RoomName, _ events: [RoomEvent], _ now: Moment) {
        guard let room = ledger[name], !isClosing(name), !isTrimming, saves.count < RoomsLimits.savesMax,
            let first = events.first?.number, first == room.trimmedCount + 1, let head = events.last?.number
        else { return }
        let request = "keep \(first) \(head)"
        // The coordinator before this one may have begun it: the store knows the same records again.
        let known = room.saves.last { $0.isOf(request, by: .coordinator) }
        let start =
            known ?? StartedSave(room: name, caller: .coordinator, request: request, head: head, at: now.timestamp)
        if known == nil { record(.saving(start)) }
        let records = TranscriptRecord.records(of: room, events: events, head: head, at: start.at)
        begin(start, records, .trim(serial: room.serial))
    }

    /// The store has what was said: it can go.
    mutating func endTrim(_ start: StartedSave, serial: Int, records: [RecordID]) {
        guard ledger[start.room]?.serial == serial else { return }  // it was dropped meanwhile
        record(.trimmed(TrimmedRoom(room: start.room, serial: serial, head: start.head, records: records)))
        emit(.removeTrimmed(start.room))
    }
}
