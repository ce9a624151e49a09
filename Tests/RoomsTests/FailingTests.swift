import Services
import Testing

@testable import Rooms

/// Turns that end without an answer after a process had them: the notice says what was called in them.
struct FailingTests {
    private static let advice =
        "@scout does not answer: its process died twice in this turn (SIGKILL). "
        + "See: egghead logs agent:scout"

    /// A room in which scout's turn has died twice, and another turn waits; the toolbox has been asked.
    private func failing() -> Scene {
        var scene = TurnTests.running()
        scene.calls = nil
        scene.post("@index and you?")
        scene.exit("scout")
        scene.hello("scout", incarnation: 2)
        scene.storeAnswers()
        scene.exit("scout", incarnation: 2)
        return scene
    }

    private static func call(_ name: String, _ arguments: String, _ status: ToolOutcome.Status?) -> MadeToolCall {
        MadeToolCall(
            ToolCall(id: "c", name: name, arguments: arguments), outcome: status.map { ToolOutcome($0, "words") })
    }

    private static func notice(_ scene: Scene) -> String? { scene.lobby.events.last { $0.type == .notice }?.text }

    @Test func `the toolbox is asked before the turn ends, and the next turn waits until it has`() {
        var scene = failing()
        #expect(scene.actions.contains(.listCalls(agent: "scout", turn: "lobby.1")))
        scene.hello("scout", incarnation: 3)
        scene.storeAnswers()
        #expect(scene.offers.isEmpty && scene.lobby.openTurns.map(\.id) == ["lobby.1", "lobby.2"])
        scene.handle(.callsListed(turn: "lobby.1", []))
        #expect(Self.notice(scene) == Self.advice && scene.lobby.events.last?.outcome == .abandoned)
        scene.storeAnswers()
        #expect(scene.offers.map(\.turn) == ["lobby.2"])
    }

    @Test func `the notice names the calls with their outcomes, on one line and not at length`() {
        var scene = failing()
        let long = String(repeating: "x", count: 500)
        let calls = [
            Self.call("create_record", #"{"title":"a"}"#, .done), Self.call("get_record", "{\n}", .failed),
            Self.call("search_records", #"{"query":"\#(long)"}"#, .unknown), Self.call(long, "", .denied),
            Self.call("create_record", "{}", nil),
        ]
        scene.handle(.callsListed(turn: "lobby.1", calls))
        let cut = #"{"query":""# + long.prefix(50) + "…"
        #expect(
            Self.notice(scene) == Self.advice
                + #". The turn had called create_record {"title":"a"} (done), get_record { } (failed), "#
                + "search_records \(cut) (unknown), \(long.prefix(64))…  (denied), create_record {} (running)")
    }

    @Test(arguments: [(1, ""), (8, ""), (9, ", and 1 more"), (32, ", and 24 more")])
    func `of many calls the first are named`(count: Int, rest: String) {
        var scene = failing()
        scene.handle(.callsListed(turn: "lobby.1", (0..<count).map { Self.call("t\($0)", "{}", .done) }))
        let named = (0..<min(count, RoomsLimits.callsToldMax)).map { "t\($0) {} (done)" }.joined(separator: ", ")
        #expect(Self.notice(scene) == Self.advice + ". The turn had called \(named)\(rest)")
    }

    @Test(arguments: [false, true])
    func `a toolbox that does not answer holds the turn up for a moment`(says: Bool) {
        var scene = failing()
        if says {
            scene.handle(.callsListed(turn: "lobby.1", nil))
        } else {
            scene.now += RoomsLimits.callsWait
            scene.handle(.woke)
        }
        #expect(Self.notice(scene) == Self.advice + ". What it called is not known. See: egghead logs toolbox")
        #expect(scene.lobby.openTurns.map(\.id) == ["lobby.2"])
        let head = scene.lobby.head
        scene.handle(.callsListed(turn: "lobby.1", []))
        #expect(scene.lobby.head == head, "a late answer says nothing")
    }

    @Test func `the next coordinator asks again`() {
        var scene = failing()
        scene.restart(agents: [agent("index"), TurnTests.scout])
        #expect(scene.state.floors.failure(of: "lobby.1") != nil)
        scene.handle(.callsListed(turn: "lobby.1", []))
        #expect(Self.notice(scene) == Self.advice)
    }

    @Test func `a turn that a person cancels meanwhile is cancelled`() {
        var scene = failing()
        #expect(scene.cancel(.one("lobby.1")) == .done)
        scene.handle(.callsListed(turn: "lobby.1", []))
        #expect(Self.notice(scene) == nil && scene.lobby.openTurns.map(\.id) == ["lobby.2"])
    }

    @Test(arguments: [false, true])
    func `a turn of an agent that is quarantined tells its calls, if it had begun`(hasBegun: Bool) {
        var scene = hasBegun ? TurnTests.running() : Scene([agent("index"), TurnTests.scout])
        scene.calls = nil
        scene.exit("scout", state: .quarantined)
        if !hasBegun { scene.post("@scout what is up?") }
        scene.storeAnswers()
        #expect(scene.actions.contains(.listCalls(agent: "scout", turn: "lobby.1")) == hasBegun)
        if hasBegun { scene.handle(.callsListed(turn: "lobby.1", [Self.call("create_record", "{}", .done)])) }
        #expect(Self.notice(scene)?.contains("is quarantined") == true)
        #expect(Self.notice(scene)?.hasSuffix("The turn had called create_record {} (done)") == hasBegun)
    }
}
