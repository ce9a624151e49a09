import Services
import Testing

@testable import Rooms

/// Who speaks in a room.
struct SpeakerTests {
    private static func post(_ speaker: AgentID?, from caller: Principal) -> RoomsState.Event {
        .posted(.init(request: "r", room: "hall", speaker: speaker, text: "Hello."), caller: caller, asker: 1)
    }

    @Test func `the toolbox speaks for agents, once`() {
        var scene = TurnTests.running()
        scene.post("Is anybody here?", room: "hall")
        scene.handle(Self.post("scout", from: .toolbox))
        let event = scene.state.ledger["hall"]?.events.last
        #expect(event?.from == "agent:scout" && event?.text == "Hello." && event?.type == .message)
        scene.handle(Self.post("scout", from: .toolbox))
        #expect(scene.state.ledger["hall"]?.events.count { $0.from == "agent:scout" } == 1)
    }

    @Test func `an agent makes no room, which would have a budget of its own`() {
        var scene = TurnTests.running()
        scene.handle(Self.post("scout", from: .toolbox))
        guard case .answer(1, .refused(let failure))? = scene.actions.last else {
            Issue.record("\(scene.actions)")
            return
        }
        #expect(failure.code == .notFound && scene.state.ledger["hall"] == nil)
    }

    @Test(
        arguments: [
            (nil, "agent:scout"), ("scout", "agent:scout"), ("scout", "agent:other"), ("scout", "user:ann"),
            ("scout", "store"), (nil, "toolbox"),
        ] as [(AgentID?, Principal)])
    func `nobody else does, and no agent by itself`(speaker: AgentID?, caller: Principal) {
        var scene = TurnTests.running()
        scene.handle(Self.post(speaker, from: caller))
        guard case .answer(1, .refused(let failure))? = scene.actions.last else {
            Issue.record("\(scene.actions)")
            return
        }
        #expect(failure.code == .denied && scene.state.ledger["hall"] == nil)
    }
}
