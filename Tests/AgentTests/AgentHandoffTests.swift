import Services
import Testing
import Time

@testable import egghead_agent

@Suite struct AgentHandoffTests {
    private static let stored = WriteReply(id: "d", revision: "r", indexed: true)
    private static let providers = Sample.providers(tools: true, isLocal: false)

    /// An agent whose turn in the lobby has ended with this many tokens of 4,096, and what it wants then.
    private static func ended(tokens: Int) -> (AgentWorld, [AgentAction]) {
        var world = AgentWorld()
        _ = world.prepare(
            Sample.turn(), providers: providers, passages: [Sample.passage],
            events: [Sample.message(1, "user:ann", "How do I roll back?")])
        let actions = end(&world, "lobby.1", tokens: tokens)
        return (world, actions)
    }

    private static func end(_ world: inout AgentWorld, _ turn: TurnID, tokens: Int) -> [AgentAction] {
        guard let report = world.answer("\(turn)/1", ["Like this."], tokens: tokens).last?.report else { return [] }
        return world.handle(.finished(report, .success(Empty())))
    }

    @Test(arguments: [(1, false), (3_275, false), (3_276, true), (5_000, true)])
    func `a session hands off from its threshold on`(tokens: Int, isFull: Bool) {
        let announcement = AgentAction.ask(
            .announceHandoff(
                .init(
                    request: "lobby.1/handoff", incarnation: 3, room: "lobby", tokens: tokens, window: 4_096,
                    reason: .threshold)))
        #expect(Self.ended(tokens: tokens).1 == (isFull ? [announcement] : []))
    }

    @Test(arguments: [
        (AgentSample.window(100, nil), true), (AgentSample.window(nil, 0.01), true),
        (AgentSample.window(100_000, nil), false),
    ])
    func `the record's own window and threshold go first`(agent: AgentDefinition, isFull: Bool) throws {
        let model = try ModelFacts(for: agent, among: Self.providers, threshold: 0.8)
        #expect(model.isFull(90) == isFull)
    }

    @Test func `announce, note, record, and only then status 80`() throws {
        var (world, _) = Self.ended(tokens: 4_000)
        #expect(!world.offer(Sample.turn("lobby.2")).accepted)
        let asked = world.handle(.handoffAnnounced(.success(Empty())))
        let request = try #require(asked[0].chatRequest)
        #expect(request.id == "lobby.1/0/note" && request.maxTokens == 300)
        let saved = world.answer("lobby.1/0/note", ["Ann rolls back."])
        let record = try #require(saved[0].deliberation)
        #expect(record.request == "lobby.1/0/deliberation")
        #expect(
            record.fields == [
                "agent": .string("scout"), "room": .string("lobby"), "model": .string("m"), "tokens": .integer(4_000),
                "window": .integer(4_096), "reason": .string("threshold"),
                "links": .array([.string("guides/rollback")]),
            ])
        #expect(Deliberation.note(in: record.body) == "Ann rolls back.")
        for words in ["How do I roll back?", "[[guides/rollback]]", "Like this."] {
            #expect(record.body.contains(words))
        }
        #expect(
            world.handle(.deliberationWritten(record, .success(Self.stored))) == [.leave(.handedOff)])
    }

    @Test func `without a model the record is written without a note`() throws {
        var (world, _) = Self.ended(tokens: 4_000)
        _ = world.handle(.handoffAnnounced(.success(Empty())))
        let failure = ChatChunk(sequence: 0, error: ProviderFailure(.unreachable, "connection refused"))
        let actions = world.handle(.chunk(chat: "lobby.1/0/note", failure))
        let record = try #require(actions.last?.deliberation)
        #expect(Deliberation.note(in: record.body) == nil)
        #expect(record.body.contains("Like this."))
    }

    @Test func `a note that the provider finds too long a question for is asked for once more, of the newest alone`()
        throws
    {
        var (world, _) = Self.ended(tokens: 4_000)
        _ = world.handle(.handoffAnnounced(.success(Empty())))
        let refusal = ChatChunk(sequence: 0, error: ProviderFailure(.contextOverflow, "too long"))
        let again = world.handle(.chunk(chat: "lobby.1/0/note", refusal))
        #expect(again.first?.chatRequest?.id == "lobby.1/0/note/short")
        let actions = world.handle(.chunk(chat: "lobby.1/0/note/short", refusal))
        #expect(actions.count == 3 && actions.last?.deliberation != nil)
        guard case .announceHandoff(let told)? = actions[1].request else {
            Issue.record("the room is not told: \(actions[1])")
            return
        }
        #expect(told.request == "lobby.1/handoff/note" && told.noteProblem == "there is no note: too long")
    }

    @Test(arguments: [("", "there is no note: the model wrote nothing"), ("Half", "the note was cut")])
    func `a note that is empty or cut is told`(words: String, problem: String) {
        var (world, _) = Self.ended(tokens: 4_000)
        _ = world.handle(.handoffAnnounced(.success(Empty())))
        if !words.isEmpty { _ = world.handle(.chunk(chat: "lobby.1/0/note", ChatChunk(sequence: 0, text: words))) }
        let stop: ChatOutcome.StopReason = words.isEmpty ? .end : .length
        let end = Sample.done(words.isEmpty ? 0 : 1, stop: stop)
        let actions = world.handle(.chunk(chat: "lobby.1/0/note", end))
        let told = actions.compactMap { action -> String? in
            if case .announceHandoff(let request)? = action.request { request.noteProblem } else { nil }
        }
        #expect(told.count == 1 && told[0].hasPrefix(problem), "\(told)")
        #expect(Deliberation.note(in: actions.last?.deliberation?.body ?? "") == (words.isEmpty ? nil : words))
    }

    @Test func `a model that does not end its note is not waited for`() {
        var (world, _) = Self.ended(tokens: 4_000)
        _ = world.handle(.handoffAnnounced(.success(Empty())))
        #expect(world.agent.handoff?.phase.notesUntil == world.now + AgentLimits.noteWait)
        let actions = world.wake(after: AgentLimits.noteWait)
        #expect(actions.first == .cancelChat(id: "lobby.1/0/note"))
        #expect(actions.last?.deliberation != nil)
    }

    @Test func `until the record is acknowledged the process stays, tries again and says so`() throws {
        var (world, _) = Self.ended(tokens: 4_000)
        _ = world.handle(.handoffAnnounced(.success(Empty())))
        let record = try #require(world.answer("lobby.1/0/note", ["note"]).last?.deliberation)
        let refused = world.handle(.deliberationWritten(record, .failure(.init(.exhausted, "the disk is full"))))
        #expect(refused.allSatisfy { $0.deliberation == nil } && world.wait == .seconds(5))
        #expect(world.agent.status == "handing off lobby: the disk is full")
        #expect(world.wake() == [.writeDeliberation(record)])
        #expect(world.wait == nil && world.wake(after: .seconds(60)) == [], "it is offered once")
    }

    @Test func `a record that the store cannot take is offered in shorter parts, and nothing is lost`() throws {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: Self.providers)
        let words = (0..<4_000).map { "line \($0) \u{1}" }.joined(separator: "\n")
        let report = try #require(world.answer("lobby.1/1", [words], tokens: 4_000).last?.report)
        _ = world.handle(.finished(report, .success(Empty())))
        _ = world.handle(.handoffAnnounced(.success(Empty())))
        let note = String(repeating: "long\n", count: 30_000)
        var record = try #require(world.answer("lobby.1/0/note", [note])[0].deliberation)
        #expect(record.parts == 1)
        let refusal = ServiceFailure(.invalid, "the request is larger than a message may be")
        for shortening in 1...4 {
            _ = world.handle(.deliberationWritten(record, .failure(refusal)))
            #expect(world.wait == .seconds(5))
            record = try #require(world.wake().last?.deliberation)
            #expect(record.request == "lobby.1/0/deliberation/\(shortening)")
        }
        var bodies: [String] = [], last = [AgentAction.writeDeliberation(record)]
        while let part = last.first?.deliberation {
            #expect(part.part == bodies.count + 1 && part.parts == record.parts && part.body.utf8.count <= 8_192)
            bodies.append(part.body)
            last = world.handle(.deliberationWritten(part, .success(Self.stored)))
        }
        #expect(bodies.count == record.parts && last == [.leave(.handedOff)])
        #expect(Deliberation.note(in: bodies.last ?? "")?.hasPrefix("long\nlong") == true)
        let quoted = bodies.flatMap { $0.split(separator: "\n") }.filter { $0.hasPrefix("> line ") }
        #expect(quoted.map(String.init) == (0..<4_000).map { "> line \($0) \u{1}" })
    }

    @Test func `every session is written down, and one that is full makes the others follow`() throws {
        var world = AgentWorld()
        for (turn, room) in [("lobby.1", "lobby"), ("lobby.2", "ops"), ("lobby.3", "empty")] as [(TurnID, RoomName)] {
            _ = world.prepare(Sample.turn(turn, room: room), providers: Self.providers)
        }
        _ = world.handle(.dismissed(room: "empty"))
        _ = Self.end(&world, "lobby.2", tokens: 100)
        _ = Self.end(&world, "lobby.1", tokens: 4_000)
        let asked = world.handle(.handoffAnnounced(.success(Empty())))
        #expect(asked.compactMap(\.chatRequest?.id) == ["lobby.1/0/note", "lobby.1/1/note"])
        let lobby = try #require(world.answer("lobby.1/0/note", ["Lobby."]).last?.deliberation)
        // A model that is late for one note does not cost the others theirs.
        let ops = try #require(world.wake(after: AgentLimits.noteWait).last?.deliberation)
        #expect([lobby.room, ops.room] == ["lobby", "ops"])
        #expect(Deliberation.note(in: lobby.body) == "Lobby." && Deliberation.note(in: ops.body) == nil)
        #expect(ops.body.contains("another one made the agent hand off"))
        #expect(world.handle(.deliberationWritten(lobby, .success(Self.stored))) == [])
        #expect(world.handle(.deliberationWritten(ops, .success(Self.stored))) == [.leave(.handedOff)])
    }

    @Test func `a person's wish is a hand-off like any other`() throws {
        var world = AgentWorld()
        #expect(world.askForHandoff().0.refusal?.contains("nothing to write down") == true)
        (world, _) = Self.ended(tokens: 100)
        let (reply, actions) = world.askForHandoff()
        #expect(reply == HandoffReply())
        #expect(
            actions == [
                .ask(
                    .announceHandoff(
                        .init(
                            request: "lobby.1/handoff", incarnation: 3, room: "lobby", tokens: 100, window: 4_096,
                            reason: .asked)))
            ])
        #expect(world.askForHandoff().1 == [])
        _ = world.handle(.handoffAnnounced(.success(Empty())))
        let record = try #require(world.answer("lobby.1/0/note", ["n"]).last?.deliberation)
        #expect(record.body.contains("A person asked for it.") && record.fields["reason"] == .string("asked"))
    }

    @Test func `turns in other rooms end first, within bounds`() throws {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn("lobby.1"), providers: Self.providers)
        _ = world.prepare(Sample.turn("lobby.2", room: "ops"), providers: Self.providers)
        _ = Self.end(&world, "lobby.1", tokens: 4_000)
        #expect(world.handle(.handoffAnnounced(.success(Empty()))) == [])
        #expect(world.agent.handoff?.phase == .awaitingTurns(until: world.now + AgentLimits.otherTurnsWait))

        var patient = world, impatient = world
        let note = Self.end(&patient, "lobby.2", tokens: 50)
        let request = try #require(note.first?.chatRequest)
        #expect(request.id == "lobby.1/0/note")

        let early = impatient.wake(after: AgentLimits.otherTurnsWait - .nanoseconds(1))
        #expect(early.map(\.chatRequest?.id) == ["lobby.2/1"], "its stream was silent; its time is not over")
        let actions = impatient.wake(after: .nanoseconds(1))
        #expect(actions.first == .cancelChat(id: "lobby.2/1"))
        #expect(actions.count == 2 && actions[1].chatRequest?.id == "lobby.1/0/note")
        #expect(impatient.agent.handoff?.phase.notesUntil == impatient.now + AgentLimits.noteWait)
    }

    @Test func `a refused conversation hands off after the shortened answer`() throws {
        var world = AgentWorld()
        _ = world.prepare(
            Sample.turn(number: 2), providers: Self.providers, events: [Sample.message(1, "user:ann", "Hello")])
        let refusal = ProviderFailure(.contextOverflow, "too long; set context_window: 800", window: 800)
        _ = world.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 0, error: refusal)))
        let report = try #require(world.answer("lobby.1/1/short", ["Short."]).last?.report)
        #expect(report.remark == "has shortened the conversation, because too long; set context_window: 800")
        let actions = world.handle(.finished(report, .success(Empty())))
        #expect(actions.count == 1)
        #expect(world.agent.handoff?.reason == .overflow && world.agent.handoff?.window == 800)
    }

    @Test(arguments: [
        ("2026-11-22T08:29:00.000Z", true), ("2026-11-22T08:30:00.000Z", true), ("2026-11-22T08:31:00.000Z", false),
    ])
    func `a note from before the room began is about another room of its name`(began: String, isTold: Bool) throws {
        var world = AgentWorld()
        let body = Deliberation(reason: "Full.", note: "Ann rolls back.", session: Session(room: "lobby")).parts()[0]
        var record = Sample.record("deliberations/scout/lobby/1", body: body)
        record.summary.created = "2026-11-22T08:30:00.000Z"
        world.began = began
        let actions = world.prepare(Sample.turn(), providers: Self.providers, deliberation: record)
        #expect(actions.last?.chatRequest?.messages[0].text.contains("Ann rolls back.") == isTold)
    }

    @Test func `the successor's prompt holds its predecessor's note, and its record names that record`() throws {
        var world = AgentWorld()
        let body = Deliberation(reason: "Full.", note: "Ann rolls back.", session: Session(room: "lobby")).parts()[0]
        let actions = world.prepare(
            Sample.turn("lobby.9", number: 5), providers: Self.providers,
            deliberation: Sample.record("deliberations/scout/1", body: body))
        let request = try #require(actions.last?.chatRequest)
        #expect(request.messages[0].text.hasSuffix("What you knew before, in your own note:\nAnn rolls back."))
        _ = Self.end(&world, "lobby.9", tokens: 4_000)
        _ = world.handle(.handoffAnnounced(.success(Empty())))
        let record = try #require(world.answer("lobby.9/0/note", ["n"]).last?.deliberation)
        #expect(record.fields["predecessor"] == .string("deliberations/scout/1"))
    }
}

extension Handoff.Phase {
    /// When the model's time for the notes is over.
    fileprivate var notesUntil: Instant? { if case .writing(_, let until) = self { until } else { nil } }
}

/// Agents whose records know better than the configuration.
private enum AgentSample {
    static func window(_ window: Int?, _ threshold: Double?) -> AgentDefinition {
        var agent = Sample.agent
        agent.contextWindow = window
        agent.contextThreshold = threshold
        return agent
    }
}
