import Services

/// One room as the journal tells it: what was said, and the turns that have not ended.
///
/// What was said is settled from time to time: it is in the room's history then, and leaves memory, except for what
/// open turns need of it. So the size of this depends on what goes on, and not on what was ever said.
public struct RoomLedger: Hashable, Sendable {
    /// Its name.
    public let name: RoomName
    /// Counts the rooms in the order of their making, from 1: two rooms of one name that came after each other differ.
    public let serial: Int
    /// The events that are not settled; the first one's number is `settledCount + 1`.
    public internal(set) var events: [RoomEvent] = []
    /// How many events are settled: those from 1 on. They are in the room's history, and not here.
    public internal(set) var settledCount = 0
    /// How many events are gone: those from 1 on. What was said in them is in records. They may still be in a history
    /// and in `events`, and nobody is given them.
    public private(set) var trimmedCount = 0
    /// When the first event was, RFC 3339.
    public private(set) var began: String?
    /// The settled events that open turns answer, by their numbers.
    var keptEvents: [Int: RoomEvent] = [:]
    /// The settled events from which those follow that open turns answer, by their numbers.
    var links: [Int: Link] = [:]
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
    public internal(set) var abandonedTurns: Set<Int> = []
    /// The numbers of the turns that people ended: cancelled ones, those of an agent that was sent away, and those of a
    /// room that was to be closed.
    public internal(set) var dismissedTurns: Set<Int> = []
    /// The saves that were begun and not answered, oldest first.
    private(set) var saves: [StartedSave] = []
    private(set) var answers = RememberedAnswers<AnsweredRequest>()
    /// The ten seconds in which the newest event was, as its time begins, and how many of them there were with events.
    private var period = "", periodCount = 0
    /// The number of the event that caused each turn, by the turn's number.
    var causes: [Int: Int] = [:]
    /// The highest number of a turn that is taken.
    private(set) var lastTurnNumber: Int

    /// An empty room.
    ///
    /// - Parameters:
    ///   - serial: How many rooms were made before it, and one.
    ///   - turnsBefore: Up to where numbers of turns are taken.
    public init(name: RoomName, serial: Int = 1, turnsBefore: Int = 0) {
        self.name = name
        self.serial = serial
        lastTurnNumber = turnsBefore
    }

    /// Whether settled events would have to be brought back before all that is kept is in memory.
    public var needsRecall: Bool { settledCount > trimmedCount }

    /// The number of the newest event; 0 when there is none.
    public var head: Int { settledCount + events.count }

    /// The id of the next turn. Every id that the journal mentions is taken.
    public var nextTurnID: TurnID { TurnID(room: name, number: min(lastTurnNumber, TurnID.numberMax - 1) + 1) }

    /// The event of a number, if there is one and it is not settled, or an open turn answers it.
    public func event(_ number: Int) -> RoomEvent? {
        guard number > settledCount else { return keptEvents[number] }
        return number <= head ? events[number - settledCount - 1] : nil
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
                $0.isSuspended = false
            }
        case .lost(let loss): change(loss.turn) { $0.lose(loss) }
        case .suspended(let turn): change(turn.turn) { $0.isSuspended = true }
        case .ended(let end): apply(end)
        case .answered(let request):
            answers.insert(request, caller: request.caller, request: request.request, period: periodCount)
            if request.records != nil { saves.removeAll { $0.isOf(request.request, by: request.caller) } }
        case .managed(let change): apply(change)
        case .dropped: break  // `Ledger` removes the room
        case .joined(let room):
            belong(to: room.agent)
            let events = room.events
            if let first = events.first?.number { begin(at: first) }
            for event in events { add(event) }
        case .direct(let room): belong(to: room.agent)
        case .saving(let save): saves = saves.suffix(RoomsLimits.rememberedSavesPerRoom - 1) + [save]
        case .trimmed(let trim):
            guard trim.serial == serial else { return }
            trimmedCount = max(trimmedCount, min(trim.head, head))
            saves.removeAll { $0.caller == .coordinator }
        }
    }

    /// The first event of a room in which nothing was said is not number 1: those before it are in records.
    mutating func begin(at first: Int) {
        if head == 0, first > 1 { (settledCount, trimmedCount) = (first - 1, first - 1) }
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
        events.append(event.withShortText)
        began = began ?? event.at
        let period = event.at.utf8.prefix(Self.periodBytes)
        if !period.elementsEqual(self.period.utf8) {
            self.period = String(Substring(period))
            periodCount += 1
        }
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
        case .server, .service: break
        }
    }

    /// `2026-11-29T15:32:0`
    private static let periodBytes = 18

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

// What a snapshot has of a room: everything but its events, which are all settled when it is written.
extension RoomLedger: Codable {
    private enum CodingKeys: String, CodingKey {
        case name, serial, settledCount, trimmedCount, began, keptEvents, links, openTurns, agentMessagesInARow
        case answerCount, absent, muted, directAgent, people, agentsHeard, abandonedTurns, dismissedTurns, saves
        case answers, causes, period, periodCount, lastTurnNumber
    }
}
