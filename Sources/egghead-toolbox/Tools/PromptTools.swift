import BusClient
import Capabilities
import Runtime
import Services
import Time

/// The tool that asks another agent: a message in that agent's own room, where it answers, and people can read along.
final class PromptTools: ToolSource {
    /// A call that has not ended.
    private struct Prompt {
        let agent: AgentID
        let deadline: Instant
        let done: (ToolOutcome) -> Void
        /// Where the message is, when the coordinator has said so.
        var message: Coordinator.Post.Reply?
    }

    private let client: BusClient
    private let loop: EventLoop
    private var prompts: [ToolCallKey: Prompt] = [:]
    private var waits = PromptWaits()
    private var lineage = PromptLineage()

    /// How long a request is tried, and how often the coordinator is asked whether the answer is there.
    private static let patience = Duration.seconds(30), interval = Duration.milliseconds(300)
    /// How long an answer is waited for, in seconds, unless the call says it.
    private static let time = 300, timeMax = 3_600

    /// The tool of a node.
    init(client: BusClient, loop: EventLoop) { (self.client, self.loop) = (client, loop) }

    /// The same at all times.
    var menu: [Tool] { [.promptAgent] }

    /// Runs a call; what is wrong with its arguments is its outcome.
    func run(_ call: AuthorizedCall, done: @escaping (ToolOutcome) -> Void) {
        guard case .agent(let agent)? = call.requests.first?.object else { return }
        do throws(ServiceFailure) {
            let text = try call.arguments.text("text")
            let seconds = try call.arguments.integer("timeout", in: 1...Self.timeMax) ?? Self.time
            try waits.check(from: call.agent, to: agent)
            if let turn = call.turn { try lineage.add(from: turn) }
            waits.add(call.key, from: call.agent, to: agent)
            prompts[call.key] = Prompt(agent: agent, deadline: loop.time + .seconds(seconds), done: done)
            post(call, to: agent, text)
        } catch {
            done(ToolOutcome(.failed, error.message))
        }
    }

    /// Stops to wait. The other agent has its turn all the same.
    func stop(_ call: ToolCallKey) {
        guard let prompt = prompts[call] else { return }
        guard let message = prompt.message else {
            return end(call, ToolOutcome(.unknown, "It was stopped; @\(prompt.agent) may have been asked."))
        }
        end(call, ToolOutcome(.done, "Asked in room \(message.room); the answer was not waited for."))
    }

    private func post(_ call: AuthorizedCall, to agent: AgentID, _ text: String) {
        let request = Coordinator.Post.Request(
            request: call.agent.requestID(call.id), room: nil, agent: agent.rawValue, speaker: call.agent, text: text)
        client.request(Coordinator.Post.self, request, deadline: Self.patience, retry: .untilDeadline) {
            [unowned self] result in
            switch result {
            case .success(let message):
                if let turn = call.turn { lineage.add(message.turns, causedBy: turn) }
                prompts[call.key]?.message = message
                follow(call.key)
            case .failure(let failure): end(call.key, RecordTools.outcome(ofFailedWrite: failure))
            }
        }
    }

    /// Asks whether the answer is there.
    private func follow(_ call: ToolCallKey) {
        guard let prompt = prompts[call], let message = prompt.message else { return }
        let place = "room \(message.room), behind number \(message.number)"
        guard loop.time < prompt.deadline else {
            return end(call, ToolOutcome(.done, "Asked; there is no answer yet. It will be in \(place)."))
        }
        let question = Coordinator.Settled.Request(room: message.room, number: message.number)
        client.request(Coordinator.Settled.self, question, deadline: Self.patience) { [unowned self] result in
            switch result {
            case .success(let reply) where reply.settled: read(call, after: message.number, found: [])
            case .success: followLater(call)
            case .failure(let failure): retry(call, failure)
            }
        }
    }

    private func followLater(_ call: ToolCallKey) {
        loop.schedule(after: Self.interval) { [unowned self] in follow(call) }
    }

    /// The room may be gone, which no second question changes.
    private func retry(_ call: ToolCallKey, _ failure: ServiceFailure) {
        if failure.code.isTransient { return followLater(call) }
        end(call, ToolOutcome(.done, "Asked; the answer cannot be read: \(failure.message)"))
    }

    /// Reads what was said since the message, page by page.
    private func read(_ call: ToolCallKey, after number: Int, found: [RoomEvent]) {
        guard let prompt = prompts[call], let message = prompt.message else { return }
        let page = Coordinator.History.Request(
            room: message.room, after: number, limit: Coordinator.History.eventsMax)
        client.request(Coordinator.History.self, page, deadline: Self.patience) { [unowned self] result in
            switch result {
            case .success(let reply):
                let answer = PromptAnswer(of: prompt.agent, to: message)
                let found = found + reply.events.filter(answer.isPart)
                if let last = reply.events.last, last.number < reply.head {
                    return read(call, after: last.number, found: found)
                }
                end(call, answer.outcome(found))
            case .failure(let failure): retry(call, failure)
            }
        }
    }

    private func end(_ call: ToolCallKey, _ outcome: ToolOutcome) {
        waits.remove(call)
        prompts.removeValue(forKey: call)?.done(outcome)
    }
}

/// Which agents wait for which, so that none waits for itself.
struct PromptWaits {
    private var edges: [ToolCallKey: (from: AgentID, to: AgentID)] = [:]

    /// Whether an agent may ask another one.
    ///
    /// - Throws: Why it would never be answered.
    func check(from asker: AgentID, to agent: AgentID) throws(ServiceFailure) {
        if agent == asker { throw ServiceFailure(.invalid, "prompt_agent: @\(agent) is you; think instead") }
        var behind: Set = [agent]
        while let next = edges.values.first(where: { behind.contains($0.from) && !behind.contains($0.to) }) {
            behind.insert(next.to)
        }
        if behind.contains(asker) {
            throw ServiceFailure(.invalid, "prompt_agent: @\(agent) waits for your own answer; answer it first")
        }
    }

    /// Adds a call that waits.
    mutating func add(_ call: ToolCallKey, from asker: AgentID, to agent: AgentID) { edges[call] = (asker, agent) }

    /// Forgets a call that waits no more.
    mutating func remove(_ call: ToolCallKey) { edges[call] = nil }
}

/// Which turn came of which, as far as agents have asked each other, so that they do not ask for ever: by their own
/// messages in rooms they are bounded by the room, which counts until a person speaks.
///
/// A new toolbox begins to count anew.
struct PromptLineage {
    private struct Origin {
        /// The turn that nobody was prompted for.
        let root: TurnID
        /// How many prompts lie between.
        let depth: Int
    }

    private var origins: [TurnID: Origin] = [:]
    private var counts: [TurnID: Int] = [:]
    /// The turns in the order in which they came, so that the oldest can be forgotten.
    private var order: [TurnID] = []

    /// How many agents may ask each other in a row, and how often it may be asked in all that comes of one turn.
    static let depthMax = 4, promptsMax = 30
    /// How many turns are remembered.
    private static let turnsMax = 10_000

    /// Counts a prompt in a turn.
    ///
    /// - Throws: That there were enough.
    mutating func add(from turn: TurnID) throws(ServiceFailure) {
        let origin = origins[turn] ?? Origin(root: turn, depth: 0), count = counts[origin.root] ?? 0
        guard origin.depth < Self.depthMax else {
            throw ServiceFailure(
                .exhausted, "prompt_agent: \(Self.depthMax) agents have asked one another for this; answer by yourself")
        }
        guard count < Self.promptsMax else {
            throw ServiceFailure(
                .exhausted,
                "prompt_agent: \(count) prompts came of one message already; answer, until somebody asks anew")
        }
        if origins[turn] == nil { remember(turn, origin) }
        counts[origin.root] = count + 1
    }

    /// Remembers what a prompt has caused.
    mutating func add(_ turns: [TurnID], causedBy turn: TurnID) {
        let origin = origins[turn] ?? Origin(root: turn, depth: 0)
        for caused in turns where origins[caused] == nil {
            remember(caused, Origin(root: origin.root, depth: origin.depth + 1))
        }
    }

    private mutating func remember(_ turn: TurnID, _ origin: Origin) {
        origins[turn] = origin
        order.append(turn)
        guard order.count > Self.turnsMax else { return }
        for old in order.prefix(Self.turnsMax / 2) { (origins[old], counts[old]) = (nil, nil) }
        order.removeFirst(Self.turnsMax / 2)
    }
}

/// What an agent answered to another one's message.
struct PromptAnswer {
    private let agent: AgentID
    private let message: Coordinator.Post.Reply

    /// The answer to a message.
    init(of agent: AgentID, to message: Coordinator.Post.Reply) { (self.agent, self.message) = (agent, message) }

    /// Whether an event of the room is part of it.
    func isPart(_ event: RoomEvent) -> Bool { event.turn.map(message.turns.contains) ?? false }

    /// What the model is told that has asked.
    func outcome(_ events: [RoomEvent]) -> ToolOutcome {
        let said = events.filter { $0.type == .message && $0.from == .agent(agent) }
        if !said.isEmpty { return ToolOutcome(.done, said.map(\.text).joined(separator: "\n\n")) }
        if events.contains(where: { $0.outcome == .passed }) {
            return ToolOutcome(.done, "@\(agent) has nothing to say about it.")
        }
        let reason = events.last { $0.outcome != nil }?.text ?? "See room \(message.room)."
        return ToolOutcome(.done, "There is no answer. \(reason)")
    }
}
