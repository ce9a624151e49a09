import Services

/// A turn that has ended, as the deliberation tells it.
struct FinishedTurn: Hashable {
    /// The turn's id and the attempt that ended it.
    var turn: TurnID, attempt: Int
    /// The event that it answered.
    var number: Int
    /// Who asked.
    var from: Principal
    /// What was asked.
    var question: String
    /// What the notes held.
    var passages: [Passage]
    /// The tools that the model called, step by step.
    var exchanges: [ToolExchange] = []
    /// How it ended.
    var outcome: Coordinator.Finish.Outcome
    /// The answer or the notice.
    var text: String

    /// What it takes in memory, nearly.
    var bytes: Int {
        let made = exchanges.flatMap(\.calls).reduce(0) {
            $0 + $1.call.arguments.utf8.count + ($1.outcome?.text.utf8.count ?? 0)
        }
        return question.utf8.count + text.utf8.count + passages.reduce(0) { $0 + $1.text.utf8.count } + made
    }
}

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
    /// What those turns take in memory, nearly.
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
                question: turn.request.text, passages: turn.grounding?.passages ?? [], exchanges: turn.exchanges,
                outcome: report.outcome, text: report.text))
        transcript.remember(turn.exchanges, after: turn.request.number)
        endedBytes += ended.last?.bytes ?? 0
        guard let model = turn.model else { return nil }
        builder = PromptBuilder(agent: turn.request.agent, model: model)
        if turn.tokens > 0 { tokens = turn.tokens }
        if turn.hasOverflowed { return .overflow }
        let isFull = model.isFull(tokens) || turn.hasOutgrown || endedBytes > AgentLimits.sessionBytesMax
        return isFull ? .threshold : nil
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
