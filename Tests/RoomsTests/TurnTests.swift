import Services
import Testing

@testable import Rooms

struct TurnTests {
    static let scout = agent("scout")

    /// A room in which scout has the first turn.
    static func running() -> Scene {
        var scene = Scene([agent("index"), scout])
        scene.post("@scout what is up?")
        scene.storeAnswers()
        scene.handle(.offerAnswered(turn: "lobby.1", incarnation: 1, .accepted))
        return scene
    }

    @Test func `a turn tells the agent what it answers, and is leased in the journal`() {
        var scene = Scene([agent("index"), Self.scout])
        scene.post("@scout what is up?")
        #expect(scene.offers.isEmpty, "the store is asked first")
        #expect(scene.activity(of: "scout") == .waiting)
        scene.storeAnswers()
        let request = TurnRequest(
            turn: "lobby.1", attempt: 1, room: "lobby", number: 1, from: "user:ann", text: "what is up?",
            answersBefore: 0, agent: Self.scout)
        #expect(
            scene.actions == [
                .commit([
                    .attempt(TurnAttempt(room: "lobby", turn: "lobby.1", attempt: 1, incarnation: 1, at: at))
                ]), .offer(request, incarnation: 1),
            ])
        #expect(scene.activity(of: "scout") == .thinking)
    }

    @Test func `one turn runs in a room at a time, in order, and other rooms do not wait for it`() {
        var scene = Self.running()
        scene.post("@index and you?")
        scene.storeAnswers()
        #expect(scene.offers.isEmpty)
        scene.post("@scout here too", room: "kitchen")
        scene.storeAnswers()
        #expect(scene.offers.map(\.turn) == ["kitchen.1"])
        scene.finish("lobby.1", "fine", by: "scout")
        scene.storeAnswers()
        #expect(scene.offers.map(\.turn) == ["lobby.2"])
        #expect(scene.offers.map(\.answersBefore) == [1])
    }

    @Test func `a turn that is not accepted is offered again under the same attempt`() {
        var scene = Scene([Self.scout])
        scene.post("@scout hello")
        scene.storeAnswers()
        scene.handle(.offerAnswered(turn: "lobby.1", incarnation: 1, .notAccepted))
        scene.sleep()
        #expect(scene.now == RoomsLimits.acceptance)
        scene.storeAnswers()
        #expect(scene.offers.map(\.attempt) == [1])
    }

    @Test func `a turn waits for a process of the record as it is now`() {
        var scene = Scene([Self.scout])
        scene.post("@scout hello")
        scene.storeAnswers([agent("scout", digest: "d2")])
        #expect(scene.offers.isEmpty)
        scene.exit("scout", ExitReport(kind: .exited, code: 0), state: .starting)
        scene.hello("scout", incarnation: 2, digest: "d2")
        #expect(scene.offers.map(\.agent.digest) == ["d2"])
        #expect(scene.offers.map(\.note) == [nil], "nothing was lost: nobody had the turn")
    }

    @Test(arguments: [
        (ExitReport(kind: .signaled, signal: "SIGKILL"), 1, "died in it (SIGKILL)"),
        (ExitReport(kind: .exited, code: 1), 1, "died in it (exit status 1)"),
        (ExitReport(kind: .watchdog), 1, "died in it (it hung)"),
        (ExitReport(kind: .oomKilled), 1, "died in it (out of memory)"),
        (ExitReport(kind: .exited, code: 80), 0, "handed off"),
        (ExitReport(kind: .shutdown), 0, "was stopped"),
    ])
    func `a turn whose process went is given to its successor with a note`(
        reason: ExitReport, deaths: Int, note: String
    ) {
        var scene = Self.running()
        scene.exit("scout", reason)
        #expect(scene.activity(of: "scout") == .waiting)
        let words = "in this turn (\(reason.signal ?? "")); its successor continues the turn"
        let told = scene.lastText?.hasSuffix(words) == true
        #expect(told == (reason.kind == .signaled))
        #expect(scene.lastText?.hasPrefix("died") == (deaths == 1))
        scene.hello("scout", incarnation: 2)
        scene.storeAnswers()
        #expect(scene.offers.map(\.attempt) == [2])
        #expect(scene.offers.first?.note?.contains(note) == true)
        #expect(scene.lobby.openTurns.first?.losses.deaths == deaths)
    }

    @Test func `a second death ends the turn with a notice, and the next turn begins`() {
        var scene = Self.running()
        scene.post("@index and you?")
        scene.exit("scout")
        scene.hello("scout", incarnation: 2)
        scene.storeAnswers()
        scene.exit("scout", incarnation: 2)
        #expect(
            scene.lastText
                == "@scout does not answer: its process died twice in this turn (SIGKILL). "
                + "See: egghead logs agent:scout"
        )
        scene.storeAnswers()
        #expect(scene.offers.map(\.turn) == ["lobby.2"])
    }

    @Test func `news of a life that has been succeeded change nothing`() {
        var scene = Self.running()
        scene.exit("scout")
        scene.hello("scout", incarnation: 2)
        scene.storeAnswers()
        scene.exit("scout", incarnation: 1)
        #expect(scene.actions.isEmpty)
        #expect(scene.activity(of: "scout") == .thinking)
    }

    @Test func `a successor's hello says that its predecessor has gone`() {
        var scene = Self.running()
        scene.hello("scout", incarnation: 2)
        scene.storeAnswers()
        #expect(scene.offers.map(\.attempt) == [2])
    }

    @Test(arguments: [
        (ChildStatus.State.quarantined, "it crashed too often and is quarantined."),
        (.misconfigured, "its record is misconfigured."),
    ])
    func `a turn for an agent that will not come back ends with a notice`(state: ChildStatus.State, reason: String) {
        var scene = Self.running()
        scene.exit("scout", state: state)
        scene.storeAnswers()
        #expect(scene.lobby.openTurns.isEmpty)
        #expect(scene.lastText?.hasPrefix("@scout does not answer: \(reason)") == true)
    }

    @Test(arguments: [
        (ChildStatus.State.ready, "@scout does not answer: it was stopped. Start it: egghead start agent:scout"),
        (.starting, "@scout hello"),
    ])
    func `a coordinator that is new learns who was stopped before, and waits for who only starts with the others`(
        agents: ChildStatus.State, lastText: String
    ) {
        var scene = Scene([agent("index"), Self.scout], up: false)
        #expect(scene.handle(.connected).contains(.listTree))
        scene.handle(.treeListed(Self.tree(agents: agents)))
        scene.storeAnswers()
        scene.post("@scout hello")
        scene.storeAnswers()
        #expect(scene.lastText == lastText)
    }

    private static func tree(agents: ChildStatus.State) -> [ChildStatus] {
        func status(_ name: String, _ kind: ChildStatus.Kind, _ state: ChildStatus.State) -> ChildStatus {
            ChildStatus(
                name: name, kind: kind, parent: kind == .worker ? "agents" : "layer", pid: nil, state: state,
                restarts: 0, since: "", status: nil, lastExit: nil)
        }
        return [status("agents", .supervisor, agents), status("agent:scout", .worker, .stopped)]
    }

    @Test(arguments: [(ChildStatus.State.ready, true), (.stopping, false), (.stopped, false)])
    func `an agent that was stopped alone does not answer; one that was stopped with all others comes back`(
        agents: ChildStatus.State, isOver: Bool
    ) {
        var scene = Self.running()
        scene.exit("scout", ExitReport(kind: .shutdown), state: .stopped)
        #expect(scene.actions.contains(.listTree))
        scene.storeAnswers()
        #expect(scene.lobby.openTurns.map(\.agent) == ["scout"])
        scene.handle(.treeListed(Self.tree(agents: agents)))
        #expect(scene.lobby.openTurns.isEmpty == isOver)
        #expect((scene.lastText?.contains("it was stopped. Start it: egghead start agent:scout") == true) == isOver)
    }

    @Test func `a turn for an agent whose record has gone ends with a notice, but a running one may end itself`() {
        var scene = Self.running()
        scene.post("@scout and then?")
        scene.storeAnswers([agent("index")])
        #expect(scene.finish("lobby.1", "last words", by: "scout") == .done)
        scene.storeAnswers([agent("index")])
        #expect(scene.lastText?.contains("there is no agent record scout any more") == true)
    }

    @Test func `a turn whose agent does not come up within its time ends with a notice`() {
        var scene = Scene([Self.scout], up: false)
        scene.post("@scout hello")
        scene.storeAnswers()
        scene.handle(.childrenListed([]))
        while scene.now < RoomsLimits.agentWait, scene.state.nextWake != nil { scene.sleep() }
        #expect(scene.lastText?.contains("no process of it has come up") == true)
        #expect(scene.now == RoomsLimits.agentWait)
    }

    @Test func `a store that does not answer is asked again, and not for ever`() {
        var scene = Scene([Self.scout])
        scene.post("@scout hello")
        while scene.lobby.openTurns.count == 1, scene.now < .seconds(200) {
            scene.handle(.agentsNotListed)
            scene.sleep()
        }
        #expect(scene.lastText?.contains("the store has not said what its record holds") == true)
    }

    @Test(
        arguments: [
            ("agent:index", "lobby.1", 1, .denied), ("user:ann", "lobby.1", 1, .denied),
            ("agent:scout", "lobby.1", 2, .stale), ("agent:scout", "lobby.1", 0, .stale),
            ("agent:scout", "lobby.9", 1, .stale), ("agent:scout", "nowhere.1", 1, .notFound),
        ] as [(Principal, TurnID, Int, ServiceFailure.Code)])
    func `only the newest process of a turn's own agent may end it`(
        caller: Principal, turn: TurnID, attempt: Int, code: ServiceFailure.Code
    ) {
        var scene = Self.running()
        let request = Coordinator.Finish.Request(
            request: "f", turn: turn, attempt: attempt, outcome: .answered, text: "mine")
        let actions = scene.handle(.finished(request, caller: caller, asker: 2))
        guard case .answer(2, .refused(let failure)) = actions.first else {
            Issue.record("\(actions)")
            return
        }
        #expect(failure.code == code)
        #expect(scene.lobby.head == 1)
    }

    @Test func `the end of a turn that is told twice happens once, also after a restart`() {
        var scene = Self.running()
        #expect(scene.finish("lobby.1", "fine", by: "scout", request: "f1") == .done)
        #expect(scene.finish("lobby.1", "fine", by: "scout", request: "f1") == .done)
        scene.restart(agents: [Self.scout])
        #expect(scene.finish("lobby.1", "fine", by: "scout", request: "f1") == .done)
        #expect(scene.lobby.events.map(\.text) == ["@scout what is up?", "fine"])
        guard case .refused(let failure) = scene.finish("lobby.1", "again", by: "scout", request: "f2") else {
            Issue.record("a turn ended twice")
            return
        }
        #expect(failure.code == .stale)
    }

    @Test func `what is wrong with the note of a hand-off is told when the successor is there`() {
        var scene = Self.running()
        var request = Coordinator.Handoff.Request(
            request: "h1", incarnation: 1, room: "lobby", tokens: 5_800, window: 8_192, reason: .threshold)
        scene.handle(.handedOff(request, caller: "agent:scout", asker: 3))
        let before = scene.lastText
        (request.request, request.noteProblem) = ("h1/note", "there is no note:\nthe model wrote nothing")
        scene.handle(.handedOff(request, caller: "agent:scout", asker: 4))
        #expect(scene.actions.last == .answer(4, .done) && scene.lastText == before)
        scene.post("good day", room: "kitchen")
        (request.request, request.room, request.noteProblem) = ("h1/note/kitchen", "kitchen", "there is no note: no")
        scene.handle(.handedOff(request, caller: "agent:scout", asker: 5))
        scene.exit("scout", ExitReport(kind: .exited, code: 80), state: .starting)
        scene.hello("scout", incarnation: 2)
        #expect(
            scene.lastText == "goes on as a new process, from what it wrote down and the transcript; "
                + "there is no note: the model wrote nothing")
        #expect(
            scene.state.ledger["kitchen"]?.events.last?.text
                == "goes on as a new process, from what it wrote down and the transcript; there is no note: no")
    }

    @Test func `a hand-off holds what comes, is told in the room, and passes the lease on`() {
        var scene = Self.running()
        let request = Coordinator.Handoff.Request(
            request: "h1", incarnation: 1, room: "lobby", tokens: 5_800, window: 8_192, reason: .threshold)
        scene.handle(.handedOff(request, caller: "agent:scout", asker: 3))
        #expect(scene.actions.last == .answer(3, .done))
        #expect(scene.lastText == "has filled 5800 of its 8192 tokens: it writes down what it knows")
        scene.post("@scout go on", room: "kitchen")
        scene.storeAnswers()
        #expect(scene.offers.isEmpty)
        scene.handle(.handedOff(request, caller: "agent:scout", asker: 3))
        #expect(scene.actions == [.answer(3, .done)])
        scene.exit("scout", ExitReport(kind: .exited, code: 80), state: .starting)
        #expect(scene.activity(of: "scout") == .handingOff)
        scene.hello("scout", incarnation: 2)
        #expect(scene.lastText == "goes on as a new process, from its note and the transcript")
        #expect(scene.offers.map(\.turn) == ["kitchen.1"])
        scene.storeAnswers()
        #expect(scene.offers.map(\.turn) == ["lobby.1"])
        #expect(scene.offers.map(\.attempt) == [2])
        #expect(scene.lobby.openTurns.first?.losses.deaths == 0)
    }

    @Test func `an agent that dies while it writes itself down is told in the room, and its turn is no attempt`() {
        var scene = Self.running()
        let request = Coordinator.Handoff.Request(
            request: "h1", incarnation: 1, room: "lobby", tokens: 0, window: 8_192, reason: .overflow)
        scene.handle(.handedOff(request, caller: "agent:scout", asker: 3))
        #expect(scene.lastText == "has filled its window of 8192 tokens: it writes down what it knows")
        scene.exit("scout", ExitReport(kind: .signaled, signal: "SIGKILL"), state: .starting)
        scene.hello("scout", incarnation: 2)
        #expect(scene.lastText?.contains("before it had written everything down") == true)
        scene.storeAnswers()
        #expect(scene.lobby.openTurns.first?.losses.deaths == 0)
    }

    @Test func `a person may ask an agent to hand off, and nobody else`() {
        var scene = Self.running()
        scene.handle(.handoffAsked(.init(agent: "scout"), caller: "user:ann", asker: 7))
        #expect(scene.actions == [.askHandoff(agent: "scout", 7)])
        for (name, caller) in [("scout", "agent:index"), ("nobody-of-this-name", "user:ann")] as [(String, Principal)] {
            scene.handle(.handoffAsked(.init(agent: name), caller: caller, asker: 8))
            guard case .answer(8, .refused)? = scene.actions.last, scene.actions.count == 1 else {
                Issue.record("\(name) for \(caller)")
                continue
            }
        }
    }

    @Test func `a new coordinator calls the roll and lets the turn go on that an agent still has`() {
        var scene = Self.running()
        scene.restart(agents: [agent("index"), Self.scout])
        #expect(scene.actions.filter { $0 == .callRoll(agent: "scout") }.count == 1)
        #expect(scene.offers.isEmpty)
        scene.hello("scout", turn: "lobby.1")
        #expect(scene.activity(of: "scout") == .thinking)
        scene.storeAnswers()
        #expect(scene.offers.isEmpty)
        #expect(scene.finish("lobby.1", "fine", by: "scout") == .done)
    }

    @Test(arguments: [(1, 1), (2, 2)])
    func `a new coordinator offers a turn again that nobody speaks of, and calls nobody dead`(
        incarnation: Int, attempt: Int
    ) {
        var scene = Self.running()
        scene.restart(agents: [agent("index"), Self.scout])
        scene.storeAnswers()
        scene.hello("scout", incarnation: incarnation)
        #expect(scene.offers.map(\.attempt) == [attempt])
        #expect(scene.lobby.openTurns.first?.losses.deaths == 0)
    }

    @Test func `after a break of the bus, heads are told, and processes that went unseen lose their turns`() {
        var scene = Self.running()
        scene.handle(.connected)
        #expect(scene.actions.contains(.publishHead(RoomHead(room: "lobby", head: 1))))
        scene.sleep()
        #expect(scene.now == RoomsLimits.reattachment && scene.actions == [.listChildren])
        scene.handle(.childrenListed([ChildIdentity(name: "agent:scout", incarnation: 1, pid: 9)]))
        #expect(scene.activity(of: "scout") == .thinking)
        #expect(scene.activity(of: "index") == .down)
        scene.handle(.childrenListed([]))
        #expect(scene.activity(of: "scout") == .waiting)
    }

    @Test func `a hello of a process whose record the store has not told yet makes it be asked`() {
        var scene = Scene([Self.scout])
        scene.hello("scout")
        #expect(scene.actions == [.answer(0, .done)])
        scene.hello("scout", incarnation: 2, digest: "d2")
        #expect(scene.actions == [.listAgents, .answer(0, .done)])
        scene.handle(.greeted(.init(digest: "d", incarnation: 1, turns: []), caller: "user:ann", asker: 0))
        guard case .answer(0, .refused(let failure)) = scene.actions.first else {
            Issue.record("a person took turns")
            return
        }
        #expect(failure.code == .denied)
    }
}
