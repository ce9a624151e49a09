import Services
import Time

// What a turn's prompt needs, and the answers to it.
extension AgentTurn {
    /// Asks for everything that the prompt needs.
    func begin(_ transcript: Transcript) -> [AgentAction] {
        let turn = request.turn
        let search = Index.Passages.Request(question: request.question, limit: AgentLimits.passagesMax)
        var asked: [AgentRequest] = [
            .readProviders(turn: turn),
            .readHistory(turn: turn, transcript.nextPage(of: request.room, upTo: lastEvent)),
            .search(turn: turn, search), .readMenu(turn: turn), .readCalls(turn: turn, attempt: request.attempt),
        ]
        if case .preparing(let preparation) = phase, preparation.inheritance == .awaited {
            asked.append(.readDeliberation(turn: turn, room: request.room))
        }
        return asked.map(AgentAction.ask)
    }

    /// Takes what the gateway has.
    mutating func receive(
        providers result: Result<Gateway.Providers.Reply, ServiceFailure>, _ transcript: inout Transcript,
        at now: Instant
    ) -> [AgentAction] {
        guard case .partial(let preparation) = facts else { return [] }
        do {
            let models = try ModelChoices(for: request.agent, among: result.get(), threshold: preparation.threshold)
            return take(&transcript, at: now) { $0.models = models }
        } catch {
            return fail(error.message)
        }
    }

    /// Takes a page of the room's transcript, and asks for the next one if there is more.
    mutating func receive(
        history result: Result<Coordinator.History.Reply, ServiceFailure>, _ transcript: inout Transcript,
        at now: Instant
    ) -> [AgentAction] {
        switch result {
        case .failure(let failure): return fail(failure.message)
        case .success(let page):
            if transcript.add(page, upTo: lastEvent) {
                let next = transcript.nextPage(of: request.room, upTo: lastEvent)
                return [.ask(.readHistory(turn: request.turn, next))]
            }
            return take(&transcript, at: now) { $0.hasTranscript = true }
        }
    }

    /// Takes what the notes hold.
    mutating func receive(
        passages result: Result<Index.Passages.Reply, ServiceFailure>, _ transcript: inout Transcript, at now: Instant
    ) -> [AgentAction] {
        let grounding =
            switch result {
            case .success(let reply): Grounding.passages(Array(reply.passages.prefix(AgentLimits.passagesMax)))
            case .failure(let failure): Grounding.unavailable(failure.message)
            }
        return take(&transcript, at: now) { $0.grounding = grounding }
    }

    /// Takes what the predecessor left. Without it the turn goes on: the room's transcript says most of it.
    mutating func receive(
        deliberation result: Result<Toolbox.ReadDeliberation.Reply, ServiceFailure>, _ transcript: inout Transcript,
        at now: Instant
    ) -> [AgentAction] {
        let record = (try? result.get())?.record  // a failure is the same as no record
        return take(&transcript, at: now) { $0.inheritance = .known(record.flatMap(PredecessorNote.init)) }
    }

    /// Takes the tools that the model may call. Without them the turn goes on: the notes were searched already.
    mutating func receive(
        menu result: Result<Toolbox.Menu.Reply, ServiceFailure>, _ transcript: inout Transcript, at now: Instant
    ) -> [AgentAction] {
        switch result {
        case .success(let reply): return take(&transcript, at: now) { $0.menu = reply.tools }
        case .failure(let failure):
            return [.warn("menu.missing", subject: "\(request.turn)", reason: failure.message)]
                + take(&transcript, at: now) { $0.menu = [] }
        }
    }

    /// Takes what the toolbox knows of the turn's calls. It is asked at a first attempt, too: after a power cut it may
    /// not be the first.
    mutating func receive(
        calls result: Result<Toolbox.Calls.Reply, ServiceFailure>, _ transcript: inout Transcript, at now: Instant
    ) -> [AgentAction] {
        guard case .partial(var preparation) = facts, preparation.awaitsCalls else { return [] }
        switch result {
        case .failure(let failure):
            if request.attempt > 1 {
                return fail("agent \(request.agent.id): what its predecessor did is not known: \(failure.message)")
            }
            return [.warn("calls.unknown", subject: "\(request.turn)", reason: failure.message)]
                + take(&transcript, at: now) { $0.earlierCalls = .unknown }
        case .success(let reply):
            if preparation.receive(calls: reply.calls, at: now) {
                exchanges = reply.calls.map { ToolExchange(said: "", calls: [$0]) }
            }
            return take(&transcript, at: now) { $0 = preparation }
        }
    }

    /// Changes what has come, and asks the model when nothing is awaited any more. Of a turn that has failed before, it
    /// changes what the session remembers.
    private mutating func take(
        _ transcript: inout Transcript, at now: Instant, _ change: (inout Preparation) -> Void
    ) -> [AgentAction] {
        switch phase {
        case .preparing(var preparation):
            change(&preparation)
            phase = .preparing(preparation)
            guard let conversation = TurnConversation(preparation) else { return [] }
            rehydrate(&transcript, preparation, conversation.model)
            return converse(conversation, &transcript, at: now)
        case .finishing(let report, .partial(var preparation)):
            change(&preparation)
            phase = .finishing(report, .partial(preparation))
            return []
        case .quoting, .answering, .callingTools, .finishing(_, .whole): return []
        }
    }

    /// Lets a new session take over what its predecessor left.
    private func rehydrate(_ transcript: inout Transcript, _ preparation: Preparation, _ model: ModelFacts) {
        guard !transcript.isRehydrated, case .known(let note) = preparation.inheritance else { return }
        let began = transcript.began
        transcript.rehydrate(
            note: note.flatMap { $0.isAbout(roomBegunAt: began) ? $0.text : nil },
            tokensMax: PromptBuilder(agent: request.agent, model: model).rehydrationTokensMax)
    }

    /// Takes the sentence that answers best, which ends the turn.
    mutating func receive(sentence result: Result<Index.Passages.Reply, ServiceFailure>) -> [AgentAction] {
        guard case .quoting(let conversation) = phase else { return [] }
        // The room is told why another model than the first has the turn.
        let explains = request.answersBefore == 0 && conversation.models.remark == nil
        let quoted = QuotedAnswer(
            found: result, model: conversation.model, agent: request.agent.id, explains: explains)
        return show(answer.say(quoted.text)) + finish(.answered, answer.text, usage.total)
    }

    /// Begins the conversation. A model that cannot look things up states no facts: the notes are quoted, or what it
    /// says comes after what they hold.
    mutating func converse(
        _ conversation: TurnConversation, _ transcript: inout Transcript, at now: Instant
    ) -> [AgentAction] {
        if conversation.model.tools { return ask(conversation, &transcript, at: now) }
        guard request.agent.voice == .free else {
            phase = .quoting(conversation)
            let search = Index.Passages.Request(
                question: request.question, limit: AgentLimits.passagesMax, sentences: true)
            return [.ask(.quote(turn: request.turn, search))]
        }
        let grounded = GroundedAnswer(
            grounding: conversation.grounding, isLocal: conversation.model.isLocal,
            isFirst: request.answersBefore == 0)
        return show(answer.begin(preface: grounded.preface)) + ask(conversation, &transcript, at: now)
    }
}

extension TurnRequest {
    /// What is looked for in the notes: what was said without the names of those who were asked. A name alone is
    /// looked for.
    fileprivate var question: String {
        let words = text.split(separator: " ", omittingEmptySubsequences: false).filter { !$0.hasPrefix("@") }
        return words.isEmpty ? text : words.joined(separator: " ")
    }
}
