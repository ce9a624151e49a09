import Services

/// A hand-off under way: the context of one session is full, or a person wants it, and a fresh process is to go on.
///
///     announcing → awaitingTurns → writing (each session: note → parts of its record) → (the process leaves with 80)
///
/// Nothing is given up for want of an answer: without a model there is no note, and until the store has acknowledged
/// every record the process stays.
struct Handoff: Hashable {
    /// Where the hand-off is.
    enum Phase: Hashable {
        /// The coordinator is being told.
        case announcing
        /// Turns in other rooms end first.
        case awaitingTurns
        /// Every session is being written down.
        case writing([SessionHandoff])
    }

    /// The room whose session is full.
    let room: RoomName
    /// The last turn of that session, which makes the ids of all requests unique.
    let turn: TurnID
    /// Why.
    let reason: Coordinator.Handoff.Reason
    /// The session's tokens, and the window that they fill.
    let tokens: Int, window: Int
    /// Where it is.
    var phase = Phase.announcing

    /// A hand-off that is about to be announced.
    ///
    /// - Parameter session: The session that is full; it has ended a turn.
    init(of session: Session, after turn: TurnID, reason: Coordinator.Handoff.Reason) {
        room = session.room
        self.turn = turn
        self.reason = reason
        tokens = session.tokens
        window = session.builder?.model.window ?? 0
    }

    /// What the coordinator is told.
    func announcement(incarnation: Int) -> Coordinator.Handoff.Request {
        Coordinator.Handoff.Request(
            request: "\(turn)/handoff", incarnation: incarnation, room: room, tokens: tokens, window: window,
            reason: reason)
    }

    /// The sessions as they begin to be written down. One that has ended no turn has nothing that the room's transcript
    /// and the record before do not say.
    func begin(_ sessions: [Session]) -> [SessionHandoff] {
        sessions.filter { !$0.ended.isEmpty }.enumerated().map { index, session in
            SessionHandoff(of: session, reason: reason, isCause: session.room == room, id: "\(turn)/\(index)")
        }
    }

    /// The sessions that are being written down.
    var sessions: [SessionHandoff] {
        if case .writing(let sessions) = phase { return sessions }
        return []
    }
}

/// One session on its way into the records.
struct SessionHandoff: Hashable {
    /// How far it is.
    enum Phase: Hashable {
        /// The model writes the note.
        case note(ModelCall)
        /// The parts of the record that the store does not have yet, in their order.
        case saving([Toolbox.WriteDeliberation.Request])
    }

    /// The session, whole.
    let session: Session
    /// Where it is.
    private(set) var phase: Phase
    private let reason: Coordinator.Handoff.Reason
    private let isCause: Bool
    private let id: String
    private var note: String?
    private var bytesMax = AgentLimits.deliberationBytesMax
    private var shortenings = 0
    private var hasLinks = true

    /// A session that has ended a turn.
    ///
    /// - Parameters:
    ///   - isCause: Whether it is the one for whose sake the process hands off.
    ///   - id: What makes its requests unique.
    init(of session: Session, reason: Coordinator.Handoff.Reason, isCause: Bool, id: String) {
        self.session = session
        self.reason = reason
        self.isCause = isCause
        self.id = id
        phase = .saving([])
        guard let builder = session.builder else {
            phase = .saving(requests())
            return
        }
        let isShort = builder.model.isLocal || isCause && reason == .overflow
        phase = .note(Self.noteCall(id + "/note", builder, session, isShort: isShort))
    }

    private static func noteCall(
        _ id: String, _ builder: PromptBuilder, _ session: Session, isShort: Bool
    ) -> ModelCall {
        let messages = builder.notePrompt(
            room: session.room, after: session.transcript, last: session.ended.last, isShort: isShort)
        return ModelCall(
            Gateway.Chat.Request(
                id: id, provider: builder.model.provider, model: builder.agent.model, messages: messages,
                temperature: builder.agent.temperature, maxTokens: AgentLimits.noteTokensMax,
                thinking: builder.agent.thinking))
    }

    /// The call for the note, while it runs.
    var noteCall: ModelCall? {
        if case .note(let call) = phase { return call }
        return nil
    }

    /// What the store is to get next.
    var nextRequest: Toolbox.WriteDeliberation.Request? {
        if case .saving(let requests) = phase { return requests.first }
        return nil
    }

    /// Whether the store has everything.
    var isDone: Bool { phase == .saving([]) }

    /// Changes the call for the note.
    mutating func update(_ call: ModelCall) { phase = .note(call) }

    /// The provider found the session too long to write a note on it.
    ///
    /// - Returns: What to ask instead, once.
    mutating func shortenNote() -> Gateway.Chat.Request? {
        guard let call = noteCall, !call.request.id.hasSuffix("/short"), let builder = session.builder else {
            return nil
        }
        let shorter = Self.noteCall(call.request.id + "/short", builder, session, isShort: true)
        phase = .note(shorter)
        return shorter.request
    }

    /// The note is written, or there is none.
    mutating func end(note: String?) {
        self.note = note.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
        phase = .saving(requests())
    }

    /// The store has a part.
    mutating func saved(_ request: Toolbox.WriteDeliberation.Request) {
        guard case .saving(let requests) = phase, requests.first == request else { return }
        phase = .saving(Array(requests.dropFirst()))
    }

    /// What the store does not take at this length is offered in parts of a quarter of it, under a new name, and at
    /// last without links.
    mutating func shorten() {
        guard bytesMax > AgentLimits.deliberationBytesMin || hasLinks else { return }
        if bytesMax == AgentLimits.deliberationBytesMin { hasLinks = false }
        bytesMax = max(AgentLimits.deliberationBytesMin, bytesMax / 4)
        shortenings += 1
        phase = .saving(requests())
    }

    private func requests() -> [Toolbox.WriteDeliberation.Request] {
        let deliberation = Deliberation(reason: words, note: note, session: session)
        let bodies = deliberation.parts(bytesMax: bytesMax)
        let name = "\(id)/deliberation" + (shortenings == 0 ? "" : "/\(shortenings)")
        return bodies.enumerated().map { index, body in
            Toolbox.WriteDeliberation.Request(
                request: name, room: session.room, part: index + 1, parts: bodies.count, fields: fields, body: body)
        }
    }

    private var words: String {
        guard let model = session.builder?.model else { return "The agent's model was never known." }
        let size = "\(session.tokens) tokens of the \(model.window) that \(model.model) can hold"
        guard isCause else { return "The session in \(session.room) has \(size); another one made the agent hand off." }
        return switch reason {
        case .threshold:
            "The session in \(session.room) has \(size), which is over its threshold of \(model.thresholdTokens)."
        case .overflow: "\(model.model) refused the session in \(session.room) as longer than it can hold."
        case .asked: "A person asked for it. The session in \(session.room) has \(size)."
        }
    }

    /// The newest of the records that the turns stood on, as many as there is room for. Outcomes are anybody's words,
    /// so what could be no id is left out.
    private var links: [RecordID] {
        var bytes = 0
        let ids = session.referencedRecords.filter { id in
            id.rawValue.utf8.count <= 200
                && id.rawValue.unicodeScalars.allSatisfy { $0.value >= 0x20 && !(0x7f...0x9f).contains($0.value) }
                && !id.rawValue.unicodeScalars.contains { $0.properties.isNoncharacterCodePoint }
        }
        return ids.reversed().prefix { id in
            bytes += id.rawValue.utf8.count + 8
            return bytes <= AgentLimits.deliberationLinkBytesMax
        }.reversed()
    }

    private var fields: [String: JSONValue] {
        var fields: [String: JSONValue] = [
            "room": .string(session.room.rawValue), "tokens": .integer(session.tokens),
            "reason": .string(reason.rawValue),
        ]
        if let agent = session.agent { fields["agent"] = .string(agent.id.rawValue) }
        if let model = session.builder?.model {
            fields["model"] = .string(model.model)
            fields["window"] = .integer(model.window)
        }
        if let predecessor = session.predecessor { fields["predecessor"] = .string(predecessor.rawValue) }
        if hasLinks, !links.isEmpty { fields["links"] = .array(links.map { .string($0.rawValue) }) }
        return fields
    }
}
