import Services
import Testing

@testable import Rooms

struct MessageTests {
    @Test func `a message, its turn and the memory of its request are one commit, before anything is told`() {
        var scene = Scene([agent("index"), agent("scout")])
        scene.post("@scout what is up?", request: "r1")
        let reply = Coordinator.Post.Reply(room: "lobby", number: 1, turns: ["lobby.1"], agents: ["scout"])
        let message = event(1, "@scout what is up?", from: "user:ann")
        #expect(
            scene.actions == [
                .commit([
                    .event(message), .queued(QueuedTurn(turn: "lobby.1", room: "lobby", agent: "scout", cause: 1)),
                    .answered(AnsweredRequest(room: "lobby", caller: "user:ann", request: "r1", post: reply)),
                ]), .publish(message), .answer(1, .post(reply)), .listAgents,
            ])
    }

    @Test func `a repeated request gets the first answer, also after a restart, and changes nothing`() {
        var scene = Scene([agent("index")])
        let first = scene.post("hello", request: "r1")
        #expect(scene.post("hello", request: "r1") == first)
        #expect(scene.actions.count == 1)
        scene.restart(agents: [agent("index")])
        #expect(scene.post("hello", request: "r1") == first)
        #expect(scene.lobby.head == 1)
        #expect(scene.post("hello", from: "user:bob", request: "r1") != first, "another caller's ids are its own")
    }

    @Test(
        arguments: [
            ("user:ann", "r", "  \n", .invalid), ("user:ann", "", "x", .invalid),
            ("user:ann", String(repeating: "r", count: 129), "x", .invalid),
            ("user:ann", "r", String(repeating: "x", count: 65_537), .invalid), ("store", "r", "x", .denied),
            ("llm", "r", "x", .denied),
        ] as [(Principal, String, String, ServiceFailure.Code)])
    func `a message that cannot be taken is refused and leaves nothing behind`(
        caller: Principal, request: String, text: String, code: ServiceFailure.Code
    ) {
        var scene = Scene([agent("index")])
        guard case .refused(let failure) = scene.post(text, from: caller, room: "lobby", request: request) else {
            Issue.record("the message was taken")
            return
        }
        #expect(failure.code == code)
        #expect(scene.disk.isEmpty)
    }

    @Test func `a message to a room that does not exist makes it`() {
        var scene = Scene([agent("index")])
        scene.post("hello", room: "kitchen")
        #expect(scene.state.rooms().rooms.map(\.room) == ["lobby", "kitchen"])
    }

    @Test(
        arguments: [
            ("@sco hello", ["scout"], []), ("@index and @scout and @index", ["index", "scout"], []),
            ("hello", ["index"], []),
            ("@zebra hello", [], ["No agent is called @zebra; the nearest are @index, @scout."]),
            ("@scout ask @zebra", ["scout"], ["No agent is called @zebra; the nearest are @index, @scout."]),
            ("@ann are you there?", [], []),
        ] as [(String, [AgentID], [String])])
    func `a person's message gives turns to the agents it names`(text: String, agents: [AgentID], notices: [String]) {
        var scene = Scene([agent("index"), agent("scout")])
        scene.post(text)
        #expect(scene.lobby.openTurns.map(\.agent) == agents)
        #expect(scene.lobby.events.filter { $0.type == .notice }.map(\.text) == notices)
    }

    @Test func `an agent's message gives turns to the others it names, and unknown names in it are words`() {
        var scene = Scene([agent("index"), agent("scout")])
        scene.post("@scout ask index")
        scene.storeAnswers()
        scene.finish("lobby.1", "@index, what does @scout or @property mean?", by: "scout")
        #expect(scene.lobby.openTurns.map(\.agent) == ["index"])
        #expect(scene.lobby.events.map(\.type) == [.message, .message])
        scene.storeAnswers()
        #expect(scene.offers.first?.from == "agent:scout")
        scene.finish("lobby.2", "Nothing.", by: "index")
        #expect(scene.lobby.openTurns.isEmpty)
    }

    @Test func `posts from before the store's first word wait for it`() {
        var scene = Scene([], up: false)
        scene.state = RoomsState(defaultRoom: "lobby", turnBudget: 15)
        #expect(scene.post("hello") == nil)
        #expect(scene.disk.isEmpty)
        scene.handle(.connected)
        scene.storeAnswers([agent("index")])
        #expect(scene.lobby.openTurns.map(\.agent) == ["index"])
    }

    @Test func `a message that is on the disk is known for one, wherever it was said`() {
        var scene = Scene([agent("index")])
        scene.post("hello", request: "a")
        scene.post("hello", room: "kitchen", request: "b")
        _ = scene.prompt("index", "hello", request: "c")
        let requests: [(Coordinator.Post.Request, Bool)] = [
            (.init(request: "a", room: nil, text: "hello"), true),
            (.init(request: "b", room: "kitchen", text: "x"), true),
            (.init(request: "b", room: nil, text: "x"), false),
            (.init(request: "c", room: nil, agent: "index", text: "x"), true),
        ]
        for (request, isKnown) in requests {
            #expect(scene.state.isAnswered(request, from: "user:ann") == isKnown)
            #expect(!scene.state.isAnswered(request, from: "user:bob"))
        }
    }

    @Test func `a name longer than any is no mention, and no notice is longer than a message`() {
        var scene = Scene([agent("index")])
        let long = String(repeating: "a", count: 60_000)
        scene.post("@\(long) hello")
        #expect(scene.lobby.events.count == 1 && scene.lobby.openTurns.map(\.agent) == ["index"])
        let mentions = (0..<32).map { "@" + String(repeating: "b", count: 200) + "\($0)" }.joined(separator: " ")
        scene.post(mentions)
        #expect(scene.lobby.events.allSatisfy { $0.text.utf8.count <= RoomsLimits.textBytesMax })
    }

    @Test func `rooms that lost something in the journal are told, each once`() {
        var scene = Scene([agent("index")])
        scene.handle(
            .booted(unreadable: [
                UnreadablePart(rooms: ["kitchen"]),
                UnreadablePart(rooms: ["kitchen", "attic"]),
                UnreadablePart(rooms: []),
            ]))
        #expect(scene.state.ledger.rooms.map(\.name) == ["lobby", "kitchen", "attic"])
        #expect(scene.state.ledger.rooms.map { $0.events.map(\.type) } == [[.notice], [.notice], [.notice]])
    }

    @Test func `a budget that the operator raises lets the room go on`() {
        var scene = Scene([agent("index"), agent("scout")], budget: 1)
        scene.post("@scout hello")
        scene.storeAnswers()
        scene.finish("lobby.1", "@index hello", by: "scout")
        #expect(scene.state.rooms().rooms[0].budgetLeft == 0)
        scene.handle(.configured(defaultRoom: "lobby", turnBudget: 2, turnTimeout: .seconds(300)))
        scene.storeAnswers()
        #expect(scene.offers.map(\.turn) == ["lobby.2"])
    }

    @Test func `the turns that may wait in a room have a bound, which is said`() {
        var scene = Scene([agent("index")], up: false)
        for _ in 0...RoomsLimits.openTurnsPerRoomMax { scene.post("hello") }
        #expect(scene.lobby.openTurns.count == RoomsLimits.openTurnsPerRoomMax)
        #expect(scene.lastText == "@index gets no turn: 1000 turns wait in this room already. Ask again later.")
    }

    @Test func `agents that answer each other stop when the budget is used up, and go on when a person speaks`() {
        var scene = Scene([agent("index"), agent("scout")], budget: 3)
        scene.post("@scout talk to @index")
        var turn = 0
        while let open = scene.lobby.openTurns.first, turn < 20 {
            scene.storeAnswers()
            guard scene.offers.map(\.turn) == [open.id] else { break }
            turn += 1
            scene.finish(open.id, "@\(open.agent == "scout" ? "index" : "scout") go on", by: open.agent)
        }
        #expect(turn == 3)
        #expect(scene.lastText == "3 agent messages in a row: 2 turns wait until a person says something.")
        #expect(scene.state.settled(.init(room: "lobby", number: 1)).map(\.settled) == .success(true))
        #expect(scene.state.rooms().rooms[0].budgetLeft == 0)

        scene.restart(agents: [agent("index"), agent("scout")])
        #expect(scene.offers.isEmpty, "a restart is no person")
        scene.hello("index")
        scene.hello("scout")
        scene.post("go on")
        scene.storeAnswers()
        #expect(scene.offers.map(\.turn) == [scene.lobby.openTurns.first?.id])
        #expect(scene.state.settled(.init(room: "lobby", number: 1)).map(\.settled) == .success(false))
    }

    @Test func `an agent posts on its own until the budget is used up, and again when a person has spoken`() {
        var scene = Scene([agent("scout")], budget: 2)
        func post(_ text: String) -> Bool {
            switch scene.post(text, from: "agent:scout") {
            case .post: return true
            case .refused(let failure):
                #expect(failure.code == .exhausted)
                #expect(
                    failure.message == "post to room lobby: its budget of agent messages is used up; "
                        + "wait until a person speaks")
                return false
            case let answer:
                Issue.record("\(String(describing: answer))")
                return false
            }
        }
        #expect(post("one"))
        #expect(post("two"), "the last one fits")
        #expect(scene.lobby.events.map(\.text) == ["one", "two"])
        #expect(!post("three"))
        #expect(scene.lobby.events.count == 2)
        scene.post("go on")
        #expect(post("three"))
    }

    @Test func `the turns that run keep a message of the budget each`() {
        var scene = Scene([agent("scout")], budget: 2)
        scene.post("@scout hello")
        scene.storeAnswers()
        scene.handle(.offerAnswered(turn: "lobby.1", incarnation: 1, .accepted))
        guard case .post = scene.post("while I think", from: "agent:scout") else {
            Issue.record("one message and the turn's own fit")
            return
        }
        guard case .refused(let refusal) = scene.post("again", from: "agent:scout") else {
            Issue.record("the turn's own message would not fit any more")
            return
        }
        #expect(refusal.code == .exhausted)
        scene.finish("lobby.1", "here", by: "scout")
        #expect(scene.lastText == "here")
    }

    @Test func `a pass is a line of its own and costs no budget`() {
        var scene = Scene([agent("index")], budget: 1)
        for text in ["/pass", " /pass\n", "", "\u{200B}\u{FEFF} \u{2060}", "\u{200B}/pass"] {
            scene.post("hello")
            scene.storeAnswers()
            scene.finish(scene.lobby.openTurns.first?.id ?? "lobby.1", text, by: "index")
            #expect(scene.lobby.events.last?.type == .action)
        }
        #expect(scene.lastText == "passes")
        #expect(scene.state.rooms().rooms[0].budgetLeft == 1)
    }

    @Test func `an answer that is too long is cut at a whole character`() {
        var scene = Scene([agent("index")])
        scene.post("hello")
        scene.storeAnswers()
        scene.finish("lobby.1", String(repeating: "👩‍👩‍👧", count: 5_000), by: "index")
        let text = scene.lastText ?? ""
        #expect(text.utf8.count <= RoomsLimits.textBytesMax && text.utf8.count > RoomsLimits.textBytesMax - 40)
        #expect(text.dropLast(4).allSatisfy { $0 == "👩‍👩‍👧" } && text.hasSuffix(" […]"))
    }

    @Test func `settled follows the answers to the answers, and nothing else`() {
        var scene = Scene([agent("index"), agent("scout")])
        scene.post("@scout first")
        scene.post("@index second")
        func settled(_ number: Int) -> [Bool]? {
            try? scene.state.settled(.init(room: "lobby", number: number)).map { [$0.settled, $0.answered] }.get()
        }
        #expect([settled(1), settled(2)] == [[false, false], [false, false]])
        scene.storeAnswers()
        scene.finish("lobby.1", "@index help", by: "scout")
        #expect([settled(1), settled(2), settled(3)] == [[false, true], [false, false], [false, false]])
        scene.storeAnswers()
        scene.finish("lobby.2", "no", by: "index", outcome: .failed)
        #expect([settled(1), settled(2)] == [[false, true], [true, false]])
        scene.storeAnswers()
        scene.finish("lobby.3", "here", by: "index")
        #expect([settled(1), settled(2), settled(3)] == [[true, true], [true, false], [true, true]])
        #expect(settled(99) == nil)
    }
}
