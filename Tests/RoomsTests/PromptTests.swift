import Journal
import Services
import Testing

@testable import Rooms

/// Rooms that are for one agent alone.
struct PromptTests {
    private let agents = [agent("index"), agent("scout", tags: ["deploys"], quiet: true), agent("team/writer")]

    private func code(_ answer: RoomsState.Answer?) -> ServiceFailure.Code? {
        if case .refused(let failure) = answer { failure.code } else { nil }
    }

    @Test(
        arguments: [
            ("scout", "prompt-scout"), ("a_b-C9", "prompt-a_b-C9"),
            ("team/writer", "prompt-team-writer-f284ca11"), ("müller", "prompt-m-ller-bafa69c2"),
            (String(repeating: "x", count: 57), "prompt-" + String(repeating: "x", count: 57)),
            (String(repeating: "x", count: 58), "prompt-" + String(repeating: "x", count: 48) + "-e56458a8"),
            (String(repeating: "é/", count: 80), "prompt-" + String(repeating: "-", count: 48) + "-5cd825d5"),
        ] as [(String, String)])
    func `an agent's room is named after it, and no two have one name`(agent: String, room: String) {
        #expect(DirectRoom.name(ofAgent: AgentID(agent)) == RoomName(rawValue: room))
    }

    @Test func `an agent that was sent away from the room that becomes its own is there again`() {
        var scene = Scene(agents)
        scene.post("hello", room: "prompt-scout")
        scene.manage(.kick, "scout", room: "prompt-scout")
        _ = scene.prompt("scout", "hello")
        let room = scene.state.ledger["prompt-scout"]
        #expect(room?.absent == [] && room?.openTurns.last?.agent == "scout")
        // Whoever repeats a prompt need not find the agent again by its name.
        _ = scene.prompt("scout", "once", request: "again")
        scene.storeAnswers([agent("index")])
        #expect(code(scene.prompt("scout", "once", request: "again")) == nil)
        #expect(scene.state.ledger["prompt-scout"]?.events.count { $0.text == "once" } == 1)
    }

    @Test func `whatever a person says in an agent's room is for it, also when it is quiet`() {
        var scene = Scene(agents)
        for text in ["hello", "how do @writer's deploys go?", "@everyone hello", "@index hello"] {
            let answer = scene.prompt("sco", text)
            #expect(answer.map { "\($0)" }?.contains("prompt-scout") == true, "\(text)")
            let turns = scene.state.ledger["prompt-scout"]?.openTurns ?? []
            #expect(turns.map(\.agent) == ["scout"])
            scene.storeAnswers()
            #expect(scene.offers.map(\.agent.id) == ["scout"])
            // Whom the agent names is not in the room.
            scene.finish(turns.first?.id ?? "prompt-scout.1", "@index what do you say?", by: "scout")
        }
        #expect(scene.state.ledger["prompt-scout"]?.events.map(\.type) == Array(repeating: .message, count: 8))
        #expect(scene.post("more", room: "prompt-scout").map { code($0) == nil } == true)
        #expect(scene.state.ledger["prompt-scout"]?.openTurns.map(\.agent) == ["scout"])
        #expect(scene.state.rooms().rooms.last?.roster.map(\.agent) == ["scout"])
        #expect(code(scene.post("me too", from: "agent:index", room: "prompt-scout")) == .denied)
        scene.restart(agents: agents)
        #expect(scene.state.rooms().rooms.last?.roster.map(\.agent) == ["scout"])
    }

    @Test func `nobody is invited into it, and who cannot be prompted is told`() {
        var scene = Scene(agents)
        scene.prompt("scout", "hello")
        #expect(code(scene.manage(.invite, "index", room: "prompt-scout")) == .invalid)
        #expect(code(scene.manage(.kick, "scout", room: "prompt-scout")) == .invalid)
        #expect(scene.manage(.continue, room: "prompt-scout") == .done)
        #expect(code(scene.prompt("zebra", "hello")) == .notFound)
        #expect(code(scene.prompt("scout", "hello", from: "store")) == .denied)
        #expect(code(scene.prompt("scout", " ")) == .invalid)
        scene.handle(
            .posted(.init(request: "x", room: "lobby", agent: "scout", text: "hello"), caller: "user:ann", asker: 1))
        #expect(code(scene.answers.first) == .invalid)
    }

    @Test func `an agent asks another one by its id, and is answered however often it asks`() {
        var scene = Scene(agents)
        scene.hello("scout")
        for number in 1...20 {
            guard case .post(let reply)? = scene.prompt("scout", "question \(number)", from: "agent:index") else {
                Issue.record("question \(number): \(scene.answers)")
                return
            }
            #expect(reply.room == "prompt-scout" && reply.agents == ["scout"])
            scene.storeAnswers()
            // Nobody gets a turn by what is answered.
            scene.finish(reply.turns[0], "@index answer \(number)", by: "scout")
            #expect(scene.state.ledger["prompt-scout"]?.openTurns.isEmpty == true)
        }
        let said = scene.state.ledger["prompt-scout"]?.events.filter { $0.type == .message }.map(\.from)
        #expect(said == (1...20).flatMap { _ in ["agent:index", "agent:scout"] as [Principal] })
    }

    @Test func `an agent asks no other agent than the one it names, and says nothing else in a room of one`() {
        var scene = Scene(agents)
        #expect(code(scene.prompt("writer", "hello", from: "agent:scout")) == .notFound)
        #expect(code(scene.prompt("sco", "hello", from: "agent:index")) == .notFound)
        #expect(scene.state.ledger["prompt-team-writer-f284ca11"] == nil && scene.state.ledger["prompt-scout"] == nil)
        #expect(code(scene.prompt("team/writer", "hello", from: "agent:scout")) == nil)
        let room: RoomName = "prompt-team-writer-f284ca11"
        #expect(code(scene.post("and @scout?", from: "agent:index", room: room)) == .denied)
        #expect(scene.state.ledger[room]?.events.count == 1)
    }

    @Test func `a prompt waits until it is known whom it means, and its repetition gets the first answer`() {
        var scene = Scene(agents)
        let first = scene.prompt("writer", "hello", request: "r")
        #expect(scene.prompt("writer", "hello", request: "r") == first)
        scene.state = RoomsState(
            entries: Journal.read(scene.disk, as: JournalEntry.self).entries, defaultRoom: "lobby", turnBudget: 15)
        #expect(scene.prompt("writer", "hello", request: "r") == first)
        #expect(scene.prompt("writer", "and more", request: "s") == nil)
        scene.handle(.connected)
        scene.storeAnswers(agents)
        #expect(scene.answers.count == 1)
        #expect(scene.state.ledger["prompt-team-writer-f284ca11"]?.events.map(\.text) == ["hello", "and more"])
    }

    @Test func `an agent's room that is saved is its own when it comes back`() {
        var scene = Scene(agents)
        scene.prompt("scout", "hello")
        let drop = scene.requireDrop("prompt-scout")
        scene.handle(.recordsStored(save: drop.number, nil))
        scene.join(drop.records[0].id ?? "", store: Scene.replies(drop.records))
        scene.restart(agents: agents)
        #expect(scene.state.ledger["prompt-scout"]?.directAgent == "scout")
        scene.post("more", room: "prompt-scout")
        #expect(scene.state.ledger["prompt-scout"]?.openTurns.map(\.agent) == ["scout"])
    }
}
