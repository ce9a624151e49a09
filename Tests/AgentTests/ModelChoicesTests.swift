import Services
import Testing

@testable import egghead_agent

/// An agent with several models, of which the first ones may be out.
@Suite struct ModelChoicesTests {
    private static func provider(
        _ name: String, tools: Bool = true, outage: String? = nil, window: Int = 8_000
    ) -> ProviderInfo {
        ProviderInfo(
            name: name, model: "\(name)-m", contextWindow: window, tools: tools, isLocal: !tools, outage: outage)
    }

    private static func reply(aOutage: String? = nil, models: [String]? = nil) -> Gateway.Providers.Reply {
        .init(
            providers: [provider("a", outage: aOutage), provider("b"), provider("local", tools: false)],
            defaultProvider: "b", models: models)
    }

    private static func agent(_ models: String...) -> AgentDefinition {
        var agent = Sample.agent
        agent.models = models
        return agent
    }

    private static func failure(_ code: ProviderFailure.Code) -> ChatChunk {
        ChatChunk(sequence: 0, error: ProviderFailure(code, "provider a is \(code.rawValue)"))
    }

    @Test func `the record's models go first, then those of the configuration, then its provider`() throws {
        func names(_ agent: AgentDefinition, _ reply: Gateway.Providers.Reply) throws -> [String] {
            let choices = try ModelChoices(for: agent, among: reply, threshold: 0.7)
            return ([choices.current] + choices.rest).map(\.name)
        }
        #expect(try names(Self.agent("a", "b/x"), Self.reply(models: ["local"])) == ["a/a-m", "b/x"])
        #expect(try names(Sample.agent, Self.reply(models: ["local", "a"])) == ["local/local-m", "a/a-m"])
        #expect(try names(Sample.agent, Self.reply()) == ["b/b-m"])
        var named = Sample.agent
        named.model = "a/y"
        #expect(try names(named, Self.reply(models: ["local"])) == ["a/y"])
        named.model = "unknown/y"
        #expect(try names(named, Self.reply()) == ["b/unknown/y"], "a slash may be part of a model's name")
    }

    @Test func `a name of no model is told with the providers that there are`() {
        #expect(
            throws: ServiceFailure(
                .notFound,
                "agent scout: no provider is known for the model c/x; write PROVIDER/MODEL with one of the providers "
                    + "in config.yml (a, b, local)")
        ) { try ModelChoices(for: Self.agent("a", "c/x"), among: Self.reply(), threshold: 0.7) }
    }

    @Test(arguments: [
        ProviderFailure.Code.unreachable, .unauthorized, .rateLimited, .serverError, .idleTimeout, .malformed,
        .interrupted,
    ])
    func `the second model takes the turn when the first fails before its first word, and the room sees it`(
        code: ProviderFailure.Code
    ) throws {
        var world = AgentWorld()
        let first = world.prepare(Sample.turn(agent: Self.agent("a", "b/x")), providers: Self.reply())
        #expect(first[0].chatRequest?.provider == "a" && first[0].chatRequest?.model == "a-m")
        let next = world.handle(.chunk(chat: "lobby.1/1", Self.failure(code)))
        let request = try #require(next.first?.chatRequest)
        #expect(request.id == "lobby.1/1/choice-2" && request.provider == "b" && request.model == "x")
        let report = try #require(world.answer("lobby.1/1/choice-2", ["yes"]).last?.report)
        #expect(report.outcome == .answered && report.text == "yes")
        #expect(report.remark == "answers with b/x, because a/a-m failed: provider a is \(code.rawValue)")
    }

    @Test(arguments: [ProviderFailure.Code.rejected, .contextOverflow, .cancelled, .notConfigured])
    func `what is the call's own fault is not tried elsewhere`(code: ProviderFailure.Code) throws {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(agent: Self.agent("a", "b")), providers: Self.reply())
        let report = try #require(world.handle(.chunk(chat: "lobby.1/1", Self.failure(code))).last?.report)
        #expect(report.outcome == .failed && report.remark == nil)
    }

    @Test func `after the first word no other model goes on with the answer`() throws {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(agent: Self.agent("a", "b")), providers: Self.reply())
        _ = world.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 0, text: "Half")))
        let broken = ChatChunk(sequence: 1, error: ProviderFailure(.interrupted, "provider a broke off"))
        let report = try #require(world.handle(.chunk(chat: "lobby.1/1", broken)).last?.report)
        #expect(report.outcome == .failed && report.text == "provider a broke off")
    }

    @Test func `when all have failed the notice names each`() throws {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(agent: Self.agent("a", "b")), providers: Self.reply())
        _ = world.handle(.chunk(chat: "lobby.1/1", Self.failure(.serverError)))
        let last = ChatChunk(sequence: 0, error: ProviderFailure(.unreachable, "provider b cannot be reached"))
        let report = try #require(world.handle(.chunk(chat: "lobby.1/1/choice-2", last)).last?.report)
        #expect(
            report.text == "provider b cannot be reached; before it, a/a-m failed: provider a is serverError")
    }

    @Test func `a model that is known to be out is not asked`() throws {
        var world = AgentWorld()
        let actions = world.prepare(
            Sample.turn(agent: Self.agent("a", "b")), providers: Self.reply(aOutage: "it is over its quota"))
        #expect(actions[0].chatRequest?.provider == "b" && actions[0].chatRequest?.id == "lobby.1/1")
        let report = try #require(world.answer("lobby.1/1", ["yes"]).last?.report)
        #expect(report.remark == "answers with b/b-m, because a/a-m is out: it is over its quota")
        var alone = AgentWorld()
        let asked = alone.prepare(Sample.turn(agent: Self.agent("a")), providers: Self.reply(aOutage: "it is out"))
        #expect(asked[0].chatRequest?.provider == "a", "a single one is asked all the same")
    }

    @Test func `a model without tools as the last choice quotes the notes, but not in the middle of tools`() throws {
        var world = AgentWorld()
        let agent = Self.agent("a", "local")
        _ = world.prepare(Sample.turn(agent: agent), providers: Self.reply(), passages: [Sample.passage])
        let next = world.handle(.chunk(chat: "lobby.1/1", Self.failure(.unreachable)))
        let search = Index.Passages.Request(question: "How do I roll back?", limit: 3, sentences: true)
        #expect(next == [.ask(.quote(turn: "lobby.1", search))])
        let reply = Index.Passages.Reply(passages: [Sample.passage], rebuilding: false)
        let report = try #require(world.handle(.sentence(turn: "lobby.1", .success(reply))).last?.report)
        #expect(report.text.hasPrefix("[[guides/rollback]]") && !report.text.contains("*Quoted"), "\(report.text)")
        #expect(report.remark?.hasPrefix("answers with local/") == true, "\(report)")
    }

    @Test func `the window that a provider has told of itself counts`() throws {
        func window(configured: Int, told: TokenCount, model: String = "a-m") throws -> Int {
            var info = Self.provider("a", window: configured)
            info.learnedWindows = [model: told]
            return try ModelFacts(
                for: Sample.agent, among: .init(providers: [info], defaultProvider: "a"), threshold: 0.7
            ).window
        }
        #expect(try window(configured: 8_000, told: 4_096) == 4_096)
        #expect(try window(configured: 8_000, told: 16_000) == 8_000)
        #expect(try window(configured: 8_000, told: 3) == AgentLimits.windowTokensMin)
        #expect(try window(configured: 8_000, told: 4_096, model: "other") == 8_000)
    }
}
