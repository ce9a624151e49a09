import Capabilities
import Services
import Time

@testable import egghead_agent
@testable import egghead_toolbox

/// One thing that may happen next.
enum Happening: Hashable {
    /// The toolbox does one thing that its monitor has decided, or reads one message.
    case toolboxWorks, toolboxReads
    /// The broker carries one message of a life of the agent to the toolbox.
    case brokerCarries(life: Int)
    /// The store does what it was asked; its answer leaves it; the toolbox hears it.
    case storeDoes, storeAnswers, toolboxHears
    /// The agent hears the toolbox, or its model.
    case agentReads, modelAnswers(ChatID)
    /// The supervisor starts the agent.
    case agentStarts
    /// The coordinator offers a turn, or hears how it ended.
    case coordinatorOffers(TurnID), coordinatorTakes(TurnID)
    /// The clock reaches what the agent waits for.
    case agentWakes
    /// A request has had no answer in time.
    case agentGivesUp(Int), toolboxGivesUp(Int)

    /// Whether it only happens by waiting.
    var isPatience: Bool {
        switch self {
        case .agentWakes, .agentGivesUp, .toolboxGivesUp: true
        case .toolboxWorks, .toolboxReads, .brokerCarries, .storeDoes, .storeAnswers, .toolboxHears, .agentReads,
            .modelAnswers, .agentStarts, .coordinatorOffers, .coordinatorTakes:
            false
        }
    }
}

extension TurnWorld {
    /// Everything that may happen now. The first is what happens when nobody is slow.
    var happenings: [Happening] {
        var all: [Happening] = []
        if !held.contains(.toolbox) {
            if !toolbox.work.isEmpty {
                all.append(.toolboxWorks)
            } else {
                if !toolbox.input.isEmpty { all.append(.toolboxReads) }
                if !toolbox.replies.isEmpty { all.append(.toolboxHears) }
            }
        }
        if !held.contains(.broker) {
            let full = lines.filter { !$0.messages.isEmpty }.map { Happening.brokerCarries(life: $0.life) }
            all += brokerKeepsOrder ? full : full.reversed()
        }
        if !held.contains(.store) {
            if !storeInput.isEmpty { all.append(.storeDoes) }
            if !storeDone.isEmpty { all.append(.storeAnswers) }
        }
        if !held.contains(.agent), let agent { all += happenings(of: agent) }
        if agent == nil, !isOver { all.append(.agentStarts) }
        return all + (held.contains(.toolbox) ? [] : toolbox.open.keys.sorted().map { .toolboxGivesUp($0) })
    }

    private func happenings(of agent: AgentLife) -> [Happening] {
        var all: [Happening] = toAgent.isEmpty ? [] : [.agentReads]
        all += agent.chats.map { .modelAnswers($0.id) }
        if !held.contains(.coordinator) {
            all += agent.reports.map { .coordinatorTakes($0.turn) }
            let waiting = turns.filter { !$0.isOver && $0.leasedTo != agent.core.incarnation }
            all += waiting.map { .coordinatorOffers($0.id) }
        }
        if agent.core.nextWakeUp != nil { all.append(.agentWakes) }
        return all + agent.open.keys.sorted().map { .agentGivesUp($0) }
    }

    /// Lets something happen.
    func happen(_ happening: Happening) {
        note(.happened(happening))
        switch happening {
        case .toolboxWorks: work(toolbox.work.removeFirst())
        case .toolboxReads: read(toolbox.input.removeFirst())
        case .brokerCarries(let life):
            guard let index = lines.firstIndex(where: { $0.life == life }) else { return }
            toolbox.input.append(lines[index].messages.removeFirst())
        case .storeDoes: storeDo()
        case .storeAnswers: toolbox.replies.append(storeDone.removeFirst())
        case .toolboxHears:
            let (number, reply) = toolbox.replies.removeFirst()
            answer(number, reply)
        case .agentReads: agentRead()
        case .modelAnswers(let id): modelAnswer(id)
        case .agentStarts: startAgent()
        case .coordinatorOffers(let turn): offer(turn)
        case .coordinatorTakes(let turn): takeReport(of: turn)
        case .agentWakes:
            now = max(now, agent?.core.nextWakeUp ?? now)
            hear(.woke)
        case .agentGivesUp(let number):
            now = now + AgentLimits.requestDeadline
            if let request = agent?.open.removeValue(forKey: number) {
                agentHear(request, .failure(ServiceFailure(.timeout, "no answer")))
            }
        case .toolboxGivesUp(let number): answer(number, nil)
        }
    }

    // MARK: The toolbox

    private func read(_ message: Message) {
        switch message {
        case .call(let request, let asker):
            let claim = ToolClaim(caller: .agent("scout"), turn: request.turn, call: request.call, at: "now")
            toolbox.work += toolbox.monitor.handle(.asked(claim, attempt: request.attempt, by: asker))
        case .calls(let request, let asker):
            let turn = TurnKey(caller: .agent("scout"), id: request.turn)
            let calls = toolbox.monitor.calls(of: turn, toldTo: request.attempt)
            toAgent.append((asker, .calls(Toolbox.Calls.Reply(fitting: calls))))
        }
    }

    private func work(_ action: ToolMonitor<Asker>.Action) {
        switch action {
        case .askGrants(_, let ticket): ask(.grants(ticket))
        case .commit(let entry, let waits):
            disk.append(entry)
            if waits { synced = disk.count }
        case .run(let call):
            let claims = call.tool.effect == .sideEffect ? disk.prefix(synced) : disk[...]
            let isClaimed = claims.contains {
                if case .claimed(let claim) = $0 { claim.key == call.key } else { false }
            }
            if !isClaimed { fail("\(call.id) runs unclaimed") }
            ask(.run(call))
        case .answer(let asker, let result): toAgent.append((asker, .outcome(result)))
        // Nobody is asked here, and no turn ends without its agent: `ApprovalTests`.
        case .tellDenial, .logStale, .logEnd, .tellRequest, .tellAnswer, .stop: break
        }
    }

    private func ask(_ question: Question) {
        let number = nextNumber()
        toolbox.open[number] = question
        storeInput.append((number, question))
    }

    /// - Parameter reply: Nil when the store has not answered in time.
    private func answer(_ number: Int, _ reply: StoreReply?) {
        guard let question = toolbox.open.removeValue(forKey: number) else { return }
        let silence = ServiceFailure(.timeout, "no answer")
        switch (question, reply) {
        case (.grants(let ticket), .grants(let grants)?):
            toolbox.work += toolbox.monitor.handle(.granted(ticket, grants, menu: Tool.records))
        case (.grants(let ticket), _):
            toolbox.work += toolbox.monitor.handle(.granted(ticket, .failure(silence), menu: Tool.records))
        case (.run(let call), let reply):
            let outcome =
                reply != nil
                ? ToolOutcome(.done, "Done.")
                : call.tool == .createRecord ? RecordTools.outcome(ofFailedWrite: silence) : ToolOutcome(.failed, "x")
            toolbox.work += toolbox.monitor.handle(.ended(call.key, outcome))
        }
    }

    // MARK: The store

    private func storeDo() {
        let (number, question) = storeInput.removeFirst()
        switch question {
        case .grants: storeDone.append((number, .grants(grants())))
        case .run(let call):
            if call.tool == .createRecord, let request = try? RecordTools.creation(call, at: "now") {
                makeNote(request, of: call)
            }
            storeDone.append((number, .done))
        }
    }
}
