import Journal
import Services

@testable import Rooms

/// A coordinator's state with a virtual clock, a disk that holds its commits, and words for what the tests do to it.
struct Scene {
    var state: RoomsState
    var now = Duration.zero
    var disk: [UInt8] = []
    /// The actions of the last step.
    var actions: [RoomsState.Action] = []
    /// What the toolbox says of the calls of every turn, at once; nil when it says nothing.
    var calls: [MadeToolCall]? = []
    private var requests = 0

    static let defaultRoom: RoomName = "lobby"

    /// A coordinator that is connected and knows its agents; all of them are up as incarnation 1 unless told.
    init(_ agents: [AgentDefinition], up: Bool = true, budget: Int = 15) {
        state = RoomsState(defaultRoom: Self.defaultRoom, turnBudget: budget)
        handle(.connected)
        handle(.agentsListed(agents))
        if up { for agent in agents { hello(agent.id) } }
    }

    @discardableResult
    mutating func handle(_ event: RoomsState.Event) -> [RoomsState.Action] {
        let step = state.handle(event, at: Moment(elapsed: now, timestamp: at))
        if !step.commit.isEmpty { disk += Journal.line(of: step.commit) }
        var actions = step.actions(state.saves)
        if let calls {
            for case .listCalls(_, let turn) in actions {
                actions += handle(.callsListed(turn: turn, calls))
            }
        }
        self.actions = actions
        return actions
    }

    /// What the store says of a whole save: it has all records, or refuses the first one that it has not.
    enum SaveReport {
        case recordsStored(save: Int, ServiceFailure?)
    }

    @discardableResult
    mutating func handle(_ report: SaveReport) -> [RoomsState.Action] {
        guard case .recordsStored(let save, let failure) = report else { return [] }
        if let failure { return handle(.recordStored(save: save, .failure(failure))) }
        while let id = state.saves[save]?.nextRecord?.id {
            handle(.recordStored(save: save, .success(WriteReply(id: id, revision: "1", indexed: true))))
        }
        return actions
    }

    /// What an agent's process says when it is up.
    mutating func hello(_ agent: AgentID, incarnation: Int = 1, digest: String = "d1", turn: TurnID? = nil) {
        handle(
            .greeted(
                Coordinator.Hello.Request(digest: digest, incarnation: incarnation, turns: turn.map { [$0] } ?? []),
                caller: .agent(agent), asker: 0))
    }

    /// A message; the store's word that follows is the same as before.
    @discardableResult
    mutating func post(
        _ text: String, from caller: Principal = "user:ann", room: RoomName? = nil, request: String? = nil
    )
        -> RoomsState.Answer?
    {
        requests += 1
        // The toolbox speaks for agents.
        let request = Coordinator.Post.Request(
            request: request ?? "p\(requests)", room: room, speaker: caller.agent, text: text)
        return Self.answer(in: handle(.posted(request, caller: caller.agent == nil ? caller : .toolbox, asker: 1)))
    }

    mutating func storeAnswers(_ agents: [AgentDefinition]? = nil) {
        handle(.agentsListed(agents ?? state.agents.definitions))
    }

    /// The end of a turn by the agent that has it.
    @discardableResult
    mutating func finish(
        _ turn: TurnID, _ text: String, by agent: AgentID, attempt: Int = 1,
        outcome: Coordinator.Finish.Outcome = .answered, request: String? = nil
    ) -> RoomsState.Answer? {
        requests += 1
        let request = Coordinator.Finish.Request(
            request: request ?? "f\(requests)", turn: turn, attempt: attempt, outcome: outcome, text: text)
        return Self.answer(in: handle(.finished(request, caller: .agent(agent), asker: 2)))
    }

    mutating func exit(
        _ agent: AgentID, incarnation: Int = 1, _ reason: ExitReport = ExitReport(kind: .signaled, signal: "SIGKILL"),
        state: ChildStatus.State = .backoff
    ) {
        handle(
            .childChanged(
                ChildEvent(
                    at: at, event: .exited, name: "agent:\(agent)", kind: .worker, incarnation: incarnation,
                    reason: reason, state: state)))
    }

    /// What a person does to a room.
    @discardableResult
    mutating func manage(
        _ change: Coordinator.Manage.Change, _ agent: String? = nil, room: RoomName = defaultRoom,
        from caller: Principal = "user:ann", request: String? = nil
    ) -> RoomsState.Answer? {
        requests += 1
        let request = Coordinator.Manage.Request(
            request: request ?? "m\(requests)", room: room, change: change, agent: agent)
        return Self.answer(in: handle(.managed(request, caller: caller, asker: 3)))
    }

    /// A person ends turns.
    @discardableResult
    mutating func cancel(
        _ turns: Coordinator.Cancel.Turns = .all, room: RoomName = defaultRoom, from caller: Principal = "user:ann",
        request: String? = nil
    ) -> RoomsState.Answer? {
        requests += 1
        let request = Coordinator.Cancel.Request(request: request ?? "c\(requests)", room: room, turns: turns)
        return Self.answer(in: handle(.cancelAsked(request, caller: caller, asker: 3)))
    }

    /// The clock moves to the next wake-up, which happens.
    mutating func sleep() {
        now = max(now, state.nextWake ?? now)
        handle(.woke)
    }

    /// Kill -9, and a successor that has only the disk.
    mutating func restart(agents: [AgentDefinition]) {
        state = RoomsState(
            entries: Journal.read(disk, as: JournalEntry.self).entries, defaultRoom: Self.defaultRoom,
            turnBudget: state.turnBudget)
        handle(.connected)
        handle(.agentsListed(agents))
    }

    /// The turns that the last step asked agents to take.
    var offers: [TurnRequest] {
        actions.compactMap { if case .offer(let request, _) = $0 { request } else { nil } }
    }

    var lobby: RoomLedger { state.ledger[Self.defaultRoom] ?? RoomLedger(name: Self.defaultRoom) }

    var lastText: String? { lobby.events.last?.text }

    func activity(of agent: AgentID) -> RosterEntry.Activity? {
        state.rooms().rooms.first?.roster.first { $0.agent == agent }?.activity
    }

    private static func answer(in actions: [RoomsState.Action]) -> RoomsState.Answer? {
        actions.lazy.compactMap { if case .answer(_, let answer) = $0 { answer } else { nil } }.first
    }
}
