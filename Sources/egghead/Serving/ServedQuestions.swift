import Bus
import BusClient
import Capabilities
import Control
import Following
import MCP
import Runtime
import Services
import Time

/// Questions of clients to agents, which may take minutes: each is posted in a room, its answers are waited for, and
/// whoever has asked is told how far it is.
final class ServedQuestions {
    private struct Question {
        let deadline: Instant
        /// Whether the room was made for it, and is closed when it is answered.
        let hasOwnRoom: Bool
        let done: (ServedOutcome) -> Void
        var asked = 0
    }

    /// Called with news of a question that runs.
    var onProgress: (_ key: MCPHost.RequestKey, _ count: Int, _ words: String) -> Void = { _, _, _ in }

    private let bus: BusClient
    private var questions: [MCPHost.RequestKey: Question] = [:]

    private static let patience = Duration.seconds(30), interval = Duration.milliseconds(300)
    private static let time = 300, timeMax = 3_600

    /// No question is asked.
    init(_ bus: BusClient) { self.bus = bus }

    /// Asks one agent.
    func prompt(
        _ key: MCPHost.RequestKey, _ arguments: ToolArguments, _ done: @escaping (ServedOutcome) -> Void
    ) throws(ServiceFailure) {
        let agent = try arguments.text("agent"), text = try arguments.text("text")
        let request = Coordinator.Post.Request(request: RequestID.make(), room: nil, agent: agent, text: text)
        post(key, request, hasOwnRoom: false, try seconds(arguments), done)
    }

    /// Asks all agents.
    func consult(
        _ key: MCPHost.RequestKey, _ arguments: ToolArguments, _ done: @escaping (ServedOutcome) -> Void
    ) throws(ServiceFailure) {
        let text = try arguments.text("question")
        let request = Coordinator.Post.Request(
            request: RequestID.make(), room: Consultation.room(), text: "@jam " + text)
        post(key, request, hasOwnRoom: true, try seconds(arguments), done)
    }

    /// Nobody waits for the answers any more. The agents answer all the same.
    func stop(_ key: MCPHost.RequestKey) { questions[key] = nil }

    private func seconds(_ arguments: ToolArguments) throws(ServiceFailure) -> Int {
        try arguments.integer("timeout", in: 1...Self.timeMax) ?? Self.time
    }

    private func post(
        _ key: MCPHost.RequestKey, _ request: Coordinator.Post.Request, hasOwnRoom: Bool, _ seconds: Int,
        _ done: @escaping (ServedOutcome) -> Void
    ) {
        questions[key] = Question(
            deadline: bus.loop.now + .seconds(seconds), hasOwnRoom: hasOwnRoom, done: done)
        bus.request(Coordinator.Post.self, request, deadline: Self.patience, retry: .untilDeadline) {
            [unowned self] result in
            switch result {
            case .success(let message) where message.turns.isEmpty:
                end(key, ServedOutcome("Nobody answers: there is no such agent, or it is away.", isError: true))
            case .success(let message): follow(key, message)
            case .failure(let failure): end(key, ServedOutcome(failure.message, isError: true))
            }
        }
    }

    private func follow(_ key: MCPHost.RequestKey, _ message: Coordinator.Post.Reply) {
        guard let question = questions[key] else { return }
        guard bus.loop.now < question.deadline else {
            let place = "room \(message.room), behind number \(message.number)"
            return end(key, ServedOutcome("There is no answer yet; it will be in \(place): read_room shows it."))
        }
        let asked = Coordinator.Settled.Request(room: message.room, number: message.number)
        bus.request(Coordinator.Settled.self, asked, deadline: Self.patience, retry: .untilDeadline) {
            [unowned self] result in
            switch result {
            case .success(let reply) where reply.settled:
                read(key, message, ConsultationAnswers(message), message.number)
            case .success:
                questions[key]?.asked += 1
                let asked = questions[key]?.asked ?? 0
                onProgress(key, asked, "thinking in room \(message.room) for \(asked * 3 / 10) s")
                bus.loop.schedule(after: Self.interval) { [weak self] in self?.follow(key, message) }
            case .failure(let failure): end(key, ServedOutcome(failure.message, isError: true))
            }
        }
    }

    /// Reads what was said since the question, page by page.
    private func read(
        _ key: MCPHost.RequestKey, _ message: Coordinator.Post.Reply, _ answers: ConsultationAnswers, _ number: Int
    ) {
        guard questions[key] != nil else { return }
        let page = Coordinator.History.Request(
            room: message.room, after: number, limit: Coordinator.History.eventsMax)
        bus.request(Coordinator.History.self, page, deadline: Self.patience, retry: .untilDeadline) {
            [unowned self] result in
            switch result {
            case .failure(let failure): end(key, ServedOutcome(failure.message, isError: true))
            case .success(let reply):
                var answers = answers
                let turns = Set(message.turns)
                for event in reply.events
                where event.turn.map(turns.contains) ?? false || questions[key]?.hasOwnRoom == true {
                    answers.receive(event)
                }
                if let last = reply.events.last, last.number < reply.head {
                    return read(key, message, answers, last.number)
                }
                finish(key, message, answers)
            }
        }
    }

    private func finish(_ key: MCPHost.RequestKey, _ message: Coordinator.Post.Reply, _ answers: ConsultationAnswers) {
        guard let question = questions[key] else { return }
        if question.hasOwnRoom {
            let request = Coordinator.RoomRequest(request: RequestID.make(), room: message.room)
            bus.request(Coordinator.Drop.self, request, deadline: Self.patience, retry: .untilDeadline) { _ in }
            return end(key, ServedOutcome(answers.text, isError: !answers.isAnswered))
        }
        let said = answers.answers.map(\.text).filter { !$0.isEmpty }.joined(separator: "\n\n")
        end(
            key,
            ServedOutcome(
                said.isEmpty ? "The agent has nothing to say." : said, isError: !answers.isAnswered && !said.isEmpty))
    }

    private func end(_ key: MCPHost.RequestKey, _ outcome: ServedOutcome) {
        questions.removeValue(forKey: key)?.done(outcome)
    }
}
