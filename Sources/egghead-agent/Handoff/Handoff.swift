import Services
import Time

/// A hand-off under way: the context of one session is full, or a person wants the hand-off, and a new process goes on.
///
///     announcing → awaitingTurns → writing (each session: note → parts of its record) → (the process leaves with 80)
///
/// A model that does not answer costs the note alone. The process stays until the store has acknowledged every record.
struct Handoff: Hashable {
    /// Where the hand-off is.
    enum Phase: Hashable {
        /// The coordinator is being told.
        case announcing
        /// Turns in other rooms end first; what is left of them then is the successor's.
        case awaitingTurns(until: Instant)
        /// Every session is being written down; a note that is not complete then is left out.
        case writing([SessionHandoff], notesUntil: Instant)
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

    /// What the coordinator is told first.
    func announcement(incarnation: Int) -> Coordinator.Handoff.Request {
        Coordinator.Handoff.Request(
            request: "\(turn)/handoff", incarnation: incarnation, room: room, tokens: tokens, window: window,
            reason: reason)
    }

    /// What the coordinator is told of a note that is not as it should be.
    ///
    /// - Parameter noteRoom: The room whose session the note is for.
    func announcement(incarnation: Int, noteProblem: String, in noteRoom: RoomName) -> Coordinator.Handoff.Request {
        var request = announcement(incarnation: incarnation)
        request.request += "/note" + (noteRoom == room ? "" : "/\(noteRoom)")
        (request.room, request.noteProblem) = (noteRoom, noteProblem)
        return request
    }

    /// The sessions as they begin to be written down. One that has ended no turn has nothing that the room's transcript
    /// and the record before do not say.
    func begin(_ sessions: [Session], at now: Instant) -> [SessionHandoff] {
        sessions.filter { !$0.ended.isEmpty }.enumerated().map { index, session in
            SessionHandoff(
                of: session, reason: reason, isCause: session.room == room, after: turn, number: index, at: now)
        }
    }

    /// The sessions that are being written down.
    var sessions: [SessionHandoff] {
        switch phase {
        case .writing(let sessions, _): sessions
        case .announcing, .awaitingTurns: []
        }
    }

    /// When the hand-off has something to do if nothing comes before.
    var wakesAt: Instant? {
        switch phase {
        case .announcing: nil
        case .awaitingTurns(let until): until
        case .writing(let sessions, let notesUntil):
            sessions.flatMap { session in
                [session.offersAt] + (session.noteCall.map { [$0.joinsAt, notesUntil] } ?? [])
            }.compactMap { $0 }.min()
        }
    }
}
