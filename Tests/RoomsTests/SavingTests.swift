import Services
import Testing

@testable import Rooms

/// Rooms that become records.
struct SavingTests {
    private let agents = [agent("index"), agent("scout")]

    private func code(_ answer: RoomsState.Answer?) -> ServiceFailure.Code? {
        if case .refused(let failure) = answer { failure.code } else { nil }
    }

    @Test func `a room is saved, and a repeated request gets the first answer`() {
        var scene = Scene(agents)
        scene.post("@ann hello")
        let save = scene.requireSave("lobby", request: "s")
        #expect(scene.answers == [])
        #expect(save.records.map(\.id) == ["transcripts/lobby/20261122T083000000Z"])
        #expect(save.records.map(\.request) == ["s \(at) 1"])
        scene.post("@ann more")
        scene.handle(.recordsStored(save: save.number, nil))
        #expect(scene.answers == [.saved(save.records.compactMap(\.id))])
        scene.save("lobby", request: "s")
        #expect(scene.storing == nil)
        #expect(scene.answers == [.saved(save.records.compactMap(\.id))])
        scene.restart(agents: agents)
        scene.save("lobby", request: "s")
        #expect(scene.storing == nil)
        #expect(scene.answers == [.saved(save.records.compactMap(\.id))])
    }

    @Test func `whatever dies in between, the repetition writes the same records`() {
        var scene = Scene(agents)
        scene.post("@ann hello")
        let first = scene.requireSave("lobby", request: "s")
        scene.restart(agents: agents)
        scene.post("@ann more")
        let again = scene.requireSave("lobby", request: "s")
        #expect(again.records == first.records)
        // Who repeats while the store is asked waits with the others.
        scene.save("lobby", request: "s")
        #expect(scene.storing == nil)
        scene.handle(.recordsStored(save: again.number, nil))
        #expect(scene.answers.count == 2)
        let other = scene.requireSave("lobby", request: "t")
        #expect(other.records[0].fields["head"] == .integer(2))
        #expect(scene.state.ledger["lobby"]?.saves.map(\.request) == ["t"])
    }

    @Test func `what the store refuses is told`() {
        var scene = Scene(agents)
        scene.post("@ann hello")
        let save = scene.requireSave("lobby", request: "s")
        scene.handle(.recordsStored(save: save.number, ServiceFailure(.exists, "it is there")))
        #expect(
            scene.answers == [
                .refused(ServiceFailure(.failed, "save room lobby: the store does not take it: it is there"))
            ])
        #expect(scene.requireSave("lobby", request: "s").records == save.records)
    }

    @Test func `who may not save, and what cannot be saved, is refused`() {
        var scene = Scene(agents)
        scene.save("lobby")
        #expect(scene.storing == nil && code(scene.answers.first) == .invalid)
        scene.post("@ann hello")
        scene.save("attic")
        #expect(scene.storing == nil && code(scene.answers.first) == .notFound)
        scene.save("lobby", from: "agent:scout")
        #expect(scene.storing == nil && code(scene.answers.first) == .denied)
        scene.save("lobby", request: "")
        #expect(scene.storing == nil && code(scene.answers.first) == .invalid)
        for number in 0..<RoomsLimits.savesMax { scene.requireSave("lobby", request: "\(number)") }
        scene.save("lobby", request: "more")
        #expect(scene.storing == nil && code(scene.answers.first) == .unavailable)
    }
}
