import Bus
import Services
import Terminal

extension Conversation {
    /// Ends the command when the message is acknowledged.
    func endWhenPosted(isJSON: Bool) {
        onPosted = { [unowned session] reply in
            if isJSON { Output.print(json: reply) }
            session.end()
        }
    }

    /// Prints the answers when they are whole, and ends the command with the last one.
    func printAnswers(isJSON: Bool) {
        endWhenSettled()
        onPosted = { [unowned self] _ in follow() }
        onEvent = { event in
            if isJSON { return Output.print(json: event) }
            switch event.type {
            case .message: if event.from.agent != nil { Output.print(SafeText.block(event.text)) }
            case .notice: Output.complain(event.text)
            case .action: break
            }
        }
    }

    /// Prints the answers while they are being written, and ends the command with the last one.
    func streamAnswers() {
        endWhenSettled()
        var answers = StreamedAnswers(turns: [])
        onPosted = { [unowned self] reply in
            answers = StreamedAnswers(turns: reply.turns)
            // Words that come before the subscription stands are printed with the whole answer.
            session.bus.subscribe(.roomDeltas(reply.room)) { message in
                guard let delta = try? message.decode(RoomDelta.self) else { return }
                Output.write(raw: SafeText.block(answers.receive(delta)))
            }
            follow()
        }
        onEvent = { event in
            if event.type == .message, event.from.agent == nil { return }
            Output.write(raw: SafeText.block(answers.receive(event)))
            if event.type == .notice { Output.complain(event.text) }
        }
    }

    private func endWhenSettled() {
        onSettled = { [unowned session] isAnswered in
            // A notice, or the lack of any answer, has no more to say than what is on standard error.
            if isAnswered { session.end() } else { session.fail(CommandFailure(.failure)) }
        }
    }
}
