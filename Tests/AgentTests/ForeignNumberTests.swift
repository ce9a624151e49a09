import Mutations
import SeededRandom
import Services
import Testing
import Time

@testable import egghead_agent

/// Messages with numbers and shapes that nobody should write: an agent bears all that their decoders take.
@Suite struct ForeignNumberTests {
    private static let tools = Sample.providers(tools: true, isLocal: false, window: 8_192)
    private static let menu = [ToolDefinition(name: "get_record", description: "Reads.", parameters: .object([:]))]

    private static func done(_ sequence: Int, calls: [ToolCall]? = nil, input: Int = 90, output: Int = 10) -> ChatChunk
    {
        let usage = TokenUsage(inputTokens: TokenCount(input), outputTokens: TokenCount(output))
        var outcome = ChatOutcome(
            stopReason: calls == nil ? .end : .toolCalls, usage: nil, provider: "p", model: "m", toolCalls: calls)
        // As a message brings it, which may be another program's.
        outcome.usage = usage
        return ChatChunk(sequence: sequence, done: outcome)
    }

    @Test func `a provider that counts up to the end of all numbers in each call of a turn gets its sum bounded`() {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: Self.tools, menu: Self.menu)
        let call = ToolCall(id: "c", name: "get_record", arguments: "{}")
        let asked = world.handle(.chunk(chat: "lobby.1/1", Self.done(0, calls: [call], input: .max, output: .max)))
        let tool = asked.compactMap(\.toolRequest)[0]
        _ = world.handle(.toolEnded(tool, .success(.init(.done, "A"))))
        _ = world.handle(.chunk(chat: "lobby.1/1/after-1", ChatChunk(sequence: 0, text: "It says A.")))
        let last = world.handle(.chunk(chat: "lobby.1/1/after-1", Self.done(1, input: .max, output: .max)))
        #expect(last.last?.report?.usage == TokenUsage(inputTokens: .most, outputTokens: .most))
        #expect(last.last?.report?.text == "It says A.")
        if let report = last.last?.report { _ = world.handle(.finished(report, .success(Empty()))) }
        #expect(world.agent.sessions.first?.tokens == TokenCount.most.value)
        #expect(world.agent.handoff?.tokens == TokenCount.most.value && world.agent.handoff?.reason == .threshold)
    }

    @Test(arguments: [(0, 10, true), (-5, 10, true), (70, 10, false), (Int.max, 1, false)])
    func `a prompt that has no tokens by the provider's count is estimated`(input: Int, output: Int, isEstimated: Bool)
    {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: Self.tools)
        let report = world.handle(.chunk(chat: "lobby.1/1", Self.done(0, input: input, output: output)))
            .compactMap(\.report).last
        if let report { _ = world.handle(.finished(report, .success(Empty()))) }
        let tokens = world.agent.sessions.first?.tokens ?? 0
        let counted = TokenCount(input) + TokenCount(output)
        #expect((tokens == counted.value) != isEstimated && tokens > 0)
    }

    @Test(arguments: [
        "lobby.1/1/9223372036854775807", "lobby.1/1/9223372036854775808", "lobby.1/1/-9223372036854775808",
        "lobby.1/1/1099511627777", "lobby.1/1/0", "lobby.9223372036854775807/1/1",
    ])
    func `the next call's number follows no number that its predecessor cannot have given`(id: String) {
        var world = AgentWorld()
        let made = MadeToolCall(ToolCall(id: id, name: "get_record", arguments: "{}"), outcome: .init(.done, "A"))
        _ = world.prepare(Sample.turn(attempt: 2), providers: Self.tools, menu: Self.menu, calls: [made])
        let call = ToolCall(id: "c", name: "get_record", arguments: "{}")
        let asked = world.handle(.chunk(chat: "lobby.1/2", Self.done(0, calls: [call])))
        #expect(asked.compactMap(\.toolRequest).map(\.call.id) == ["lobby.1/2/1"])
    }

    @Test(
        arguments: [
            (Int.min, 0.8, 0, 0), (-1, 0.8, 0, 0), (1_000, 1e300, 1_000, 1_000), (1_000, -1e300, 1_000, 0),
            (1_000, 0.5, 1_000, 500), (Int.max, 0.5, AgentLimits.windowTokensMax, AgentLimits.windowTokensMax / 2),
        ] as [(Int, Double, Int, Int)])
    func `whatever window and share are given, the nearest ones within range count`(
        window: Int, threshold: Double, usable: Int, full: Int
    ) {
        let model = ModelFacts(
            provider: "p", model: "m", window: window, threshold: threshold, tools: true, isLocal: false)
        #expect(model.window == usable && model.thresholdTokens == full && model.answerTokensMax > 0)
        #expect(model.percent(TokenCount.most.value) >= 0)
        var agent = Sample.agent
        agent.maxTokens = .min
        let builder = PromptBuilder(agent: agent, model: model)
        let prompt = builder.prompt(for: Sample.turn(), after: Transcript(), grounding: .passages([Sample.passage]))
        #expect(prompt.messages.count == 2)
        #expect(builder.notePrompt(room: "lobby", after: Transcript(), last: nil, isShort: true).count == 2)
    }

    @Test func `an agent with a title longer than its deliberation may be is written down in pieces`() {
        var definition = Sample.agent
        definition.title = String(repeating: "long ", count: 100_000)
        var session = Session(room: "ops")
        let request = Sample.turn("ops.1", room: "ops", text: "one\ntwo €€€\nthree", agent: definition)
        session.turn = AgentTurn(request, threshold: 0.8, awaitsDeliberation: false)
        _ = session.endTurn(.init(request: "r", turn: "ops.1", attempt: 1, outcome: .answered, text: "yes"))
        let parts = Deliberation(reason: "Full.", note: nil, session: session).parts(bytesMax: 8_192)
        #expect(!parts.isEmpty)
    }

    @Test(arguments: 1...10) func `no message ends an agent`(seed: UInt64) {
        var mutator = JSONMutator(seed: seed)
        for round in 0..<20 {
            var world = AgentWorld()
            for turn in 1...3 { play(TurnID(room: "lobby", number: turn), &world, &mutator) }
            if round.isMultiple(of: 2) { _ = world.askForHandoff() }
            for _ in 0..<6 {
                _ = world.handle(.handoffAnnounced(.success(Empty())))
                for session in world.agent.handoff?.sessions ?? [] { answerHandoff(session, &world, &mutator) }
                _ = world.wake(after: .seconds(130))
            }
            #expect(!world.agent.status.isEmpty)
        }
    }

    private func answerHandoff(_ session: SessionHandoff, _ world: inout AgentWorld, _ mutator: inout JSONMutator) {
        if let note = session.noteCall {
            _ = world.handle(.chunk(chat: note.id, mutator.perhapsMutated(ChatChunk(sequence: 0, text: "a note"))))
            _ = world.handle(.chunk(chat: note.id, mutator.perhapsMutated(Self.done(1))))
        }
        guard let request = session.nextRequest else { return }
        let reply = WriteReply(id: "deliberations/scout/lobby/1", revision: "1", indexed: true)
        let refusal = ServiceFailure(.invalid, "too long")
        let isTaken = mutator.random.chance(1, in: 2)
        _ = world.handle(.deliberationWritten(request, isTaken ? .success(reply) : .failure(refusal)))
    }

    /// One turn from its offer to its end, with every answer perhaps another one than it should be.
    private func play(_ id: TurnID, _ world: inout AgentWorld, _ mutator: inout JSONMutator) {
        let offered = mutator.perhapsMutated(Sample.turn(id, number: 2 * id.number))
        let turn = offered.turn
        _ = world.offer(offered)
        let events = (1...4).map { Sample.message($0, $0 == 3 ? "agent:scout" : "user:ann", "words") }
        let made = MadeToolCall(ToolCall(id: "\(turn)/1/7", name: "f", arguments: "{}"), outcome: .init(.done, "A"))
        let deliberation = Sample.record("deliberations/scout/lobby/1", body: "# x\n\n## Note\n\n> Known.\n")
        _ = world.handle(.providers(turn: turn, .success(mutator.perhapsMutated(Self.tools))))
        _ = world.handle(.deliberation(turn: turn, .success(mutator.perhapsMutated(.init(record: deliberation)))))
        for _ in 0..<2 {
            _ = world.handle(.history(turn: turn, .success(mutator.perhapsMutated(Sample.page(events)))))
        }
        let passages = Index.Passages.Reply(passages: [Sample.passage], rebuilding: false)
        _ = world.handle(.passages(turn: turn, .success(mutator.perhapsMutated(passages))))
        _ = world.handle(.menu(turn: turn, .success(mutator.perhapsMutated(.init(tools: Self.menu)))))
        _ = world.handle(.calls(turn: turn, .success(mutator.perhapsMutated(.init(calls: [made])))))
        let call = ToolCall(id: "c", name: "get_record", arguments: "{\"id\":\"a\"}")
        for step in 0..<3 {
            guard let session = world.agent.sessions.first(where: { $0.turn?.request.turn == turn }) else { break }
            if let chat = session.turn?.call?.id {
                _ = world.handle(.chunk(chat: chat, mutator.perhapsMutated(ChatChunk(sequence: 0, text: "Words."))))
                let end = Self.done(1, calls: step == 2 ? nil : [call, call])
                _ = world.handle(.chunk(chat: chat, mutator.perhapsMutated(end)))
            }
            guard case .callingTools(_, let exchange)? = world.agent.sessions.first?.turn?.phase else { continue }
            for call in exchange.calls {
                let outcome = mutator.perhapsMutated(ToolOutcome(.done, "A [[guides/rollback]]"))
                _ = world.handle(.toolEnded(.init(turn: turn, attempt: 1, call: call.call), .success(outcome)))
            }
        }
        _ = world.wake(after: .seconds(40))
        guard let report = world.agent.sessions.first(where: { $0.turn?.report != nil })?.turn?.report else { return }
        _ = world.handle(.finished(report, .success(Empty())))
    }
}
