import Models
import Services
import Time

// The model's answer.
extension AgentTurn {
    /// Asks the model.
    ///
    /// - Parameter tokensMax: The conversation's bound when the provider has refused a longer one; it also shortens the
    ///   session. Nil for the window.
    mutating func ask(
        _ conversation: TurnConversation, _ transcript: inout Transcript, tokensMax: Int? = nil, at now: Instant
    ) -> [AgentAction] {
        var conversation = conversation
        if let tokensMax { transcript.shorten(tokensMax: tokensMax) }
        answer.beginStep()
        let builder = PromptBuilder(agent: request.agent, model: conversation.model)
        let id = ChatID.answer(
            turn: request.turn, attempt: request.attempt, toolCalls: conversation.callCount,
            choice: conversation.models.failures + 1, isShortened: tokensMax != nil, refusesPass: false)
        let (messages, isShortened) = builder.prompt(
            for: request, after: transcript, grounding: conversation.grounding, exchanges: exchanges,
            menu: conversation.menu, tokensMax: tokensMax)
        conversation.hasOutgrown = conversation.hasOutgrown || isShortened
        let chat = Gateway.Chat.Request(
            id: id.description, provider: conversation.model.provider, model: conversation.model.model,
            messages: messages,
            temperature: request.agent.temperature, maxTokens: builder.answerTokensMax(conversation.grounding),
            thinking: request.agent.thinking, tools: conversation.menu.isEmpty ? nil : conversation.menu,
            room: request.room, budget: request.agent.budget, hasNext: conversation.models.rest.isEmpty ? nil : true,
            recordKeys: request.agent.modelKeys)
        return send(ModelCall(id, chat, at: now), conversation)
    }

    private mutating func send(_ call: ModelCall, _ conversation: TurnConversation) -> [AgentAction] {
        phase = .answering(conversation, call)
        return [.chat(call.id, call.request)]
    }

    /// Takes a piece of the model's answer.
    mutating func receive(_ chunk: ChatChunk, _ transcript: inout Transcript, at now: Instant) -> [AgentAction] {
        guard case .answering(let conversation, var call) = phase else { return [] }
        // The call has one owner while it changes, or every word would copy the answer so far.
        phase = .callingTools(conversation, ToolExchange(said: "", calls: []))
        let step = call.receive(chunk, at: now)
        phase = .answering(conversation, call)
        switch step {
        case .nothing: return []
        case .rejoin(let request): return [.chat(call.id, request)]
        case .words(let words): return show(answer.say(words))
        case .done(let outcome): return end(call, outcome, conversation, &transcript, at: now)
        case .failed(let failure): return failed(call, failure, conversation, &transcript, at: now)
        }
    }

    /// The bus has broken the stream.
    mutating func broke(_ failure: ServiceFailure, at now: Instant) -> [AgentAction] {
        guard case .answering(let conversation, var call) = phase else { return [] }
        let goesOn = call.broke(at: now)
        phase = .answering(conversation, call)
        return goesOn ? [] : fail(failure.message)
    }

    /// Joins the stream again, if there is one: the broker is back.
    mutating func rejoin(at now: Instant) -> [AgentAction] {
        guard case .answering(let conversation, var call) = phase else { return [] }
        let joined = call.rejoin(at: now)
        phase = .answering(conversation, call)
        return [.chat(call.id, joined)]
    }

    /// The answer of a step is complete.
    private mutating func end(
        _ call: ModelCall, _ outcome: ChatOutcome, _ conversation: TurnConversation, _ transcript: inout Transcript,
        at now: Instant
    ) -> [AgentAction] {
        usage.add(outcome.usage)
        if outcome.thoughtBytes != nil { answer.replaceStep(with: call.text) }
        if let calls = outcome.toolCalls, !conversation.menu.isEmpty {
            return begin(calls, outcome.layout, after: call, conversation, &transcript, at: now)
        }
        if call.isPass && !request.mayPass && !conversation.hasRefusedPass {
            return askAgain(call, conversation, at: now)
        }
        var conversation = conversation
        conversation.count(outcome.usage, of: call)
        phase = .answering(conversation, call)
        return finish(after: call, outcome, conversation)
    }

    private mutating func finish(
        after call: ModelCall, _ outcome: ChatOutcome, _ conversation: TurnConversation
    ) -> [AgentAction] {
        if call.isPass {
            return answer.hasWordsBeforeStep
                ? finish(.answered, answer.textBeforeStep, usage.total) : finish(.passed, "", usage.total)
        }
        if call.text.allSatisfy(\.isUnseen), !answer.hasWordsBeforeStep, conversation.model.tools {
            return fail("agent \(request.agent.id): \(outcome.withoutWords(of: call.request))")
        }
        switch outcome.stopReason {
        case .end, .other, .toolCalls: break
        case .length: if !answer.isCut { answer.end(with: "…") }
        case .filtered: answer.end(with: " (Here the provider's filter ended the answer.)")
        }
        return show(answer.publish()) + finish(.answered, answer.text, usage.total)
    }

    /// Everyone was asked, and a pass is refused, once: a model that insists has nothing to say.
    private mutating func askAgain(
        _ call: ModelCall, _ conversation: TurnConversation, at now: Instant
    ) -> [AgentAction] {
        var conversation = conversation
        conversation.hasRefusedPass = true
        answer.dropStep()
        let pass = PassWord.word
        var again = call.request
        again.messages += [
            ChatMessage(.assistant, pass),
            ChatMessage(.user, "Everyone was asked, and \(pass) is no answer here. Say in a sentence what you think."),
        ]
        return send(ModelCall(call.id.refusingPass, again, at: now), conversation)
    }

    /// The provider gave no answer. A conversation that is too long is shortened, once, if it can be.
    private mutating func failed(
        _ call: ModelCall, _ failure: ProviderFailure, _ conversation: TurnConversation,
        _ transcript: inout Transcript, at now: Instant
    ) -> [AgentAction] {
        var conversation = conversation
        conversation.count(nil, of: call)
        phase = .answering(conversation, call)
        if call.text.isEmpty, conversation.models.fall(after: failure, wantsTools: !exchanges.isEmpty) {
            // The next model has been told nothing yet.
            (conversation.hasRefusedPass, conversation.overflow) = (false, nil)
            // Thoughts are for the model that had them, also where another vendor's API is the same.
            for index in exchanges.indices { exchanges[index].layout = nil }
            // What the program says of the notes is said by models without tools, and was not said for this one.
            let isGrounded = answer.text.isEmpty && exchanges.isEmpty
            return isGrounded
                ? converse(conversation, &transcript, at: now) : ask(conversation, &transcript, at: now)
        }
        let canBeShorter = transcript.isWorthShortening(for: request) || !exchanges.isEmpty
        guard conversation.isOverflow(failure), call.text.isEmpty, conversation.overflow == nil, canBeShorter else {
            return fail(([failure.message] + conversation.models.reasons).joined(separator: "; before it, "))
        }
        conversation.overflow = failure
        // Estimates can be far below what the provider counts, so a window that it tells is but a bound.
        let half = TokenEstimate.tokens(in: call.request.messages) / 2
        let tokensMax = failure.window.map { min(half, $0.value / 4 * 3) } ?? half
        return ask(conversation, &transcript, tokensMax: tokensMax, at: now)
    }
}

extension ChatOutcome {
    /// Why an answer has no words, and what to do, for the room.
    fileprivate func withoutWords(of request: Gateway.Chat.Request) -> String {
        let who = "\(model) of \(provider)"
        return switch stopReason {
        case .length:
            "\(who) used up its tokens\(request.maxTokens.map { " (\($0))" } ?? "") before its first word; "
                + "raise max_tokens in the agent's record, or lower thinking"
        case .filtered: "the filter of \(who) let nothing through; ask in other words, or use another provider"
        case .end, .other, .toolCalls: "\(who) answered without words; ask again"
        }
    }
}
