import Capabilities
import Models
import Services

@testable import egghead_agent
@testable import egghead_toolbox

// The agent and those who speak with it.
extension TurnWorld {
    /// The supervisor starts a process of the agent, and the broker has its connection.
    func startAgent() {
        lives += 1
        let settings = AgentSettings(id: "scout", digest: "d1", contextThreshold: 0.8)
        agent = AgentLife(core: Agent(settings: settings, incarnation: lives))
        if brokerKeepsOrder { lines.removeAll() }
        lines.append((lives, []))
    }

    /// The coordinator offers a turn, as the next attempt.
    func offer(_ id: TurnID) {
        guard let index = turns.firstIndex(where: { $0.id == id }), let life = agent?.core.incarnation else { return }
        turns[index].attempt += 1
        turns[index].leasedTo = life
        let request = TurnRequest(
            turn: id, attempt: turns[index].attempt, room: id.room, number: 1, from: "user:ann", text: "Write it down.",
            answersBefore: 0,
            agent: AgentDefinition(id: "scout", title: "Scout", tags: [], disposition: "You are Scout.", digest: "d1"))
        perform(agent?.core.offer(request, at: now).actions ?? [])
    }

    /// The coordinator hears how a turn ended.
    func takeReport(of id: TurnID) {
        guard let index = turns.firstIndex(where: { $0.id == id }),
            let report = agent?.reports.first(where: { $0.turn == id })
        else { return }
        agent?.reports.removeAll { $0.turn == id }
        if report.attempt != turns[index].attempt { fail("\(id) ends as attempt \(report.attempt)") }
        turns[index].isOver = true
        if report.outcome == .answered { checkEnd(of: id) }
        hear(.finished(report, .success(Empty())))
    }

    /// The agent reads what the toolbox says to it; what was said to its predecessors is nobody's.
    func agentRead() {
        let (asker, reply) = toAgent.removeFirst()
        guard asker.life == agent?.core.incarnation, let request = agent?.open.removeValue(forKey: asker.number)
        else { return }
        agentHear(request, .success(reply))
    }

    /// A request is answered, or not.
    func agentHear(_ request: AgentRequest, _ result: Result<Reply, ServiceFailure>) {
        switch (request, result) {
        case (.readCalls(let turn, _), .success(.calls(let reply))): hear(.calls(turn: turn, .success(reply)))
        case (.readCalls(let turn, _), .failure(let failure)): hear(.calls(turn: turn, .failure(failure)))
        case (.callTool(let call), .success(.outcome(let outcome))): hear(.toolEnded(call, outcome))
        case (.callTool(let call), .failure(let failure)): hear(.toolEnded(call, .failure(failure)))
        case _: fail("\(request) is answered with \(result)")
        }
    }

    /// The model answers: it calls what is open by its prompt, or it has nothing left to do.
    func modelAnswer(_ id: ChatID) {
        guard let index = agent?.chats.firstIndex(where: { $0.id == id }),
            let request = agent?.chats.remove(at: index).request, case .answer(let turn, _, _, _, _, _) = id,
            let model = models.first(where: { $0.turn == turn })
        else { return }
        let calls = request.tools == nil ? [] : model.nextCalls(after: request.messages)
        if calls.isEmpty { hear(.chunk(chat: id, ChatChunk(sequence: 0, text: "That is all."))) }
        let outcome = ChatOutcome(
            stopReason: calls.isEmpty ? .end : .toolCalls, usage: nil, provider: "p", model: "m",
            toolCalls: calls.isEmpty ? nil : calls)
        hear(.chunk(chat: id, ChatChunk(sequence: calls.isEmpty ? 1 : 0, done: outcome)))
    }

    /// The agent's core is told something.
    func hear(_ event: AgentEvent) { perform(agent?.core.handle(event, at: now) ?? []) }

    private func perform(_ actions: [AgentAction]) {
        for action in actions {
            switch action {
            case .ask(let request), .askAgain(let request): ask(request)
            case .chat(let id, let request):
                agent?.chats.removeAll { $0.id == id }
                agent?.chats.append((id, request))
                if case .answer(let turn, _, _, _, _, _) = id { check(request, of: turn) }
            case .hello, .warnOfHello, .cancelChat, .publish, .tellProgress, .writeDeliberation, .warn, .leave: break
            }
        }
    }

    private func ask(_ request: AgentRequest) {
        switch request {
        case .readProviders(let turn):
            let provider = ProviderInfo(name: "p", model: "m", contextWindow: 100_000, tools: true, isLocal: false)
            hear(.providers(turn: turn, .success(.init(providers: [provider], defaultProvider: "p"))))
        case .readDeliberation(let turn, _): hear(.deliberation(turn: turn, .success(.init(record: nil))))
        case .readHistory(let turn, _):
            let event = RoomEvent(
                number: 1, at: "2026-11-22T08:30:00.000Z", room: turn.room, type: .message, from: "user:ann",
                text: "Write it down.")
            hear(.history(turn: turn, .success(.init(room: turn.room, head: 1, events: [event]))))
        case .search(let turn, _): hear(.passages(turn: turn, .success(.init(passages: [], rebuilding: false))))
        case .quote: fail("a quote, though the model has tools")
        case .readMenu(let turn): hear(.menu(turn: turn, .success(.init(tools: Tool.records.map(\.definition)))))
        case .readCalls(let turn, let attempt):
            send(request) { .calls(Toolbox.Calls.Request(turn: turn, attempt: attempt), $0) }
        case .callTool(let call):
            if let intention = models.flatMap(\.steps).joined().first(where: {
                $0.turn == call.turn && $0.isMade(by: call.call)
            }) {
                made[intention, default: []].append(call.call.id)
            }
            send(request) { .call(call, $0) }
        case .finish(let report): agent?.reports.append(report)
        case .announceHandoff: fail("a hand-off")
        }
    }

    private func send(_ request: AgentRequest, _ message: (Asker) -> Message) {
        guard let life = agent?.core.incarnation, let line = lines.firstIndex(where: { $0.life == life }) else {
            return
        }
        let number = nextNumber()
        agent?.open[number] = request
        lines[line].messages.append(message(Asker(life: life, number: number)))
    }
}
