import Services
import Testing
import Time

@testable import egghead_agent

@Suite struct ProgressTests {
    @Test func `a turn's progress is told at once and then once in a while, and each turn's by itself`() {
        var progress = ProgressReports()
        let times = [0, 1, 9, 10, 11, 19, 20].map { Instant(nanoseconds: $0 * 1_000_000_000) }
        #expect(times.map { progress.isDue("lobby.1", at: $0) } == [true, false, false, true, false, false, true])
        let isDue = progress.isDue("lobby.2", at: times[6])
        #expect(isDue)
    }

    @Test func `what a prompt needs and what a model says gets the turn on, also a sign of life from the line`() {
        var world = AgentWorld()
        let request = Sample.turn()
        _ = world.offer(request)
        let providers = Sample.providers(tools: true, isLocal: false)
        #expect(world.agent.turn(thatGetsOnWith: .providers(turn: "lobby.1", .success(providers))) == request)
        world = AgentWorld()
        _ = world.prepare(request, providers: providers)
        #expect(world.agent.turn(thatGetsOnWith: .chunk(chat: "lobby.1/1", .waiting)) == request)
        #expect(world.handle(.chunk(chat: "lobby.1/1", .waiting)) == [], "it is no part of the answer")
    }

    @Test func `what concerns no turn that is under way is no progress`() {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: Sample.providers(tools: true, isLocal: false))
        let events: [AgentEvent] = [
            .connected, .rollCalled, .drain, .chunk(chat: "lobby.9/1", .waiting),
            .chatBroken(chat: "lobby.1/1", ServiceFailure(.unavailable, "gone")), .woke,
        ]
        for event in events { #expect(world.agent.turn(thatGetsOnWith: event) == nil) }
    }

    @Test func `the coordinator is told before what the news leads to, and not again for ten seconds`() {
        var world = AgentWorld()
        _ = world.offer(Sample.turn(attempt: 2))
        let told = AgentAction.tellProgress(.init(turn: "lobby.1", attempt: 2, incarnation: 3))
        let event = AgentEvent.providers(turn: "lobby.1", .failure(ServiceFailure(.denied, "no")))
        let actions = world.agent.handle(event, at: world.now)
        #expect(actions.count == 2 && actions.first == told && actions.last?.report != nil)
        let menu = AgentEvent.menu(turn: "lobby.1", .success(.init(tools: [])))
        let times = [Duration.seconds(9), .seconds(10), .seconds(19), .seconds(20)]
        let later = times.map { world.agent.handle(menu, at: world.now + $0) }
        #expect(later == [[], [told], [], [told]])
    }

    @Test func `a question that is asked again is no progress`() {
        var world = AgentWorld()
        _ = world.offer(Sample.turn())
        let failure = AgentEvent.menu(turn: "lobby.1", .failure(ServiceFailure(.timeout, "no answer")))
        #expect(world.agent.handle(failure, at: world.now) == [])
    }
}
