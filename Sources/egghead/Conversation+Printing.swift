import Bus
import BusClient
import Control
import Following
import Services
import Terminal

extension Conversation {
    /// Ends the command when the message is acknowledged; with `isJSON` the acknowledgement is printed.
    func endWhenPosted(isJSON: Bool) {
        onPosted = { [unowned session] reply in
            if isJSON { Output.print(json: reply) }
            session.end()
        }
    }

    /// Prints each answer when it is complete, and ends the command after the last one.
    func printAnswers(isJSON: Bool) {
        endWhenSettled()
        onPosted = { [unowned self] _ in follow() }
        onEvent = { [unowned self] event in
            if isJSON {
                Output.print(json: event)
            } else if event.type == .message, event.from.agent != nil {
                Output.print(RoomEventText.said(event))
            } else {
                complain(of: event)
            }
            notePass(event)
        }
    }

    /// Prints the answers while they are written, and ends the command after the last one.
    func streamAnswers() {
        endWhenSettled()
        var answers = StreamedAnswers(turns: [])
        onPosted = { [unowned self] reply in
            answers = StreamedAnswers(turns: reply.turns)
            // Text that was published before the subscription is active is printed with the complete answer.
            session.bus.subscribe(toDeltasOf: reply.room) { _, delta in
                Output.write(raw: SafeText.block(answers.receive(delta)))
            }
            follow()
        }
        onEvent = { [unowned self] event in
            if event.type == .message, event.from.agent == nil { return }
            Output.write(raw: SafeText.block(answers.receive(event)))
            complain(of: event)
            notePass(event)
        }
    }

    /// Has standard error say why there is no answer: a notice, or that a person has ended the turn.
    private func complain(of event: RoomEvent) {
        let words = "\(RoomEventText.speaker(event.from)) \(event.text)"
        switch event.type {
        // What a turn asks of people, and how far a call is, is no reason why it gave no answer.
        case .notice where event.isOfOpenTurn: Output.complain(event.text)
        case .action where event.isOfOpenTurn: Output.complain(words)
        case .notice: tellReason(event.text)
        case .action:
            lastAction = event
            if event.outcome == .dismissed { tellReason(words) }
        case .message: break
        }
    }

    private func tellReason(_ reason: String) {
        isReasonTold = true
        Output.complain(reason)
    }

    private func notePass(_ event: RoomEvent) {
        if event.outcome == .passed { passes.append(event) }
    }

    /// Has standard error name the room when the message is the first thing in it: its name may be mistyped.
    func tellsNewRoom() {
        let next = onPosted
        onPosted = { reply in
            if reply.number == 1 { Output.complain("\(reply.room) is a new room") }
            next(reply)
        }
    }

    private func endWhenSettled() {
        onSettled = { [unowned self] isAnswered in
            // The notices on standard error say why there is no answer; a pass has none.
            if isAnswered { return session.end() }
            for event in passes {
                Output.complain("\(RoomEventText.speaker(event.from)) \(event.text): it has nothing to say to this")
            }
            if passes.isEmpty, !isReasonTold { tellReason(reasonNotToldYet) }
            session.fail(CommandFailure(.failure))
        }
    }

    /// Why there is no answer when neither a notice nor a pass says it: the room was changed meanwhile, or is gone.
    private var reasonNotToldYet: String {
        let room = posted.map { "\($0.room)" } ?? "the room"
        guard let lastAction else {
            return "no agent answers: \(room) has no turn of this message any more; see: egghead rooms"
        }
        return "no agent answers: \(RoomEventText.speaker(lastAction.from)) \(lastAction.text)"
    }
}
