import Services
import Time

// The hand-off: it is announced, the turns end, every session is written down, the process leaves.
extension Agent {
    /// Begins a hand-off that a person wants, unless one is under way or there is nothing to write down.
    mutating func beginHandoffIfAsked() -> (HandoffReply, [AgentAction]) {
        if handoff != nil { return (HandoffReply(), []) }
        let written = sessions.filter { !$0.ended.isEmpty }
        guard let fullest = written.max(by: { $0.tokens < $1.tokens }), let turn = fullest.ended.last?.turn else {
            let reason = "\(settings.id) has ended no turn since its process began, so there is nothing to write down"
            return (HandoffReply(refusal: reason), [])
        }
        return (HandoffReply(), beginHandoff(of: fullest, after: turn, .asked))
    }

    /// Tells the coordinator first, so that it holds what comes.
    mutating func beginHandoff(
        of session: Session, after turn: TurnID, _ reason: Coordinator.Handoff.Reason
    ) -> [AgentAction] {
        let begun = Handoff(of: session, after: turn, reason: reason)
        handoff = begun
        return [.ask(.announceHandoff(begun.announcement(incarnation: incarnation)))]
    }

    /// The coordinator knows of the hand-off, or refuses to; it goes on either way.
    mutating func announced(_ result: Result<Empty, ServiceFailure>, at now: Instant) -> [AgentAction] {
        guard handoff?.phase == .announcing else { return [] }
        handoff?.phase = .awaitingTurns(until: now + AgentLimits.otherTurnsWait)
        var actions: [AgentAction] = []
        if case .failure(let failure) = result {
            actions.append(.warn("handoff.refused", subject: "\(settings.id)", reason: failure.message))
        }
        return actions + writeWhenAlone(at: now)
    }

    /// Begins to write every session down once no turn is left.
    mutating func writeWhenAlone(at now: Instant) -> [AgentAction] {
        guard let handoff, case .awaitingTurns = handoff.phase, sessions.allSatisfy({ $0.turn == nil }) else {
            return []
        }
        let begun = handoff.begin(sessions, at: now)
        self.handoff?.phase = .writing(begun, notesUntil: now + AgentLimits.noteWait)
        let notes = begun.compactMap(\.noteCall).map { AgentAction.chat($0.id, $0.request) }
        let saves = begun.compactMap(\.nextRequest).map(AgentAction.writeDeliberation)
        return notes + saves + leaveWhenWritten()
    }

    /// Which session a note is written for.
    func noteIndex(_ chat: ChatID) -> Int? {
        handoff?.sessions.firstIndex { $0.noteCall?.id == chat }
    }

    /// Takes a piece of a note.
    mutating func receive(_ chunk: ChatChunk, forNote index: Int, at now: Instant) -> [AgentAction] {
        guard var call = handoff?.sessions[index].noteCall else { return [] }
        let step = call.receive(chunk, at: now)
        update(index) { $0.update(call) }
        switch step {
        case .words, .nothing: return []
        case .rejoin(let request): return [.chat(call.id, request)]
        case .done(let outcome):
            if call.text.allSatisfy(\.isWhitespace) { return missingNote(index, "the model wrote nothing") }
            let isCut = outcome.stopReason == .length
            return (isCut ? tellNoteProblem(index, "the note was cut where the model's answer became too long") : [])
                + endNote(index, call.text)
        case .failed(let failure):
            if [.contextOverflow, .rejected].contains(failure.code) {
                var shorter: ModelCall?
                update(index) { shorter = $0.shortenNote(at: now) }
                if let shorter { return [.chat(shorter.id, shorter.request)] }
            }
            return missingNote(index, failure.message)
        }
    }

    /// The bus has broken the stream of a note.
    mutating func broke(_ failure: ServiceFailure, note index: Int, at now: Instant) -> [AgentAction] {
        guard var call = handoff?.sessions[index].noteCall else { return [] }
        let goesOn = call.broke(at: now)
        update(index) { $0.update(call) }
        return goesOn ? [] : missingNote(index, failure.message)
    }

    /// The store has a part of a record, or has not.
    mutating func written(
        _ request: Toolbox.WriteDeliberation.Request, _ result: Result<WriteReply, ServiceFailure>, at now: Instant
    ) -> [AgentAction] {
        guard let index = handoff?.sessions.firstIndex(where: { $0.nextRequest == request }) else { return [] }
        switch result {
        case .success:
            update(index) { $0.saved(request) }
            return saveNext(index) + leaveWhenWritten()
        case .failure(let failure):
            lastRefusal = failure.message
            if failure.code == .invalid { update(index) { $0.shorten() } }
            update(index) { $0.refused(at: now) }
            return [.warn("deliberation.refused", subject: "\(settings.id)", reason: failure.message)]
        }
    }

    /// Does the part of the hand-off that is due.
    mutating func handoffDue(at now: Instant) -> [AgentAction] {
        switch handoff?.phase {
        case .awaitingTurns(let until)?: until <= now ? abandonTurns(at: now) : []
        case .writing(let sessions, let notesUntil)?:
            (notesUntil <= now ? giveUpNotes() : [])
                + sessions.indices.flatMap { index -> [AgentAction] in
                    var request: Toolbox.WriteDeliberation.Request?
                    update(index) { request = $0.offerIfDue(at: now) }
                    return request.map { [.writeDeliberation($0)] } ?? []
                }
        case .announcing?, nil: []
        }
    }

    /// The other turns have had their time. The coordinator gives them to the successor, which is no attempt.
    private mutating func abandonTurns(at now: Instant) -> [AgentAction] {
        let cancelled = cancelAll()
        for index in sessions.indices {
            // An outcome that is on its way may be in the room already.
            if let report = sessions[index].turn?.report { _ = sessions[index].endTurn(report) }
            sessions[index].turn = nil
        }
        return cancelled + writeWhenAlone(at: now)
    }

    /// The model has had its time for the notes.
    private mutating func giveUpNotes() -> [AgentAction] {
        let late = (handoff?.sessions ?? []).enumerated().compactMap { index, session in
            session.noteCall.map { (index, $0.id) }
        }
        return late.flatMap { index, chat in
            [.cancelChat(id: chat)] + missingNote(index, "the model did not end it in time")
        }
    }

    /// Joins the streams of those notes again for which the function returns a request.
    mutating func rejoinNotes(_ join: (inout ModelCall) -> Gateway.Chat.Request?) -> [AgentAction] {
        (handoff?.sessions ?? []).indices.flatMap { index -> [AgentAction] in
            guard var call = handoff?.sessions[index].noteCall, let request = join(&call) else { return [] }
            update(index) { $0.update(call) }
            return [.chat(call.id, request)]
        }
    }

    private mutating func missingNote(_ index: Int, _ reason: String) -> [AgentAction] {
        [.warn("note.missing", subject: "\(settings.id)", reason: reason)]
            + tellNoteProblem(index, "there is no note: \(reason)") + endNote(index, nil)
    }

    /// A room hears what is wrong with the note of its session.
    private func tellNoteProblem(_ index: Int, _ problem: String) -> [AgentAction] {
        guard let handoff else { return [] }
        let room = handoff.sessions[index].session.room
        return [.ask(.announceHandoff(handoff.announcement(incarnation: incarnation, noteProblem: problem, in: room)))]
    }

    private mutating func endNote(_ index: Int, _ note: String?) -> [AgentAction] {
        update(index) { $0.end(note: note) }
        return saveNext(index)
    }

    private func saveNext(_ index: Int) -> [AgentAction] {
        handoff?.sessions[index].nextRequest.map { [.writeDeliberation($0)] } ?? []
    }

    private func leaveWhenWritten() -> [AgentAction] {
        handoff?.sessions.allSatisfy(\.isDone) == true ? [.leave(.handedOff)] : []
    }

    private mutating func update(_ index: Int, _ change: (inout SessionHandoff) -> Void) {
        guard case .writing(var sessions, let notesUntil)? = handoff?.phase else { return }
        change(&sessions[index])
        handoff?.phase = .writing(sessions, notesUntil: notesUntil)
    }
}
