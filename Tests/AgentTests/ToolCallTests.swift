import Services
import Testing

@testable import egghead_agent

@Suite struct ToolCallTests {
    private static let providers = Sample.providers(tools: true, isLocal: false, window: 8_192)
    private static let menu = [ToolDefinition(name: "get_record", description: "Reads.", parameters: .object([:]))]

    /// The end of a step in which the model calls tools.
    private static func calls(_ sequence: Int, _ calls: [(String, String)]) -> ChatChunk {
        let made = calls.enumerated().map { ToolCall(id: "call_\($0)", name: $1.0, arguments: $1.1) }
        let usage = TokenUsage(inputTokens: 90, outputTokens: 10)
        return ChatChunk(
            sequence: sequence,
            done: ChatOutcome(stopReason: .toolCalls, usage: usage, provider: "p", model: "m", toolCalls: made))
    }

    private static func prepared(attempt: Int = 1, calls: [MadeToolCall] = []) -> (AgentWorld, [AgentAction]) {
        var world = AgentWorld()
        let actions = world.prepare(
            Sample.turn(attempt: attempt), providers: providers, menu: menu, calls: calls)
        return (world, actions)
    }

    private static func call(
        _ number: Int, _ name: String, _ arguments: String, said: String? = nil
    ) -> Toolbox.Call.Request {
        let call = ToolCall(id: "lobby.1/1/\(number)", name: name, arguments: arguments)
        return .init(turn: "lobby.1", attempt: 1, call: call, reason: said)
    }

    @Test func `what changes nothing runs at once, and what changes something waits for it`() throws {
        var menu = Self.menu
        for index in menu.indices where menu[index].name == "get_record" { menu[index].readsOnly = true }
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(attempt: 1), providers: Self.providers, menu: menu, calls: [])
        let names = ["get_record", "get_record", "create_record", "get_record", "get_record"]
        let calls = names.enumerated().map { Self.call($0 + 1, $1, "{}") }
        func asking(_ numbers: ClosedRange<Int>) -> [AgentAction] { calls[numbers].map { .ask(.callTool($0)) } }
        let first = world.handle(.chunk(chat: "lobby.1/1", Self.calls(0, names.map { ($0, "{}") })))
        #expect(first == asking(0...1))
        #expect(world.handle(.toolEnded(calls[1], .success(.init(.done, "B")))) == [])
        #expect(world.handle(.toolEnded(calls[0], .success(.init(.done, "A")))) == asking(2...2))
        #expect(world.handle(.toolEnded(calls[2], .success(.init(.done, "C")))) == asking(3...4))
        #expect(world.handle(.toolEnded(calls[3], .success(.init(.done, "D")))) == [])
        let next = world.handle(.toolEnded(calls[4], .success(.init(.failed, "E"))))
        let outcomes = try #require(next.first?.chatRequest).messages.filter { $0.role == .tool }
        #expect(outcomes.count == 5, "in the model's order, whoever ended first")
    }

    @Test func `of many calls in one answer the first ones run, and the model is told of the rest`() throws {
        var (world, _) = Self.prepared()
        let many = (1...65).map { ("get_record", "{\"id\":\"\($0)\"}") }
        var actions = world.handle(.chunk(chat: "lobby.1/1", Self.calls(0, many)))
        var run = 0
        while let call = actions.first?.toolRequest {
            run += 1
            #expect(call.call.id == "lobby.1/1/\(run)")
            actions = world.handle(.toolEnded(call, .success(.init(.done, "A"))))
        }
        let outcomes = try #require(actions.first?.chatRequest).messages.filter { $0.role == .tool }.map(\.text)
        #expect(run == AgentLimits.toolCallsMax && outcomes.count == 65)
        #expect(outcomes.suffix(65 - run).allSatisfy { $0.contains("Not run: 32 calls are the most for one turn") })
    }

    @Test func `tools run one after the other, and the model goes on with what became of them`() throws {
        var (world, asked) = Self.prepared()
        #expect(asked.last?.chatRequest?.tools == Self.menu)
        _ = world.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 0, text: "I look.")))
        let first = Self.call(1, "get_record", "{\"id\":\"a\"}", said: "I look.")
        let second = Self.call(2, "get_record", "{\"id\":\"b\"}", said: "I look.")
        #expect(
            world.handle(
                .chunk(
                    chat: "lobby.1/1",
                    Self.calls(1, [(first.call.name, first.call.arguments), ("get_record", "{\"id\":\"b\"}")])))
                == [.ask(.callTool(first))])
        #expect(world.handle(.toolEnded(first, .success(.init(.done, "A")))) == [.ask(.callTool(second))])
        // A repeated answer changes nothing.
        #expect(world.handle(.toolEnded(first, .success(.init(.done, "other")))) == [])
        let next = world.handle(.toolEnded(second, .success(.init(.failed, "there is no record b"))))
        let request = try #require(next.first?.chatRequest)
        #expect(request.id == "lobby.1/1/after-2")
        #expect(request.messages.suffix(3).map(\.role) == [.assistant, .tool, .tool])
        #expect(request.messages.suffix(3).map(\.text) == ["I look.", "A", "(failed) there is no record b"])
        let ids = request.messages.suffix(3).first?.calls.map(\.id)
        #expect(ids == ["call00001", "call00002"] && request.messages.last?.outcomeID == "call00002")
        let report = try #require(world.answer("lobby.1/1/after-2", ["It says A."], tokens: 200).last?.report)
        #expect(report.outcome == .answered && report.text == "I look.\n\nIt says A.")
        #expect(report.usage == TokenUsage(inputTokens: 280, outputTokens: 20))
    }

    @Test func `a vendor's opaque parts go back at their places while the turn lasts, and are not kept`() throws {
        var (world, _) = Self.prepared()
        _ = world.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 0, text: "I look.")))
        let thought = OpaquePart(family: "f", value: .string("x"))
        var end = Self.calls(1, [("get_record", "{}")])
        let calls = (end.done?.toolCalls ?? []).map(ContentPart.call)
        end.done?.layout = ContentLayout(of: [.opaque(thought), .text("I look."), .opaque(thought)] + calls)
        let call = try #require(world.handle(.chunk(chat: "lobby.1/1", end)).first?.toolRequest)
        let next = world.handle(.toolEnded(call, .success(.init(.done, "A"))))
        let messages = try #require(next.first?.chatRequest?.messages.suffix(2))
        #expect(
            messages == [
                ChatMessage(
                    .assistant,
                    [
                        .opaque(thought), .text("I look."), .opaque(thought),
                        .call(ToolCall(id: "call00001", name: "get_record", arguments: "{}")),
                    ]), ChatMessage(outcomeOf: "call00001", "A"),
            ])
        let report = try #require(world.answer("lobby.1/1/after-1", ["It says A."]).last?.report)
        _ = world.handle(.finished(report, .success(Empty())))
        #expect(world.agent.sessions[0].ended.first?.exchanges.map(\.layout) == [nil])
        #expect(world.agent.sessions[0].ended.first?.exchanges.map(\.said) == ["I look."])
    }

    @Test func `a successor is told what was called before it, and waits for what still runs`() throws {
        let done = MadeToolCall(
            ToolCall(id: "lobby.1/1/1", name: "create_record", arguments: "{}"), outcome: .init(.done, "Created [[x]].")
        )
        let running = MadeToolCall(ToolCall(id: "lobby.1/1/2", name: "create_record", arguments: "{}"))
        var (world, asked) = Self.prepared(attempt: 2, calls: [done, running])
        #expect(asked == [] && world.wait == AgentLimits.callsPause)
        #expect(world.wake() == [.ask(.readCalls(turn: "lobby.1", attempt: 2))])
        var ended = running
        ended.outcome = .init(.unknown, "The toolbox died.")
        let next = world.handle(.calls(turn: "lobby.1", .success(.init(calls: [done, ended]))))
        let request = try #require(next.first?.chatRequest)
        #expect(request.id == "lobby.1/2/after-2")
        #expect(
            request.messages.suffix(4).map(\.text) == ["", "Created [[x]].", "", "(unknown) The toolbox died."])
        // What this process calls has ids of its own.
        let calls = world.handle(.chunk(chat: "lobby.1/2/after-2", Self.calls(0, [("get_record", "{}")])))
        #expect(
            calls.map(\.toolRequest) == [
                .init(
                    turn: "lobby.1", attempt: 2, call: ToolCall(id: "lobby.1/2/3", name: "get_record", arguments: "{}"))
            ])
    }

    @Test func `a call that runs without end is waited for five minutes, and then told as it is`() throws {
        let running = MadeToolCall(ToolCall(id: "lobby.1/1/7", name: "create_record", arguments: "{}"))
        var (world, asked) = Self.prepared(attempt: 2, calls: [running])
        var looks = 1
        while asked.isEmpty, looks < 1_000 {
            #expect(world.wake(after: AgentLimits.callsPause - .nanoseconds(1)) == [])
            #expect(world.wake(after: .nanoseconds(1)) == [.ask(.readCalls(turn: "lobby.1", attempt: 2))])
            #expect(world.wake(after: .seconds(1)) == [], "it is asked once")
            asked = world.handle(.calls(turn: "lobby.1", .success(.init(calls: [running]))))
            looks += 1
        }
        #expect(looks == AgentLimits.callsLooksMax)
        let request = try #require(asked.first?.chatRequest)
        #expect(request.id == "lobby.1/2/after-7" && request.messages.last?.text == "(unknown) It still runs.")
    }

    @Test func `the calls of a turn are counted by their ids, in whatever order, and other ids do not count`() throws {
        let ids = ["lobby.1/1/2", "lobby.1/2/9", "lobby.1/1/3", "other", "lobby.1/1/x"]
        let calls = ids.map {
            MadeToolCall(ToolCall(id: $0, name: "get_record", arguments: "{}"), outcome: .init(.done, "x"))
        }
        var (world, asked) = Self.prepared(attempt: 3, calls: calls)
        #expect(asked.last?.chatRequest?.id == "lobby.1/3/after-9")
        let next = world.handle(.chunk(chat: "lobby.1/3/after-9", Self.calls(0, [("get_record", "{}")])))
        #expect(next.first?.toolRequest?.call.id == "lobby.1/3/10")
    }

    @Test func `without word of what was called before, a successor does not begin`() throws {
        var world = AgentWorld()
        _ = world.offer(Sample.turn(attempt: 2))
        let actions = world.handle(.calls(turn: "lobby.1", .failure(.init(.denied, "no"))))
        #expect(actions.first?.report?.outcome == .failed)
    }

    @Test func `a model that calls without end is told to answer, and then its turn fails`() throws {
        var (world, _) = Self.prepared()
        var chat: ChatID = "lobby.1/1", made = 0, report: Coordinator.Finish.Request?
        while report == nil, made < 100 {
            var actions = world.handle(.chunk(chat: chat, Self.calls(0, [("get_record", "{}")])))
            if let request = actions.first?.toolRequest {
                made += 1
                actions = world.handle(.toolEnded(request, .success(.init(.done, "x"))))
            }
            report = actions.first?.report
            chat = actions.first?.chatRequest.map { ChatID($0.id) } ?? chat
        }
        #expect(made == AgentLimits.toolCallsMax)
        #expect(report?.outcome == .failed && report?.text.contains("40 steps with tools") == true)
    }

    @Test func `the steps of processes before it do not count against a turn`() throws {
        let earlier = (1...5).map {
            MadeToolCall(
                ToolCall(id: "lobby.1/1/\($0)", name: "get_record", arguments: "{}"), outcome: .init(.done, "x"))
        }
        var (world, asked) = Self.prepared(attempt: 2, calls: earlier)
        var chat = try #require(asked.last?.chatRequest.map { ChatID($0.id) })
        var report: Coordinator.Finish.Request?, steps = 0
        while report == nil, steps < 100 {
            var actions = world.handle(.chunk(chat: chat, Self.calls(0, [("get_record", "{}")])))
            if let request = actions.first?.toolRequest {
                actions = world.handle(.toolEnded(request, .success(.init(.done, "x"))))
            }
            report = actions.first?.report
            chat = actions.first?.chatRequest.map { ChatID($0.id) } ?? chat
            steps += 1
        }
        #expect(steps == AgentLimits.toolStepsMax + 1 && report?.text.contains("45 steps with tools") == true)
    }

    @Test func `a tool's name cannot pass for structure`() {
        var (world, _) = Self.prepared()
        let actions = world.handle(.chunk(chat: "lobby.1/1", Self.calls(0, [("a\n## Note\n", "{}")])))
        #expect(actions == [.ask(.callTool(Self.call(1, "a____Note_", "{}")))])
    }

    @Test func `long outcomes are shortened in the prompt, oldest first, and never in the record`() throws {
        let long = String(repeating: "word ", count: 4_000)
        let exchanges = (0..<3).map { number in
            ToolExchange(
                said: "",
                calls: [
                    MadeToolCall(
                        ToolCall(id: "t/1/\(number)", name: "get_record", arguments: "{}"), outcome: .init(.done, long))
                ])
        }
        let whole = ToolExchange.messages(exchanges, tokensMax: 100_000)
        #expect(whole.filter { $0.role == .tool }.map(\.text) == [long, long, long])
        let cut = ToolExchange.messages(exchanges, tokensMax: 5_500).filter { $0.role == .tool }
        #expect(cut[0].text.utf8.count < 300 && cut[1].text.utf8.count < 300 && cut[2].text == long)
        let tight = ToolExchange.messages(exchanges, tokensMax: 2_000).filter { $0.role == .tool }
        #expect(tight[2].text.utf8.count < 8_000 && tight[2].text.utf8.count > 6_000)

        var (world, _) = Self.prepared()
        let asked = world.handle(.chunk(chat: "lobby.1/1", Self.calls(0, [("get_record", "{}")])))
        let request = try #require(asked.first?.toolRequest)
        _ = world.handle(.toolEnded(request, .success(.init(.done, long))))
        let report = try #require(world.answer("lobby.1/1/after-1", ["Read."]).last?.report)
        _ = world.handle(.finished(report, .success(Empty())))
        let ended = try #require(world.agent.sessions[0].ended.first)
        #expect(ended.exchanges.first?.calls.first?.outcome?.text == long)
        let body = Deliberation(reason: "Full.", note: nil, session: world.agent.sessions[0]).parts()
        #expect(body[0].contains("#### Called get_record\n\n> {}\n\n#### Outcome: done\n\n> word word"))
    }

    @Test func `a later turn remembers what was called, in short`() throws {
        var (world, _) = Self.prepared()
        let asked = world.handle(.chunk(chat: "lobby.1/1", Self.calls(0, [("get_record", "{}")])))
        let call = try #require(asked.first?.toolRequest)
        _ = world.handle(.toolEnded(call, .success(.init(.done, "The pressure is 1.6 bar."))))
        let report = try #require(world.answer("lobby.1/1/after-1", ["1.6 bar."]).last?.report)
        _ = world.handle(.finished(report, .success(Empty())))
        var answer = Sample.message(2, "agent:scout", "1.6 bar.")
        answer.turn = "lobby.1"
        let actions = world.prepare(
            Sample.turn("lobby.2", number: 3), providers: Self.providers,
            events: [Sample.message(1, "user:ann", "Pressure?"), answer], menu: Self.menu)
        let messages = try #require(actions.last?.chatRequest?.messages)
        #expect(messages.map(\.role) == [.system, .user, .assistant, .user])
        #expect(
            messages[1].text == "ann: Pressure?\n\n(Told by the program: in your turn on this you called\n"
                + "get_record {}: done: The pressure is 1.6 bar.)")
    }

    @Test(arguments: [
        (#"{ "id": "a" }"#, #"{ "id": "a" }"#), (#"{"id":"a",}"#, #"{"id":"a"}"#), ("null", "{}"), ("", "{}"),
        ("{\"id\":\"a\nb\"}", #"{"id":"a\nb"}"#), (#"{"id":"a""#, #"{"not_a_json_object":"{\"id\":\"a\""}"#),
        ("[1]", #"{"not_a_json_object":"[1]"}"#),
    ])
    func `a model is shown the arguments that it wrote, as an object`(written: String, shown: String) {
        let call = MadeToolCall(
            ToolCall(id: "t/1/1", name: "get_record", arguments: written), outcome: .init(.done, "A"))
        let messages = ToolExchange.messages([ToolExchange(said: "", calls: [call])], tokensMax: 8_000)
        #expect(messages.first?.calls.first?.arguments == shown)
        let long = MadeToolCall(
            ToolCall(id: "t/1/2", name: "get_record", arguments: String(repeating: "a", count: 90_000)), outcome: nil)
        let cut = ToolExchange.messages([ToolExchange(said: "", calls: [long])], tokensMax: 80_000)
        #expect((1_000...4_000).contains(cut.first?.calls.first?.arguments.count ?? 0))
    }

    @Test func `what a turn has done is told also when it gave no answer`() throws {
        var (world, _) = Self.prepared()
        let asked = world.handle(.chunk(chat: "lobby.1/1", Self.calls(0, [("create_record", "not JSON")])))
        let call = try #require(asked.first?.toolRequest)
        let next = world.handle(.toolEnded(call, .success(.init(.done, "Created [[leak]]."))))
        // What is no object would be refused with the whole conversation by some providers.
        #expect(
            next.first?.chatRequest?.messages.suffix(2).first?.calls.first?.arguments
                == #"{"not_a_json_object":"not JSON"}"#)
        let failure = ChatChunk(sequence: 0, error: ProviderFailure(.rateLimited, "too many requests"))
        let report = try #require(world.handle(.chunk(chat: "lobby.1/1/after-1", failure)).first?.report)
        _ = world.handle(.finished(report, .success(Empty())))
        let actions = world.prepare(
            Sample.turn("lobby.2", number: 2), providers: Self.providers,
            events: [Sample.message(1, "user:ann", "Write it down")], menu: Self.menu)
        let words = try #require(actions.last?.chatRequest?.messages.last?.text)
        #expect(words.contains("create_record not JSON: done: Created [[leak]]."))
    }

    @Test func `a first attempt of which it is not known what was called calls nothing`() throws {
        var world = AgentWorld()
        let actions = world.prepare(Sample.turn(), providers: Self.providers, menu: Self.menu, callsFailure: true)
        #expect(actions.contains { if case .warn("calls.unknown", _, _) = $0 { true } else { false } })
        #expect(actions.last?.chatRequest?.tools == nil)
    }

    @Test func `links of a deliberation are ids, within a bound, whatever an outcome holds`() throws {
        var (world, _) = Self.prepared()
        let ids = (0..<200).map { "[[\(String(repeating: "n", count: 90))\($0)]]" }.joined(separator: " ")
        let text = "[[\(String(repeating: "x", count: 20_000))]] [[a\u{1}b]] [[\u{FFFE}]] " + ids + " [[good]]"
        let call = try #require(
            world.handle(.chunk(chat: "lobby.1/1", Self.calls(0, [("get_record", "{}")]))).first?.toolRequest)
        _ = world.handle(.toolEnded(call, .success(.init(.done, text))))
        let report = try #require(world.answer("lobby.1/1/after-1", ["x"], tokens: 8_000).last?.report)
        _ = world.handle(.finished(report, .success(Empty())))
        _ = world.handle(.handoffAnnounced(.success(Empty())))
        let record = try #require(world.answer("lobby.1/0/note", ["n"]).last?.deliberation)
        guard case .array(let links)? = record.fields["links"] else {
            Issue.record("no links")
            return
        }
        #expect(links.last == .string("good") && (50..<100).contains(links.count))
        #expect(links.allSatisfy { ($0.string?.utf8.count ?? 0) < 100 })
    }

    @Test func `long arguments of old calls give way when outcomes do not suffice`() {
        let exchange = { (number: Int) in
            ToolExchange(
                said: "",
                calls: [
                    MadeToolCall(
                        ToolCall(
                            id: "t/1/\(number)", name: "create_record",
                            arguments: "{\"body\":\"\(String(repeating: "x", count: 20_000))\"}"),
                        outcome: .init(.done, "Created."))
                ])
        }
        let messages = ToolExchange.messages([exchange(1), exchange(2)], tokensMax: 6_000)
        let arguments = messages.compactMap(\.calls.first?.arguments.utf8.count)
        #expect(arguments[0] < 30 && arguments[1] > 20_000)
    }
}
