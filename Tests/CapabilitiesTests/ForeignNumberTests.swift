import Capabilities
import Journal
import Mutations
import Services
import Testing

@testable import egghead_toolbox

/// Requests and entries of the journal with numbers and shapes that nobody should write: the toolbox bears them.
@Suite struct ForeignNumberTests {
    @Test(arguments: [(Int.min, 0), (-1, 0), (0, 0), (1, 1), (2, 2), (Int.max, 2)])
    func `an agent with a part of the notes may want any number of passages`(limit: Int, count: Int) throws {
        let passages = ["ops/a", "ops/b", "hr/c"].map {
            Passage(id: RecordID($0), title: "t", headings: [], text: "x", score: 1)
        }
        let authority = Authority(of: ["records.search:ops/*"])
        let request = Index.Passages.Request(question: "x", limit: limit)
        let reply = RecordSearch.filtered(
            .init(passages: passages, rebuilding: false), for: request, authority: authority)
        #expect(reply.passages.count == count)
    }

    @Test(arguments: 1...10) func `no journal ends the toolbox, however its entries were changed`(seed: UInt64) {
        var mutator = JSONMutator(seed: seed)
        for _ in 0..<40 {
            var disk: [UInt8] = []
            for number in 1...12 {
                let call = ToolCall(id: "lobby.1/1/\(number % 5)", name: "get_record", arguments: #"{"id":"a"}"#)
                let claim = ToolClaim(caller: "agent:scout", turn: "lobby.1", call: call, at: "")
                let end = EndedToolCall(key: claim.key, outcome: ToolOutcome(.done, "A"))
                let entry = number.isMultiple(of: 2) ? ToolJournalEntry.ended(end) : .claimed(claim)
                disk += Journal.line(of: [mutator.perhapsMutated(entry)])
            }
            let reading = Journal.read(disk, as: ToolJournalEntry.self)
            var ledger = ToolLedger(entries: reading.entries)
            for entry in ledger.interrupted() { ledger.apply(entry) }
            #expect(ledger.interrupted().isEmpty && reading.unreadable.isEmpty)
            let again = ToolLedger(entries: ledger.entries)
            let turn = TurnKey(caller: "agent:scout", id: "lobby.1")
            #expect(again.calls(of: turn) == ledger.calls(of: turn))
        }
    }

    @Test(arguments: [Int.min, -1, 0, 1, .max]) func `a part of a deliberation has any number`(number: Int) {
        let request = Toolbox.WriteDeliberation.Request(
            request: "r", room: "lobby", part: number, parts: number, fields: ["tokens": .integer(number)], body: "x")
        #expect((DeliberationRecords.refusal(of: request) == nil) == (number >= 1))
    }
}
