import BusClient
import Capabilities
import JSON
import LinuxSystem
import MCP
import Runtime
import Services

/// What MCP servers ask people in the midst of calls: each question stands in the room of its turn as a numbered
/// request, as an approval does, and is answered by the same people.
///
/// Nothing of it is on the disk but the number: a question lives no longer than the call that it is for, and a call no
/// longer than this process.
final class ServerQuestions {
    private struct Question {
        let server: String
        let elicitation: Elicitation
        let call: AuthorizedCall
        let turn: TurnID
        let askedAt: String
        let timer: Timer

        var timeoutSeconds: Int { call.authority.asking.timeoutSeconds }
    }

    private let client: BusClient
    private let calls: ToolCalls
    private let authority: CallerAuthority
    private var open: [Int: Question] = [:]

    /// Nothing is asked.
    init(client: BusClient, calls: ToolCalls, authority: CallerAuthority) {
        self.client = client
        self.calls = calls
        self.authority = authority
    }

    /// Asks people. Where there is nobody who could be asked, the server is told so.
    ///
    /// - Parameter call: The call in which it comes up; nil when that is not known.
    func ask(_ elicitation: Elicitation, of server: String, in call: AuthorizedCall?) {
        guard let call, let turn = call.turn else { return send(.cancel, to: elicitation, of: server) }
        let number = calls.takeRequestNumber(), seconds = call.authority.asking.timeoutSeconds
        let timer = client.loop.schedule(after: .seconds(seconds)) { [unowned self] in
            close(number, .cancel, "Request \(number) was not answered within \(Counted.words(seconds: seconds)).")
        }
        let question = Question(
            server: server, elicitation: elicitation, call: call, turn: turn, askedAt: Clock.timestamp(), timer: timer)
        open[number] = question
        calls.process.log.notice("mcp.asked", ["server": server, "call": call.id, "request": "\(number)"])
        let words = QuestionText.request(
            number, question.elicitation, of: server, in: call, timeoutSeconds: question.timeoutSeconds)
        tell("question", number, question, words)
    }

    /// Nobody waits for the answer to a question any more.
    func withdraw(_ elicitation: Int, of server: String) {
        let number = open.first { $0.value.server == server && $0.value.elicitation.id == elicitation }?.key
        if let number { close(number, nil, "Request \(number) needs no answer any more.") }
    }

    /// The process of a server has ended.
    func end(_ server: String) {
        for (number, question) in open where question.server == server {
            close(number, nil, "Request \(number) needs no answer any more.")
        }
    }

    /// The questions as people list them, or one of them.
    func requests(_ number: Int?) -> [ApprovalRequest] {
        open.filter { number == nil || $0.key == number }.sorted { $0.key < $1.key }.map { number, question in
            ApprovalRequest(
                number: number, agent: question.call.agent, turn: question.turn, tool: question.call.tool.name,
                summary: QuestionText.summary(question.elicitation, of: question.server),
                details: QuestionText.details(question.elicitation), reason: nil, askedAt: question.askedAt,
                timeoutSeconds: question.timeoutSeconds)
        }
    }

    /// Whether a number is that of an open question.
    func asks(_ number: Int) -> Bool { open[number] != nil }

    /// A person answers.
    ///
    /// - Parameters:
    ///   - values: The form, as it is written; nil when the person does not want to say.
    func answer(
        _ number: Int, _ values: [String: String]?, _ caller: Principal,
        _ responder: Responder<Toolbox.Approve.Reply>
    ) {
        let attempt = "\(values == nil ? "deny" : "approve") \(number)"
        guard let asked = open[number] else { return }
        authority.ask(of: asked.call.agent) { [weak self] result in
            guard let self else { return }
            do throws(ServiceFailure) {
                let asking = try result.get().asking
                if !asking.admits(caller) {
                    let names = (asking.approvers ?? []).joined(separator: ", ")
                    throw ServiceFailure(.denied, "\(attempt): \(caller.name) is not among the approvers, \(names)")
                }
                guard let question = open[number] else {
                    throw ServiceFailure(.notFound, "\(attempt): it does not wait any more. See: egghead requests")
                }
                let answer = try Self.answer(values, to: question.elicitation, attempt)
                let verb = values == nil ? "not answered" : "answered"
                close(
                    number, answer,
                    "\(caller.name) has \(verb) request \(number) of the MCP server `\(question.server)`.")
                responder.reply(
                    .init(
                        agent: question.call.agent,
                        summary: QuestionText.summary(question.elicitation, of: question.server), granted: []))
            } catch {
                responder.fail(error)
            }
        }
    }

    private static func answer(
        _ values: [String: String]?, to elicitation: Elicitation, _ attempt: String
    ) throws(ServiceFailure) -> ElicitationAnswer {
        guard let values else { return .decline }
        do throws(ElicitationProblems) { return .accept(try elicitation.form.content(of: values)) } catch {
            let advice = "write NAME=VALUE behind the number"
            throw ServiceFailure(.invalid, "\(attempt): \(error.lines.joined(separator: "; ")); \(advice)")
        }
    }

    /// - Parameter answer: Nil when the server waits for none any more.
    private func close(_ number: Int, _ answer: ElicitationAnswer?, _ words: String) {
        guard let question = open.removeValue(forKey: number) else { return }
        question.timer.cancel()
        if let answer { send(answer, to: question.elicitation, of: question.server) }
        tell("settled", number, question, words)
    }

    private func send(_ answer: ElicitationAnswer, to elicitation: Elicitation, of server: String) {
        let message = ServerAnswer(elicitation: elicitation.id, answer: answer)
        client.publish(JSON.encode(message), to: .server(server, ServerAnswer.subject))
    }

    private func tell(_ what: String, _ number: Int, _ question: Question, _ text: String) {
        calls.tell(
            Coordinator.Tell.Request(
                request: "\(what)/\(number)/\(question.call.id)", agent: question.call.agent, turn: question.turn,
                text: text)
        ) { _ in }
    }
}

/// What a server asks, as people read it. The words are the server's: each stands behind a bar.
enum QuestionText {
    /// The most lines that a room is told.
    private static let linesMax = 40

    /// On one line.
    static func summary(_ elicitation: Elicitation, of server: String) -> String {
        "hear what the MCP server `\(server)` asks: \(RequestText.seen(elicitation.message.onOneLine))"
    }

    /// All of it.
    static func details(_ elicitation: Elicitation) -> [String] {
        let message = elicitation.message.split(separator: "\n", omittingEmptySubsequences: false)
        return message.map { RequestText.seen(String($0)) } + elicitation.form.lines.map(RequestText.seen)
    }

    /// What the room is told.
    static func request(
        _ number: Int, _ elicitation: Elicitation, of server: String, in call: AuthorizedCall, timeoutSeconds: Int
    ) -> String {
        let details = details(elicitation)
        let more = details.count > linesMax ? ["| [more: egghead requests \(number)]"] : []
        let names = elicitation.form.fields.filter { $0.isRequired && $0.suggestion == nil }.map { "\($0.name)=…" }
        let values = names.isEmpty ? "" : " " + names.map(RequestText.seen).joined(separator: " ")
        return
            ([
                "Request \(number): the MCP server `\(server)` asks, in \(call.tool.name) for @\(call.agent); "
                    + "what it is told leaves the node."
            ] + details.prefix(linesMax).map { "| " + $0 } + more + [
                "Answer with: egghead approve \(number)\(values), or egghead deny \(number). "
                    + "Without an answer it is told nothing after \(Counted.words(seconds: timeoutSeconds))."
            ]).joined(separator: "\n")
    }
}
