// scripts/fuzz builds this together with the files of the module Rooms.

import Journal
import Services

/// Gives commits to the coordinator's state as if they stood in its journal: each line is the JSON text of one, and
/// gets its checksum here. The state that they give serves people and agents. libFuzzer calls it, with bytes that reach
/// code not reached before.
///
/// See: LLVM documentation, libFuzzer
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>?, _ count: Int) -> CInt {
    let lines = UnsafeBufferPointer(start: start, count: count).split(separator: UInt8(ascii: "\n"))
    let disk = lines.flatMap { json in
        CRC32C.hexadecimal(CRC32C.checksum(Array(json))) + [UInt8(ascii: " ")] + json + [UInt8(ascii: "\n")]
    }
    var audit = JournalAudit()
    let reading = Journal.read(disk, as: JournalEntry.self, accepts: { audit.accepts($0) })
    if reading.tornTail != nil { fatalError("a line with its checksum is a torn write") }
    var state = RoomsState(entries: reading.entries, defaultRoom: "lobby", turnBudget: 5)
    var commits: [[JournalEntry]] = [], elapsed = Duration.zero
    // To write a million notices down takes the sanitized build more than the ten seconds that it has.
    if state.ledger.rooms.contains(where: { $0.head > 10_000 }) { return 0 }
    for event in events(unreadable: reading.unreadable.map { UnreadablePart(Array(disk[$0])) }) {
        elapsed += .seconds(130)
        commits.append(state.handle(event, at: Moment(elapsed: elapsed, timestamp: "2026-11-25T16:08:59.123Z")).commit)
        _ = (state.rooms(), state.nextWake)
    }
    for commit in commits where !commit.isEmpty && !audit.accepts(commit) {
        fatalError("the next coordinator would refuse \(commit)")
    }
    return 0
}

/// What happens to a coordinator that has read its journal.
func events(unreadable: [UnreadablePart]) -> [RoomsState.Event] {
    let scout = AgentDefinition(
        id: "scout", title: "Scout", tags: [], disposition: "", digest: "d1",
        budget: SpendingCap(tokens: 1_000))
    let end = Coordinator.Finish.Request(
        request: "f", turn: "lobby.1", attempt: 1, outcome: .answered, text: "@scout y",
        usage: TokenUsage(inputTokens: .most, outputTokens: .most))
    return [
        .booted(unreadable: unreadable), .connected, .agentsListed([scout]),
        .greeted(.init(digest: "d1", incarnation: 1, turns: ["lobby.1"]), caller: "agent:scout", asker: 0),
        .finished(end, caller: "agent:scout", asker: 1),
        .posted(.init(request: "p", room: "lobby", text: "@scout x"), caller: "user:ann", asker: 2), .woke,
        .agentsListed([scout]), .saveAsked(.init(request: "s", room: "lobby"), caller: "user:ann", asker: 3),
        .dropAsked(.init(request: "d", room: "kitchen"), caller: "user:ann", asker: 4), .woke,
    ]
}
