import Services

@testable import Rooms

extension RoomsState {
    /// All that a step holds, in one list.
    enum Action: Hashable {
        case commit([JournalEntry])
        case answer(Asker, Answer)
        case publish(RoomEvent)
        case publishHead(RoomHead)
        case offer(TurnRequest, incarnation: Int)
        case dismiss(agent: AgentID, room: RoomName)
        case endCalls(agent: AgentID, turn: TurnID)
        case cancel(agent: AgentID, turn: TurnID)
        case restart(agent: AgentID)
        case askHandoff(agent: AgentID, Asker)
        case callRoll(agent: AgentID)
        case listAgents
        case listChildren
        case listCalls(agent: AgentID, turn: TurnID)
        /// Every record of the save that the store has not yet.
        case storeRecords(save: Int, [Store.Create.Request])
        case readRecord(join: Int, id: RecordID)
        case listTree
        case removeTrimmed(RoomName)
        case trimRefused(RoomName)
    }
}

extension RoomsState.Step {
    /// The step as one list, in which a question that follows from a commit comes behind it.
    func actions(_ saves: Saves) -> [RoomsState.Action] {
        let questions = queries.map(Self.action)
        let others =
            effects.map { Self.action($0, saves) } + answers.map { .answer($0.asker, $0.answer) }
        return commit.isEmpty ? questions + others : [.commit(commit)] + others + questions
    }

    private static func action(_ query: RoomsState.Query) -> RoomsState.Action {
        switch query {
        case .listAgents: .listAgents
        case .listChildren: .listChildren
        case .listTree: .listTree
        case .listCalls(let agent, let turn): .listCalls(agent: agent, turn: turn)
        case .readRecord(let join, let id): .readRecord(join: join, id: id)
        }
    }

    private static func action(_ effect: RoomsState.Effect, _ saves: Saves) -> RoomsState.Action {
        switch effect {
        case .publish(let event): .publish(event)
        case .publishHead(let head): .publishHead(head)
        case .offer(let request, let incarnation): .offer(request, incarnation: incarnation)
        case .dismiss(let agent, let room): .dismiss(agent: agent, room: room)
        case .cancel(let agent, let turn): .cancel(agent: agent, turn: turn)
        case .endCalls(let agent, let turn): .endCalls(agent: agent, turn: turn)
        case .restart(let agent): .restart(agent: agent)
        case .askHandoff(let agent, let asker): .askHandoff(agent: agent, asker)
        case .callRoll(let agent): .callRoll(agent: agent)
        case .removeTrimmed(let room): .removeTrimmed(room)
        case .trimRefused(let room, _): .trimRefused(room)
        case .storeRecord(let save, _): .storeRecords(save: save, Array(saves[save]?.waitingRecords ?? []))
        case .ask(let query): action(query)
        }
    }
}
