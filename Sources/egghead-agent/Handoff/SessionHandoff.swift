import Services
import Time

/// One session on its way into the records.
struct SessionHandoff: Hashable {
    /// How far it is.
    enum Phase: Hashable {
        /// The model writes the note.
        case note(ModelCall)
        /// The parts of the record that the store does not have yet, in their order. The first one is being stored, or
        /// was refused and is offered again at a time.
        case saving([Toolbox.WriteDeliberation.Request], offersAt: Instant?)
    }

    /// The session, whole.
    let session: Session
    /// Where it is.
    private(set) var phase: Phase
    private let reason: Coordinator.Handoff.Reason
    private let isCause: Bool
    private let turn: TurnID
    private let number: Int
    private var note: String?
    private var bytesMax = AgentLimits.deliberationBytesMax
    private var shortenings = 0
    private var hasLinks = true

    /// A session that has ended a turn.
    ///
    /// - Parameters:
    ///   - isCause: Whether the process hands off because of this session.
    ///   - turn, number: What makes its requests unique: the last turn of that session, and this session's place,
    ///     from 0.
    init(
        of session: Session, reason: Coordinator.Handoff.Reason, isCause: Bool, after turn: TurnID, number: Int,
        at now: Instant
    ) {
        self.session = session
        self.reason = reason
        self.isCause = isCause
        self.turn = turn
        self.number = number
        phase = .saving([], offersAt: nil)
        guard let builder = session.builder else {
            phase = .saving(requests(), offersAt: nil)
            return
        }
        let isShort = builder.model.isLocal || isCause && reason == .overflow
        let id = ChatID.note(turn: turn, session: number, isShortened: false)
        phase = .note(Self.noteCall(id, builder, session, isShort: isShort, at: now))
    }

    private static func noteCall(
        _ id: ChatID, _ builder: PromptBuilder, _ session: Session, isShort: Bool, at now: Instant
    ) -> ModelCall {
        let messages = builder.notePrompt(
            room: session.room, after: session.transcript, last: session.ended.last, isShort: isShort)
        let request = Gateway.Chat.Request(
            id: id.description, provider: builder.model.provider, model: builder.model.model, messages: messages,
            temperature: builder.agent.temperature, maxTokens: AgentLimits.noteTokensMax,
            thinking: builder.agent.thinking, room: session.room, budget: builder.agent.budget,
            recordKeys: builder.agent.modelKeys)
        return ModelCall(id, request, at: now)
    }

    /// The call for the note, while it runs.
    var noteCall: ModelCall? {
        switch phase {
        case .note(let call): call
        case .saving: nil
        }
    }

    /// What the store is to get next.
    var nextRequest: Toolbox.WriteDeliberation.Request? {
        switch phase {
        case .note: nil
        case .saving(let requests, _): requests.first
        }
    }

    /// When a part that was refused is offered again.
    var offersAt: Instant? {
        switch phase {
        case .note: nil
        case .saving(_, let offersAt): offersAt
        }
    }

    /// Whether the store has everything.
    var isDone: Bool { noteCall == nil && nextRequest == nil }

    /// Changes the call for the note.
    mutating func update(_ call: ModelCall) { phase = .note(call) }

    /// The provider found the session too long to write a note on it.
    ///
    /// - Returns: The call to make instead, once.
    mutating func shortenNote(at now: Instant) -> ModelCall? {
        guard let call = noteCall, !call.id.isShortened, let builder = session.builder else { return nil }
        let id = ChatID.note(turn: turn, session: number, isShortened: true)
        let shorter = Self.noteCall(id, builder, session, isShort: true, at: now)
        phase = .note(shorter)
        return shorter
    }

    /// The note is written, or there is none.
    mutating func end(note: String?) {
        self.note = note.flatMap { $0.allSatisfy(\.isWhitespace) ? nil : $0 }
        phase = .saving(requests(), offersAt: nil)
    }

    /// The store has a part.
    mutating func saved(_ request: Toolbox.WriteDeliberation.Request) {
        guard case .saving(let requests, _) = phase, requests.first == request else { return }
        phase = .saving(Array(requests.dropFirst()), offersAt: nil)
    }

    /// The store has refused a part, which is offered again later.
    mutating func refused(at now: Instant) {
        guard case .saving(let requests, _) = phase, !requests.isEmpty else { return }
        phase = .saving(requests, offersAt: now + AgentLimits.saveRetry)
    }

    /// The part that is to be offered again now; it counts as offered.
    mutating func offerIfDue(at now: Instant) -> Toolbox.WriteDeliberation.Request? {
        guard case .saving(let requests, let offersAt?) = phase, offersAt <= now else { return nil }
        phase = .saving(requests, offersAt: nil)
        return requests.first
    }

    /// Makes parts of a quarter of the length, under a new name, for a store that has refused the longer ones. The
    /// shortest parts are offered without links at last.
    mutating func shorten() {
        guard bytesMax > AgentLimits.deliberationBytesMin || hasLinks else { return }
        if bytesMax == AgentLimits.deliberationBytesMin { hasLinks = false }
        bytesMax = max(AgentLimits.deliberationBytesMin, bytesMax / 4)
        shortenings += 1
        phase = .saving(requests(), offersAt: nil)
    }

    private func requests() -> [Toolbox.WriteDeliberation.Request] {
        let deliberation = Deliberation(reason: words, note: note, session: session)
        let bodies = deliberation.parts(bytesMax: bytesMax)
        let name = "\(turn)/\(number)/deliberation" + (shortenings == 0 ? "" : "/\(shortenings)")
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
