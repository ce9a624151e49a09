import Services

// Turns that no process will take.
extension RoomsState {
    /// Ends a turn that no process will take, and says why. When a process had it, the toolbox is asked first what was
    /// called in it.
    ///
    /// - Returns: Whether the turn has ended.
    mutating func fail(_ turn: OpenTurn, in room: RoomName, because reason: String, _ now: Moment) -> Bool {
        guard turn.attempt > 0 else {
            abandon(turn.id, in: room, because: reason, now)
            return true
        }
        floors.fail(turn.id, of: turn.agent, because: reason, at: now.elapsed)
        emit(.ask(.listCalls(agent: turn.agent, turn: turn.id)))
        return false
    }

    /// The toolbox has said what a turn called, or has not: the turn ends.
    ///
    /// - Parameter calls: Nil when it has not answered.
    mutating func callsListed(_ turn: TurnID, _ calls: [MadeToolCall]?, _ now: Moment) {
        guard let reason = floors.failure(of: turn) else { return }
        let words = calls?.inNotice ?? ". What it called is not known. See: egghead logs toolbox"
        abandon(turn, in: turn.room, because: reason + words, now)
        advance(turn.room, now)
    }

    private mutating func abandon(_ turn: TurnID, in room: RoomName, because reason: String, _ now: Moment) {
        guard let agent = openTurn(turn)?.agent else { return }
        floors.remove(turn)
        end(turn, in: room, .abandoned)
        say(.notice, "@\(agent) does not answer: \(reason)", turn: turn, outcome: .abandoned, in: room, now)
    }
}

extension [MadeToolCall] {
    /// What a notice says of the calls after its reason; empty when there are none.
    fileprivate var inNotice: String {
        if isEmpty { return "" }
        let told = prefix(RoomsLimits.callsToldMax).map(\.inNotice)
        let rest = count - told.count
        return ". The turn had called \(told.joined(separator: ", "))" + (rest > 0 ? ", and \(rest) more" : "")
    }
}

extension MadeToolCall {
    /// Name, beginning of the arguments and outcome on one line: a model wrote the first two.
    fileprivate var inNotice: String {
        let name = Self.line(call.name, charactersMax: 64)
        let arguments = Self.line(call.arguments, charactersMax: RoomsLimits.callArgumentsMax)
        return "\(name) \(arguments) (\(outcome?.status.rawValue ?? "running"))"
    }

    private static func line(_ text: String, charactersMax: Int) -> String {
        let line = text.map { $0.isUnseen ? " " : $0 }
        return String(line.prefix(charactersMax)) + (line.count > charactersMax ? "…" : "")
    }
}
