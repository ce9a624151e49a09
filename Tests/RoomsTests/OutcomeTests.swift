import Journal
import Services
import Testing

@testable import Rooms

/// What events say of their turns in a field, so that nobody compares their words.
struct OutcomeTests {
    /// The outcomes that the lobby's events say, with their turns.
    private func outcomes(_ scene: Scene) -> [String] {
        scene.lobby.events.compactMap { event in
            event.outcome.map { "\(event.turn?.rawValue ?? "none") \($0.rawValue)" }
        }
    }

    @Test(
        arguments: [
            (.answered, "fine", "answered"), (.answered, " /pass\n", "passed"), (.passed, "", "passed"),
            (.failed, "no key", "failed"),
        ] as [(Coordinator.Finish.Outcome, String, String)])
    func `the event that ends a turn says how`(outcome: Coordinator.Finish.Outcome, text: String, expected: String) {
        var scene = TurnTests.running()
        scene.finish("lobby.1", text, by: "scout", outcome: outcome)
        #expect(outcomes(scene) == ["lobby.1 \(expected)"])
        scene.restart(agents: [agent("index"), TurnTests.scout])
        #expect(outcomes(scene) == ["lobby.1 \(expected)"])
    }

    @Test func `a death interrupts a turn, and the second one ends it`() {
        var scene = TurnTests.running()
        scene.exit("scout")
        #expect(outcomes(scene) == ["lobby.1 died"])
        scene.hello("scout", incarnation: 2)
        scene.storeAnswers()
        scene.exit("scout", incarnation: 2)
        #expect(outcomes(scene) == ["lobby.1 died", "lobby.1 abandoned"])
    }

    @Test func `a turn that no process takes, or that makes no progress, is abandoned`() {
        var quarantined = TurnTests.running()
        quarantined.exit("scout", state: .quarantined)
        quarantined.storeAnswers()
        #expect(outcomes(quarantined) == ["lobby.1 died", "lobby.1 abandoned"])
        var silent = TurnTests.running()
        silent.now = .seconds(300)
        silent.handle(.woke)
        #expect(outcomes(silent) == ["lobby.1 abandoned"])
    }

    @Test func `cancelled turns are dismissed, one, those of one message, or all`() {
        var scene = TurnTests.running()
        scene.post("@index hello")
        scene.post("@scout and then?")
        #expect(scene.cancel(.one("lobby.1"), request: "c") == .done)
        #expect(scene.actions.contains(.cancel(agent: "scout", turn: "lobby.1")))
        #expect(scene.lobby.openTurns.map(\.agent) == ["index", "scout"])
        #expect(outcomes(scene) == ["lobby.1 dismissed"])
        #expect(scene.lastText == "cancels @scout's turn")
        #expect(scene.finish("lobby.1", "late", by: "scout") != .done)
        #expect(scene.cancel(.one("lobby.1"), request: "c") == .done && outcomes(scene).count == 1)
        scene.restart(agents: [agent("index"), TurnTests.scout])
        #expect(scene.lobby.openTurns.map(\.agent) == ["index", "scout"] && outcomes(scene).count == 1)

        let waiting = scene.lobby.openTurns.map(\.cause)
        scene.post("@scout once more")
        #expect(scene.cancel(.causedBy(scene.lobby.head)) == .done)
        #expect(scene.lobby.openTurns.map(\.cause) == waiting)
        #expect(scene.cancel() == .done && scene.lobby.openTurns.isEmpty)
        guard case .refused(let failure)? = scene.cancel() else {
            Issue.record("nothing was left to cancel")
            return
        }
        #expect(failure.code == .notFound && failure.message.contains("no turn runs or waits there"))
    }

    @Test func `a turn of whoever is sent away, or whose room is closed, is dismissed; a waiting one has no event`() {
        var kicked = TurnTests.running()
        kicked.post("@scout and then?")
        kicked.manage(.kick, "scout")
        kicked.manage(.kick, "index")
        #expect(outcomes(kicked) == ["lobby.1 dismissed"])
        #expect(kicked.lobby.events.map(\.turn) == [nil, nil, "lobby.1"])
        var scene = TurnTests.running()
        scene.handle(.configured(defaultRoom: "hall", turnBudget: 15, turnTimeout: .seconds(300)))
        scene.requireDrop("lobby")
        #expect(outcomes(scene) == ["lobby.1 dismissed"])
        #expect(scene.lobby.events.last?.outcome == nil)
    }

    @Test func `messages of people, notices and hand-offs have no outcome`() {
        var scene = TurnTests.running()
        scene.post("@zebra hello")
        scene.handle(
            .handedOff(
                .init(request: "h", incarnation: 1, room: "lobby", tokens: 9, window: 10, reason: .threshold),
                caller: "agent:scout", asker: 3))
        #expect(scene.lobby.head == 4 && outcomes(scene) == [])
    }

    @Test func `an event without an outcome is written as before there were any`() {
        let old = event(1, "hello", from: "agent:scout", turn: "lobby.1")
        var new = old
        new.outcome = .answered
        let line = String(decoding: Journal.line(of: [JournalEntry.event(old)]), as: UTF8.self)
        let expected =
            #"[{"event":{"at":"2026-11-22T08:30:00.000Z","from":"agent:scout","number":1,"room":"lobby","#
            + #""text":"hello","turn":"lobby.1","type":"message"}}]"#
        #expect(line.dropFirst(9) == expected + "\n")
        let text = String(decoding: Journal.line(of: [JournalEntry.event(new)]), as: UTF8.self)
        #expect(text.contains(#""outcome":"answered""#))
        for entry in [old, new] {
            let line = Journal.line(of: [JournalEntry.event(entry)])
            #expect(Journal.read(line, as: JournalEntry.self).entries == [.event(entry)])
        }
    }

    @Test(
        arguments: [
            (.answered, " · answered"), (.passed, " · passed"), (.failed, " · failed"), (.abandoned, " · abandoned"),
            (.dismissed, " · dismissed"), (.died, " · died"), (nil, ""),
        ] as [(TurnOutcome?, String)])
    func `a transcript has the outcome behind the turn, and gives it back`(outcome: TurnOutcome?, field: String) throws
    {
        var end = event(7, "words", from: "agent:scout", turn: "lobby.1")
        end.outcome = outcome
        let text = TranscriptText.write([end])
        #expect(
            String(decoding: text, as: UTF8.self)
                == "## 7 · \(at) · agent:scout · message · lobby.1\(field)\n\n> words\n\n")
        #expect(try TranscriptText.read(text, room: "lobby") == [end])
    }

    @Test(arguments: ["lobby.1 · won", "lobby.1 · answered · twice", "x · answered", "answered", "lobby.1 · Answered"])
    func `a heading with another field behind the turn is none`(fields: String) {
        let text = Array("## 1 · now · user:ann · message · \(fields)\n\n> a\n".utf8)
        #expect(throws: TranscriptFault.self) { try TranscriptText.read(text, room: "lobby") }
    }

    @Test func `an outcome without a turn is in no transcript`() throws {
        var event = event(1, "words", from: "user:ann")
        event.outcome = .answered
        let read = try TranscriptText.read(TranscriptText.write([event]), room: "lobby")
        event.outcome = nil
        #expect(read == [event])
    }
}
