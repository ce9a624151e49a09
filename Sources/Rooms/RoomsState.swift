import Services

/// What the coordinator decides: a value that takes an event and the time, and returns the step that follows.
///
/// The `ledger` is what the journal says, and changes only by entries that the same step commits. The other parts are
/// gone with the process, and are learned again from those who know. Each part owns its state; this type hands events
/// on to them, and joins what they decide.
///
/// | part | decides | extensions |
/// |---|---|---|
/// | `Ledger` | what was said, which turns are open, what was answered | `+Messages`, `+Managing`, `+Questions` |
/// | `Floors` | which turns are under way, and their deadlines | `+Turns`, `+Finishing`, `+Progress` |
/// | `AgentDirectory` | who the agents are, which processes they have, who is asked again | `+Agents`, `+Reloading` |
/// | `Saves`, `Joins` | which records are to be written and read | `+Saving`, `+Dropping`, `+Joining` |
public struct RoomsState {
    /// What is on the disk, or will be before anybody hears of it.
    public private(set) var ledger: Ledger
    /// The room that messages go to that name none.
    public private(set) var defaultRoom: RoomName
    /// How many agent messages may follow each other before a person must speak.
    public private(set) var turnBudget: Int
    /// How long a turn may go without progress.
    public private(set) var turnTimeout: Duration

    /// Who the agents are, and which processes they have.
    var agents = AgentDirectory()
    /// The turns that are being prepared or run.
    var floors = Floors()
    /// The posts that wait for the store's first answer.
    var waitingPosts = WaitingPosts()
    /// The saves that wait for the store.
    var saves = Saves()
    /// The transcripts that are being read.
    var joins = Joins()
    /// How the gateway died, until its successor starts.
    var gatewayEnd: GatewayEnd?

    private var step = Step()

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
        self.init(
            ledger: Ledger(defaultRoom: defaultRoom, entries: entries), defaultRoom: defaultRoom,
            turnBudget: turnBudget, turnTimeout: turnTimeout)
    }

    /// The state after reading a journal.
    ///
    /// - Parameters:
    ///   - ledger: What the journal's entries add up to.
    ///   - defaultRoom: The room that always exists.
    ///   - turnBudget: At least 1.
    ///   - turnTimeout: More than nothing.
    public init(ledger: consuming Ledger, defaultRoom: RoomName, turnBudget: Int, turnTimeout: Duration) {
        ledger.open(defaultRoom)  // it may have been dropped when another one was the default
        self.ledger = ledger
        self.defaultRoom = defaultRoom
        self.turnBudget = max(1, turnBudget)
        self.turnTimeout = turnTimeout
    }

    /// Goes back to what the journal says, because the disk has refused what was decided since. What runs, who waits
    /// and what was asked is forgotten; who the agents are is kept. `connected` asks again for all that is forgotten.
    ///
    /// - Parameter ledger: What the journal's entries add up to.
    public mutating func reset(to ledger: consuming Ledger) {
        let agents = self.agents
        self = RoomsState(
            ledger: ledger, defaultRoom: defaultRoom, turnBudget: turnBudget, turnTimeout: turnTimeout)
        self.agents = agents.withoutQuestions
    }

    /// Everything that was said in a room until now is in its history.
    public mutating func settle(_ room: RoomName) { ledger.settle(room) }

    /// The settled events of a room, all that it keeps, are wanted for the next step: it makes a transcript of them.
    public mutating func recall(_ room: RoomName, _ entries: [HistoryEntry]) { ledger.recall(room, entries) }

    /// Decides what follows from an event.
    public mutating func handle(_ event: Event, at now: Moment) -> Step {
        switch event {
        case .booted(let unreadable): boot(unreadable, now)
        case .connected: connect(now)
        case .posted(let request, let caller, let asker):
            switch request.speaker(for: caller) {
            case .success(let speaker): post(request, speaker, asker, now)
            case .failure(let refusal): answer(asker, .refused(refusal))
            }
        case .managed(let request, let caller, let asker): manage(request, caller, asker, now)
        case .cancelAsked(let request, let caller, let asker): cancel(request, caller, asker, now)
        case .saveAsked(let request, let caller, let asker): save(request, caller, asker, now)
        case .dropAsked(let request, let caller, let asker): drop(request, caller, asker, now)
        case .joinAsked(let request, let caller, let asker): join(request, caller, asker)
        case .recordRead(let join, let result): recordRead(join, result)
        case .recordStored(let save, let result): recordStored(save, result, now)
        case .finished(let request, let caller, let asker): finish(request, caller, asker, now)
        case .handedOff(let request, let caller, let asker): requestHandoff(request, caller, asker, now)
        case .handoffAsked(let request, let caller, let asker): askHandoff(request, caller, asker)
        case .handoffAnswered(let asker, let result): handoffAnswered(asker, result)
        case .greeted(let request, let caller, let asker): greet(request, caller, asker, now)
        case .progressed(let request, let caller):
            progress(request, caller, now)
        case .told(let request, let caller, let asker): tell(request, caller, asker, now)
        case .agentsListed(let listed, let undecided):
            agentsKnown(isNews: agents.define(listed, undecided, at: now.elapsed), now)
        case .agentsUnchanged: agentsKnown(isNews: false, now)
        case .agentsNotListed: agents.inquiryFailed(at: now.elapsed)
        case .agentsChanged: _ = inquireAgents()
        case .childChanged(let child): childChanged(child, now)
        case .childrenListed(let children): childrenListed(children, now)
        case .treeListed(let children): treeListed(children, now)
        case .callsListed(let turn, let calls): callsListed(turn, calls, now)
        case .offerAnswered(let turn, let incarnation, let answer):
            floors.answerOffer(of: turn, by: incarnation, answer, at: now.elapsed)
        case .trimDue(let room, let events): trim(room, events, now)
        case .configured(let room, let budget, let timeout):
            turnTimeout = timeout
            configure(defaultRoom: room, turnBudget: budget, now)
        case .stopping: suspend()
        case .woke: wake(now)
        }
        defer { step = Step() }
        return step
    }

    /// The first deadline of all parts: when `woke` is wanted if nothing else happens.
    public var nextWake: Duration? {
        [floors.nextDeadline(turnTimeout: turnTimeout, agents), agents.nextDeadline].compactMap { $0 }.min()
    }

    // MARK: What a step is made of

    /// Adds a fact to the ledger and to this step's commit.
    mutating func record(_ entry: JournalEntry) {
        ledger.apply(entry)
        step.commit.append(entry)
    }

    /// Answers whoever waits.
    mutating func answer(_ asker: Asker, _ answer: Answer) { step.answers.append(Reply(asker, answer)) }

    /// Adds an effect of this step.
    mutating func emit(_ effect: Effect) { step.effects.append(effect) }

    /// Adds an event to a room and tells those who watch.
    ///
    /// - Parameters:
    ///   - from: Who speaks or acts.
    ///   - turn: The turn that the event ends or speaks of.
    ///   - outcome: What became of the turn, when the event ends or interrupts it.
    /// - Returns: The event's number.
    @discardableResult
    mutating func say(
        _ type: RoomEvent.Kind, _ text: String, from: Principal = .coordinator, turn: TurnID? = nil,
        outcome: TurnOutcome? = nil, in room: RoomName, _ now: Moment
    ) -> Int {
        let event = RoomEvent(
            number: (ledger[room]?.head ?? 0) + 1, at: now.timestamp, room: room, type: type, from: from,
            text: String(cut: text, to: RoomsLimits.textBytesMax), turn: turn, outcome: outcome)
        record(.event(event))
        emit(.publish(event))
        return event.number
    }

    /// Wants a fresh answer of the store to who the agents are.
    mutating func inquireAgents() -> AgentInquiry.Ticket {
        let (ticket, asksNow) = agents.inquire()
        if asksNow { inquireAgentsAgain() }
        return ticket
    }

    /// Asks the store again who the agents are.
    mutating func inquireAgentsAgain() { step.queries.append(.listAgents) }

    /// Does for all rooms with open turns whatever can be done now.
    mutating func advanceAll(_ now: Moment) {
        for room in ledger.rooms where !room.openTurns.isEmpty { advance(room.name, now) }
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
        advanceAll(now)
    }

    /// A room that lost something is told; when nobody can tell which room it was, the default one is told.
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

    /// Whoever watches a room learns from its head what it has missed. The agents are asked to say hello once they are
    /// known.
    private mutating func connect(_ now: Moment) {
        _ = inquireAgents()
        agents.reconnect(at: now.elapsed)
        emit(.ask(.listTree))
        for room in ledger.rooms where room.head > 0 {
            emit(.publishHead(RoomHead(room: room.name, head: room.head)))
        }
        advanceAll(now)
    }
}
