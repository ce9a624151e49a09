import Services

// Questions. They change nothing, but what they tell may not be on the disk yet: the shell answers them after the
// commits of the same turn of its loop.
extension RoomsState {
    /// A page of a room's events.
    ///
    /// - Parameter history: Reads those that are settled.
    public func history(
        _ request: Coordinator.History.Request, _ history: HistoryReader<EventText> = { _, _ in [] }
    ) -> Result<HistoryPage, ServiceFailure> {
        let name = request.room ?? defaultRoom
        let limit = request.limit ?? RoomsLimits.historyEventsDefault
        guard (1...Coordinator.History.eventsMax).contains(limit), (request.after ?? 0) >= 0 else {
            let reason = "`limit` is 1 to \(Coordinator.History.eventsMax), `after` is a number of an event or 0"
            return .failure(ServiceFailure(.invalid, "history of room \(name): \(reason)"))
        }
        guard let room = ledger[name] else { return .failure(Self.noRoom(name)) }
        return .success(
            HistoryPage(
                room: name, head: room.head, events: room.page(after: request.after, limit: limit, history),
                began: room.began, first: room.trimmedCount > 0 ? room.trimmedCount + 1 : nil))
    }

    /// Whether anything that a message caused still runs or waits. A turn that the budget holds does not count, for it
    /// waits for a person.
    ///
    /// - Parameter history: Reads the events that are settled.
    public func settled(
        _ request: Coordinator.Settled.Request, _ history: HistoryReader<HistoryEntry> = { _, _ in [] }
    ) -> Result<Coordinator.Settled.Reply, ServiceFailure> {
        guard let room = ledger[request.room] else { return .failure(Self.noRoom(request.room)) }
        guard request.number > 0, request.number <= room.head else {
            let reason = "there is no event \(request.number) in room \(request.room). See: egghead watch"
            return .failure(ServiceFailure(.notFound, "settled: \(reason)"))
        }
        let isOpen = room.openTurns.contains { turn in
            room.event(turn.cause, followsFrom: request.number)
                && (!isHeld(turn, in: room.name) || floors[turn.id] != nil)
        }
        return .success(
            Coordinator.Settled.Reply(
                settled: !isOpen, answered: room.isAnswered(request.number, history), head: room.head))
    }

    /// Every room and what goes on in it, the default room first.
    public func rooms() -> Coordinator.Rooms.Reply {
        let others = ledger.rooms.filter { $0.name != defaultRoom }
        let rooms = [ledger[defaultRoom]].compactMap { $0 } + others
        return Coordinator.Rooms.Reply(
            rooms: rooms.map { room in
                RoomStatus(
                    room: room.name, head: room.head, budgetLeft: budgetLeft(in: room.name),
                    roster: agents.all.compactMap { entry(of: $0, in: room) })
            })
    }

    /// How many rooms there are, and how many turns run, for a status line.
    public var summary: (rooms: Int, turns: Int) {
        (ledger.rooms.count, floors.runningCount)
    }

    /// Every agent with a record is in every room that it was not sent away from.
    private func entry(of agent: Roster.Agent, in room: RoomLedger) -> RosterEntry? {
        guard let definition = agent.definition, !room.isWithout(agent.id) else { return nil }
        let turns = room.openTurns.filter { $0.agent == agent.id }
        let running = turns.first { floors[$0.id]?.incarnation != nil }
        return RosterEntry(
            agent: agent.id, title: definition.title, activity: activity(of: agent, turns, isRunning: running != nil),
            turn: (running ?? turns.first)?.id, muted: room.muted.contains(agent.id))
    }

    private func activity(
        of agent: Roster.Agent, _ turns: [OpenTurn], isRunning: Bool
    ) -> RosterEntry.Activity {
        if isRunning { return .thinking }
        if agent.handoff != nil { return .handingOff }
        if !turns.isEmpty { return .waiting }
        return agent.process == nil ? .down : .idle
    }

    private static func noRoom(_ name: RoomName) -> ServiceFailure {
        ServiceFailure(
            .notFound, "room \(name): there is none of that name. Post to it to make it")
    }
}
