import Services
import Testing

@testable import Rooms

/// What a step asks at once, commits, answers and does for others.
struct StepTests {
    private func step(_ scene: inout Scene, _ event: RoomsState.Event) -> RoomsState.Step {
        scene.state.handle(event, at: Moment(elapsed: scene.now, timestamp: at))
    }

    @Test func `the question who the agents are is asked at once, all others follow what the step tells`() {
        var scene = Scene([agent("index"), agent("scout")])
        let posted = step(
            &scene,
            .posted(.init(request: "r", room: nil, text: "@scout hello"), caller: "user:ann", asker: 1))
        #expect(posted.queries == [.listAgents])
        #expect(posted.commit.count == 3 && posted.answers.map(\.asker) == [1] && posted.effects.count == 1)
        let connected = step(&scene, .connected)
        #expect(connected.queries == [])
        #expect(connected.effects == [.ask(.listTree), .publishHead(RoomHead(room: "lobby", head: 1))])
        scene.now = RoomsLimits.reattachment
        #expect(step(&scene, .woke).effects == [.ask(.listChildren)])
        let join = Coordinator.Join.Request(request: "j", record: "t")
        #expect(
            step(&scene, .joinAsked(join, caller: "user:ann", asker: 2)).effects == [
                .ask(.readRecord(join: 1, id: "t"))
            ])
    }

    @Test func `nothing is left over from the step before`() {
        var scene = Scene([agent("index")])
        let request = Coordinator.Post.Request(request: "r", room: nil, text: "hello")
        _ = step(&scene, .posted(request, caller: "user:ann", asker: 1))
        let repeated = step(&scene, .posted(request, caller: "user:ann", asker: 2))
        #expect(repeated.answers.map(\.asker) == [2])
        #expect(repeated.commit == [] && repeated.effects == [] && repeated.queries == [])
    }

    @Test func `whoever hears of a message waits for the disk, whoever is asked for a turn does not`() {
        var scene = Scene([agent("index")])
        let request = Coordinator.Post.Request(request: "r", room: nil, text: "hello")
        #expect(step(&scene, .posted(request, caller: "user:ann", asker: 1)).waitsForDisk)
        let offered = step(&scene, .agentsListed([agent("index")]))
        #expect(offered.commit.count == 1 && offered.effects.count == 1 && !offered.waitsForDisk)
        #expect(!step(&scene, .woke).waitsForDisk)
    }

    @Test func `records are noted in the journal before the store is given the first one`() {
        var scene = Scene([agent("index")])
        scene.post("@ann hello")
        let saving = step(&scene, .saveAsked(.init(request: "s", room: "lobby"), caller: "user:ann", asker: 1))
        #expect(saving.waitsForDisk && saving.queries == [])
        guard case .saving? = saving.commit.first, case .storeRecord(1, _)? = saving.effects.first else {
            Issue.record("\(saving)")
            return
        }
        #expect(saving.commit.count == 1 && saving.effects.count == 1)
    }

    @Test(
        arguments: [
            (.success(HandoffReply()), .done),
            (.success(HandoffReply(refusal: "it is new")), .refused(ServiceFailure(.failed, "hand off: it is new"))),
            (.failure(ServiceFailure(.timeout, "no answer")), .refused(ServiceFailure(.timeout, "no answer"))),
        ] as [(Result<HandoffReply, ServiceFailure>, RoomsState.Answer)])
    func `a person hears whether an agent hands off`(
        result: Result<HandoffReply, ServiceFailure>, answer: RoomsState.Answer
    ) {
        var scene = Scene([agent("index")])
        #expect(scene.handle(.handoffAnswered(asker: 7, result)) == [.answer(7, answer)])
    }
}
