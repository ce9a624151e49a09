import Services
import Testing
import Time

@testable import egghead_agent

/// When a chat stream is joined again.
@Suite struct StreamTests {
    private static let instant = Duration.nanoseconds(1)
    private static let broken = ServiceFailure(.unavailable, "the connection broke")

    private static func answering() -> AgentWorld {
        var world = AgentWorld()
        _ = world.prepare(Sample.turn(), providers: Sample.providers(tools: true, isLocal: false))
        return world
    }

    /// What joins the stream from a chunk on.
    private static func joined(_ actions: [AgentAction], _ from: Int, _ chat: String = "lobby.1/1") -> Bool {
        actions.count == 1 && actions[0].chatRequest?.from == from && actions[0].chatRequest?.id == chat
    }

    @Test func `a stream that is silent for half a minute is joined again from the first chunk missing`() {
        var world = Self.answering()
        #expect(world.wait == .seconds(30))
        world.now = world.now + .seconds(20)
        _ = world.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 0, text: "a")))
        #expect(world.wait == .seconds(30), "a chunk is news")
        world.now = world.now + .seconds(20)
        _ = world.handle(.chunk(chat: "lobby.1/1", .waiting))
        #expect(world.wait == .seconds(30), "a sign of life is news, too")
        #expect(world.wake(after: .seconds(30) - Self.instant) == [])
        #expect(Self.joined(world.wake(after: Self.instant), 1))
        #expect(world.wait == .seconds(30), "and again, for as long as it takes")
        #expect(Self.joined(world.wake(), 1))
    }

    @Test func `a stream that the bus breaks is joined again after a second, five times in a row`() {
        var world = Self.answering()
        for _ in 0..<AgentLimits.rejoinsMax {
            #expect(world.handle(.chatBroken(chat: "lobby.1/1", Self.broken)) == [])
            #expect(world.wait == .seconds(1) && world.wake(after: .seconds(1) - Self.instant) == [])
            #expect(Self.joined(world.wake(after: Self.instant), 0))
            #expect(world.wait == .seconds(30))
        }
        let actions = world.handle(.chatBroken(chat: "lobby.1/1", Self.broken))
        #expect(actions.map(\.report?.text) == [Self.broken.message] && world.wait == nil)
    }

    @Test func `a new connection joins a broken stream at once, and the turn does not join it twice`() {
        var world = Self.answering()
        _ = world.handle(.chatBroken(chat: "lobby.1/1", Self.broken))
        #expect(Self.joined(world.handle(.connected).filter { $0.chatRequest != nil }, 0))
        #expect(world.wait == .seconds(30))
    }

    @Test func `a lost chunk is asked for at once`() {
        var world = Self.answering()
        world.now = world.now + .seconds(10)
        #expect(Self.joined(world.handle(.chunk(chat: "lobby.1/1", ChatChunk(sequence: 2, text: "c"))), 0))
        #expect(world.wait == .seconds(30))
    }

    @Test func `the stream of a note is joined again as well, until its time is over`() throws {
        var world = Self.answering()
        let report = try #require(world.answer("lobby.1/1", ["yes"], tokens: 4_000).last?.report)
        _ = world.handle(.finished(report, .success(Empty())))
        _ = world.handle(.handoffAnnounced(.success(Empty())))
        #expect(world.wait == .seconds(30))
        #expect(Self.joined(world.wake(), 0, "lobby.1/0/note"))
        #expect(world.handle(.chatBroken(chat: "lobby.1/0/note", Self.broken)) == [] && world.wait == .seconds(1))
        #expect(Self.joined(world.wake(), 0, "lobby.1/0/note"))
        let connected = world.handle(.connected)
        #expect(Self.joined(Array(connected.dropFirst()), 0, "lobby.1/0/note"))
        #expect(world.wait == .seconds(29), "the notes have a minute together")
        #expect(world.wake(after: .seconds(29) - Self.instant) == [])
        let actions = world.wake(after: Self.instant)
        #expect(actions.first == .cancelChat(id: "lobby.1/0/note") && actions.last?.deliberation != nil)
        #expect(world.wait == nil)
    }

    @Test func `a note whose stream keeps breaking is left out`() throws {
        var world = Self.answering()
        let report = try #require(world.answer("lobby.1/1", ["yes"], tokens: 4_000).last?.report)
        _ = world.handle(.finished(report, .success(Empty())))
        _ = world.handle(.handoffAnnounced(.success(Empty())))
        for _ in 0..<AgentLimits.rejoinsMax {
            #expect(world.handle(.chatBroken(chat: "lobby.1/0/note", Self.broken)) == [])
            _ = world.wake()
        }
        let actions = world.handle(.chatBroken(chat: "lobby.1/0/note", Self.broken))
        #expect(actions.first == .warn("note.missing", subject: "scout", reason: Self.broken.message))
        #expect(actions.last?.deliberation != nil)
    }

    @Test func `an idle agent wants no wake-up`() throws {
        var world = AgentWorld()
        #expect(world.wait == nil && world.wake(after: .seconds(60)) == [])
        world = Self.answering()
        let report = try #require(world.answer("lobby.1/1", ["yes"]).last?.report)
        #expect(world.wait == nil)
        _ = world.handle(.finished(report, .success(Empty())))
        #expect(world.wait == nil && world.wake(after: .seconds(60)) == [])
    }
}
