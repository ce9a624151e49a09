import Journal
import Services
import Testing

@testable import egghead_toolbox

@Suite struct ToolLedgerTests {
    private func claim(
        _ id: String, caller: Principal = "agent:scout", turn: TurnID = "lobby.1", arguments: String = "{}"
    ) -> ToolClaim {
        ToolClaim(
            caller: caller, turn: turn, call: ToolCall(id: id, name: "create_record", arguments: arguments),
            at: "2026-11-22T12:00:00Z")
    }

    private func ended(_ id: String, _ text: String = "done") -> ToolJournalEntry {
        .ended(EndedToolCall(key: ToolCallKey(caller: "agent:scout", id: id), outcome: ToolOutcome(.done, text)))
    }

    @Test func `a call runs once, however often it comes`() {
        var ledger = ToolLedger()
        #expect(ledger.claim(claim("c1")) == .new)
        ledger.apply(.claimed(claim("c1")))
        #expect(ledger.claim(claim("c1")) == .running)
        ledger.apply(ended("c1"))
        #expect(ledger.claim(claim("c1")) == .ended(ToolOutcome(.done, "done")))
        #expect(ledger.claim(claim("c1", arguments: "{\"a\":1}")) == .taken)
        #expect(ledger.claim(claim("c1", caller: "agent:other")) == .new)
        // The first end is the call's.
        ledger.apply(ended("c1", "other"))
        #expect(
            ledger.calls(of: TurnKey(caller: "agent:scout", id: "lobby.1")).map(\.outcome) == [
                ToolOutcome(.done, "done")
            ])
        #expect(ledger.calls(of: TurnKey(caller: "agent:other", id: "lobby.1")) == [])
    }

    @Test func `an id belongs to one call of one turn, while it runs and after its end`() {
        var ledger = ToolLedger()
        ledger.apply(.claimed(claim("c1")))
        for hasEnded in [false, true] {
            if hasEnded { ledger.apply(ended("c1")) }
            #expect(ledger.claim(claim("c1", turn: "lobby.2")) == .taken)
            #expect(ledger.claim(claim("c1", turn: "kitchen.1")) == .taken)
            #expect(ledger.claim(claim("c1", arguments: #"{"a":1}"#)) == .taken)
            #expect(ledger.claim(claim("c1")) == (hasEnded ? .ended(ToolOutcome(.done, "done")) : .running))
        }
        #expect(ledger.calls(of: TurnKey(caller: "agent:scout", id: "lobby.2")) == [])
    }

    @Test func `what ran when the toolbox died is unknown, wherever the journal was cut`() {
        let entries: [ToolJournalEntry] = [
            .claimed(claim("c1")), ended("c1"), .claimed(claim("c2")), .claimed(claim("c3")), ended("c2"),
        ]
        let bytes = entries.flatMap { Journal.line(of: [$0]) }
        for length in 0...bytes.count {
            let read = Journal.read(Array(bytes.prefix(length)), as: ToolJournalEntry.self).entries
            var ledger = ToolLedger(entries: read)
            for entry in ledger.interrupted() { ledger.apply(entry) }
            let claimed = read.count { if case .claimed = $0 { true } else { false } }
            let calls = ledger.calls(of: TurnKey(caller: "agent:scout", id: "lobby.1"))
            #expect(calls.count == claimed)
            #expect(calls.count { $0.outcome?.status == .unknown } == claimed - (read.count - claimed))
            #expect(
                ToolLedger(entries: ledger.entries).calls(of: TurnKey(caller: "agent:scout", id: "lobby.1")) == calls)
        }
    }

    @Test func `what others read at length shortens old outcomes, and makes no call forgotten`() {
        var ledger = ToolLedger()
        let long = String(repeating: "x", count: 64 << 10), turn = TurnKey(caller: "agent:scout", id: "lobby.1")
        ledger.apply(.claimed(claim("write")))
        ledger.apply(ended("write", "Created [[leak]]."))
        ledger.apply(.claimed(claim("read")))
        ledger.apply(ended("read", long))
        let readings = ToolLedger.bytesMax / long.utf8.count * 4
        for number in 0..<readings {
            let other = claim("c\(number)", caller: "agent:other", turn: "hall.1")
            ledger.apply(.claimed(other))
            ledger.apply(.ended(EndedToolCall(key: other.key, outcome: ToolOutcome(.done, long))))
        }
        let short = long.prefix(ToolLedger.shortOutcomeBytesMax) + " [shortened here; call the tool again for all]"
        let texts = ["Created [[leak]].", String(short)]
        #expect(ledger.calls(of: turn).map(\.outcome?.text) == texts)
        #expect(ledger.claim(claim("write")) == .ended(ToolOutcome(.done, texts[0])))
        #expect(ledger.calls(of: TurnKey(caller: "agent:other", id: "hall.1")).count == readings)
        // The same holds for a toolbox that reads its journal, which is rewritten in short.
        let entries = ledger.entries
        #expect(entries.flatMap { Journal.line(of: [$0]) }.count < ToolLedger.bytesMax + ToolLedger.bytesMax / 8)
        #expect(ToolLedger(entries: entries).calls(of: turn).map(\.outcome?.text) == texts)
    }

    @Test func `the oldest calls that have ended are forgotten, and never one that runs, nor what came after it`() {
        var ledger = ToolLedger()
        let long = String(repeating: "x", count: 1 << 20), turn = TurnKey(caller: "agent:scout", id: "lobby.1")
        for number in 0..<40 {
            ledger.apply(.claimed(claim("c\(number)", arguments: long)))
            if number != 20 { ledger.apply(ended("c\(number)")) }
        }
        // Seven of the twenty before it fit into the half that is kept of old calls.
        let left = ledger.calls(of: turn).map(\.call.id)
        #expect(left == (13..<40).map { "c\($0)" })
        #expect(ledger.claim(claim("c20", arguments: long)) == .running)
        #expect(ledger.claim(claim("c1")) == .new)
        ledger.apply(ended("c20"))
        #expect(ledger.calls(of: turn).map(\.call.id) == (25..<40).map { "c\($0)" })
    }
}
