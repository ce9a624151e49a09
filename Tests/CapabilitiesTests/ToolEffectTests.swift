import Capabilities
import Services
import Testing

@testable import egghead_toolbox

/// Which tools change something, and which entries must be on the disk before anything else happens.
@Suite struct ToolEffectTests {
    @Test func `every tool says whether it changes anything`() {
        #expect(
            Tool.records.map { "\($0.name): \($0.effect)" } == [
                "search_records: none", "get_record: none", "list_records: none", "recent_records: none",
                "find_links: none", "find_backlinks: none", "create_record: sideEffect", "update_record: sideEffect",
                "delete_record: sideEffect",
            ])
    }

    @Test(arguments: [
        (Tool.searchRecords, #"{"query":"x"}"#, false), (.getRecord, #"{"id":"a"}"#, false),
        (.createRecord, #"{"title":"T","body":"b"}"#, true),
    ])
    func `claim and end of a call that changes something wait for the disk, of others not`(
        tool: Tool, arguments: String, waits: Bool
    ) throws {
        let claim = ToolClaim.sample("c1", tool.name, arguments)
        for outcome in [ToolOutcome(.done, ""), ToolOutcome(.failed, ""), ToolOutcome(.unknown, "")] {
            var monitor = ToolMonitor<Int>(ledger: ToolLedger())
            #expect(monitor.handle(.asked(claim, attempt: 1, by: 1)) == [.askGrants(of: "scout", 0)])
            let begun = monitor.handle(.granted(0, .success(Authority(of: nil)), menu: Tool.records))
            #expect(begun.first == .commit(.claimed(claim), waits: waits))
            let end = ToolJournalEntry.ended(EndedToolCall(key: claim.key, outcome: outcome))
            #expect(monitor.handle(.ended(claim.key, outcome)).first == .commit(end, waits: waits))
        }
    }
}
