import Services
import Testing
import Time

@testable import egghead_agent

@Suite struct ProgressTests {
    @Test func `a turn's progress is told at once and then once in a while, and each turn's by itself`() {
        var progress = Progress()
        let times = [0, 1, 9, 10, 11, 19, 20].map { Instant(nanoseconds: $0 * 1_000_000_000) }
        #expect(times.map { progress.isDue("lobby.1", at: $0) } == [true, false, false, true, false, false, true])
        let isDue = progress.isDue("lobby.2", at: times[6])
        #expect(isDue)
    }

    @Test func `what a prompt needs and what a model says gets the turn on, also a sign of life from the line`() {
        var world = AgentWorld()
        let request = Sample.turn()
        _ = world.agent.offer(request)
        let providers = Sample.providers(tools: true, isLocal: false)
        #expect(world.agent.turn(thatGetsOnWith: .providers(turn: "lobby.1", .success(providers))) == request)
        world = AgentWorld()
        _ = world.prepare(request, providers: providers)
        #expect(world.agent.turn(thatGetsOnWith: .chunk(chat: "lobby.1/1", .waiting)) == request)
        #expect(world.agent.handle(.chunk(chat: "lobby.1/1", .waiting)) == [], "it is no part of the answer")
    }

    @Test func `what concerns no turn that is under way is no progress`() {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: Sample.providers(tools: true, isLocal: false))
        let events: [AgentEvent] = [
            .connected, .rollCalled, .drain, .chunk(chat: "lobby.0/1", .waiting),
            .chatBroken(chat: "lobby.1/1", ServiceFailure(.unavailable, "gone")), .due(.rejoin(chat: "lobby.1/1")),
        ]
        for event in events { #expect(world.agent.turn(thatGetsOnWith: event) == nil) }
    }
}
