import Services
import Testing

@testable import egghead_agent

private func delta(_ offset: Int, _ text: String, attempt: Int = 1) -> AgentAction {
    .publish(room: "lobby", RoomDelta(turn: "lobby.1", attempt: attempt, offset: offset, text: text))
}

private func finish(_ outcome: Coordinator.Finish.Outcome, _ text: String, usage: TokenUsage? = nil) -> AgentAction {
    .ask(
        .finish(.init(request: "lobby.1/1", turn: "lobby.1", attempt: 1, outcome: outcome, text: text, usage: usage)))
}

private let tools = Sample.providers(tools: true, isLocal: false)
private let small = Sample.providers(tools: false, isLocal: true)

@Suite struct AgentTurnTests {
    @Test func `a new session asks for everything at once, a later turn for what is new`() throws {
        var world = AgentWorld()
        let asked = world.offer(Sample.turn())
        #expect(asked.accepted)
        let search = Index.Passages.Request(question: "How do I roll back?", limit: 3)
        #expect(
            asked.actions.compactMap(\.request) == [
                .readProviders(turn: "lobby.1"),
                .readHistory(turn: "lobby.1", .init(room: "lobby", after: nil, limit: 100)),
                .search(turn: "lobby.1", search), .readMenu(turn: "lobby.1"), .readCalls(turn: "lobby.1", attempt: 1),
                .readDeliberation(turn: "lobby.1", room: "lobby"),
            ] && asked.actions.count == 6)

        world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools, events: [Sample.message(1, "user:ann", "?")])
        let report = try #require(world.answer("lobby.1/1", ["yes"]).last?.report)
        _ = world.handle(.finished(report, .success(Empty())))
        #expect(
            world.offer(Sample.turn("lobby.2", number: 3)).actions
                == ([
                    .readProviders(turn: "lobby.2"),
                    .readHistory(turn: "lobby.2", .init(room: "lobby", after: 1, limit: 500)),
                    .search(turn: "lobby.2", search), .readMenu(turn: "lobby.2"),
                    .readCalls(turn: "lobby.2", attempt: 1),
                ] as [AgentRequest]).map(AgentAction.ask))
    }

    @Test func `a model with tools speaks for itself`() throws {
        var world = AgentWorld()
        let actions = world.prepare(Sample.turn(), providers: tools, passages: [Sample.passage])
        let request = try #require(actions[0].chatRequest)
        #expect(request.id == "lobby.1/1" && request.from == 0 && request.provider == "p" && request.model == "m")
        let spoken = world.answer("lobby.1/1", ["Roll ", "back [[guides/rollback]]."], tokens: 100)
        let usage = TokenUsage(inputTokens: 90, outputTokens: 10)
        #expect(
            spoken == [
                delta(0, "Roll "), delta(5, "back [[guides/rollback]]."),
                finish(.answered, "Roll back [[guides/rollback]].", usage: usage),
            ])
    }

    @Test func `what turns out to be thoughts is not in the answer`() throws {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        #expect(world.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 0, text: "hm\n"))) == [delta(0, "hm\n")])
        _ = world.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 1, text: "</think>\nRoll back.")))
        var end = Sample.done(2)
        end.done?.thoughtBytes = 12
        #expect(world.handle(.chunk(chat: "lobby.1/1", end)) == [finish(.answered, "Roll back.")])

        // A pass behind thoughts is one.
        world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        _ = world.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 0, text: "hm\n</think>\n/pass")))
        end.sequence = 1
        #expect(world.handle(.chunk(chat: "lobby.1/1", end)).contains(finish(.passed, "")))
    }

    @Test func `for a small model the notes answer, and it is not asked`() throws {
        var world = AgentWorld()
        let actions = world.prepare(Sample.turn(), providers: small, passages: [Sample.passage])
        let search = Index.Passages.Request(question: "How do I roll back?", limit: 3, sentences: true)
        #expect(actions == [.ask(.quote(turn: "lobby.1", search))])
        let reply = Index.Passages.Reply(
            passages: [Sample.passage], sentences: [.init(text: "Run it.", passage: Sample.passage)], rebuilding: false)
        let quoted = QuotedAnswer(found: .success(reply), model: Sample.local, agent: "scout", explains: true)
        let told = world.handle(.sentence(turn: "lobby.1", .success(reply)))
        #expect(told == [delta(0, quoted.text), finish(.answered, quoted.text)])
        #expect(world.handle(.sentence(turn: "lobby.1", .success(reply))) == [])
    }

    @Test func `the notes are asked again while nobody answers, and then the room is told`() throws {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: small)
        let failure = ServiceFailure(.unavailable, "index: no answer")
        #expect(world.handle(.sentence(turn: "lobby.1", .failure(failure))) == [])
        let again = world.wake()
        #expect(again.count == 1, "\(again)")
        _ = world.wake(after: AgentLimits.questionPatience)
        let report = try #require(world.handle(.sentence(turn: "lobby.1", .failure(failure))).last?.report)
        #expect(report.outcome == .answered && report.text.hasPrefix("The notes could not be searched: index"))
    }

    @Test func `the words of a small model whose record frees it follow the quotes, which are the first delta`() {
        var world = AgentWorld(), agent = Sample.agent
        agent.voice = .free
        let actions = world.prepare(Sample.turn(agent: agent), providers: small, passages: [Sample.passage])
        let preface = GroundedAnswer(grounding: .passages([Sample.passage]), isLocal: true, isFirst: true).preface
        #expect(actions.first == delta(0, preface))
        #expect(
            world.answer("lobby.1/1", ["Roll back."])
                == [delta(preface.utf8.count, "Roll back."), finish(.answered, preface + "Roll back.")])
    }

    @Test(arguments: [["/pass"], ["/", "pa", "ss", "\n"], [" /pass "], ["\u{200B}", "/pass"]])
    func `a model that says pass passes, and nobody sees half a word of it`(words: [String]) {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        let actions = world.answer("lobby.1/1", words)
        #expect(actions.last == finish(.passed, ""))
        #expect(!actions.contains { if case .publish = $0 { true } else { false } })
    }

    @Test func `when everyone was asked a pass is refused, once`() throws {
        for (second, outcome) in [("It is fine.", finish(.answered, "It is fine.")), ("/pass", finish(.passed, ""))] {
            var world = AgentWorld()
            var turn = Sample.turn()
            turn.mayPass = false
            let first = try #require(world.prepare(turn, providers: tools).last?.chatRequest)
            let again = try #require(world.answer(ChatID(first.id), ["/pass"]).last?.chatRequest)
            #expect(again.id != first.id && again.messages.dropLast(2) == first.messages[...])
            #expect(again.messages.suffix(2).map(\.role) == [.assistant, .user])
            #expect(world.answer(ChatID(again.id), [second]).last == outcome)
        }
    }

    @Test func `a cancelled turn is dropped and its session stays`() throws {
        var world = AgentWorld()
        let chat = try #require(world.prepare(Sample.turn(), providers: tools).last?.chatRequest)
        let turn = try #require(world.agent.sessions.first?.turn?.request.turn)
        #expect(world.handle(.cancelled(turn: "lobby.9")) == [])
        #expect(world.handle(.cancelled(turn: turn)) == [.cancelChat(id: ChatID(chat.id))])
        #expect(world.agent.sessions.map(\.room) == ["lobby"] && world.agent.sessions.first?.turn == nil)
        #expect(world.answer(ChatID(chat.id), ["late"]) == [])
        #expect(world.handle(.cancelled(turn: turn)) == [])
    }

    @Test func `who is sent away from a room drops its turn there and forgets the room`() throws {
        var world = AgentWorld()
        let chat = try #require(world.prepare(Sample.turn(), providers: tools).last?.chatRequest)
        #expect(world.handle(.dismissed(room: "attic")) == [])
        #expect(world.handle(.dismissed(room: "lobby")) == [.cancelChat(id: ChatID(chat.id))])
        #expect(world.agent.sessions.isEmpty && world.answer(ChatID(chat.id), ["late"]) == [])
    }

    @Test func `words that only begin like pass are shown once they differ`() {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        #expect(world.answer("lobby.1/1", ["/pa", "th"]) == [delta(0, "/path"), finish(.answered, "/path")])
    }

    @Test(arguments: [
        (
            Gateway.Providers.Reply(providers: [], defaultProvider: nil),
            "no model provider is configured; add one under `providers:` in config.yml"
        ),
        (
            Gateway.Providers.Reply(providers: [], defaultProvider: "x"),
            "agent scout: its provider x is not in config.yml, which has none; "
                + "add it there or change `provider` in the agent's record"
        ),
    ])
    func `without a provider the room reads what to do`(providers: Gateway.Providers.Reply, notice: String) {
        var world = AgentWorld()
        #expect(world.prepare(Sample.turn(), providers: providers) == [finish(.failed, notice)])
    }

    @Test func `a provider's failure is a notice of one line`() {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        let failure = ProviderFailure(.unauthorized, "POST https://x:\nthe key was refused; change `key` in config.yml")
        #expect(
            world.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 0, error: failure)))
                == [finish(.failed, "POST https://x: the key was refused; change `key` in config.yml")])
    }

    @Test func `an answer cut by its bound ends in an ellipsis`() {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        _ = world.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 0, text: "and then")))
        #expect(
            world.handle(.chunk(chat: "lobby.1/1", Sample.done(1, stop: .length)))
                == [delta(8, "…"), finish(.answered, "and then…")])
    }

    @Test func `the same turn never runs twice`() throws {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        #expect(world.offer(Sample.turn()) == (true, []))
        let report = try #require(world.answer("lobby.1/1", ["yes"]).last?.report)
        #expect(world.offer(Sample.turn()) == (true, []))
        #expect(world.handle(.finished(report, .success(Empty()))).isEmpty)
        #expect(world.offer(Sample.turn()) == (true, []))
    }

    @Test func `a new attempt of a running turn starts the words over and keeps the work`() {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        _ = world.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 0, text: "Roll ")))
        #expect(world.offer(Sample.turn(attempt: 2)) == (true, [delta(0, "Roll ", attempt: 2)]))
        _ = world.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 1, text: "back")))
        #expect(
            world.handle(.chunk(chat: "lobby.1/1", Sample.done(2)))
                == [
                    .ask(
                        .finish(
                            .init(
                                request: "lobby.1/2", turn: "lobby.1", attempt: 2, outcome: .answered,
                                text: "Roll back")))
                ])
    }

    @Test func `one room has one turn at a time, two rooms have two`() {
        var world = AgentWorld()
        #expect(world.offer(Sample.turn("lobby.1")).accepted)
        #expect(!world.offer(Sample.turn("lobby.2")).accepted)
        #expect(world.offer(Sample.turn("lobby.3", room: "ops")).accepted)
        #expect(world.agent.status == "thinking in lobby, ops")
    }

    @Test func `after a reconnect the agent says hello with its turn and takes up the stream`() throws {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        _ = world.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 0, text: "a")))
        let actions = world.handle(.connected)
        #expect(actions.first == .hello(.init(digest: "d1", incarnation: 3, turns: ["lobby.1"]), number: 1))
        let request = try #require(actions.last?.chatRequest)
        #expect(request.id == "lobby.1/1" && request.from == 1)
    }

    @Test(arguments: [
        (ChatOutcome.StopReason.length, "m of p used up its tokens", "raise max_tokens"),
        (.filtered, "the filter of m of p let nothing through", "ask in other words"),
        (.end, "m of p answered without words", "ask again"),
    ])
    func `an answer without a word says why`(stop: ChatOutcome.StopReason, reason: String, advice: String) throws {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        let report = try #require(world.handle(.chunk(chat: "lobby.1/1", Sample.done(0, stop: stop))).last?.report)
        #expect(report.outcome == .failed && report.text.contains(reason) && report.text.contains(advice), "\(report)")
    }

    @Test func `a window that is too small is answered once with less of the transcript`() throws {
        var world = AgentWorld()
        let events = (1...40).map {
            Sample.message($0, "user:ann", "message \($0) " + String(repeating: "x", count: 100))
        }
        let asked = world.prepare(Sample.turn(number: 41), providers: tools, events: events)
        let overflow = ChatChunk(sequence: 0, error: ProviderFailure(.contextOverflow, "too long"))
        let long = try #require(asked.last?.chatRequest)
        let short = try #require(world.handle(.chunk(chat: "lobby.1/1", overflow)).last?.chatRequest)
        #expect(short.id == "lobby.1/1/short")
        #expect(
            short.messages.map(\.text).joined().utf8.count < long.messages.map(\.text).joined().utf8.count / 2
                + 200)
        #expect(world.handle(.chunk(chat: ChatID(short.id), overflow)) == [finish(.failed, "too long")])
    }

    @Test func `a conversation that holds nothing but the question cannot be shorter, and no hand-off would help`()
        throws
    {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools, events: [Sample.message(1, "user:ann", "?")])
        let overflow = ChatChunk(sequence: 0, error: ProviderFailure(.contextOverflow, "too long"))
        let report = try #require(world.handle(.chunk(chat: "lobby.1/1", overflow)).last?.report)
        #expect(report.outcome == .failed)
        #expect(world.handle(.finished(report, .success(Empty()))).isEmpty)
    }

    @Test(arguments: [(1_000, false), (8_000, true)])
    func `a long conversation that is refused for no clear reason is tried once with less`(bytes: Int, isLong: Bool) {
        var world = AgentWorld()
        let events = (1...19).map { Sample.message($0, "user:ann", String(repeating: "x", count: bytes)) }
        let window = Sample.providers(tools: true, isLocal: false, window: 40_000)
        _ = world.prepare(Sample.turn(number: 20), providers: window, events: events)
        let rejected = ChatChunk(sequence: 0, error: ProviderFailure(.rejected, "bad request"))
        let actions = world.handle(.chunk(chat: "lobby.1/1", rejected))
        #expect(actions.last?.chatRequest?.id == (isLong ? "lobby.1/1/short" : nil))
    }

    @Test(arguments: [(0, false), (1, true)])
    func `a conversation is long from a quarter of the window on`(more: Int, isLong: Bool) throws {
        var preparation = Preparation(threshold: 0.8, awaitsDeliberation: false)
        preparation.models = ModelChoices(Sample.remote)
        preparation.grounding = .passages([])
        preparation.hasTranscript = true
        preparation.menu = []
        preparation.earlierCalls = .known(steps: 0, lastNumber: 0)
        var conversation = try #require(TurnConversation(preparation))
        let call = ModelCall("lobby.1/1", .init(id: "", messages: []), at: .zero)
        let tokens = Sample.remote.window / 4 - 1 + more
        conversation.count(TokenUsage(inputTokens: TokenCount(tokens), outputTokens: 0), of: call)
        #expect(conversation.isOverflow(ProviderFailure(.rejected, "bad request")) == isLong)
        #expect(conversation.isOverflow(ProviderFailure(.contextOverflow, "too long")))
        #expect(!conversation.isOverflow(ProviderFailure(.rateLimited, "too many requests")))
    }

    @Test func `a model is asked when the last answer has come, and not before`() {
        var preparation = Preparation(threshold: 0.8, awaitsDeliberation: true)
        let steps: [(inout Preparation) -> Void] = [
            { $0.models = ModelChoices(Sample.remote) }, { $0.grounding = .unavailable("down") },
            { $0.hasTranscript = true },
            { $0.menu = [] }, { $0.earlierCalls = .unknown }, { $0.inheritance = .known(nil) },
        ]
        for missing in steps.indices {
            var partial = preparation
            for (index, step) in steps.enumerated() where index != missing { step(&partial) }
            #expect(TurnConversation(partial) == nil)
        }
        for step in steps { step(&preparation) }
        #expect(TurnConversation(preparation) != nil)
    }

    @Test func `an answer is shown and reported up to the longest message`() throws {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        let actions = world.answer("lobby.1/1", (0..<5).map { _ in String(repeating: "é", count: 10_000) })
        let text = try #require(actions.last?.report?.text)
        #expect(text.utf8.count <= 65_536 && text.contains("é […] (A message has at most 64 KiB"))
        let again = world.offer(Sample.turn(attempt: 2)).actions
        #expect(again.last?.report?.text == text)
        var shown = 0
        for case .publish(_, let delta) in actions {
            #expect(delta.offset == shown && !delta.text.contains("\u{FFFD}"))
            shown += delta.text.utf8.count
        }
        #expect(shown == 60_000)
    }

    @Test func `an outcome that is refused for good is followed by a notice, and that by nothing`() throws {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        let report = try #require(world.answer("lobby.1/1", ["yes"]).last?.report)
        let refusal = Result<Empty, ServiceFailure>.failure(.init(.invalid, "the request is\ntoo large"))
        let actions = world.handle(.finished(report, refusal))
        let notice = "agent scout: its answer was refused: the request is too large"
        #expect(actions.last == finish(.failed, notice))
        let second = try #require(actions.last?.report)
        #expect(world.handle(.finished(second, refusal)).allSatisfy { $0.report == nil })
        #expect(world.agent.status.hasPrefix("idle"))
    }

    @Test func `a process that drains ends its turn, takes no other and leaves`() throws {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        #expect(world.handle(.drain).isEmpty)
        #expect(!world.offer(Sample.turn("lobby.2", room: "ops")).accepted)
        let report = try #require(world.answer("lobby.1/1", ["yes"]).last?.report)
        #expect(world.handle(.finished(report, .success(Empty()))) == [.leave(.done)])
    }

    @Test func `an idle process leaves at once when it drains, and a busy one cancels its calls when it must stop`() {
        var idle = AgentWorld(), busy = AgentWorld()
        _ = busy.prepare(Sample.turn(), providers: tools)
        #expect(idle.handle(.drain) == [.leave(.done)])
        #expect(busy.handle(.terminate) == [.cancelChat(id: "lobby.1/1"), .leave(.done)])
    }
}
