import BusClient
import Control
import Following
import LinuxSystem
import Runtime
import Services
import Terminal

/// Asks all agents one question in a room that is created for it, and saves the room after the last answer.
///
///     are there agents? ──► post `@jam …` ──► settled ──► drop the room ──► print the answers and the record
final class Consultation {
    /// The output with `--json`.
    private struct Report: Encodable {
        let question: String
        let room: RoomName
        let record: RecordID?
        let answers: [ConsultationAnswers.Answer]
    }

    private let session: NodeSession
    private let question: String
    private let isJSON: Bool
    private let conversation: Conversation
    private let room: RoomName
    private let timeout: Duration
    private var answers: ConsultationAnswers?

    /// The deadline for the coordinator to save and close the room.
    private static let dropWait = Duration.seconds(120)

    /// The name of a new room for a question.
    static func room() -> RoomName {
        RoomName(stringLiteral: "consult-" + Clock.timestamp().filter { !"-:.".contains($0) })
    }

    /// A consultation that `begin()` starts.
    init(_ session: NodeSession, question: String, isJSON: Bool, timeout: Duration) {
        self.session = session
        self.question = question
        self.isJSON = isJSON
        self.timeout = timeout
        room = Self.room()
        conversation = Conversation(
            session, .init(request: RequestID.make(), room: room, text: "@jam " + question), timeout: timeout)
        conversation.advice = "what has been said stays in the room: egghead watch \(room)"
        conversation.onPosted = { [unowned self] in posted($0) }
        conversation.onEvent = { [unowned self] in answers?.receive($0) }
        conversation.onSettled = { [unowned self] _ in dropRoom() }
    }

    /// Asks the question when the client is connected. If there are no agents it fails without creating a room.
    func begin() {
        var isAnswered = false
        session.tellsWait(for: .store) { isAnswered }
        session.bus.request(
            Store.Agents.self, .init(), deadline: min(timeout, NodeSession.answerWait), retry: .untilDeadline
        ) { [unowned self] result in
            isAnswered = true
            switch result {
            case .success(let page) where page.agents.isEmpty:
                session.fail(CommandFailure(.failure, "consulting: there are no agents to ask. See: egghead agents"))
            case .success: conversation.begin()
            case .failure(let failure): session.fail(failure)
            }
        }
    }

    private func posted(_ reply: Coordinator.Post.Reply) {
        guard !reply.turns.isEmpty else {
            return session.fail(CommandFailure(.failure, "consulting: nobody was asked. See: egghead watch \(room)"))
        }
        answers = ConsultationAnswers(reply)
        conversation.follow()
    }

    private func dropRoom() {
        let request = Coordinator.RoomRequest(request: RequestID.make(), room: room)
        session.bus.request(Coordinator.Drop.self, request, deadline: Self.dropWait, retry: .untilDeadline) {
            [unowned self] result in
            switch result {
            case .success(let reply):
                report(record: reply.records.first)
                if answers?.isAnswered == true { session.end() } else { session.fail(CommandFailure(.failure)) }
            case .failure(let failure):
                report(record: nil)
                session.fail(failure)
            }
        }
    }

    private func report(record: RecordID?) {
        guard let answers else { return }
        if isJSON {
            return Output.print(
                json: Report(question: question, room: room, record: record, answers: answers.answers))
        }
        Output.print(SafeText.block(answers.text))
        if let record { Output.print(SafeText.line("\(record)")) }
    }
}
