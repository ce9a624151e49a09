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
        let deaths = scene.lobby.openTurns.first?.deaths
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
}
