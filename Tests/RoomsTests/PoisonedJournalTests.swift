import Journal
import Services
import Testing

@testable import Rooms

/// Journals whose numbers came from outside: every one of them is read, and nothing in it ends the process.
struct PoisonedJournalTests {
    /// A commit as the encoder writes it, from its JSON text.
    static func line(_ entries: String) -> [UInt8] {
        let json = Array("[\(entries)]".utf8)
        return CRC32C.hexadecimal(CRC32C.checksum(json)) + [UInt8(ascii: " ")] + json + [UInt8(ascii: "\n")]
    }

    /// A message, and the turn that `scout` has of it.
    static func begin(_ number: Int) -> [UInt8] {
        line(
            #"{"event":{"at":"\#(at)","from":"user:ann","number":\#(number),"room":"lobby","text":"@scout x","#
                + #""type":"message"}},"#
                + #"{"queued":{"agent":"scout","cause":\#(number),"room":"lobby","turn":"lobby.\#(number)"}}"#)
            + line(
                #"{"attempt":{"at":"\#(at)","attempt":1,"incarnation":1,"room":"lobby","turn":"lobby.\#(number)"}}"#)
    }

    /// The end of that turn, with what the provider said that it cost.
    static func end(_ number: Int, input: String, output: String) -> [UInt8] {
        line(
            #"{"ended":{"outcome":"answered","room":"lobby","turn":"lobby.\#(number)","#
                + #""usage":{"inputTokens":\#(input),"outputTokens":\#(output)}}}"#)
    }

    @Test(arguments: [("9223372036854775807", "9223372036854775807"), ("9223372036854775807", "1"), ("12", "3")])
    func `a journal with any count of tokens is replayed`(input: String, output: String) {
        let disk = (1...3).flatMap { Self.begin($0) + Self.end($0, input: input, output: output) }
        let reading = Journal.read(disk, as: JournalEntry.self)
        #expect(reading.unreadable.isEmpty && reading.tornTail == nil && reading.entries.count == 12)
        let ledger = Ledger(defaultRoom: "lobby", entries: reading.entries)
        #expect(ledger["lobby"]?.openTurns.isEmpty == true)
    }

    @Test
    func `a provider's largest number passes from the agent's report over the journal into the next coordinator`() {
        let scout = agent("scout")
        var scene = Scene([scout])
        for turn in ["lobby.1", "lobby.2"] as [TurnID] {
            scene.storeAnswers([scout])
            scene.post("@scout x")
            scene.storeAnswers([scout])
            scene.handle(.offerAnswered(turn: turn, incarnation: 1, .accepted))
            let report = Coordinator.Finish.Request(
                request: turn.rawValue, turn: turn, attempt: 1, outcome: .answered, text: "fine",
                usage: TokenUsage(inputTokens: TokenCount(.max), outputTokens: TokenCount(.max)))
            scene.handle(.finished(report, caller: "agent:scout", asker: 2))
            #expect(scene.lastText == "fine")
        }
        let rooms = scene.state.ledger
        scene.restart(agents: [scout])
        #expect(scene.state.ledger == rooms)
    }

    private static func audited(_ disk: [UInt8]) -> JournalReading<JournalEntry> {
        var audit = JournalAudit()
        return Journal.read(disk, as: JournalEntry.self, accepts: { audit.accepts($0) })
    }

    private static func text(_ number: String, turn: String = "") -> String {
        #"{"event":{"at":"\#(at)","from":"user:ann","number":\#(number),"room":"kitchen","text":"x","#
            + #""type":"message"\#(turn)}}"#
    }

    @Test(arguments: [
        text("9223372036854775807"), text("1000004"), text("0"), text("-1"), text("-9223372036854775808"),
        text("2", turn: #","turn":"kitchen.9223372036854775807""#),
        text("2", turn: #","turn":"kitchen.9007199254740992""#),
        #"{"queued":{"agent":"scout","cause":-9223372036854775808,"room":"kitchen","turn":"kitchen.1"}}"#,
        #"{"queued":{"agent":"scout","cause":1,"room":"kitchen","turn":"kitchen.9007199254740992"}}"#,
        #"{"queued":{"agent":"scout","cause":1,"room":"kitchen","turn":"den.1"}}"#,
        #"{"attempt":{"at":"","attempt":1,"incarnation":1,"room":"kitchen","turn":"den.1"}}"#,
        #"{"attempt":{"at":"","attempt":9223372036854775807,"incarnation":1,"room":"kitchen","turn":"kitchen.1"}}"#,
        #"{"attempt":{"at":"","attempt":-1,"incarnation":1,"room":"kitchen","turn":"kitchen.1"}}"#,
        #"{"ended":{"outcome":"answered","room":"kitchen","turn":"kitchen.9007199254740992"}}"#,
        #"{"lost":{"reason":"died","room":"kitchen","turn":"kitchen.9007199254740992"}}"#,
        #"{"saving":{"at":"","caller":"user:ann","head":-1,"request":"r","room":"kitchen"}}"#,
        #"{"event":{"at":"\#(at)","from":"user:\#(String(repeating: "x", count: 2_000))","number":2,"#
            + #""room":"kitchen","text":"x","type":"message"}}"#,
        #"{"joined":{"caller":"user:ann","head":1,"request":"r","room":"kitchen","#
            + #""text":"\u0023# 9223372036854775807 · x · user:ann · message\n\n> x\n"}}"#,
    ])
    func `a commit with a number that no room has reached is set aside whole, and told in its room`(entry: String) {
        let first = Self.line(Self.text("1")), poison = Self.line(Self.text("2") + "," + entry)
        let last = Self.line(Self.text("2")) + Self.begin(1)
        for isLast in [false, true] {
            let disk = first + poison + (isLast ? [] : last)
            let reading = Self.audited(disk)
            #expect(reading.unreadable == [first.count..<first.count + poison.count] && reading.tornTail == nil)
            #expect(reading.entries == Journal.read(first + (isLast ? [] : last), as: JournalEntry.self).entries)
            var state = RoomsState(entries: reading.entries, defaultRoom: "lobby", turnBudget: 5)
            let parts = reading.unreadable.map { UnreadablePart(Array(disk[$0])) }
            let step = state.handle(.booted(unreadable: parts), at: Moment(elapsed: .zero, timestamp: at))
            #expect(step.commit.map(\.room) == ["kitchen"])
            #expect(state.ledger["kitchen"]?.events.last?.type == .notice)
        }
    }

    @Test func `a text that is longer than a message is cut, and the room can be read`() {
        let long = String(repeating: "\u{1}", count: 3_000_000)
        let disk = Self.line(
            Self.text("1") + ","
                + #"{"event":{"at":"\#(at)","from":"user:ann","number":2,"room":"kitchen","text":"\#(long.escaped)","#
                + #""type":"message"}}"#)
        let reading = Self.audited(disk)
        #expect(reading.unreadable == [] && reading.entries.count == 2)
        let state = RoomsState(entries: reading.entries, defaultRoom: "lobby", turnBudget: 5)
        #expect(state.ledger["kitchen"]?.events.last?.text.hasSuffix("\u{1} […]") == true)
        let page = try? state.history(Coordinator.History.Request(room: "kitchen", after: 0)).get()
        #expect(page?.events.map(\.number) == [1, 2] && page?.json.count ?? .max < 1 << 20)
    }

    @Test func `the ledger bears every entry, also one that the audit refuses`() {
        var ledger = Ledger(defaultRoom: "lobby")
        ledger.apply(.event(event(.max, "far", from: "user:ann")))
        ledger.apply(.event(event(.min, "before", from: "user:ann")))
        ledger.apply(.queued(QueuedTurn(turn: "lobby.9007199254740992", room: "lobby", agent: "scout", cause: .min)))
        let attempt = TurnAttempt(
            room: "lobby", turn: "lobby.9007199254740992", attempt: .max, incarnation: .min, at: "")
        ledger.apply(.attempt(attempt))
        ledger.apply(.saving(StartedSave(room: "lobby", caller: "user:ann", request: "r", head: .min, at: at)))
        let room = ledger["lobby"]
        #expect(room?.head == 0 && room?.event(.min) == nil && room?.event(.max) == nil && room?.event(0) == nil)
        #expect(room?.nextTurnID == "lobby.9007199254740992")
        #expect(room?.openTurns.first?.attempt == RoomsLimits.attemptNumberMax)
        #expect(room.map { TranscriptRecord.records(of: $0, head: .min, at: at).count } == 1)
    }

    @Test func `as many events as a damaged part can hold may be missing`() {
        var audit = JournalAudit()
        func accepts(_ numbers: Int...) -> Bool {
            audit.accepts(numbers.map { .event(event($0, "x", from: "user:ann")) })
        }
        let most = RoomsLimits.lostEventsMax
        #expect(accepts(1))
        #expect(!accepts(most + 3))
        #expect(accepts(most))
        // What a commit that was refused said counts for nothing.
        #expect(!accepts(most + 4, 0))
        #expect(accepts(most + 1, most + 4) && !accepts(most + 6))
        let drop = DroppedRoom(room: "lobby", head: 1, records: [], caller: "user:ann", request: "r")
        let isDropped = audit.accepts([.dropped(drop)])
        #expect(isDropped)
        #expect(accepts(1, 2) && !accepts(4))
    }
}

extension String {
    /// A text of U+0001 as JSON writes it.
    fileprivate var escaped: String { String(repeating: "\\u0001", count: utf8.count) }

    @Test func `a snapshot with more events missing than are accepted now is read on`() {
        let snapshot = LedgerSnapshot(missing: RoomsLimits.lostEventsMax + 1, ledger: Ledger(defaultRoom: "lobby"))
        var audit = snapshot.audit
        let accepted = [1, 3, 2].map { audit.accepts([.event(event($0, "x", from: "user:ann"))]) }
        #expect(accepted == [true, false, true])
    }
}
