import Journal
import Services
import Testing

@testable import Rooms

struct ProgressTests {
    private static let timeout = Duration.seconds(300)
    private static let notice =
        "@scout made no progress for 5 minutes: its turn has ended and its process is restarted. "
        + "See: egghead logs agent:scout"

    private static func progress(
        _ turn: TurnID = "lobby.1", attempt: Int = 1, incarnation: Int = 1, from caller: Principal = "agent:scout"
    ) -> RoomsState.Event {
        .progressed(.init(turn: turn, attempt: attempt, incarnation: incarnation), caller: caller)
    }

    /// A room in which scout has a turn, and the coordinator nothing else to look after.
    private static func running() -> Scene {
        var scene = TurnTests.running()
        scene.now = RoomsLimits.reattachment
        scene.handle(.woke)
        scene.now = .zero
        return scene
    }

    private static func restarts(_ scene: Scene) -> [RoomsState.Action] {
        scene.actions.filter { if case .restart = $0 { true } else { false } }
    }

    @Test func `a turn that makes no progress ends with a notice, and its process is replaced`() {
        var scene = Self.running()
        #expect(scene.state.nextWake == Self.timeout)
        scene.sleep()
        #expect(scene.lastText == Self.notice)
        #expect(scene.lobby.events.last?.type == .notice)
        #expect(scene.lobby.openTurns.isEmpty)
        #expect(Self.restarts(scene) == [.restart(agent: "scout")])
        guard case .commit(let entries)? = scene.actions.first else {
            Issue.record("nothing is written down")
            return
        }
        #expect(entries.contains(.ended(TurnEnd(room: "lobby", turn: "lobby.1", outcome: .abandoned))))
    }

    @Test func `whatever comes of a turn begins its time anew`() {
        var scene = Self.running()
        scene.now = .seconds(299)
        scene.handle(Self.progress())
        #expect(scene.state.nextWake == .seconds(599))
        scene.now = .seconds(598)
        scene.handle(.woke)
        #expect(scene.lobby.openTurns.map(\.id) == ["lobby.1"])
        scene.sleep()
        #expect(scene.lastText == Self.notice)
    }

    @Test(arguments: [
        Self.progress("lobby.2"), Self.progress("kitchen.1"), Self.progress(attempt: 2),
        Self.progress(incarnation: 2), Self.progress(from: "agent:index"), Self.progress(from: "user:ann"),
    ])
    func `only the process that has the turn can say that it gets on`(event: RoomsState.Event) {
        var scene = Self.running()
        scene.now = .seconds(100)
        scene.handle(event)
        #expect(scene.actions.isEmpty)
        #expect(scene.state.nextWake == Self.timeout)
    }

    @Test func `to say hello is no progress`() {
        var scene = Self.running()
        scene.now = .seconds(100)
        scene.hello("scout", turn: "lobby.1")
        #expect(scene.state.nextWake == Self.timeout)
    }

    @Test func `an answer that comes after the end is refused, and the next turn goes to the successor`() {
        var scene = Self.running()
        scene.post("@scout still there?")
        scene.sleep()
        scene.storeAnswers()
        #expect(scene.offers.isEmpty, "the process is on its way out")
        let answer = scene.finish("lobby.1", "late", by: "scout")
        guard case .refused(let failure) = answer else {
            Issue.record("\(String(describing: answer))")
            return
        }
        #expect(failure.code == .stale)
        scene.exit("scout", ExitReport(kind: .shutdown), state: .starting)
        scene.hello("scout", incarnation: 2)
        #expect(scene.offers.map(\.turn) == ["lobby.2"])
        #expect(scene.offers.map(\.note) == [nil])
    }

    @Test func `the turns of the process in other rooms pass on and count no death`() {
        var scene = Self.running()
        scene.post("@scout here too", room: "kitchen")
        scene.storeAnswers()
        scene.handle(.offerAnswered(turn: "kitchen.1", incarnation: 1, .accepted))
        scene.now = .seconds(200)
        scene.handle(Self.progress("kitchen.1"))
        scene.now = Self.timeout
        scene.handle(.woke)
        scene.exit("scout", ExitReport(kind: .shutdown), state: .starting)
        scene.hello("scout", incarnation: 2)
        scene.storeAnswers()
        #expect(scene.offers.map(\.turn) == ["kitchen.1"])
        #expect(scene.state.ledger["kitchen"]?.openTurns.first?.losses.deaths == 0)
    }

    @Test func `a process that writes down what it knows is not stopped for a silent turn`() {
        var scene = Self.running()
        let handoff = Coordinator.Handoff.Request(
            request: "h", incarnation: 1, room: "lobby", tokens: 9, window: 10, reason: .threshold)
        scene.now = .seconds(250)
        scene.handle(.handedOff(handoff, caller: "agent:scout", asker: 3))
        #expect(scene.state.nextWake == nil)
        scene.now = .seconds(900)
        scene.handle(.woke)
        #expect(Self.restarts(scene) == [] && scene.lobby.openTurns.count == 1)
        scene.exit("scout", ExitReport(kind: .exited, code: 80), state: .starting)
        scene.hello("scout", incarnation: 2)
        scene.storeAnswers()
        #expect(scene.offers.map(\.turn) == ["lobby.1"] && scene.offers.map(\.attempt) == [2])
    }

    @Test func `the supervisor is asked again as long as the process is there`() {
        var scene = Self.running()
        scene.sleep()
        #expect(scene.state.nextWake == Self.timeout + RoomsLimits.restartRetry)
        scene.hello("scout")
        scene.sleep()
        #expect(Self.restarts(scene) == [.restart(agent: "scout")])
        scene.exit("scout", ExitReport(kind: .shutdown), state: .starting)
        #expect(scene.state.nextWake == nil)
    }

    @Test func `a new coordinator begins the clock anew, and replaces a process that still has a turn that ended`() {
        var scene = Self.running()
        scene.now = .seconds(200)
        scene.restart(agents: [agent("index"), TurnTests.scout])
        scene.hello("scout", turn: "lobby.1")
        scene.now = .seconds(400)
        scene.handle(.woke)
        #expect(scene.lobby.openTurns.count == 1)
        scene.now = .seconds(500)
        scene.handle(.woke)
        #expect(scene.lastText == Self.notice)
        scene.restart(agents: [agent("index"), TurnTests.scout])
        scene.hello("scout", turn: "lobby.1")
        #expect(Self.restarts(scene) == [.restart(agent: "scout")])
    }

    @Test func `an agent that was sent away in its turn, and has not heard of it yet, is not replaced`() {
        var scene = Self.running()
        scene.manage(.kick, "scout")
        scene.hello("scout", turn: "lobby.1")
        #expect(Self.restarts(scene) == [])
        #expect(scene.actions.contains(.dismiss(agent: "scout", room: "lobby")))
    }

    @Test func `an answer that the coordinator cannot take yet is progress`() {
        var scene = Self.running()
        scene.state = RoomsState(
            entries: Journal.read(scene.disk, as: JournalEntry.self).entries, defaultRoom: "lobby", turnBudget: 15)
        scene.handle(.connected)
        scene.hello("scout", turn: "lobby.1")
        scene.now = .seconds(299)
        scene.finish("lobby.1", "fine", by: "scout")
        scene.now = Self.timeout
        scene.handle(.woke)
        #expect(scene.lobby.openTurns.count == 1)
    }

    @Test(arguments: [(20, "20 seconds"), (60, "1 minute"), (90, "90 seconds"), (3_600, "1 hour"), (7_200, "2 hours")])
    func `the notice tells the limit in words`(seconds: Int, words: String) {
        var scene = Self.running()
        scene.handle(.configured(defaultRoom: "lobby", turnBudget: 15, turnTimeout: .seconds(seconds)))
        scene.sleep()
        #expect(scene.lastText?.hasPrefix("@scout made no progress for \(words):") == true)
    }
}
