import Journal
import Services
import Testing

@testable import Rooms

/// Rooms that end.
struct DroppingTests {
    private let agents = [agent("index"), agent("scout")]

    private func code(_ answer: RoomsState.Answer?) -> ServiceFailure.Code? {
        if case .refused(let failure) = answer { failure.code } else { nil }
    }

    /// A room in which scout has the turn.
    private func kitchen() -> Scene {
        var scene = Scene(agents)
        scene.post("@scout one", room: "kitchen", request: "p")
        scene.storeAnswers()
        scene.handle(.offerAnswered(turn: "kitchen.1", incarnation: 1, .accepted))
        scene.post("@scout two", room: "kitchen")
        return scene
    }

    @Test func `a room is gone when the store has it, and not before`() throws {
        var scene = kitchen()
        let drop = scene.requireDrop("kitchen")
        let events = try #require(scene.state.ledger["kitchen"]?.events)
        #expect(
            events.suffix(2).map { "\($0.from) \($0.text) \($0.turn?.rawValue ?? "")" } == [
                "agent:scout stops: the room is being closed kitchen.1", "user:ann closes the room ",
            ])
        #expect(scene.state.ledger["kitchen"]?.openTurns == [])
        #expect(scene.actions.contains(.dismiss(agent: "scout", room: "kitchen")))
        #expect(code(scene.post("late", room: "kitchen")) == .unavailable)
        #expect(code(scene.manage(.mute, "scout", room: "kitchen")) == .unavailable)
        #expect(code(scene.finish("kitchen.1", "late", by: "scout")) == .stale)
        scene.save("kitchen")
        #expect(code(scene.answers.first) == .unavailable)
        scene.drop("kitchen", request: "other")
        #expect(code(scene.answers.first) == .unavailable)
        #expect(try TranscriptText.read(Array(drop.records[0].body.utf8), room: "kitchen") == events)

        scene.handle(.recordsStored(save: drop.number, nil))
        let records = drop.records.compactMap(\.id)
        #expect(scene.answers == [.saved(records)])
        #expect(scene.actions.contains(.publishHead(RoomHead(room: "kitchen", head: 0))))
        #expect(scene.state.ledger["kitchen"] == nil && scene.state.rooms().rooms.map(\.room) == ["lobby"])
        scene.restart(agents: agents)
        #expect(scene.state.ledger["kitchen"] == nil)
        scene.drop("kitchen")
        #expect(scene.answers == [.saved(records)])
        scene.drop("kitchen", request: "new")
        #expect(code(scene.answers.first) == .notFound)
    }

    @Test func `what comes late for a room that is no more changes nothing in the one of its name`() {
        var scene = kitchen()
        scene.handle(.recordsStored(save: scene.requireDrop("kitchen").number, nil))
        #expect(code(scene.finish("kitchen.1", "late", by: "scout")) == .notFound)
        // The first post, whose answer was lost, is not posted again.
        #expect(scene.post("@scout one", room: "kitchen", request: "p").map { "\($0)" }?.contains("kitchen.1") == true)
        #expect(scene.state.ledger["kitchen"] == nil)
        scene.post("@scout three", room: "kitchen")
        #expect(scene.state.ledger["kitchen"]?.openTurns.map(\.id) == ["kitchen.3"])
        #expect(code(scene.finish("kitchen.1", "late", by: "scout")) == .stale)
        scene.restart(agents: agents)
        // What it knows of the old room it forgets before it is asked in the new one.
        scene.hello("scout", incarnation: 2)
        #expect(scene.actions.contains(.dismiss(agent: "scout", room: "kitchen")))
        scene.hello("scout", incarnation: 2, turn: "kitchen.3")
        #expect(!scene.actions.contains(.dismiss(agent: "scout", room: "kitchen")))
        scene.hello("index", incarnation: 2)
        #expect(scene.actions.contains(.dismiss(agent: "index", room: "kitchen")))
        #expect(scene.state.ledger["kitchen"]?.openTurns.map(\.id) == ["kitchen.3"])
    }

    @Test func `a process that still has a turn of a closed room is told to forget it, and is not restarted`() {
        var scene = kitchen()
        let drop = scene.requireDrop("kitchen")
        for isGone in [false, true] {
            if isGone { scene.handle(.recordsStored(save: drop.number, nil)) }
            scene.hello("scout", turn: "kitchen.1")
            #expect(scene.actions.contains(.dismiss(agent: "scout", room: "kitchen")))
            #expect(!scene.actions.contains(.restart(agent: "scout")))
        }
    }

    @Test func `a room that became the default one while it was dropped is there again`() {
        var scene = kitchen()
        let drop = scene.requireDrop("kitchen")
        scene.handle(.configured(defaultRoom: "kitchen", turnBudget: 15, turnTimeout: .seconds(300)))
        scene.handle(.recordsStored(save: drop.number, nil))
        #expect(scene.state.ledger["kitchen"]?.head == 0)
    }

    @Test func `a room that cannot be saved lives on`() {
        var scene = kitchen()
        let drop = scene.requireDrop("kitchen")
        scene.handle(.recordsStored(save: drop.number, ServiceFailure(.unavailable, "nobody is there")))
        #expect(code(scene.answers.first) == .failed)
        let last = scene.state.ledger["kitchen"]?.events.last
        #expect(
            last?.text
                == "The room stays open: drop room kitchen: the store does not take it: nobody is there")
        #expect(scene.post("@scout three", room: "kitchen").map { code($0) == nil } == true)
        // The same request again is another try.
        let again = scene.requireDrop("kitchen")
        #expect(again.records[0].fields["head"] == .integer(8))
        scene.handle(.recordsStored(save: again.number, nil))
        #expect(scene.state.ledger["kitchen"] == nil)
    }

    @Test func `a coordinator that dies in between leaves the room, and the repetition goes on with it`() {
        var scene = kitchen()
        let drop = scene.requireDrop("kitchen")
        scene.restart(agents: agents)
        #expect(scene.state.ledger["kitchen"]?.head == 4)
        let again = scene.requireDrop("kitchen")
        #expect(again.records == drop.records)
        scene.restart(agents: agents)
        scene.post("@ann more", room: "kitchen")
        let longer = scene.requireDrop("kitchen")
        #expect(longer.records[0].fields["head"] == .integer(6))
        scene.handle(.recordsStored(save: longer.number, nil))
        #expect(scene.answers == [.saved(longer.records.compactMap(\.id))])
    }

    @Test func `a save that ends after its room brings nothing back`() {
        var scene = kitchen()
        let save = scene.requireSave("kitchen")
        scene.handle(.recordsStored(save: scene.requireDrop("kitchen").number, nil))
        scene.handle(.recordsStored(save: save.number, nil))
        #expect(scene.answers == [.saved(save.records.compactMap(\.id))])
        #expect(scene.state.ledger["kitchen"] == nil)
    }

    @Test func `what cannot be dropped is refused`() {
        var scene = kitchen()
        scene.post("@ann hello")
        scene.drop("lobby")
        #expect(code(scene.answers.first) == .invalid)
        scene.drop("kitchen", from: "agent:scout")
        #expect(code(scene.answers.first) == .denied)
        #expect(scene.state.ledger["kitchen"]?.openTurns.count == 2)
        // One that was the default room when it was dropped exists again as an empty one.
        scene.handle(.recordsStored(save: scene.requireDrop("kitchen").number, nil))
        let state = RoomsState(
            entries: Journal.read(scene.disk, as: JournalEntry.self).entries, defaultRoom: "kitchen", turnBudget: 15)
        #expect(state.ledger["kitchen"]?.head == 0)
    }
}
