import Journal
import Services
import Testing

@testable import Rooms

struct ManagingTests {
    private let agents = [agent("index"), agent("scout"), agent("writer")]

    /// Runs the turns one after the other; each answers with these words.
    private func runAll(_ scene: inout Scene, _ text: (AgentID) -> String) -> [AgentID] {
        var spoke: [AgentID] = []
        while let open = scene.lobby.openTurns.first, spoke.count < 50 {
            scene.storeAnswers()
            guard scene.offers.map(\.turn) == [open.id] else { break }
            spoke.append(open.agent)
            scene.finish(open.id, text(open.agent), by: open.agent)
        }
        return spoke
    }

    @Test func `everyone is asked one after the other, and may not pass`() {
        for mention in ["@everyone", "@Channel"] {
            var scene = Scene(agents, budget: 2)
            scene.manage(.mute, "writer")
            scene.post("\(mention), what of the scout?")
            scene.storeAnswers()
            #expect(scene.offers.first?.mayPass == false && scene.offers.first?.text == "what of the scout?")
            // What a person has asked for is done though it is more than the budget.
            #expect(scene.offers.map(\.agent.id) == ["scout"])
            scene.finish("lobby.1", "Well.", by: "scout")
            #expect(runAll(&scene) { _ in "Well." } == ["index", "writer"])
            #expect(scene.lobby.events.last?.text == "Well.")
        }
    }

    @Test func `a jam is for all at once, each blind, and what comes after it waits`() {
        var scene = Scene(agents, budget: 2)
        scene.post("@jam, ideas?")
        scene.storeAnswers()
        #expect(scene.offers.map(\.agent.id) == ["index", "scout", "writer"])
        #expect(scene.offers.allSatisfy { $0.isBlind && $0.mayPass && $0.text == "ideas?" && $0.number == 1 })
        for (number, id) in (["index", "scout", "writer"] as [AgentID]).enumerated() {
            scene.handle(.offerAnswered(turn: TurnID(room: "lobby", number: number + 1), incarnation: 1, .accepted))
            #expect(scene.activity(of: id) == .thinking)
        }
        scene.post("@scout and you?")
        scene.storeAnswers()
        #expect(scene.offers == [])
        scene.finish("lobby.3", "Mine.", by: "writer")
        scene.exit("index")
        scene.finish("lobby.2", "Yours.", by: "scout")
        #expect(scene.lobby.openTurns.map(\.id) == ["lobby.1", "lobby.4"])
        scene.hello("index", incarnation: 2)
        scene.storeAnswers()
        #expect(scene.offers.map(\.turn) == ["lobby.1"] && scene.offers.first?.attempt == 2)
        scene.finish("lobby.1", "/pass", by: "index", attempt: 2)
        scene.storeAnswers()
        #expect(scene.offers.map(\.turn) == ["lobby.4"])
    }

    @Test func `what a person asks for does not wait behind what the budget holds`() {
        var scene = Scene(agents, budget: 2)
        scene.post("@jam ideas?")
        scene.storeAnswers()
        scene.finish("lobby.1", "@writer what do you say?", by: "index")
        scene.post("@scout and you?")
        scene.finish("lobby.2", "Mine.", by: "scout")
        scene.finish("lobby.3", "Mine too.", by: "writer")
        #expect(scene.lobby.openTurns.map(\.id) == ["lobby.4", "lobby.5"])
        #expect(scene.lastText == "2 agent messages in a row: 1 turn waits until a person says something.")
        scene.storeAnswers()
        #expect(scene.offers.map(\.turn) == ["lobby.5"])
        scene.finish("lobby.5", "Here.", by: "scout")
        #expect(scene.state.settled(.init(room: "lobby", number: 3)).map(\.settled) == .success(true))
        scene.manage(.continue)
        scene.storeAnswers()
        #expect(scene.offers.map(\.turn) == ["lobby.4"])
    }

    @Test func `a smaller budget stops a room, says so, and leaves alone who has the floor`() {
        var scene = Scene(agents, budget: 15)
        scene.post("@scout hello")
        scene.storeAnswers()
        scene.finish("lobby.1", "@writer hello", by: "scout")
        scene.storeAnswers()
        scene.handle(.offerAnswered(turn: "lobby.2", incarnation: 1, .notAccepted))
        scene.handle(.configured(defaultRoom: "lobby", turnBudget: 1, turnTimeout: .seconds(300)))
        #expect(scene.lastText == "1 agent messages in a row: 1 turn waits until a person says something.")
        scene.sleep()
        scene.storeAnswers()
        #expect(scene.offers.map(\.turn) == ["lobby.2"])
        scene.finish("lobby.2", "Hello.", by: "writer")
        #expect(scene.lobby.openTurns.isEmpty)
    }

    @Test func `an answer is not taken before it is known whom it may name`() {
        var scene = Scene(agents)
        scene.post("@scout hello")
        scene.storeAnswers()
        scene.state = RoomsState(
            entries: Journal.read(scene.disk, as: JournalEntry.self).entries, defaultRoom: "lobby", turnBudget: 15)
        guard case .refused(let failure)? = scene.finish("lobby.1", "@writer hello", by: "scout") else {
            Issue.record("it was taken")
            return
        }
        #expect(failure.code == .unavailable)
        scene.handle(.connected)
        scene.storeAnswers(agents)
        #expect(scene.finish("lobby.1", "@writer hello", by: "scout") == .done)
        #expect(scene.lobby.openTurns.map(\.agent) == ["writer"])
    }

    @Test func `nobody is asked in an empty room, and told so`() {
        var scene = Scene(agents)
        scene.post("hello", room: "attic")
        for agent in agents { scene.manage(.kick, agent.id.rawValue, room: "attic") }
        scene.post("@everyone?", room: "attic")
        #expect(scene.state.ledger["attic"]?.events.last?.text == "Nobody is in this room. See: egghead room invite")
        scene.hello("scout", incarnation: 2)
        #expect(scene.actions.contains(.dismiss(agent: "scout", room: "attic")))
    }

    @Test func `an agent cannot call everyone`() {
        var scene = Scene(agents)
        scene.post("@scout hello")
        #expect(runAll(&scene) { _ in "@everyone hello" } == ["scout"])
    }

    @Test func `who was sent away is asked by nobody, and its turns end`() {
        var scene = Scene(agents)
        scene.post("@scout one")
        scene.storeAnswers()
        scene.post("@scout two")
        scene.manage(.kick, "sco")
        #expect(scene.actions.contains(.dismiss(agent: "scout", room: "lobby")))
        #expect(scene.lobby.openTurns.isEmpty && scene.lastText == "sends @scout away")
        #expect(scene.activity(of: "scout") == nil)
        #expect(scene.finish("lobby.1", "late", by: "scout") != .done)
        scene.post("@scout are you there?")
        #expect(scene.lastText == "@scout is not in this room. Invite it: egghead room invite lobby scout")
        scene.post("@everyone hello")
        #expect(scene.lobby.openTurns.map(\.agent) == ["index", "writer"])
        scene.restart(agents: agents)
        #expect(scene.lobby.absent == ["scout"])
        #expect(scene.manage(.invite, "scout") == .done)
        scene.post("@scout hello")
        #expect(scene.lobby.openTurns.last?.agent == "scout")
    }

    @Test func `open messages pass by who is muted, its name reaches it`() {
        var scene = Scene([agent("index"), agent("scout", tags: ["deploys"])])
        scene.post("how do deploys go?")
        #expect(scene.lobby.openTurns.map(\.agent) == ["scout"])
        scene.manage(.mute, "scout")
        #expect(scene.state.rooms().rooms[0].roster.map(\.muted) == [false, true])
        scene.post("how do deploys go?")
        scene.post("@scout hello")
        #expect(scene.lobby.openTurns.map(\.agent) == ["scout", "index", "scout"])
        scene.manage(.unmute, "scout")
        scene.post("how do deploys go?")
        #expect(scene.lobby.openTurns.last?.agent == "scout")
    }

    @Test func `what cannot be changed is refused, and what changes nothing is told to nobody`() {
        var scene = Scene([agent("index"), agent("scout")])
        func code(_ answer: RoomsState.Answer?) -> ServiceFailure.Code? {
            if case .refused(let failure) = answer { failure.code } else { nil }
        }
        #expect(code(scene.manage(.kick, "zebra")) == .notFound)
        #expect(code(scene.manage(.kick)) == .invalid)
        #expect(code(scene.manage(.kick, "scout", room: "attic")) == .notFound)
        #expect(code(scene.manage(.kick, "scout", from: "agent:index")) == .denied)
        #expect(code(scene.manage(.kick, "scout", request: "")) == .invalid)
        #expect(scene.manage(.unmute, "scout") == .done && scene.manage(.invite, "scout") == .done)
        #expect(scene.manage(.continue) == .done)
        #expect(scene.lobby.events.isEmpty)
        #expect(scene.manage(.kick, "scout", request: "r") == .done)
        #expect(scene.manage(.kick, "scout", request: "r") == .done)
        #expect(code(scene.manage(.kick, "index")) == .invalid)
        #expect(scene.lobby.events.map(\.text) == ["sends @scout away"])
    }

    @Test func `a person lets a room go on, and the turns that waited begin`() {
        var scene = Scene(agents, budget: 3)
        scene.post("@scout hello")
        let others: [AgentID: AgentID] = ["scout": "writer", "writer": "index", "index": "scout"]
        #expect(runAll(&scene) { "@\(others[$0] ?? "") go on" }.count == 3)
        #expect(scene.lastText == "3 agent messages in a row: 1 turn waits until a person says something.")
        scene.manage(.continue)
        scene.storeAnswers()
        #expect(scene.offers.map(\.agent.id) == ["scout"])
        #expect(scene.lobby.events.suffix(1).map(\.text) == ["lets the agents go on"])
        scene.finish("lobby.4", "@writer go on", by: "scout")
        #expect(runAll(&scene) { "@\(others[$0] ?? "") go on" }.count == 2)
    }

    @Test func `two agents that only answer each other are stopped before the budget is`() {
        var scene = Scene(agents, budget: 15)
        scene.post("@scout talk to @index")
        let spoke = runAll(&scene) { "@\($0 == "scout" ? "index" : "scout") go on" }
        #expect(spoke.count < 15)
        #expect(scene.lastText?.contains("have answered each other 6 times") == true)
    }

    @Test(arguments: 2...7)
    func `agents that ask each other in a ring are stopped, whatever its length`(length: Int) {
        let ring = (0..<length).map { AgentID("ring-\($0)") }
        var scene = Scene(ring.map { agent($0) }, budget: 15)
        scene.post("@ring-0 hello")
        let spoke = runAll(&scene) { speaker in
            "@\(ring[((ring.firstIndex(of: speaker) ?? 0) + 1) % length]) go on"
        }
        #expect(spoke.count == max(6, 2 * length))
        #expect(scene.lastText?.hasSuffix("@ring-0 gets no turn until somebody else asks it.") == true)
        // A person may ask for more, and gets as much.
        scene.post("@ring-0 hello")
        #expect(runAll(&scene) { "@\(ring[((ring.firstIndex(of: $0) ?? 0) + 1) % length]) go on" }.count == spoke.count)
    }

    @Test func `a ring in which one agent speaks twice is one`() {
        var scene = Scene(agents, budget: 15), turn = 0
        scene.post("@scout hello")
        let asked = ["writer", "scout", "index", "scout"]
        let spoke = runAll(&scene) { _ in
            defer { turn += 1 }
            return "@\(asked[turn % 4]) go on"
        }
        #expect(spoke.count == 8)
        #expect(
            scene.lastText
                == "@scout, @writer, @scout, @index have asked each other in this order again and again: "
                + "@scout gets no turn until somebody else asks it.")
    }

    @Test func `agents that ask each other in no order go on until the budget ends`() {
        var scene = Scene(agents, budget: 12), turn = 0
        scene.post("@scout hello")
        let asked = [
            "writer", "scout", "index", "writer", "index", "scout", "writer", "index", "writer", "scout", "index",
        ]
        let spoke = runAll(&scene) { _ in
            defer { turn += 1 }
            return "@\(asked[turn % asked.count]) go on"
        }
        #expect(spoke.count == 12)
        #expect(scene.lastText?.hasPrefix("12 agent messages in a row") == true)
    }
}
