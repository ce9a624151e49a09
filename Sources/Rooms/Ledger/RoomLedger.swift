import Services

/// One room as the journal tells it: what was said, and the turns that have not ended.
public struct RoomLedger: Hashable, Sendable {
    /// Its name.
    public let name: RoomName
    /// Every event; event `n` is at index `n - 1`.
    public private(set) var events: [RoomEvent] = []
    /// The turns that run or wait, in the order in which they were caused.
    public private(set) var openTurns: [OpenTurn] = []
    /// How many agent messages followed each other since a person spoke.
    public private(set) var agentMessagesInARow = 0
    /// How many messages agents gave in all.
    public private(set) var answerCount = 0
    /// The agents that were sent away; all others are in the room.
    public private(set) var absent: Set<AgentID> = []
    /// The agents that get no open message.
    public private(set) var muted: Set<AgentID> = []
    /// The agent that the room is for, if it is for one alone.
    public private(set) var directAgent: AgentID?
    /// The people who have spoken, without `user:` or `client:`.
    public private(set) var people: [String] = []
    /// The agents that have said something.
    public private(set) var agentsHeard: Set<AgentID> = []
    /// The numbers of the turns that the coordinator ended without telling their agents.
    public private(set) var abandonedTurns: Set<Int> = []
    /// The numbers of the turns that people ended: cancelled ones, those of an agent that was sent away, and those of a
    /// room that was to be closed.
    public private(set) var dismissedTurns: Set<Int> = []
    /// The saves that were begun and not answered, oldest first.
    private(set) var saves: [StartedSave] = []
    private(set) var answers = RememberedAnswers<AnsweredRequest>()
    /// The number of the event that caused each turn, by the turn's number.
    private var causes: [Int: Int] = [:]
    /// The highest number of a turn that is taken.
    private(set) var lastTurnNumber: Int

    /// An empty room.
    ///
    /// - Parameter turnsBefore: Up to where numbers of turns are taken.
    public init(name: RoomName, turnsBefore: Int = 0) {
        self.name = name
        lastTurnNumber = turnsBefore
    }

    /// The number of the newest event; 0 when there is none.
    public var head: Int { events.count }

    /// The id of the next turn. Every id that the journal mentions is taken.
    public var nextTurnID: TurnID { TurnID(room: name, number: min(lastTurnNumber, TurnID.numberMax - 1) + 1) }

    /// The event of a number, if there is one.
    public func event(_ number: Int) -> RoomEvent? {
        number > 0 && number <= events.count ? events[number - 1] : nil
    }

    /// Whether an agent is not in the room.
    public func isWithout(_ agent: AgentID) -> Bool {
        absent.contains(agent) || directAgent.map { $0 != agent } ?? false
    }

    /// The first answer to a request, if it is remembered.
    public func answer(to request: String, of caller: Principal) -> AnsweredRequest? {
        answers[caller: caller, request: request]
    }

    /// Adds one fact.
    mutating func apply(_ entry: JournalEntry) {
        switch entry {
        case .event(let event): add(event)
        case .queued(let turn):
            reserve(turn.turn)
            causes[turn.turn.number] = turn.cause
            openTurns.append(OpenTurn(id: turn.turn, agent: turn.agent, cause: turn.cause))
        case .attempt(let attempt):
            change(attempt.turn) {
                $0.attempt = max(0, min(attempt.attempt, RoomsLimits.attemptNumberMax))
                $0.incarnation = attempt.incarnation
                $0.leasedAt = attempt.at
                $0.isLost = false
            }
        case .lost(let loss):
            change(loss.turn) {
                $0.isLost = true
                $0.lastLoss = loss
                $0.deaths += loss.reason == .died ? 1 : 0
            }
        case .ended(let end): apply(end)
        case .answered(let request):
            answers.insert(request, caller: request.caller, request: request.request)
            if request.records != nil { saves.removeAll { $0.isOf(request.request, by: request.caller) } }
        case .managed(let change): apply(change)
        case .dropped: break  // `Ledger` removes the room
        case .joined(let room):
            belong(to: room.agent)
            for event in room.events { add(event) }
        case .direct(let room): belong(to: room.agent)
        case .saving(let save): saves = saves.suffix(RoomsLimits.rememberedSavesPerRoom - 1) + [save]
        }
    }

    /// The room is for one agent alone, if any: an agent that was sent away from it or muted there is neither any more.
    private mutating func belong(to agent: AgentID?) {
        directAgent = agent
        guard let agent else { return }
        absent.remove(agent)
        muted.remove(agent)
    }

    private mutating func apply(_ end: TurnEnd) {
        reserve(end.turn)
        guard let index = openTurns.firstIndex(where: { $0.id == end.turn }) else { return }
        openTurns.remove(at: index)
        if end.outcome == .abandoned { abandonedTurns.insert(end.turn.number) }
        if end.outcome == .dismissed { dismissedTurns.insert(end.turn.number) }
    }

    private mutating func apply(_ managed: ManagedRoom) {
        switch managed.change {
        case .invite: if let agent = managed.agent { absent.remove(agent) }
        case .kick: if let agent = managed.agent { absent.insert(agent) }
        case .mute: if let agent = managed.agent { muted.insert(agent) }
        case .unmute: if let agent = managed.agent { muted.remove(agent) }
        case .continue: agentMessagesInARow = 0
        }
    }

    private mutating func add(_ event: RoomEvent) {
        // Only a journal that somebody edited has a number twice, or one that no room has reached; people were told the
        // first event.
        guard event.number > head, event.number - head - 1 <= RoomsLimits.lostEventsMax else { return }
        while head + 1 < event.number { events.append(unreadable(before: event)) }
        events.append(event)
        if let turn = event.turn { reserve(turn) }
        guard event.type == .message else { return }
        switch event.from.kind {
        case .user(let name), .client(let name):
            agentMessagesInARow = 0
            if !people.contains(name), people.count < RoomsLimits.peoplePerRoomMax { people.append(name) }
        case .agent(let agent):
            agentsHeard.insert(agent)
            agentMessagesInARow += 1
            answerCount += 1
        case .service: break
        }
    }

    /// A notice in the place of an event that the journal has lost, so that numbers have no gaps.
    private func unreadable(before event: RoomEvent) -> RoomEvent {
        RoomEvent(
            number: head + 1, at: event.at, room: name, type: .notice, from: .coordinator,
            text: "An event stood here that the journal could not give back; what is left of it is beside the journal.")
    }

    private mutating func reserve(_ turn: TurnID) { lastTurnNumber = max(lastTurnNumber, turn.number) }

    private mutating func change(_ turn: TurnID, _ body: (inout OpenTurn) -> Void) {
        if let index = openTurns.firstIndex(where: { $0.id == turn }) { body(&openTurns[index]) }
    }
}

extension RoomLedger {
    /// The number of the event that an event answers; nil when it answers none.
    func cause(of number: Int) -> Int? {
        guard let turn = event(number)?.turn, let cause = causes[turn.number] else {
            return nil
        }
        return cause < number ? cause : nil
    }

    /// Whether an event follows, directly or by answers, from another one. An event follows from itself.
    func event(_ number: Int, followsFrom root: Int) -> Bool {
        var number = number
        while number > root {
            guard let cause = cause(of: number) else { return false }
            number = cause
        }
        return number == root
    }

    /// The round of agents that a message would only continue, when they have asked each other in the same order for
    /// long: two rounds at least, and `cycleMessagesMin` messages. It begins with whoever is asked next.
    ///
    /// - Parameters:
    ///   - number: The event of the message.
    ///   - target: Whom it asks.
    func cycle(continuedBy number: Int, to target: AgentID) -> [AgentID]? {
        let speakers = speakers(upTo: number)
        for length in 2...RoomsLimits.cycleLengthMax {
            let needed = max(2 * length, RoomsLimits.cycleMessagesMin)
            guard speakers.count >= needed else { return nil }
            guard speakers[length - 1] == target,
                (length..<needed).allSatisfy({ speakers[$0] == speakers[$0 - length] })
            else { continue }
            return speakers.prefix(length).reversed()
        }
        return nil
    }

    /// The agents whose messages led to one, each asked by the next in the list; its own speaker comes first.
    private func speakers(upTo number: Int) -> [AgentID] {
        var speakers: [AgentID] = [], next: Int? = number
        while let number = next, let agent = event(number)?.from.agent,
            speakers.count < 2 * RoomsLimits.cycleLengthMax
        {
            speakers.append(agent)
            next = cause(of: number)
        }
        return speakers
    }

    /// Whether an agent answered a message, or an answer to it.
    func isAnswered(_ root: Int) -> Bool {
        events.dropFirst(root).contains { event in
            event.type == .message && event.from.agent != nil && event.turn != nil
                && self.event(event.number, followsFrom: root)
        }
    }

    /// A page of events: those after a number, or the newest; whole events, oldest first, within both bounds.
    func page(after: Int?, limit: Int) -> [RoomEvent] {
        var bytes = 0
        /// Whether one more event fits. The first always does: a text is far shorter than a page.
        func fits(_ event: RoomEvent) -> Bool {
            bytes += event.bytesOnTheWire
            return bytes <= RoomsLimits.historyBytesMax
        }
        guard let after else {
            let newest = events.suffix(limit)
            return Array(newest.suffix(newest.reversed().prefix(while: fits).count))
        }
        return Array(events.dropFirst(max(0, after)).prefix(limit).prefix(while: fits))
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
