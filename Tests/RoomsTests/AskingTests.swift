import Services
import Testing

@testable import Rooms

/// What the toolbox has the coordinator tell a room, and what the toolbox is told of turns that end.
struct AskingTests {
    private static func tell(
        _ request: String = "request/1/c1", turn: TurnID = "lobby.1", of agent: AgentID = "scout",
        from caller: Principal = "toolbox"
    ) -> RoomsState.Event {
        .told(.init(request: request, agent: agent, turn: turn, text: "Request 1: …"), caller: caller, asker: 9)
    }

    private static func texts(_ scene: Scene) -> [String] { scene.lobby.events.map(\.text) }

    @Test func `a room is told once, with the turn that it is about, and a repetition is answered`() {
        var scene = TurnTests.running()
        scene.handle(Self.tell())
        #expect(scene.actions.last == .answer(9, .done))
        let event = scene.lobby.events.last
        #expect(event?.type == .notice && event?.turn == "lobby.1" && event?.outcome == nil)
        scene.handle(Self.tell())
        #expect(scene.actions == [.answer(9, .done)])
        #expect(Self.texts(scene).count { $0 == "Request 1: …" } == 1)
        scene.handle(Self.tell("answer/1/c1"))
        #expect(Self.texts(scene).count { $0 == "Request 1: …" } == 2)
    }

    @Test func `how far a call is, its agent says`() {
        var scene = TurnTests.running()
        scene.handle(
            .told(
                .init(request: "p", agent: "scout", turn: "lobby.1", text: "has needed 10 seconds", isAction: true),
                caller: "toolbox", asker: 9))
        let event = scene.lobby.events.last
        #expect(event?.type == .action && event?.from == "agent:scout" && event?.text == "has needed 10 seconds")
        #expect(event?.turn == "lobby.1" && event?.outcome == nil && scene.lobby.openTurns.map(\.id) == ["lobby.1"])
    }

    @Test(arguments: [
        (Self.tell(turn: "lobby.2"), ServiceFailure.Code.notFound), (Self.tell(turn: "nowhere.1"), .notFound),
        (Self.tell(of: "other"), .notFound), (Self.tell(from: "agent:scout"), .denied),
        (Self.tell(from: "user:ann"), .denied),
        (Self.tell(from: "store"), .denied),
    ])
    func `nobody else tells rooms, and of a turn that has ended nothing is told`(
        event: RoomsState.Event, code: ServiceFailure.Code
    ) {
        var scene = TurnTests.running()
        let before = scene.lobby.events
        scene.handle(event)
        guard case .answer(9, .refused(let failure))? = scene.actions.last else {
            Issue.record("\(scene.actions)")
            return
        }
        #expect(failure.code == code && scene.lobby.events == before)
    }

    @Test func `of a turn that has ended not even a repetition is taken`() {
        var scene = TurnTests.running()
        scene.handle(Self.tell())
        scene.handle(.cancelAsked(.init(request: "r", room: "lobby", turns: .all), caller: "user:ann", asker: 1))
        scene.handle(Self.tell())
        guard case .answer(9, .refused(let failure))? = scene.actions.last else {
            Issue.record("\(scene.actions)")
            return
        }
        #expect(failure.code == .notFound)
    }

    @Test func `a turn that waits for a call gets on, whichever attempt and process has it`() {
        var scene = TurnTests.running()
        scene.now = .seconds(299)
        scene.handle(.progressed(.init(turn: "lobby.1", agent: "scout"), caller: "toolbox"))
        scene.now = .seconds(598)
        scene.handle(.woke)
        #expect(scene.lobby.openTurns.map(\.id) == ["lobby.1"])
        scene.handle(.progressed(.init(turn: "lobby.1", agent: "other"), caller: "toolbox"))
        scene.handle(.progressed(.init(turn: "lobby.1", agent: "scout"), caller: "agent:scout"))
        scene.sleep()
        #expect(scene.lobby.openTurns.isEmpty, "an agent must say which attempt it means")
    }

    @Test func `what a turn has called is stopped when people end it, and when it makes no progress`() {
        let stop = RoomsState.Action.endCalls(agent: "scout", turn: "lobby.1")
        var cancelled = TurnTests.running()
        cancelled.handle(
            .cancelAsked(.init(request: "r", room: "lobby", turns: .all), caller: "user:ann", asker: 1))
        #expect(cancelled.actions.contains(stop))
        var expired = TurnTests.running()
        expired.now = .seconds(600)
        expired.handle(.woke)
        #expect(expired.actions.contains(stop))
        var answered = TurnTests.running()
        _ = answered.finish("lobby.1", "Done.", by: "scout")
        #expect(!answered.actions.contains(stop))
    }
}
