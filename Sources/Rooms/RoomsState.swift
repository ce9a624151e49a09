import Services

/// What the coordinator decides: a value that takes what happened and when, and returns what is to be done.
///
/// Two halves. The `ledger` is what the journal says, and changes only by entries that the same step commits. All else
/// (who is up, who was asked) is gone with the process and is learned again from those who know it.
///
/// - Messages and the turns they cause: `RoomsState+Messages.swift`
/// - Who is in a room: `RoomsState+Managing.swift`
/// - Rooms that become records: `RoomsState+Saving.swift`
/// - Rooms that end, and come back: `RoomsState+Dropping.swift`, `RoomsState+Joining.swift`
/// - Turns on their way to an agent: `RoomsState+Turns.swift`
/// - Turns that get on, and those that do not: `RoomsState+Progress.swift`
/// - Agents whose records have changed: `RoomsState+Reloading.swift`
/// - Agents coming, going and reporting: `RoomsState+Agents.swift`
/// - Questions, which change nothing: `RoomsState+Questions.swift`
public struct RoomsState {
    /// What is on the disk, or will be before anybody hears of it.
    public private(set) var ledger: Ledger
    /// The room that messages go to that name none.
    public private(set) var defaultRoom: RoomName
    /// How many agent messages may follow each other before a person must speak.
    public private(set) var turnBudget: Int
    /// How long a turn may go without progress.
    public private(set) var turnTimeout: Duration

    var roster = Roster()
    var inquiry = AgentInquiry()
    /// The turns that are being prepared or run, by their ids: one in a room, or those of one `@jam`.
    var floors: [TurnID: Floor] = [:]
    /// Posts from before the store's first word of the agents: nobody can say yet whom they concern.
    var waitingPosts: [(request: Coordinator.Post.Request, caller: Principal, asker: Asker)] = []
    /// The saves that wait for the store.
    var saves: [Save] = []
    var lastSave = 0
    /// The transcripts that are being read.
    var joins: [Join] = []
    var lastJoin = 0
    /// Whether this process has yet to ask all agents who they are.
    var owesRollCall = true

    /// When to ask the broker which processes are there: those that are not have gone while nobody could say so.
    var childrenDueAt: Duration?

    private var entries: [JournalEntry] = []
    private var actions: [Action] = []

    /// The state after reading a journal.
    ///
    /// - Parameters:
    ///   - entries: What the journal says.
    ///   - defaultRoom: The room that always exists.
    ///   - turnBudget: At least 1.
    ///   - turnTimeout: More than nothing.
    public init(
        entries: [JournalEntry] = [], defaultRoom: RoomName, turnBudget: Int, turnTimeout: Duration = .seconds(300)
    ) {
        ledger = Ledger(defaultRoom: defaultRoom, entries: entries)
        self.defaultRoom = defaultRoom
        self.turnBudget = max(1, turnBudget)
        self.turnTimeout = turnTimeout
    }

    /// Decides what follows from an event.
    public mutating func handle(_ event: Event, at now: Moment) -> [Action] {
        switch event {
        case .booted(let unreadable): boot(unreadable, now)
        case .connected: connect(now)
        case .posted(let request, let caller, let asker): post(request, caller, asker, now)
        case .managed(let request, let caller, let asker): manage(request, caller, asker, now)
        case .saveAsked(let request, let caller, let asker): save(request, caller, asker, now)
        case .dropAsked(let request, let caller, let asker): drop(request, caller, asker, now)
        case .joinAsked(let request, let caller, let asker): join(request, caller, asker)
        case .recordRead(let join, let result): recordRead(join, result)
        case .recordsStored(let save, let failure): recordsStored(save, failure, now)
        case .finished(let request, let caller, let asker): finish(request, caller, asker, now)
        case .handedOff(let request, let caller, let asker): handOff(request, caller, asker, now)
        case .handoffAsked(let request, let caller, let asker): askHandoff(request, caller, asker)
        case .greeted(let request, let caller, let asker): greet(request, caller, asker, now)
        case .progressed(let request, let caller):
            progress(of: request.turn, attempt: request.attempt, caller, incarnation: request.incarnation, now)
        case .agentsListed(let agents, let undecided): agentsListed(agents, undecided, now)
        case .agentsUnchanged: agentsKnown(isNews: false, now)
        case .agentsNotListed: inquiry.fail(at: now.elapsed)
        case .agentsChanged: _ = inquireAgents()
        case .childChanged(let child): childChanged(child, now)
        case .childrenListed(let children): childrenListed(children, now)
        case .treeListed(let children): treeListed(children, now)
        case .offerAnswered(let turn, let incarnation, let answer): offerAnswered(turn, incarnation, answer, now)
        case .configured(let room, let budget, let timeout):
            turnTimeout = timeout
            configure(defaultRoom: room, turnBudget: budget, now)
        case .woke: wake(now)
        }
        defer { (entries, actions) = ([], []) }
        return entries.isEmpty ? actions : [.commit(entries)] + actions
    }

    /// When `woke` is wanted at the latest, if nothing else happens.
    public var nextWake: Duration? {
        let others = roster.agents.map { $0.process?.restartDueAt } + [inquiry.retryAt, childrenDueAt]
        return (floors.compactMap { deadline(of: $0, on: $1) } + others.compactMap { $0 }).min()
    }

    // MARK: What the parts share

    /// Adds a fact to the ledger and to this step's commit.
    mutating func record(_ entry: JournalEntry) {
        ledger.apply(entry)
        entries.append(entry)
    }

    /// Adds an action that follows the commit.
    mutating func act(_ action: Action) { actions.append(action) }

    /// Adds an event to a room and tells those who watch.
    ///
    /// - Returns: Its number.
    @discardableResult
    mutating func say(
        _ type: RoomEvent.Kind, _ text: String, from: Principal = .coordinator, turn: TurnID? = nil,
        in room: RoomName, _ now: Moment
    ) -> Int {
        let event = RoomEvent(
            number: (ledger[room]?.head ?? 0) + 1, at: now.timestamp, room: room, type: type, from: from,
            text: String(cut: text, to: RoomsLimits.textBytesMax), turn: turn)
        record(.event(event))
        act(.publish(event))
        return event.number
    }

    /// Asks the store who the agents are.
    mutating func inquireAgents() -> AgentInquiry.Ticket {
        let (ticket, sendsNow) = inquiry.take()
        if sendsNow { act(.listAgents) }
        return ticket
    }

    // MARK: Beginning

    /// The default room exists, whatever else is dropped.
    mutating func openDefaultRoom() { ledger.open(defaultRoom) }

    private mutating func configure(defaultRoom: RoomName, turnBudget: Int, _ now: Moment) {
        ledger.open(defaultRoom)
        self.defaultRoom = defaultRoom
        let open = ledger.rooms.filter { budgetLeft(in: $0.name) > 0 }
        self.turnBudget = max(1, turnBudget)
        for room in open { noteSpentBudget(in: room.name, newTurns: nil, now) }
        for room in ledger.rooms where !room.openTurns.isEmpty { advance(room.name, now) }
    }

    /// Whoever is in a room that lost something is told; when nobody can tell which room it was, the default one is.
    private mutating func boot(_ unreadable: [UnreadablePart], _ now: Moment) {
        var damaged: [RoomName] = []
        for room in unreadable.flatMap({ $0.rooms.isEmpty ? [defaultRoom] : $0.rooms }) where !damaged.contains(room) {
            damaged.append(room)
        }
        for room in damaged {
            say(
                .notice,
                "A part of the journal could not be read and was set aside beside it; "
                    + "what came before and after is here. See the coordinator's log: egghead logs coordinator",
                in: room, now)
        }
    }

    /// Those who watch learn from the heads what they missed; the agents are asked by roll call once they are known.
    private mutating func connect(_ now: Moment) {
        _ = inquireAgents()
        owesRollCall = true
        act(.listTree)
        childrenDueAt = now.elapsed + RoomsLimits.reattachment
        for room in ledger.rooms where room.head > 0 {
            act(.publishHead(RoomHead(room: room.name, head: room.head)))
        }
        for room in ledger.rooms where !room.openTurns.isEmpty { advance(room.name, now) }
    }
}
