import JSON
import Services
import Testing

@testable import Rooms

/// What the end of an agent's process means for the turn that it had.
struct LossTests {
    private static let kills = ExitReport(kind: .signaled, signal: "SIGKILL")

    /// How often the turn's process has died, and what its successor is told.
    private func loss(
        _ reason: ExitReport?, _ verdict: ExitVerdict?, _ kind: ChildEvent.Event = .exited
    ) -> (deaths: Int?, note: String?) {
        var scene = TurnTests.running()
        let event = ChildEvent(
            at: at, event: kind, name: "agent:scout", kind: .worker, incarnation: 1, reason: reason, verdict: verdict,
            state: .starting)
        scene.handle(.childChanged(event))
        let deaths = scene.lobby.openTurns.first?.losses.deaths
        scene.hello("scout", incarnation: 2)
        scene.storeAnswers()
        return (deaths, scene.offers.first?.note)
    }

    /// Every verdict with the report that comes with it, and with one that would say otherwise.
    @Test(
        arguments: [
            (ExitVerdict.handoff, ExitReport(kind: .exited, code: 80), 0, "handed off"),
            (.handoff, kills, 0, "handed off"),
            (.stopped, ExitReport(kind: .shutdown), 0, "was stopped"),
            (.stopped, ExitReport(kind: .exited, code: 1), 0, "was stopped"),
            (.crash, kills, 1, "died in it (SIGKILL)"),
            (.crash, ExitReport(kind: .exited, code: 80), 1, "died in it (exit status 80)"),
            (.finished, ExitReport(kind: .exited, code: 0), 1, "died in it (exit status 0)"),
            (.temporaryFailure, ExitReport(kind: .exited, code: 75), 1, "died in it (exit status 75)"),
            (.misconfigured, ExitReport(kind: .exited, code: 78), 1, "died in it (exit status 78)"),
        ] as [(ExitVerdict, ExitReport, Int, String)])
    func `the supervisor's verdict says what becomes of the turn`(
        verdict: ExitVerdict, reason: ExitReport, deaths: Int, note: String
    ) {
        for kind in [ChildEvent.Event.exited, .startFailed, .gaveUp] {
            let loss = loss(reason, verdict, kind)
            #expect(loss.deaths == deaths && loss.note?.contains(note) == true, "\(kind)")
        }
    }

    /// As an eggheadd of the version before tells it.
    @Test(
        arguments: [
            (ExitReport(kind: .exited, code: 80), 0, "handed off"), (ExitReport(kind: .shutdown), 0, "was stopped"),
            (ExitReport(kind: .exited, code: 0), 1, "died in it (exit status 0)"),
            (ExitReport(kind: .exited, code: 1), 1, "died in it (exit status 1)"),
            (ExitReport(kind: .exited, code: 75), 1, "died in it (exit status 75)"),
            (ExitReport(kind: .exited, code: 78), 1, "died in it (exit status 78)"),
            (ExitReport(kind: .exited), 1, "died in it"), (kills, 1, "died in it (SIGKILL)"),
            (ExitReport(kind: .oomKilled), 1, "died in it (out of memory)"),
            (ExitReport(kind: .watchdog), 1, "died in it (it hung)"),
            (ExitReport(kind: .failedToStart, detail: "no such file"), 1, "died in it (no such file)"),
            (nil, 1, "died in it"),
        ] as [(ExitReport?, Int, String)])
    func `an event without a verdict is judged by its report`(reason: ExitReport?, deaths: Int, note: String) {
        let loss = loss(reason, nil)
        #expect(loss.deaths == deaths && loss.note?.contains(note) == true)
    }

    /// Lets the turn that runs be interrupted until it ends, or until it was interrupted so often.
    ///
    /// - Parameter interrupt: Interrupts the turn that this incarnation has.
    /// - Returns: How often it was interrupted.
    private func interrupted(_ scene: inout Scene, timesMax: Int, _ interrupt: (inout Scene, Int) -> Void) -> Int {
        var incarnation = 1
        while !scene.lobby.openTurns.isEmpty, incarnation <= timesMax {
            interrupt(&scene, incarnation)
            incarnation += 1
            scene.hello("scout", incarnation: incarnation)
            scene.storeAnswers()
            scene.handle(.offerAnswered(turn: "lobby.1", incarnation: incarnation, .accepted))
        }
        return incarnation - 1
    }

    private static func gateway(_ kind: ChildEvent.Event, _ reason: ExitReport? = nil) -> RoomsState.Event {
        .childChanged(
            ChildEvent(
                at: at, event: kind, name: "llm", kind: .worker, incarnation: 1, reason: reason,
                verdict: reason.map { $0.kind == .shutdown ? .stopped : .crash }))
    }

    /// Who is killed again and again, and what the room is told in the end.
    enum Victim: CaseIterable {
        case gateway, coordinator, both, handingOff

        fileprivate func interrupt(_ scene: inout Scene, _ incarnation: Int) {
            switch self {
            case .gateway, .both:
                scene.handle(LossTests.gateway(.exited, LossTests.kills))
                scene.exit("scout", incarnation: incarnation, ExitReport(kind: .shutdown), state: .stopped)
                if self == .both {
                    scene.handle(.stopping)
                    scene.restart(agents: [agent("index"), TurnTests.scout])
                }
                scene.handle(LossTests.gateway(.started))
            case .coordinator: scene.restart(agents: [agent("index"), TurnTests.scout])
            case .handingOff:
                let handoff = Coordinator.Handoff.Request(
                    request: "h\(incarnation)", incarnation: incarnation, room: "lobby", tokens: 9, window: 10,
                    reason: .threshold)
                scene.handle(.handedOff(handoff, caller: "agent:scout", asker: 3))
                scene.exit("scout", incarnation: incarnation)
            }
        }

        fileprivate var words: String {
            switch self {
            case .gateway, .both: "the gateway died (SIGKILL). See: egghead logs llm; "
            case .coordinator: "Egghead restarted. See: egghead logs coordinator; "
            case .handingOff: "its process died (SIGKILL). See: egghead logs agent:scout; "
            }
        }
    }

    @Test(arguments: Victim.allCases)
    func `a turn that is interrupted without end has an end, and the message can be sent again`(victim: Victim) {
        var scene = TurnTests.running()
        let times = interrupted(&scene, timesMax: 50, victim.interrupt)
        #expect(times == RoomsLimits.lossesPerTurnMax)
        let notice = scene.lobby.events.last { $0.type == .notice }
        #expect(
            notice?.text == "@scout does not answer: this turn was interrupted 10 times, the last time because "
                + "\(victim.words)then send the message again")
        #expect(notice?.outcome == .abandoned && notice?.turn == "lobby.1")
        scene.post("@scout what is up?")
        scene.storeAnswers()
        #expect(scene.offers.map(\.turn) == ["lobby.2"])
    }

    /// Interruptions that are wanted.
    enum Order: CaseIterable {
        case restart, handOff, nodeStop, coordinatorRestart

        fileprivate func interrupt(_ scene: inout Scene, _ incarnation: Int) {
            switch self {
            case .restart:
                scene.handle(LossTests.gateway(.exited, ExitReport(kind: .shutdown)))
                scene.exit("scout", incarnation: incarnation, ExitReport(kind: .shutdown), state: .starting)
            case .handOff: scene.exit("scout", incarnation: incarnation, ExitReport(kind: .exited, code: 80))
            case .nodeStop, .coordinatorRestart:
                scene.handle(.stopping)
                let again = scene.handle(.stopping)
                #expect(again.isEmpty, "it is noted once")
                scene.restart(agents: [agent("index"), TurnTests.scout])
                if self == .coordinatorRestart {
                    scene.hello("scout", incarnation: incarnation, turn: "lobby.1")
                    scene.storeAnswers()
                    scene.exit("scout", incarnation: incarnation, ExitReport(kind: .shutdown), state: .starting)
                }
            }
        }
    }

    @Test(arguments: Order.allCases)
    func `what people want counts for nothing, however often they want it`(order: Order) {
        var scene = TurnTests.running()
        let times = interrupted(&scene, timesMax: 50, order.interrupt)
        #expect(times == 50)
        #expect(scene.lobby.openTurns.first?.losses == LossCount())
        #expect(scene.finish("lobby.1", "at last", by: "scout", attempt: 51) == .done)
    }

    @Test func `a stop that was noted excuses the attempt of that time, and not the next one`() {
        var scene = TurnTests.running()
        scene.handle(.stopping)
        scene.restart(agents: [agent("index"), TurnTests.scout])
        scene.hello("scout", turn: "lobby.1")
        scene.storeAnswers()
        #expect(scene.lobby.openTurns.first?.isSuspended == false)
        #expect(scene.lobby.openTurns.first?.attempt == 1, "its process has it still")
        scene.restart(agents: [agent("index"), TurnTests.scout])
        scene.hello("scout", incarnation: 2)
        scene.storeAnswers()
        #expect(
            scene.offers.map(\.note) == [
                "Egghead restarted in the middle of this turn. Some of the work may have been done."
            ])
        #expect(scene.lobby.openTurns.first?.losses.count == 1)
    }

    @Test func `a turn of a snapshot that counts only deaths is read`() throws {
        let old = #"{"agent":"scout","attempt":2,"cause":1,"deaths":1,"id":"lobby.1","incarnation":7,"isLost":true}"#
        let turn = try JSON.decode(OpenTurn.self, from: Array(old.utf8))
        #expect(turn.losses == LossCount(deaths: 1, count: 1) && turn.attempt == 2 && turn.isLost && !turn.isSuspended)
        #expect(try JSON.decode(OpenTurn.self, from: JSON.encode(turn)) == turn)
        let foreign = old.replacing(#""deaths":1"#, with: #""deaths":-3,"losses":9223372036854775807"#)
        let read = try JSON.decode(OpenTurn.self, from: Array(foreign.utf8))
        #expect(read.losses == LossCount(deaths: 0, count: RoomsLimits.lossesPerTurnMax))
    }
}
