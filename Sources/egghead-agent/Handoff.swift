import Services

/// A hand-off under way: the context of one session is full, and a fresh process is to go on.
///
///     announcing → awaitingTurns → writingNote → saving → (the process leaves with status 80)
///
/// Nothing is given up for want of an answer: without a model there is no note, and until the store has acknowledged
/// the record the process stays.
struct Handoff: Hashable {
    /// Why a session is full.
    enum Reason: String, Hashable {
        /// Its tokens have passed the threshold.
        case threshold
        /// The provider refused it as too long.
        case overflow
    }

    /// Where the hand-off is.
    enum Phase: Hashable {
        /// The coordinator is being told.
        case announcing
        /// Turns in other rooms end first.
        case awaitingTurns
        /// The model writes the note.
        case writingNote(ChatCall)
        /// The record is on its way to the store.
        case saving(Toolbox.WriteDeliberation.Request)
    }

    /// The room whose session is full.
    let room: String
    /// The turn after which it was.
    let turn: String
    /// Why.
    let reason: Reason
    /// The session's tokens.
    let tokens: Int
    /// The agent and its model.
    let builder: PromptBuilder
    /// Where it is.
    var phase = Phase.announcing
    /// The model's note, once it is written.
    var note: String?
    private var bytesMax = AgentLimits.deliberationBytesMax

    /// A hand-off that is about to be announced.
    init(room: String, turn: String, reason: Reason, tokens: Int, builder: PromptBuilder) {
        self.room = room
        self.turn = turn
        self.reason = reason
        self.tokens = tokens
        self.builder = builder
    }

    /// What the coordinator is told.
    func announcement(incarnation: Int) -> Coordinator.Handoff.Request {
        Coordinator.Handoff.Request(
            request: "\(turn)/handoff", incarnation: incarnation, room: room, tokens: tokens,
            window: builder.model.window)
    }

    /// The call for the note.
    func noteCall(_ transcript: Transcript) -> ChatCall {
        ChatCall(
            Gateway.Chat.Request(
                id: "\(turn)/note", provider: builder.model.provider, model: builder.agent.model,
                messages: builder.notePrompt(room: room, after: transcript), temperature: builder.agent.temperature,
                maxTokens: AgentLimits.noteTokensMax, thinking: builder.agent.thinking))
    }

    /// What the store does not take at this length is tried at a quarter of it: the newest turns are worth more than an
    /// agent that never comes back.
    mutating func shorten() { bytesMax = max(AgentLimits.deliberationBytesMin, bytesMax / 4) }

    /// The record.
    func record(sessions: [Session], predecessor: String?) -> Toolbox.WriteDeliberation.Request {
        let model = builder.model
        let words =
            switch reason {
            case .threshold:
                "The session in \(room) has \(tokens) tokens of the \(model.window) that \(model.model) can hold, "
                    + "which is over its threshold of \(model.thresholdTokens)."
            case .overflow: "\(model.model) refused the session in \(room) as longer than it can hold."
            }
        var fields: [String: JSONValue] = [
            "room": .string(room), "model": .string(model.model), "tokens": .integer(tokens),
            "window": .integer(model.window), "reason": .string(reason.rawValue),
        ]
        if let predecessor { fields["predecessor"] = .string(predecessor) }
        let deliberation = Deliberation(title: builder.agent.title, reason: words, note: note, sessions: sessions)
        return Toolbox.WriteDeliberation.Request(
            request: "\(turn)/deliberation", fields: fields, body: deliberation.body(bytesMax: bytesMax))
    }
}
