import JSON
import Journal
import Services

// The facts of which a busy room has most, written and read by hand: every post waits until they are written, a start
// reads thousands of them, and the general coders take some 20 µs for each. What is not recognized here goes to them.
extension JournalEntry: DirectlyCodedEntry {
    /// Writes a commit; nil when it holds another kind of fact.
    public static func json(of commit: [JournalEntry]) -> [UInt8]? {
        var bytes = [UInt8(ascii: "[")]
        for entry in commit {
            guard let json = entry.directJSON else { return nil }
            if bytes.count > 1 { bytes.append(UInt8(ascii: ",")) }
            bytes += json
        }
        bytes.append(UInt8(ascii: "]"))
        return bytes
    }

    private var directJSON: [UInt8]? {
        var writer = DirectJSONWriter(capacity: 512)
        switch self {
        case .event(let event): writer.add("event") { event.write(to: &$0) }
        case .queued(let turn): writer.add("queued") { turn.write(to: &$0) }
        case .attempt(let attempt): writer.add("attempt") { attempt.write(to: &$0) }
        case .ended(let end): writer.add("ended") { end.write(to: &$0) }
        case .answered(let request) where request.records == nil: writer.add("answered") { request.write(to: &$0) }
        case .lost, .suspended, .answered, .managed, .saving, .dropped, .joined, .direct, .trimmed: return nil
        }
        return writer.end()
    }

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

    /// No tokens when there is no such key.
    fileprivate mutating func optionalTokens(_ key: StaticString) -> TokenCount? {
        optionalInteger(key).flatMap { ($0 ?? 0) >= 0 ? TokenCount($0 ?? 0) : nil }
    }
}

extension QueuedTurn {
    fileprivate func write(to writer: inout DirectJSONWriter) {
        writer.add("agent", agent.rawValue)
        writer.add("cause", cause)
        writer.add("room", room.rawValue)
        writer.add("turn", turn.rawValue)
    }

    fileprivate init?(_ reader: inout DirectJSONReader) {
        guard let agent = reader.text("agent"), let cause = reader.integer("cause"), let room = reader.room(),
            let turn = reader.turn(), reader.takeEnd()
        else { return nil }
        self.init(turn: turn, room: room, agent: AgentID(rawValue: agent), cause: cause)
    }
}

extension TurnAttempt {
    fileprivate func write(to writer: inout DirectJSONWriter) {
        writer.add("at", at)
        writer.add("attempt", attempt)
        writer.add("incarnation", incarnation)
        writer.add("room", room.rawValue)
        writer.add("turn", turn.rawValue)
    }

    fileprivate init?(_ reader: inout DirectJSONReader) {
        guard let at = reader.text("at"), let attempt = reader.integer("attempt"),
            let incarnation = reader.integer("incarnation"), let room = reader.room(), let turn = reader.turn(),
            reader.takeEnd()
        else { return nil }
        self.init(room: room, turn: turn, attempt: attempt, incarnation: incarnation, at: at)
    }
}

extension TurnEnd {
    fileprivate func write(to writer: inout DirectJSONWriter) {
        writer.add("outcome", outcome.rawValue)
        writer.add("room", room.rawValue)
        writer.add("turn", turn.rawValue)
        guard let usage else { return }
        writer.add("usage") {
            if usage.cacheReadTokens > 0 { $0.add("cacheReadTokens", usage.cacheReadTokens.value) }
            if usage.cacheWriteTokens > 0 { $0.add("cacheWriteTokens", usage.cacheWriteTokens.value) }
            $0.add("inputTokens", usage.inputTokens.value)
            $0.add("outputTokens", usage.outputTokens.value)
        }
    }

    fileprivate init?(_ reader: inout DirectJSONReader) {
        guard let outcome = reader.text("outcome").flatMap(TurnOutcome.init(rawValue:)), let room = reader.room(),
            let turn = reader.turn()
        else { return nil }
        self.init(room: room, turn: turn, outcome: outcome)
        if reader.begins("usage") {
            guard let read = reader.optionalTokens("cacheReadTokens"),
                let written = reader.optionalTokens("cacheWriteTokens"), let input = reader.tokens("inputTokens"),
                let output = reader.tokens("outputTokens"), reader.takeEnd()
            else { return nil }
            usage = TokenUsage(
                inputTokens: input, outputTokens: output, cacheReadTokens: read, cacheWriteTokens: written)
        }
        guard reader.takeEnd() else { return nil }
    }
}

extension AnsweredRequest {
    /// Writes one that holds no records.
    fileprivate func write(to writer: inout DirectJSONWriter) {
        writer.add("caller", caller.rawValue)
        if let post { writer.add("post") { post.write(to: &$0) } }
        writer.add("request", request)
        writer.add("room", room.rawValue)
    }

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
