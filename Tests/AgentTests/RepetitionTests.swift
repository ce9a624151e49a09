import Services
import Testing
import Time

@testable import egghead_agent

/// When the agent asks again, and when it gives up.
@Suite struct RepetitionTests {
    private static let down = ServiceFailure(.unavailable, "nobody serves it now")
    private static let refusal = ServiceFailure(.denied, "no")
    private static let instant = Duration.nanoseconds(1)
    private static let providers = Sample.providers(tools: true, isLocal: false)

    private static func asked() -> AgentWorld {
        var world = AgentWorld()
        _ = world.offer(Sample.turn())
        return world
    }

    private static func finished() throws -> (AgentWorld, Coordinator.Finish.Request) {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: providers)
        let report = try #require(world.answer("lobby.1/1", ["yes"]).last?.report)
        return (world, report)
    }

    @Test(arguments: [ServiceFailure.Code.unavailable, .timeout])
    func `a question whose failure may pass is asked again after a second`(code: ServiceFailure.Code) {
        var world = Self.asked()
        #expect(world.wait == nil, "a question under way needs no timer")
        #expect(world.handle(.providers(turn: "lobby.1", .failure(.init(code, "later")))) == [])
        #expect(world.wait == .seconds(1))
        #expect(world.wake(after: .seconds(1) - Self.instant) == [])
        #expect(world.wake(after: Self.instant) == [.askAgain(.readProviders(turn: "lobby.1"))])
        #expect(world.wait == nil && world.wake(after: .seconds(1)) == [], "it is asked once")
    }

    @Test(
        arguments: [.invalid, .notFound, .exists, .stale, .denied, .exhausted, .failed, .internalError]
            as [ServiceFailure.Code])
    func `a question that is refused is not asked again`(code: ServiceFailure.Code) {
        var world = Self.asked()
        let actions = world.handle(.providers(turn: "lobby.1", .failure(.init(code, "no"))))
        #expect(actions.map(\.report?.outcome) == [.failed] && world.wait == nil)
    }

    @Test func `a question is given up after half a minute`() {
        var patient = Self.asked(), impatient = Self.asked()
        patient.now = patient.now + (.seconds(30) - Self.instant)
        #expect(patient.handle(.providers(turn: "lobby.1", .failure(Self.down))) == [] && patient.wait == .seconds(1))
        impatient.now = impatient.now + .seconds(30)
        let actions = impatient.handle(.providers(turn: "lobby.1", .failure(Self.down)))
        #expect(actions.map(\.report?.text) == [Self.down.message])
    }

    @Test func `the patience of a question counts from its first try`() {
        var world = Self.asked(), tries = 1
        while world.handle(.providers(turn: "lobby.1", .failure(Self.down))).isEmpty {
            #expect(world.wake() == [.askAgain(.readProviders(turn: "lobby.1"))])
            tries += 1
        }
        #expect(tries == 31)
    }

    @Test func `every question has its own patience, and every answer closes its own`() {
        var world = Self.asked()
        #expect(world.handle(.menu(turn: "lobby.1", .failure(Self.down))) == [])
        world.now = world.now + .milliseconds(500)
        #expect(world.handle(.passages(turn: "lobby.1", .failure(Self.down))) == [])
        #expect(world.wait == .milliseconds(500), "the earliest is due first")
        #expect(world.wake() == [.askAgain(.readMenu(turn: "lobby.1"))])
        #expect(world.handle(.menu(turn: "lobby.1", .success(.init(tools: [])))) == [])
        #expect(world.wait == .milliseconds(500))
        let search = Index.Passages.Request(question: "How do I roll back?", limit: 3)
        #expect(world.wake() == [.askAgain(.search(turn: "lobby.1", search))])
    }

    @Test func `the next page of a transcript has a patience of its own`() {
        var world = Self.asked()
        world.now = world.now + .seconds(29)
        let page = Sample.page([Sample.message(1, "user:ann", "Hello")], head: 900)
        let next = world.handle(.history(turn: "lobby.1", .success(page)))
        #expect(next.map(\.request) == [.readHistory(turn: "lobby.1", .init(room: "lobby", after: 1, limit: 500))])
        world.now = world.now + .seconds(29)
        #expect(world.handle(.history(turn: "lobby.1", .failure(Self.down))) == [])
        #expect(world.wake() == next.compactMap(\.request).map(AgentAction.askAgain))
    }

    @Test func `an outcome is reported until the coordinator has it or refuses it`() throws {
        var (world, report) = try Self.finished()
        for _ in 0..<200 {
            #expect(world.handle(.finished(report, .failure(Self.down))) == [])
            #expect(world.wake() == [.askAgain(.finish(report))])
        }
        #expect(world.handle(.finished(report, .success(Empty()))) == [] && world.wait == nil)
        #expect(world.agent.status.hasPrefix("idle"))
    }

    @Test func `a tool call is repeated until the toolbox answers it`() throws {
        var world = AgentWorld()
        let menu = [ToolDefinition(name: "get_record", description: "Reads.", parameters: .object([:]))]
        _ = world.prepare(Sample.turn(), providers: Self.providers, menu: menu)
        let calls = [ToolCall(id: "1", name: "get_record", arguments: "{}")]
        let outcome = ChatOutcome(
            stopReason: .toolCalls, usage: nil, provider: "p", model: "m", toolCalls: calls)
        let asked = world.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 0, done: outcome)))
        let request = try #require(asked.first?.toolRequest)
        for _ in 0..<200 {
            #expect(world.handle(.toolEnded(request, .failure(Self.down))) == [])
            #expect(world.wake() == [.askAgain(.callTool(request))])
        }
        let next = world.handle(.toolEnded(request, .failure(Self.refusal)))
        #expect(next.first?.chatRequest?.messages.last?.text == "(denied) no")
    }

    @Test func `a hand-off is announced until the coordinator has heard of it`() throws {
        var (world, report) = try Self.finished()
        _ = world.handle(.finished(report, .success(Empty())))
        let announced = world.askForHandoff().1.compactMap(\.request)
        #expect(announced.count == 1)
        for _ in 0..<200 {
            #expect(world.handle(.handoffAnnounced(.failure(Self.down))) == [])
            #expect(world.wake() == announced.map(AgentAction.askAgain))
        }
        let actions = world.handle(.handoffAnnounced(.failure(Self.refusal)))
        #expect(actions.first == .warn("handoff.refused", subject: "scout", reason: "no"))
        #expect(actions.last?.chatRequest?.id == "lobby.1/0/note", "it goes on without the coordinator")
    }

    @Test func `two reports that are on their way are answered each by itself`() throws {
        var (world, first) = try Self.finished()
        let second = try #require(world.offer(Sample.turn(attempt: 2)).actions.last?.report)
        #expect(world.handle(.finished(first, .failure(Self.down))) == [])
        #expect(world.handle(.finished(second, .success(Empty()))) == [])
        #expect(world.wake() == [.askAgain(.finish(first))])
        #expect(world.handle(.finished(first, .failure(.init(.stale, "an older attempt")))) == [])
        #expect(world.wait == nil)
    }

    @Test func `of two equal requests each has its own answer`() {
        var requests = OpenRequests()
        let request = AgentRequest.readMenu(turn: "lobby.1")
        for _ in 0..<2 { requests.add(request, at: .zero) }
        let isPostponed = requests.postpones(.menu(turn: "lobby.1", .failure(Self.down)), at: .zero)
        let isAnswered = !requests.postpones(.menu(turn: "lobby.1", .success(.init(tools: []))), at: .zero)
        #expect(isPostponed && isAnswered)
        let due = requests.due(at: .zero + .seconds(1))
        #expect(due == [request])
    }

    @Test(arguments: [down, refusal])
    func `a hello that fails is said again after a second, as things are then`(failure: ServiceFailure) {
        var world = AgentWorld()
        #expect(world.handle(.connected) == [.hello(.init(digest: "d1", incarnation: 3, turns: []), number: 1)])
        #expect(world.handle(.helloAnswered(number: 1, .failure(failure))) == [.warnOfHello(reason: failure.message)])
        #expect(world.wait == .seconds(1))
        _ = world.offer(Sample.turn())
        #expect(world.wake(after: .seconds(1) - Self.instant) == [])
        #expect(
            world.wake(after: Self.instant)
                == [.hello(.init(digest: "d1", incarnation: 3, turns: ["lobby.1"]), number: 2)])
        #expect(world.handle(.helloAnswered(number: 2, .success(Empty()))) == [] && world.wait == nil)
    }

    @Test func `only the newest hello is repeated`() {
        var world = AgentWorld()
        _ = world.handle(.connected)
        _ = world.handle(.rollCalled)
        #expect(world.handle(.helloAnswered(number: 1, .failure(Self.down))) == [] && world.wait == nil)
        #expect(world.handle(.helloAnswered(number: 2, .failure(Self.down))).count == 1)
        #expect(world.handle(.rollCalled) == [.hello(.init(digest: "d1", incarnation: 3, turns: []), number: 3)])
        #expect(world.wait == nil, "the one before is superseded")
    }
}
