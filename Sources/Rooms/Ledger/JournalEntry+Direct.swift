import JSON
import Journal
import Services

// The facts of which a busy room has most, read by hand: a start reads thousands of them, and the general decoder takes
// some 20 µs for each. Whatever is not recognized here goes to it.
extension JournalEntry: DirectlyReadEntry {
    /// Reads a commit as this program writes it; nil when it holds another kind of fact, or looks otherwise.
    public static func commit(of json: ArraySlice<UInt8>) -> [JournalEntry]? {
        var reader = DirectJSONReader(Array(json))
        guard let entries = reader.list({ JournalEntry(&$0) }), reader.isAtEnd else { return nil }
        return entries
    }

    private init?(_ reader: inout DirectJSONReader) {
        let entry: JournalEntry?
        if reader.begins("event") {
            entry = RoomEvent(&reader).map(JournalEntry.event)
        } else if reader.begins("queued") {
            entry = QueuedTurn(&reader).map(JournalEntry.queued)
        } else if reader.begins("attempt") {
            entry = TurnAttempt(&reader).map(JournalEntry.attempt)
        } else if reader.begins("ended") {
            entry = TurnEnd(&reader).map(JournalEntry.ended)
        } else if reader.begins("answered") {
            entry = AnsweredRequest(&reader).map(JournalEntry.answered)
        } else {
            entry = nil
        }
        guard let entry, reader.takeEnd() else { return nil }
        self = entry
    }
}

extension DirectJSONReader {
    fileprivate mutating func room() -> RoomName? { text("room").flatMap(RoomName.init(rawValue:)) }

    fileprivate mutating func turn() -> TurnID? { text("turn").flatMap(TurnID.init(rawValue:)) }

    fileprivate mutating func tokens(_ key: StaticString) -> TokenCount? {
        integer(key).flatMap { $0 >= 0 ? TokenCount($0) : nil }
    }
}

extension QueuedTurn {
    fileprivate init?(_ reader: inout DirectJSONReader) {
        guard let agent = reader.text("agent"), let cause = reader.integer("cause"), let room = reader.room(),
            let turn = reader.turn(), reader.takeEnd()
        else { return nil }
        self.init(turn: turn, room: room, agent: AgentID(rawValue: agent), cause: cause)
    }
}

extension TurnAttempt {
    fileprivate init?(_ reader: inout DirectJSONReader) {
        guard let at = reader.text("at"), let attempt = reader.integer("attempt"),
            let incarnation = reader.integer("incarnation"), let room = reader.room(), let turn = reader.turn(),
            reader.takeEnd()
        else { return nil }
        self.init(room: room, turn: turn, attempt: attempt, incarnation: incarnation, at: at)
    }
}

extension TurnEnd {
    fileprivate init?(_ reader: inout DirectJSONReader) {
        guard let outcome = reader.text("outcome").flatMap(TurnOutcome.init(rawValue:)), let room = reader.room(),
            let turn = reader.turn()
        else { return nil }
        self.init(room: room, turn: turn, outcome: outcome)
        if reader.begins("usage") {
            guard let input = reader.tokens("inputTokens"), let output = reader.tokens("outputTokens"),
                reader.takeEnd()
            else { return nil }
            usage = TokenUsage(inputTokens: input, outputTokens: output)
        }
        guard reader.takeEnd() else { return nil }
    }
}

extension AnsweredRequest {
    /// Those that hold records go to the general decoder.
    fileprivate init?(_ reader: inout DirectJSONReader) {
        guard let caller = reader.text("caller").flatMap(Principal.init(rawValue:)) else { return nil }
        var post: Coordinator.Post.Reply?
        if reader.begins("post") {
            guard let reply = Coordinator.Post.Reply(&reader) else { return nil }
            post = reply
        }
        guard let request = reader.text("request"), let room = reader.room(), reader.takeEnd() else { return nil }
        self.init(room: room, caller: caller, request: request, post: post)
    }
}

extension Coordinator.Post.Reply {
    /// Answers from before agents were told go to the general decoder.
    fileprivate init?(_ reader: inout DirectJSONReader) {
        guard let agents = reader.list("agents", { $0.text().map(AgentID.init(rawValue:)) }),
            let number = reader.integer("number"), let room = reader.room(),
            let turns = reader.list("turns", { $0.text().flatMap(TurnID.init(rawValue:)) }), reader.takeEnd()
        else { return nil }
        self.init(room: room, number: number, turns: turns, agents: agents)
    }
}
