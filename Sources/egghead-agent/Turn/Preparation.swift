import Services
import Time

/// What has come of all that a turn's prompt needs, and what is still awaited.
struct Preparation: Hashable {
    /// What the predecessor left about the room.
    enum Inheritance: Hashable {
        /// The last deliberation is asked for.
        case awaited
        /// The note in it; nil when there is none, or when the session needs none.
        case known(PredecessorNote?)
    }

    /// What processes before this one have called in the turn.
    enum EarlierCalls: Hashable {
        /// The toolbox is asked; it has answered `looks` times that some call still runs.
        case awaited(looks: Int)
        /// Some call still runs; the toolbox is asked again at that time.
        case running(looks: Int, asksAt: Instant)
        /// All have ended: the number of the turn's steps with tools, and of its last call.
        case known(steps: Int, lastNumber: Int)
        /// The toolbox has not told, so the turn calls no tool.
        case unknown
    }

    /// The share of the window at which a session hands off, unless the agent's record says otherwise.
    let threshold: Double
    /// The models, once the gateway has answered.
    var models: ModelChoices?
    /// What the notes hold, once the toolbox has answered.
    var grounding: Grounding?
    /// Whether the room's transcript is read.
    var hasTranscript = false
    /// What the predecessor left.
    var inheritance: Inheritance
    /// The tools that the model may call, once the toolbox has answered; empty when it has failed.
    var menu: [ToolDefinition]?
    /// What was called in the turn before.
    var earlierCalls = EarlierCalls.awaited(looks: 0)

    /// Nothing has come.
    init(threshold: Double, awaitsDeliberation: Bool) {
        self.threshold = threshold
        inheritance = awaitsDeliberation ? .awaited : .known(nil)
    }

    /// Whether it is not known yet what was called in the turn before.
    var awaitsCalls: Bool {
        switch earlierCalls {
        case .awaited, .running: true
        case .known, .unknown: false
        }
    }

    /// When the toolbox is asked again for the calls.
    var asksAt: Instant? {
        switch earlierCalls {
        case .running(_, let asksAt): asksAt
        case .awaited, .known, .unknown: nil
        }
    }

    /// Takes what the toolbox knows of the turn's calls. Calls that still run are waited for: without their outcome the
    /// model might make them once more.
    ///
    /// - Returns: Whether all of them have ended, or have been waited for long enough.
    mutating func receive(calls: [MadeToolCall], at now: Instant) -> Bool {
        let looks: Int
        switch earlierCalls {
        case .awaited(let before), .running(let before, _): looks = before + 1
        case .known, .unknown: return false
        }
        let waits = calls.contains { $0.request != nil }  // a person may take hours, and the toolbox counts them
        if waits || looks < AgentLimits.callsLooksMax, calls.contains(where: { $0.outcome == nil }) {
            earlierCalls = .running(looks: waits ? 0 : looks, asksAt: now + AgentLimits.callsPause)
            return false
        }
        let numbers = calls.compactMap { ToolCallID(rawValue: $0.call.id)?.number }
        earlierCalls = .known(steps: calls.count, lastNumber: numbers.max() ?? 0)
        return true
    }

    /// Whether the toolbox is to be asked again now for the calls; then it counts as asked.
    mutating func looksAgain(at now: Instant) -> Bool {
        guard case .running(let looks, let asksAt) = earlierCalls, asksAt <= now else { return false }
        earlierCalls = .awaited(looks: looks)
        return true
    }
}

/// The note in the predecessor's last deliberation about a room.
struct PredecessorNote: Hashable {
    /// The note.
    var text: String
    /// When the record was written, RFC 3339; nil when it does not say.
    var writtenAt: String?

    /// The note in a record; nil when there is none.
    init?(in record: RecordReply) {
        guard let text = Deliberation.note(in: record.body) else { return nil }
        self.text = text
        writtenAt = record.summary.created
    }

    /// Whether the note is about the room that began at a time, RFC 3339: one from before is about another room of that
    /// name, which is no more.
    func isAbout(roomBegunAt began: String?) -> Bool { began.map { (writtenAt ?? $0) >= $0 } ?? true }
}
