import Services

// Rooms that end.
//
//     open ──drop──▶ closing: its turns have ended, nobody can post ──the store has it──▶ gone
//       ▲                                │
//       └── the store refuses it, or this process dies
extension RoomsState {
    /// A person wants a room saved and closed.
    mutating func drop(_ request: Coordinator.Drop.Request, _ caller: Principal, _ asker: Asker, _ now: Moment) {
        let name = request.room
        if let records = ledger.answerToDrop(request.request, of: caller, in: name)?.records {
            return answer(asker, .saved(records))
        }
        if saves.wait(for: request, by: caller, asker) { return }
        do throws(ServiceFailure) {
            guard name != defaultRoom else {
                throw ServiceFailure(
                    .invalid, "drop room \(name): it is the default room; save it, or make another one the default")
            }
            let room = try roomToSave(request, caller, "drop")
            // The coordinator before this one may have closed it and died. If nothing was said since, this is the same
            // drop.
            let known = room.saves.last {
                $0.isOf(request.request, by: caller) && $0.head == room.head && room.openTurns.isEmpty
            }
            if known == nil { close(room, caller, now) }
            guard let closed = ledger[name] else { return }
            do throws(ServiceFailure) {
                try beginSave(of: closed, request, caller, known: known, drops: true, asker, now)
            } catch {
                keepOpen(name, because: error.message, now)
                throw error
            }
        } catch {
            answer(asker, .refused(error))
        }
    }

    /// Whether a room is being dropped.
    func isClosing(_ room: RoomName) -> Bool { saves.isDropping(room) }

    /// Whether a room exists and is not being closed: what is said in it is heard, and in its transcript.
    func isOpen(_ room: RoomName) -> Bool { ledger[room] != nil && !isClosing(room) }

    /// The refusal of a request about a room that is being dropped.
    static func isClosing(_ attempt: String) -> ServiceFailure {
        ServiceFailure(.unavailable, "\(attempt): the room is being closed; try again in a moment")
    }

    /// Ends a room's turns; its agents forget it.
    private mutating func close(_ room: RoomLedger, _ caller: Principal, _ now: Moment) {
        for turn in room.openTurns {
            // The event ends the answer that is being shown to readers.
            if dismiss(turn.id) {
                say(
                    .action, "stops: the room is being closed", from: .agent(turn.agent), turn: turn.id,
                    outcome: .dismissed, in: room.name, now)
            }
        }
        for agent in agents.all { emit(.dismiss(agent: agent.id, room: room.name)) }
        say(.action, "closes the room", from: caller, in: room.name, now)
    }

    /// The room stays open, and is told why.
    mutating func keepOpen(_ room: RoomName, because reason: String, _ now: Moment) {
        say(.notice, "The room stays open: \(reason)", in: room, now)
    }

    /// The store has all that was said in a room: the room is dropped.
    mutating func end(_ start: StartedSave, records: [RecordID]) {
        record(
            .dropped(
                DroppedRoom(
                    room: start.room, head: start.head, records: records, caller: start.caller,
                    request: start.request)))
        emit(.publishHead(RoomHead(room: start.room, head: 0)))
        openDefaultRoom()  // this room may have become the default one meanwhile
    }
}
