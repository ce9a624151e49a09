import Services
import Testing

@testable import egghead_agent

/// An agent and the world round it, as far as one turn needs it.
struct AgentWorld {
    var agent = Agent(settings: Sample.settings, incarnation: 3)
    /// When the rooms began.
    var began: String?

    /// Offers the turn and answers everything that its prompt needs.
    ///
    /// - Returns: What the agent wants done then.
    mutating func prepare(
        _ request: TurnRequest, providers: Gateway.Providers.Reply, passages: [Passage] = [], events: [RoomEvent] = [],
        deliberation: RecordReply? = nil, menu: [ToolDefinition] = [], calls: [MadeToolCall] = [],
        callsFailure: Bool = false
    ) -> [AgentAction] {
        var actions: [AgentAction] = []
        let turn = request.turn
        for action in agent.offer(request).actions {
            switch action {
            case .readProviders: actions += agent.handle(.providers(turn: turn, .success(providers)))
            case .readDeliberation:
                actions += agent.handle(.deliberation(turn: turn, .success(.init(record: deliberation))))
            case .readHistory:
                var page = Sample.page(events)
                page.began = began
                actions += agent.handle(.history(turn: turn, .success(page)))
            case .search:
                actions += agent.handle(.passages(turn: turn, .success(.init(passages: passages, rebuilding: false))))
            case .readMenu: actions += agent.handle(.menu(turn: turn, .success(.init(tools: menu))))
            case .readCalls:
                let failure = ServiceFailure(.unavailable, "no toolbox")
                let result: Result<Toolbox.Calls.Reply, ServiceFailure> =
                    callsFailure ? .failure(failure) : .success(.init(calls: calls))
                actions += agent.handle(.calls(turn: turn, result))
            case _: Issue.record("asked before the turn is prepared: \(action)")
            }
        }
        return actions
    }

    /// Lets the model answer.
    ///
    /// - Returns: What the agent wants done, in order.
    mutating func answer(_ chat: String, _ words: [String], tokens: Int? = nil) -> [AgentAction] {
        let spoken = words.enumerated().flatMap { agent.handle(.chunk(chat: chat, ChatChunk(sequence: $0, text: $1))) }
        return spoken + agent.handle(.chunk(chat: chat, Sample.done(words.count, tokens: tokens)))
    }
}

private func delta(_ offset: Int, _ text: String, attempt: Int = 1) -> AgentAction {
    .publish(room: "lobby", RoomDelta(turn: "lobby.1", attempt: attempt, offset: offset, text: text))
}

private func finish(_ outcome: Coordinator.Finish.Outcome, _ text: String, usage: TokenUsage? = nil) -> AgentAction {
    .finish(.init(request: "lobby.1/1", turn: "lobby.1", attempt: 1, outcome: outcome, text: text, usage: usage))
}

private let tools = Sample.providers(tools: true, isLocal: false)
private let small = Sample.providers(tools: false, isLocal: true)

extension AgentAction {
    /// The call of a model, when it is one.
    var chatRequest: Gateway.Chat.Request? { if case .chat(let request) = self { request } else { nil } }
    /// The call of a tool, when it is one.
    var toolRequest: Toolbox.Call.Request? { if case .callTool(let request) = self { request } else { nil } }
    /// A turn's outcome, when it is one.
    var report: Coordinator.Finish.Request? { if case .finish(let report) = self { report } else { nil } }
    /// A deliberation, when it is one.
    var deliberation: Toolbox.WriteDeliberation.Request? {
        if case .writeDeliberation(let request) = self { request } else { nil }
    }
}

@Suite struct AgentTurnTests {
    @Test func `a new session asks for everything at once, a later turn for what is new`() throws {
        var world = AgentWorld()
        let asked = world.agent.offer(Sample.turn())
        #expect(asked.accepted)
        let search = Index.Passages.Request(question: "How do I roll back?", limit: 3)
        #expect(
            asked.actions == [
                .readProviders(turn: "lobby.1"),
                .readHistory(turn: "lobby.1", .init(room: "lobby", after: nil, limit: 100)),
                .search(turn: "lobby.1", search), .readMenu(turn: "lobby.1"), .readCalls(turn: "lobby.1"),
                .readDeliberation(turn: "lobby.1", room: "lobby"),
            ])

        world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools, events: [Sample.message(1, "user:ann", "?")])
        let report = try #require(world.answer("lobby.1/1", ["yes"]).last?.report)
        _ = world.agent.handle(.finished(report, .success(Empty())))
        #expect(
            world.agent.offer(Sample.turn("lobby.2", number: 3)).actions == [
                .readProviders(turn: "lobby.2"),
                .readHistory(turn: "lobby.2", .init(room: "lobby", after: 1, limit: 500)),
                .search(turn: "lobby.2", search), .readMenu(turn: "lobby.2"), .readCalls(turn: "lobby.2"),
            ])
    }

    @Test func `a model with tools speaks for itself`() throws {
        var world = AgentWorld()
        let actions = world.prepare(Sample.turn(), providers: tools, passages: [Sample.passage])
        let request = try #require(actions[0].chatRequest)
        #expect(request.id == "lobby.1/1" && request.from == 0 && request.provider == "p" && request.model == nil)
        let spoken = world.answer("lobby.1/1", ["Roll ", "back [[guides/rollback]]."], tokens: 100)
        let usage = TokenUsage(inputTokens: 90, outputTokens: 10)
        #expect(
            spoken == [
                delta(0, "Roll "), delta(5, "back [[guides/rollback]]."),
                finish(.answered, "Roll back [[guides/rollback]].", usage: usage),
            ])
    }

    @Test func `a small model's words follow the quotes, which are the first delta`() {
        var world = AgentWorld()
        let actions = world.prepare(Sample.turn(), providers: small, passages: [Sample.passage])
        let preface = GroundedAnswer(grounding: .passages([Sample.passage]), isLocal: true, isFirst: true).preface
        #expect(actions.first == delta(0, preface))
        #expect(
            world.answer("lobby.1/1", ["Roll back."])
                == [delta(preface.utf8.count, "Roll back."), finish(.answered, preface + "Roll back.")])
    }

    @Test(arguments: [["/pass"], ["/", "pa", "ss", "\n"], [" /pass "]])
    func `a model that says pass passes, and nobody sees half a word of it`(words: [String]) {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        let actions = world.answer("lobby.1/1", words)
        #expect(actions.last == finish(.passed, ""))
        #expect(!actions.contains { if case .publish(_, let delta) = $0 { delta.text.hasPrefix("/") } else { false } })
    }

    @Test func `when everyone was asked a pass is refused, once`() throws {
        for (second, outcome) in [("It is fine.", finish(.answered, "It is fine.")), ("/pass", finish(.passed, ""))] {
            var world = AgentWorld()
            var turn = Sample.turn()
            turn.mayPass = false
            let first = try #require(world.prepare(turn, providers: tools).last?.chatRequest)
            let again = try #require(world.answer(first.id, ["/pass"]).last?.chatRequest)
            #expect(again.id != first.id && again.messages.dropLast(2) == first.messages[...])
            #expect(again.messages.suffix(2).map(\.role) == [.assistant, .user])
            #expect(world.answer(again.id, [second]).last == outcome)
        }
    }

    @Test func `who is sent away from a room drops its turn there and forgets the room`() throws {
        var world = AgentWorld()
        let chat = try #require(world.prepare(Sample.turn(), providers: tools).last?.chatRequest)
        #expect(world.agent.handle(.dismissed(room: "attic")) == [])
        #expect(world.agent.handle(.dismissed(room: "lobby")) == [.cancelChat(id: chat.id)])
        #expect(world.agent.sessions.isEmpty && world.answer(chat.id, ["late"]) == [])
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
            world.agent.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 0, error: failure)))
                == [finish(.failed, "POST https://x: the key was refused; change `key` in config.yml")])
    }

    @Test func `an answer cut by its bound ends in an ellipsis`() {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        _ = world.agent.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 0, text: "and then")))
        #expect(
            world.agent.handle(.chunk(chat: "lobby.1/1", Sample.done(1, stop: .length)))
                == [delta(8, "…"), finish(.answered, "and then…")])
    }

    @Test func `the same turn never runs twice`() throws {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        #expect(world.agent.offer(Sample.turn()) == (true, []))
        let report = try #require(world.answer("lobby.1/1", ["yes"]).last?.report)
        #expect(world.agent.offer(Sample.turn()) == (true, []))
        #expect(world.agent.handle(.finished(report, .success(Empty()))).isEmpty)
        #expect(world.agent.offer(Sample.turn()) == (true, []))
    }

    @Test func `a new attempt of a running turn starts the words over and keeps the work`() {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        _ = world.agent.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 0, text: "Roll ")))
        #expect(world.agent.offer(Sample.turn(attempt: 2)) == (true, [delta(0, "Roll ", attempt: 2)]))
        _ = world.agent.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 1, text: "back")))
        #expect(
            world.agent.handle(.chunk(chat: "lobby.1/1", Sample.done(2)))
                == [
                    .finish(
                        .init(request: "lobby.1/2", turn: "lobby.1", attempt: 2, outcome: .answered, text: "Roll back"))
                ])
    }

    @Test func `one room has one turn at a time, two rooms have two`() {
        var world = AgentWorld()
        #expect(world.agent.offer(Sample.turn("lobby.1")).accepted)
        #expect(!world.agent.offer(Sample.turn("lobby.2")).accepted)
        #expect(world.agent.offer(Sample.turn("lobby.3", room: "ops")).accepted)
        #expect(world.agent.status == "thinking in lobby, ops")
    }

    @Test func `after a reconnect the agent says hello with its turn and takes up the stream`() throws {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        _ = world.agent.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 0, text: "a")))
        let actions = world.agent.handle(.connected)
        #expect(actions.first == .hello(.init(digest: "d1", incarnation: 3, turns: ["lobby.1"])))
        let request = try #require(actions.last?.chatRequest)
        #expect(request.id == "lobby.1/1" && request.from == 1)
    }

    @Test func `a window that is too small is answered once with less of the transcript`() throws {
        var world = AgentWorld()
        let events = (1...40).map {
            Sample.message($0, "user:ann", "message \($0) " + String(repeating: "x", count: 100))
        }
        let asked = world.prepare(Sample.turn(number: 41), providers: tools, events: events)
        let overflow = ChatChunk(sequence: 0, error: ProviderFailure(.contextOverflow, "too long"))
        let long = try #require(asked.last?.chatRequest)
        let short = try #require(world.agent.handle(.chunk(chat: "lobby.1/1", overflow)).last?.chatRequest)
        #expect(short.id == "lobby.1/1/short")
        #expect(
            short.messages.map(\.text).joined().utf8.count < long.messages.map(\.text).joined().utf8.count / 2
                + 200)
        #expect(world.agent.handle(.chunk(chat: short.id, overflow)) == [finish(.failed, "too long")])
    }

    @Test func `a conversation that holds nothing but the question cannot be shorter, and no hand-off would help`()
        throws
    {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools, events: [Sample.message(1, "user:ann", "?")])
        let overflow = ChatChunk(sequence: 0, error: ProviderFailure(.contextOverflow, "too long"))
        let report = try #require(world.agent.handle(.chunk(chat: "lobby.1/1", overflow)).last?.report)
        #expect(report.outcome == .failed)
        #expect(world.agent.handle(.finished(report, .success(Empty()))).isEmpty)
    }

    @Test(arguments: [(1_000, false), (8_000, true)])
    func `a long conversation that is refused for no clear reason is tried once with less`(bytes: Int, isLong: Bool) {
        var world = AgentWorld()
        let events = (1...19).map { Sample.message($0, "user:ann", String(repeating: "x", count: bytes)) }
        let window = Sample.providers(tools: true, isLocal: false, window: 40_000)
        _ = world.prepare(Sample.turn(number: 20), providers: window, events: events)
        let rejected = ChatChunk(sequence: 0, error: ProviderFailure(.rejected, "bad request"))
        let actions = world.agent.handle(.chunk(chat: "lobby.1/1", rejected))
        #expect(actions.last?.chatRequest?.id == (isLong ? "lobby.1/1/short" : nil))
    }

    @Test func `an answer is shown and reported up to the longest message`() throws {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        let actions = world.answer("lobby.1/1", (0..<5).map { _ in String(repeating: "é", count: 10_000) })
        let text = try #require(actions.last?.report?.text)
        #expect(text.utf8.count <= 65_536 && text.hasSuffix("é […]"))
        let again = world.agent.offer(Sample.turn(attempt: 2)).actions
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
        let actions = world.agent.handle(.finished(report, refusal))
        let notice = "agent scout: its answer was refused: the request is too large"
        #expect(actions.last == finish(.failed, notice))
        let second = try #require(actions.last?.report)
        #expect(world.agent.handle(.finished(second, refusal)).allSatisfy { $0.report == nil })
        #expect(world.agent.status.hasPrefix("idle"))
    }

    @Test func `a process that drains ends its turn, takes no other and leaves`() throws {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: tools)
        #expect(world.agent.handle(.drain).isEmpty)
        #expect(!world.agent.offer(Sample.turn("lobby.2", room: "ops")).accepted)
        let report = try #require(world.answer("lobby.1/1", ["yes"]).last?.report)
        #expect(world.agent.handle(.finished(report, .success(Empty()))) == [.leave(.done)])
    }

    @Test func `an idle process leaves at once when it drains, and a busy one cancels its calls when it must stop`() {
        var idle = AgentWorld(), busy = AgentWorld()
        _ = busy.prepare(Sample.turn(), providers: tools)
        #expect(idle.agent.handle(.drain) == [.leave(.done)])
        #expect(busy.agent.handle(.terminate) == [.cancelChat(id: "lobby.1/1"), .leave(.done)])
    }
}
