import Services

// The hand-off: announce it, let the turns end, write every session down, leave.
extension Agent {
    /// A person wants the agent to hand off.
    mutating func askForHandoff() -> (HandoffReply, [AgentAction]) {
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
        return [.announceHandoff(begun.announcement(incarnation: incarnation))]
    }

    mutating func announced(_ result: Result<Empty, ServiceFailure>) -> [AgentAction] {
        guard handoff?.phase == .announcing else { return [] }
        handoff?.phase = .awaitingTurns
        var actions: [AgentAction] = []
        if case .failure(let failure) = result {
            actions.append(.warn("handoff.refused", subject: "\(settings.id)", reason: failure.message))
        }
        let written = writeWhenAlone()
        return actions + (written.isEmpty ? [.schedule(.otherTurns, after: AgentLimits.otherTurnsWait)] : written)
    }

    /// Begins to write every session down once no turn is left.
    mutating func writeWhenAlone() -> [AgentAction] {
        guard let handoff, handoff.phase == .awaitingTurns, sessions.allSatisfy({ $0.turn == nil }) else { return [] }
        let begun = handoff.begin(sessions)
        self.handoff?.phase = .writing(begun)
        let notes = begun.compactMap(\.noteCall).map { AgentAction.chat($0.request) }
        let saves = begun.compactMap(\.nextRequest).map(AgentAction.writeDeliberation)
        return notes + saves + (notes.isEmpty ? [] : [.schedule(.note, after: AgentLimits.noteWait)])
            + leaveWhenWritten()
    }

    /// Which session a note is written for.
    func noteIndex(_ chat: String) -> Int? {
        handoff?.sessions.firstIndex { $0.noteCall?.request.id == chat }
    }

    mutating func receive(_ chunk: ChatChunk, forNote index: Int) -> [AgentAction] {
        guard var call = handoff?.sessions[index].noteCall else { return [] }
        let step = call.receive(chunk)
        update(index) { $0.update(call) }
        switch step {
        case .words, .nothing: return []
        case .rejoin(let request): return [.chat(request)]
        case .done: return endNote(index, call.text)
        case .failed(let failure):
            if [.contextOverflow, .rejected].contains(failure.code) {
                var shorter: Gateway.Chat.Request?
                update(index) { shorter = $0.shortenNote() }
                if let shorter { return [.chat(shorter)] }
            }
            return missingNote(index, failure.message)
        }
    }

    mutating func broke(_ failure: ServiceFailure, note index: Int) -> [AgentAction] {
        guard var call = handoff?.sessions[index].noteCall else { return [] }
        let goesOn = call.broke()
        update(index) { $0.update(call) }
        if goesOn { return [.schedule(.rejoin(chat: call.request.id), after: AgentLimits.rejoinDelay)] }
        return missingNote(index, failure.message)
    }

    /// The store has a part of a record, or has not.
    mutating func written(
        _ request: Toolbox.WriteDeliberation.Request, _ result: Result<WriteReply, ServiceFailure>
    ) -> [AgentAction] {
        guard let index = handoff?.sessions.firstIndex(where: { $0.nextRequest == request }) else { return [] }
        switch result {
        case .success:
            update(index) { $0.saved(request) }
            return saveNext(index) + leaveWhenWritten()
        case .failure(let failure):
            lastRefusal = failure.message
            let refused = AgentAction.warn("deliberation.refused", subject: "\(settings.id)", reason: failure.message)
            if failure.code == .invalid { update(index) { $0.shorten() } }
            guard let next = handoff?.sessions[index].nextRequest else { return [refused] }
            let again = AgentDeadline.save(request: next.request, part: next.part)
            return [refused, .schedule(again, after: AgentLimits.saveRetry)]
        }
    }

    mutating func due(_ deadline: AgentDeadline) -> [AgentAction] {
        switch deadline {
        case .rejoin(let chat):
            if let index = noteIndex(chat) {
                return handoff?.sessions[index].noteCall.map { [.chat($0.rejoinRequest)] } ?? []
            }
            return update(chat: chat) { turn, _ in turn.rejoin() }
        case .calls(let turn): return update(turn) { turn, _ in turn.lookAtCalls() }
        case .otherTurns:
            guard handoff?.phase == .awaitingTurns else { return [] }
            // The coordinator gives these turns to the successor, which is no attempt.
            let cancelled = cancelAll()
            for index in sessions.indices {
                // Its outcome is on its way, and may be in the room already.
                if case .finishing(let report)? = sessions[index].turn?.phase { _ = sessions[index].endTurn(report) }
                sessions[index].turn = nil
            }
            return cancelled + writeWhenAlone()
        case .note:
            let late = (handoff?.sessions ?? []).indices.compactMap { index in
                handoff?.sessions[index].noteCall.map { (index, $0.request.id) }
            }
            return late.flatMap { index, chat in
                [.cancelChat(id: chat)] + missingNote(index, "the model did not end it in time")
            }
        case .save(let request, let part):
            let next = (handoff?.sessions ?? []).compactMap(\.nextRequest)
            return next.filter { $0.request == request && $0.part == part }.map(AgentAction.writeDeliberation)
        }
    }

    private mutating func missingNote(_ index: Int, _ reason: String) -> [AgentAction] {
        [.warn("note.missing", subject: "\(settings.id)", reason: reason)] + endNote(index, nil)
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
        guard case .writing(var sessions)? = handoff?.phase else { return }
        change(&sessions[index])
        handoff?.phase = .writing(sessions)
    }
}
