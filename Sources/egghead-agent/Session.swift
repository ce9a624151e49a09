import Services

/// An agent's memory of one room, and the turn that it has there.
struct Session: Hashable {
    /// The room.
    let room: RoomName
    /// What it has read.
    var transcript = Transcript()
    /// The turn under way.
    var turn: AgentTurn?
    /// Every turn of this session, oldest first.
    private(set) var ended: [FinishedTurn] = []
    /// The memory that those turns take, in bytes, nearly.
    private var endedBytes = 0
    /// The tokens of the last conversation with the model, its answer included.
    private(set) var tokens = 0
    /// The agent and its model as of the last turn.
    private(set) var builder: PromptBuilder?
    /// The agent as of the last turn.
    private(set) var agent: AgentDefinition?
    /// The record from which this session went on.
    var predecessor: RecordID?

    /// A session that knows nothing yet.
    init(room: RoomName) { self.room = room }

    /// Takes the turn's outcome into the memory.
    ///
    /// - Returns: Why the session is full, if it is.
    mutating func endTurn(_ report: Coordinator.Finish.Request) -> Coordinator.Handoff.Reason? {
        guard let turn else { return nil }
        self.turn = nil
        agent = turn.request.agent
        ended.append(
            FinishedTurn(
                turn: report.turn, attempt: report.attempt, number: turn.request.number, from: turn.request.from,
                question: turn.request.text, passages: turn.facts.passages,
                exchanges: turn.exchanges.map(\.withoutOpaqueParts),
                outcome: report.outcome, text: report.text))
        transcript.remember(turn.exchanges, after: turn.request.number)
        endedBytes += ended.last?.bytes ?? 0
        guard let model = turn.facts.model else { return nil }
        builder = PromptBuilder(agent: turn.request.agent, model: model)
        let conversation = turn.facts.conversation
        if let conversation, conversation.tokens > 0 { tokens = conversation.tokens }
        // A model that stood in for another one says nothing of the session's window.
        if let first = conversation?.models.first, first != model {
            builder = PromptBuilder(agent: turn.request.agent, model: first)
            return first.isFull(tokens) || endedBytes > AgentLimits.sessionBytesMax ? .threshold : nil
        }
        if let refusal = conversation?.overflow {
            // The successor finds it among what the gateway has learned.
            if let window = refusal.window {
                builder = PromptBuilder(agent: turn.request.agent, model: model.limited(to: window))
            }
            return .overflow
        }
        let isFull =
            model.isFull(tokens) || conversation?.hasOutgrown == true || endedBytes > AgentLimits.sessionBytesMax
        return isFull ? .threshold : nil
    }

    /// The turn has ended without an outcome of ours. What its tools did stays known.
    mutating func dropTurn() {
        if let turn { transcript.remember(turn.exchanges, after: turn.request.number) }
        turn = nil
    }

    /// The records that its turns stand on, each once, the newest last.
    var referencedRecords: [RecordID] {
        var seen: Set<RecordID> = []
        let ids = ended.flatMap { turn in
            turn.passages.map(\.id) + turn.exchanges.flatMap(\.recordIDs)
        }
        return ids.filter { seen.insert($0).inserted }
    }
}
