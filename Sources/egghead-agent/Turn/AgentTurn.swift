import Models
import Rooms
import Services

/// One turn from its acceptance to its outcome.
///
///     preparing    providers, transcript, passages and (in a new session) the last deliberation are asked for at once;
///                  when all are there, the prompt is made                                    → answering
///     answering    words arrive and are shown; a window that is too small is answered once with a shorter prompt;
///                  tools are called                                                          → calling
///                  the end, or a failure                                                     → finishing
///     calling      the toolbox runs one tool after the other; when all have ended            → answering
///     finishing    the outcome is on its way to the coordinator until that has it            → (the session ends it)
struct AgentTurn: Hashable {
    /// Where the turn is.
    enum Phase: Hashable {
        case preparing
        case answering(ModelCall)
        case calling
        case finishing(Coordinator.Finish.Request)
    }

    /// What is asked; its attempt rises when the coordinator issues the turn again.
    private(set) var request: TurnRequest
    /// Where the turn is.
    var phase = Phase.preparing
    /// The model, once the gateway has told.
    private(set) var model: ModelFacts?
    /// What the notes hold, once the toolbox has told.
    private(set) var grounding: Grounding?
    /// The conversation's tokens with the answer: counted by the provider, else estimated.
    private(set) var tokens = 0
    /// Whether the provider refused the conversation as too long.
    private(set) var hasOverflowed = false
    /// Whether the window could not hold the whole session any more.
    private(set) var hasOutgrown = false
    /// What the model has called, step by step; those of a process before this one come first.
    var exchanges: [ToolExchange] = []
    /// The tools that the model may call.
    var menu: [ToolDefinition] = []
    /// Whether the toolbox has yet to say what a process before this one has called in the turn.
    var awaitsCalls = true
    /// How often the toolbox has been asked that.
    var callsLooks = 0
    /// The number of the turn's last call, those of a process before this one counted.
    var callCount = 0
    /// The steps that a process before this one has made.
    var inheritedSteps = 0
    /// Whether it is not known what was called in the turn before, so that nothing more is.
    var mustNotCall = false

    private let threshold: Double
    private var awaitsHistory = true
    private var awaitsMenu = true
    private var awaitsNote = false
    private var note: String?
    /// When the note was written, RFC 3339.
    private var noteWritten: String?
    /// What all calls of the model cost together, as far as providers tell.
    private var usage: TokenUsage?
    /// The answer so far, the program's part included.
    private var said = ""
    private var publishedBytes = 0
    private var isCut = false
    /// The program's part alone.
    private var preface = ""
    /// Where in `said` the words of the newest step begin.
    private var stepStart = 0
    /// Whether the model was told that a pass is no answer here.
    private var hasBeenTold = false

    /// A turn that nothing has been done for.
    ///
    /// - Parameter threshold: The share of the window at which a session hands off, unless the record says otherwise.
    init(_ request: TurnRequest, threshold: Double) {
        self.request = request
        self.threshold = threshold
    }

    /// The chat's id, as long as there is one.
    var chat: ModelCall? {
        if case .answering(let call) = phase { return call }
        return nil
    }

    /// Asks for everything that the prompt needs.
    mutating func begin(_ transcript: Transcript) -> [AgentAction] {
        awaitsNote = !transcript.isRehydrated
        let search = Index.Passages.Request(question: request.text, limit: AgentLimits.passagesMax)
        let asked: [AgentAction] = [
            .readProviders(turn: request.turn),
            .readHistory(turn: request.turn, transcript.nextPage(of: request.room, upTo: lastEvent)),
            .search(turn: request.turn, search), .readMenu(turn: request.turn), .readCalls(turn: request.turn),
        ]
        return asked
            + (awaitsNote ? [.readDeliberation(turn: request.turn, room: request.room)] : [])
    }

    /// The last event that the turn may know; nil when it may know all.
    private var lastEvent: Int? { request.isBlind ? request.number : nil }

    /// Takes what the gateway has.
    mutating func receive(
        providers result: Result<Gateway.Providers.Reply, ServiceFailure>, _ transcript: inout Transcript
    ) -> [AgentAction] {
        do {
            model = try ModelFacts(for: request.agent, among: result.get(), threshold: threshold)
            return askWhenPrepared(&transcript)
        } catch {
            return fail(error.message)
        }
    }

    /// Takes a page of the room's transcript, and asks for the next one if there is more.
    mutating func receive(
        history result: Result<Coordinator.History.Reply, ServiceFailure>, _ transcript: inout Transcript
    ) -> [AgentAction] {
        switch result {
        case .failure(let failure): return fail(failure.message)
        case .success(let page):
            if transcript.add(page, upTo: lastEvent) {
                return [.readHistory(turn: request.turn, transcript.nextPage(of: request.room, upTo: lastEvent))]
            }
            awaitsHistory = false
            return askWhenPrepared(&transcript)
        }
    }

    /// Takes what the notes hold.
    mutating func receive(
        passages result: Result<Index.Passages.Reply, ServiceFailure>, _ transcript: inout Transcript
    ) -> [AgentAction] {
        switch result {
        case .success(let reply): grounding = .passages(Array(reply.passages.prefix(AgentLimits.passagesMax)))
        case .failure(let failure): grounding = .unavailable(failure.message)
        }
        return askWhenPrepared(&transcript)
    }

    /// Takes what the predecessor left. Without it the turn goes on: the room's transcript says most of it.
    mutating func receive(
        deliberation result: Result<Toolbox.ReadDeliberation.Reply, ServiceFailure>, _ transcript: inout Transcript
    ) -> [AgentAction] {
        awaitsNote = false
        let record = (try? result.get())?.record
        note = record.flatMap { Deliberation.note(in: $0.body) }
        noteWritten = record?.summary.created
        return askWhenPrepared(&transcript)
    }

    /// Takes the tools that the model may call. Without them the turn goes on: the notes were searched already.
    mutating func receive(
        menu result: Result<Toolbox.Menu.Reply, ServiceFailure>, _ transcript: inout Transcript
    ) -> [AgentAction] {
        awaitsMenu = false
        switch result {
        case .success(let reply):
            menu = reply.tools
            return askWhenPrepared(&transcript)
        case .failure(let failure):
            return [.warn("menu.missing", subject: "\(request.turn)", reason: failure.message)]
                + askWhenPrepared(&transcript)
        }
    }

    /// Takes a piece of the model's answer.
    mutating func receive(_ chunk: ChatChunk, _ transcript: inout Transcript) -> [AgentAction] {
        guard case .answering(var call) = phase else { return [] }
        phase = .calling  // one owner, or every word would copy the answer so far
        let step = call.receive(chunk)
        phase = .answering(call)
        switch step {
        case .nothing: return []
        case .rejoin(let request): return [.chat(request)]
        case .words(let words): return say(words)
        case .done(let outcome):
            count(outcome.usage)
            if let calls = outcome.toolCalls, !menu.isEmpty { return begin(calls, after: call, &transcript) }
            if call.isPass && !request.mayPass && !hasBeenTold { return askAgain(call) }
            return end(call, outcome)
        case .failed(let failure):
            tokens = estimate(call)
            let isWorthIt = transcript.isWorthShortening(for: request) || !exchanges.isEmpty
            guard isOverflow(failure), call.text.isEmpty, !hasOverflowed, isWorthIt else {
                return fail(failure.message)
            }
            hasOverflowed = true
            return ask(&transcript, tokensMax: TokenEstimate.tokens(in: call.request.messages) / 2)
        }
    }

    /// The bus broke the stream.
    mutating func broke(_ failure: ServiceFailure) -> [AgentAction] {
        guard case .answering(var call) = phase else { return [] }
        let goesOn = call.broke()
        phase = .answering(call)
        return goesOn
            ? [.schedule(.rejoin(chat: call.request.id), after: AgentLimits.rejoinDelay)] : fail(failure.message)
    }

    /// Takes up the stream where it was left, if there is one.
    func rejoin() -> [AgentAction] { chat.map { [.chat($0.rejoinRequest)] } ?? [] }

    /// The coordinator counts a new attempt, which begins with no words; what this process has done stays good.
    mutating func reissue(as attempt: Int) -> [AgentAction] {
        guard attempt > request.attempt else { return [] }
        request.attempt = attempt
        publishedBytes = 0
        if case .finishing(let outcome) = phase { return finish(outcome.outcome, outcome.text, outcome.usage) }
        return publish()
    }

    /// The coordinator does not take the outcome: a short notice takes its place, so that the room does not wait.
    mutating func reportRefused(_ failure: ServiceFailure) -> [AgentAction] {
        finish(.failed, "agent \(request.agent.id): its answer was refused: \(failure.message)".onOneLine, nil)
    }

    /// Ends the turn with a notice.
    mutating func fail(_ message: String) -> [AgentAction] {
        if case .finishing = phase { return [] }
        return finish(.failed, message.onOneLine, usage)
    }
}

extension AgentTurn {
    /// Asks the model once everything that the prompt needs is there.
    mutating func askWhenPrepared(_ transcript: inout Transcript) -> [AgentAction] {
        guard case .preparing = phase, let model, let grounding, !awaitsHistory, !awaitsNote, !awaitsMenu, !awaitsCalls
        else { return [] }
        if !transcript.isRehydrated {
            let builder = PromptBuilder(agent: request.agent, model: model)
            // A note from before the room's first event is about another room of its name, which is no more.
            let isOfRoom = transcript.began.map { (noteWritten ?? $0) >= $0 } ?? true
            transcript.rehydrate(note: isOfRoom ? note : nil, tokensMax: builder.rehydrationTokensMax)
        }
        if mustNotCall || !model.tools { menu = [] }
        guard !model.tools else { return ask(&transcript) }
        let answer = GroundedAnswer(
            grounding: grounding, isLocal: model.isLocal, isFirst: request.answersBefore == 0)
        preface = answer.preface
        return say(preface) + ask(&transcript)
    }

    /// Asks the model; a second time with a bound, which also shortens the session. Each step has a number in its id.
    mutating func ask(_ transcript: inout Transcript, tokensMax: Int? = nil) -> [AgentAction] {
        guard let model, let grounding else { preconditionFailure("a model is asked before the turn is prepared") }
        if let tokensMax { transcript.shorten(tokensMax: tokensMax) }
        stepStart = said.utf8.count
        let builder = PromptBuilder(agent: request.agent, model: model)
        let step = callCount == 0 ? "" : "/after-\(callCount)"
        let id = "\(request.turn)/\(request.attempt)" + step + (tokensMax == nil ? "" : "/short")
        let (messages, isShortened) = builder.prompt(
            for: request, after: transcript, grounding: grounding, exchanges: exchanges, menu: menu,
            tokensMax: tokensMax)
        hasOutgrown = hasOutgrown || isShortened
        let call = ModelCall(
            Gateway.Chat.Request(
                id: id, provider: model.provider, model: request.agent.model, messages: messages,
                temperature: request.agent.temperature, maxTokens: builder.answerTokensMax(grounding),
                thinking: request.agent.thinking,
                tools: menu.isEmpty ? nil : menu))
        phase = .answering(call)
        return [.chat(call.request)]
    }

    /// Everyone was asked, and a pass is refused, once: a model that insists has nothing to say.
    private mutating func askAgain(_ call: ModelCall) -> [AgentAction] {
        hasBeenTold = true
        said = String(decoding: said.utf8.prefix(stepStart), as: UTF8.self)
        publishedBytes = min(publishedBytes, said.utf8.count)
        var again = call.request
        again.id += "/everyone"
        again.messages += [
            ChatMessage(.assistant, Self.pass),
            ChatMessage(
                .user, "Everyone was asked, and \(Self.pass) is no answer here. Say in a sentence what you think."),
        ]
        phase = .answering(ModelCall(again))
        return [.chat(again)]
    }

    /// What is over the longest message is neither shown nor reported; the coordinator would cut it.
    private mutating func say(_ words: String) -> [AgentAction] {
        if isCut { return [] }
        // What the model says after a tool has run is a paragraph of its own.
        if said.utf8.count == stepStart, stepStart > preface.utf8.count { said += "\n\n" }
        said += words
        isCut = said.utf8.count > RoomsLimits.textBytesMax
        if isCut { said = String(cut: said, to: RoomsLimits.textBytesMax) }
        return publish()
    }

    /// Shows what has not been shown; the beginning of what may become `/pass` is held back.
    private mutating func publish() -> [AgentAction] {
        if isCut { return [] }
        let own = stepStart
        let end = publishedBytes <= own && mayBecomePass ? own : said.utf8.count
        let bytes = said.utf8.prefix(end).dropFirst(publishedBytes)
        if bytes.isEmpty { return [] }
        let delta = RoomDelta(
            turn: request.turn, attempt: request.attempt, offset: publishedBytes,
            text: String(decoding: bytes, as: UTF8.self))
        publishedBytes += bytes.count
        return [.publish(room: request.room, delta)]
    }

    /// Whether the model's own words are the beginning of `/pass`.
    private var mayBecomePass: Bool {
        let own = Substring(said.utf8.dropFirst(stepStart))
        let words = own.split(maxSplits: 1, whereSeparator: \.isWhitespace)
        return words.count < 2 && Self.pass.hasPrefix(words.first ?? "")
    }

    /// Adds up what the turn costs; `tokens` are those of the newest conversation alone.
    private mutating func count(_ cost: TokenUsage?) {
        guard let cost else { return }
        usage = TokenUsage(
            inputTokens: (usage?.inputTokens ?? 0) + cost.inputTokens,
            outputTokens: (usage?.outputTokens ?? 0) + cost.outputTokens)
    }

    private func estimate(_ call: ModelCall) -> Int {
        TokenEstimate.tokens(in: call.request.messages) + TokenEstimate.tokens(in: call.text)
    }

    /// Whether the provider found the conversation too long. Not every one says so in words that the gateway knows;
    /// but one of a quarter of the window and more has little else to be refused for.
    private func isOverflow(_ failure: ProviderFailure) -> Bool {
        failure.code == .contextOverflow || failure.code == .rejected && tokens >= model.map { $0.window / 4 } ?? .max
    }

    private mutating func end(_ call: ModelCall, _ outcome: ChatOutcome) -> [AgentAction] {
        tokens = outcome.usage.map { $0.inputTokens + $0.outputTokens } ?? estimate(call)
        let before = String(decoding: said.utf8.prefix(stepStart), as: UTF8.self)
        let hasSpokenBefore = stepStart > preface.utf8.count
        if call.isPass { return hasSpokenBefore ? finish(.answered, before, usage) : finish(.passed, "", usage) }
        switch outcome.stopReason {
        case .end, .other, .toolCalls: break
        case .length: said += isCut ? "" : "…"
        case .filtered: said += " (Here the provider's filter ended the answer.)"
        }
        if call.text.allSatisfy(\.isWhitespace), !hasSpokenBefore, model?.tools == true {
            return fail(
                "agent \(request.agent.id): \(outcome.model) of \(outcome.provider) answered without words; ask again")
        }
        return publish() + finish(.answered, said, usage)
    }

    private mutating func finish(
        _ outcome: Coordinator.Finish.Outcome, _ text: String, _ usage: TokenUsage?
    ) -> [AgentAction] {
        let report = Coordinator.Finish.Request(
            request: "\(request.turn)/\(request.attempt)", turn: request.turn, attempt: request.attempt,
            outcome: outcome, text: text, usage: usage, denied: denied)
        phase = .finishing(report)
        return [.finish(report)]
    }

    /// The tools that were called in vain for want of a grant, each once; nil when there are none.
    private var denied: [String]? {
        var names: [String] = []
        for made in exchanges.flatMap(\.calls) where made.outcome?.status == .denied && !names.contains(made.call.name)
        {
            names.append(made.call.name)
        }
        return names.isEmpty ? nil : names
    }

    /// What a model says that has nothing to say.
    static let pass = "/pass"
}

extension String {
    fileprivate var onOneLine: String { split(whereSeparator: \.isNewline).joined(separator: " ") }
}
