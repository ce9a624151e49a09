import Bus
import BusClient
import Rooms
import Runtime
import Services

// What the state decides, and what it asks.
extension RoomService {
    /// Does one effect of a step.
    func perform(_ effect: RoomsState.Effect) {
        switch effect {
        case .publish(let event): client.publish(event, to: .roomEvent(event.room))
        case .publishHead(let head): client.publish(head, to: .roomHead(head.room))
        case .offer(let turn, let incarnation): offer(turn, incarnation)
        case .dismiss(let agent, let room): client.publish(RoomLeave(room: room), to: .agent(agent, "leave"))
        case .cancel(let agent, let turn):
            client.publish(TurnCancellation(turn: turn), to: .agent(agent, "cancel"))
        case .endCalls(let agent, let turn): endCalls(of: agent, turn)
        case .restart(let agent): restart(agent)
        case .askHandoff(let agent, let asker): askHandoff(agent, asker)
        case .callRoll(let agent): client.publish(RollCall(), to: .agent(agent, "roll"))
        case .storeRecord(let save, let record): store(record, for: save)
        case .removeTrimmed(let room): removeTrimmed(room)
        case .trimRefused(let room, let failure): keepUntrimmed(room, failure)
        case .ask(let query): ask(query)
        }
    }

    private func offer(_ turn: TurnRequest, _ incarnation: Int) {
        client.request(
            subject: .agent(turn.agent.id, "turn"), turn, as: TurnReply.self, deadline: RoomsLimits.acceptance
        ) { [unowned self] result in
            let isAccepted = (try? result.get())?.accepted == true
            step(.offerAnswered(turn: turn.turn, incarnation: incarnation, isAccepted ? .accepted : .notAccepted))
        }
    }

    private func askHandoff(_ agent: AgentID, _ asker: RoomsState.Asker) {
        client.request(subject: .agent(agent, "handoff"), Empty(), as: HandoffReply.self) { [unowned self] result in
            step(.handoffAnswered(asker: asker, result))
        }
    }

    private func endCalls(of agent: AgentID, _ turn: TurnID) {
        client.request(
            Toolbox.EndTurn.self, Toolbox.EndTurn.Request(agent: agent, turn: turn), deadline: RoomsLimits.callsWait,
            retry: .untilDeadline
        ) { [log = process.log] result in
            // A toolbox that has died has stopped everything; what waits for a yes finds that the turn has ended.
            guard case .failure(let failure) = result else { return }
            log.warning("calls.not_ended", ["turn": "\(turn)", "error": failure.message])
        }
    }

    private func restart(_ agent: AgentID) {
        let name = agent.child
        process.log.notice("agent.stuck", ["child": name, "next": "restart"])
        client.request(Supervisor.Restart.self, Supervisor.NameRequest(name: name), deadline: RoomsLimits.restartRetry)
        {
            [log = process.log] result in
            // The state asks again while the process is there.
            guard case .failure(let failure) = result else { return }
            log.warning("agent.restart.failed", ["child": name, "error": failure.message, "next": "again"])
        }
    }

    private func store(_ record: Store.Create.Request, for save: Int) {
        client.request(Store.Create.self, record, deadline: RoomsLimits.recordWait, retry: .untilDeadline) {
            [unowned self] result in step(.recordStored(save: save, result))
        }
    }

    // MARK: Questions

    /// Asks a question; the answer is an event.
    func ask(_ query: RoomsState.Query) {
        switch query {
        case .listAgents: listAgents()
        case .listChildren: listChildren()
        case .listTree: listTree()
        case .listCalls(let agent, let turn): listCalls(agent, turn)
        case .readRecord(let join, let id): readRecord(id, for: join)
        }
    }

    private func readRecord(_ id: RecordID, for join: Int) {
        client.request(
            Store.Get.self, Store.IDRequest(id: id), deadline: RoomsLimits.recordWait, retry: .untilDeadline
        ) { [unowned self] result in step(.recordRead(join: join, result)) }
    }

    /// Asks page by page; as a rule nothing has changed. Pages that were read while something changed are as old as any
    /// answer: when the change is told, the state asks again.
    private func listAgents(after pages: [AgentDefinition] = [], version: String? = nil) {
        let request = Store.Agents.Request(after: pages.last?.id, known: pages.isEmpty ? agentsVersion : nil)
        client.request(Store.Agents.self, request) { [unowned self] result in
            switch result {
            case .success(let page) where pages.isEmpty && page.version == agentsVersion: step(.agentsUnchanged)
            case .success(let page) where page.more && !page.agents.isEmpty:
                listAgents(after: pages + page.agents, version: version ?? page.version)
            case .success(let page):
                agentsVersion = version ?? page.version
                step(.agentsListed(pages + page.agents, undecided: page.undecided))
            case .failure(let failure):
                process.log.debug("agents.unknown", ["error": failure.message])
                step(.agentsNotListed)
            }
        }
    }

    private func listChildren() {
        client.request(Broker.Children.self, Empty()) { [unowned self] result in
            // Without an answer the broker is away again; the state asks again when it is back.
            if case .success(let reply) = result { step(.childrenListed(reply.children)) }
        }
    }

    private func listCalls(_ agent: AgentID, _ turn: TurnID) {
        client.request(
            Toolbox.CallsOf.self, Toolbox.CallsOf.Request(agent: agent, turn: turn), deadline: RoomsLimits.callsWait,
            retry: .untilDeadline
        ) { [unowned self] result in
            if case .failure(let failure) = result {
                process.log.warning("calls.unknown", ["turn": "\(turn)", "error": failure.message])
            }
            step(.callsListed(turn: turn, try? result.get().calls))
        }
    }

    private func listTree() {
        client.request(Supervisor.List.self, Empty()) { [unowned self] result in
            // Without an answer the broker is away again; the state asks again when it is back.
            if case .success(let reply) = result { step(.treeListed(reply.children)) }
        }
    }
}
