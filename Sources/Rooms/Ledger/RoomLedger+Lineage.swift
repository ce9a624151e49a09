import Services

// What follows from what.
extension RoomLedger {
    /// The number of the event that an event answers; nil when it answers none.
    func cause(of number: Int) -> Int? {
        if let link = links[number] { return link.cause }
        guard let turn = event(number)?.turn, let cause = causes[turn.number] else {
            return nil
        }
        return cause < number ? cause : nil
    }

    /// The agent that has said an event; nil when it was none, or nothing open follows from the event.
    private func speaker(of number: Int) -> AgentID? { links[number]?.speaker ?? event(number)?.from.agent }

    /// Whether an event follows, directly or by answers, from another one. An event follows from itself.
    func event(_ number: Int, followsFrom root: Int) -> Bool {
        var number = number
        while number > root {
            guard let cause = cause(of: number) else { return false }
            number = cause
        }
        return number == root
    }

    /// The round of agents that a message would only continue, when they have asked each other in the same order for
    /// long: two rounds at least, and `cycleMessagesMin` messages. It begins with whoever is asked next.
    ///
    /// - Parameters:
    ///   - number: The event of the message.
    ///   - target: Whom it asks.
    func cycle(continuedBy number: Int, to target: AgentID) -> [AgentID]? {
        let speakers = speakers(upTo: number)
        for length in 2...RoomsLimits.cycleLengthMax {
            let needed = max(2 * length, RoomsLimits.cycleMessagesMin)
            guard speakers.count >= needed else { return nil }
            guard speakers[length - 1] == target,
                (length..<needed).allSatisfy({ speakers[$0] == speakers[$0 - length] })
            else { continue }
            return speakers.prefix(length).reversed()
        }
        return nil
    }

    /// The agents whose messages led to one, each asked by the next in the list; its own speaker comes first.
    private func speakers(upTo number: Int) -> [AgentID] {
        var speakers: [AgentID] = [], next: Int? = number
        while let number = next, let agent = speaker(of: number),
            speakers.count < 2 * RoomsLimits.cycleLengthMax
        {
            speakers.append(agent)
            next = cause(of: number)
        }
        return speakers
    }

    /// Whether an agent answered a message, or an answer to it. Of the settled events after the message only the first
    /// `answerSearchMax` are looked at.
    func isAnswered(_ root: Int, _ history: HistoryReader<HistoryEntry>) -> Bool {
        var following: Set<Int> = [root]
        func isAnswer(_ event: RoomEvent, to cause: Int?) -> Bool {
            guard let cause, following.contains(cause) else { return false }
            following.insert(event.number)
            return event.type == .message && event.from.agent != nil && event.turn != nil
        }
        var next = max(root, trimmedCount) + 1
        let last = min(settledCount, root + RoomsLimits.answerSearchMax)
        while next <= last {
            let entries = history(self, next...min(last, next + RoomsLimits.historyPieceEvents - 1))
            if entries.contains(where: { isAnswer($0.event, to: $0.cause) }) { return true }
            next += RoomsLimits.historyPieceEvents
        }
        return events.dropFirst(max(0, root - settledCount))
            .contains { isAnswer($0, to: cause(of: $0.number)) }
    }
}
