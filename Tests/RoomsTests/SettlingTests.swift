import JSON
import Journal
import Services
import Testing

@testable import Rooms

struct SettlingTests {
    @Test(arguments: SimulationTests.seeds.suffix(25))
    func `a coordinator that settles and starts from snapshots decides and answers as one that holds everything`(
        seed: UInt64
    ) {
        var node = SimulatedNode(seed: seed, twin: SettledTwin(seed: seed))
        for step in 0..<600 {
            SimulationTests.disturb(&node)
            if let fault = node.twin?.fault {
                Issue.record(
                    "SIM_SEED=\(seed) step \(step): \(fault)\n\(node.trace.suffix(20).joined(separator: "\n"))")
                return
            }
        }
    }

    @Test func `the simulation reaches settled rooms that are saved, and starts from snapshots`() {
        var settlings = 0, snapshots = 0, starts = 0, recalls = 0
        for seed in SimulationTests.seeds.prefix(10) {
            var node = SimulatedNode(seed: seed, twin: SettledTwin(seed: seed))
            for _ in 0..<600 { SimulationTests.disturb(&node) }
            settlings += node.twin?.settlings ?? 0
            snapshots += node.twin?.snapshots ?? 0
            starts += node.twin?.starts ?? 0
            recalls += node.twin?.recalls ?? 0
        }
        #expect(settlings > 200 && snapshots > 50 && starts > 20 && recalls > 10)
    }

    @Test func `what is settled leaves memory, however much was said`() throws {
        var ledger = Ledger(defaultRoom: "lobby")
        for number in 1...10_000 {
            let turn = TurnID(room: "lobby", number: number)
            ledger.apply(.event(event(2 * number - 1, "question", from: "user:ann")))
            ledger.apply(
                .queued(QueuedTurn(turn: turn, room: "lobby", agent: "scout", cause: 2 * number - 1)))
            ledger.apply(.ended(TurnEnd(room: "lobby", turn: turn, outcome: .abandoned)))
            ledger.apply(.event(event(2 * number, "answer", from: "agent:scout", turn: turn)))
            if number.isMultiple(of: 100) { ledger.settle("lobby") }
        }
        let room = try #require(ledger["lobby"])
        #expect(room.head == 20_000 && room.settledCount == 20_000 && room.events.isEmpty)
        #expect(room.keptEvents.isEmpty && room.links.isEmpty && room.causes.isEmpty)
        #expect(room.abandonedTurns == Set(9_001...10_000))
        #expect(LedgerSnapshot(ledger: ledger).bytes.count < 20_000)
    }

    @Test func `an answer is found in the history also when its message is long settled`() {
        var ledger = Ledger(defaultRoom: "lobby")
        ledger.apply(.event(event(1, "question", from: "user:ann")))
        ledger.apply(.queued(QueuedTurn(turn: "lobby.1", room: "lobby", agent: "scout", cause: 1)))
        for number in 2...400 { ledger.apply(.event(event(number, "said beside it", from: "user:bob"))) }
        ledger.apply(.ended(TurnEnd(room: "lobby", turn: "lobby.1", outcome: .answered)))
        ledger.apply(.event(event(401, "answer", from: "agent:scout", turn: "lobby.1")))
        let history = ledger["lobby"]?.unsettled ?? []
        ledger.settle("lobby")
        let read: HistoryReader<HistoryEntry> = { _, numbers in numbers.map { history[$0 - 1] } }
        #expect(ledger["lobby"]?.isAnswered(1, read) == true)
        #expect(ledger["lobby"]?.isAnswered(2, read) == false)
    }

    @Test(arguments: ["plain", "", "two\nlines", "\u{0} \u{1b}[31m \\ \" / \u{2028} 💬"])
    func `a line of the history is the event again, and a damaged one is none`(text: String) throws {
        let entry = HistoryEntry(
            event: event(70_000, text, from: "agent:a/b", turn: "kitchen.12"), cause: 69_999)
        let line = HistoryText.line(of: entry)
        #expect(HistoryText.entry(of: line.dropLast()) == entry)
        #expect(HistoryText.number(of: line.dropLast()) == 70_000)
        #expect(line.filter { $0 == UInt8(ascii: "\n") }.count == 1 && line.last == UInt8(ascii: "\n"))
        for place in line.indices.dropLast() {
            var damaged = line
            damaged[place] ^= 0x20
            #expect(HistoryText.entry(of: damaged.dropLast()) == nil)
        }
        #expect(HistoryText.entry(of: []) == nil && HistoryText.number(of: []) == nil)
    }

    @Test func `a settled text that is longer than a message is given back cut, and its speaker is somebody`() throws {
        let most = String(repeating: "\u{1}", count: RoomsLimits.textBytesMax)
        for (text, given) in [(most, most), (most + most, String(cut: most + most, to: RoomsLimits.textBytesMax))] {
            let line = HistoryText.line(of: HistoryEntry(event: event(7, text, from: "agent:a"), cause: nil)).dropLast()
            let found = try #require(HistoryText.text(of: line))
            #expect(try JSON.decode(RoomEvent.self, from: Array(found.json)).text == given)
            #expect(found.number == 7 && HistoryText.entry(of: line)?.event.text == given)
        }
        let name = String(repeating: "x", count: 1 << 20)
        let speaker = try #require(Principal(rawValue: "user:\(name)"))
        let nobody = HistoryEntry(event: event(7, "x", from: speaker), cause: nil)
        #expect(HistoryText.text(of: HistoryText.line(of: nobody).dropLast()) == nil)
    }

    @Test(arguments: [(1, 1), (512, 1), (513, 513), (1_024, 513), (1_025, 1_025)])
    func `a number is in the file that begins at or before it`(number: Int, first: Int) {
        #expect(HistoryText.firstNumber(ofFileWith: number) == first)
    }

    @Test func `a snapshot that is not whole is none`() {
        var ledger = Ledger(defaultRoom: "lobby")
        ledger.apply(.answered(AnsweredRequest(room: "lobby", caller: "user:ann", request: "r", post: nil)))
        let bytes = LedgerSnapshot(position: JournalPosition(segment: 7, offset: 9), missing: 3, ledger: ledger).bytes
        #expect(LedgerSnapshot(bytes)?.position == JournalPosition(segment: 7, offset: 9))
        #expect(LedgerSnapshot(bytes)?.missing == 3 && LedgerSnapshot(bytes)?.ledger == ledger)
        for place in bytes.indices {
            var damaged = bytes
            damaged[place] ^= 1
            #expect(LedgerSnapshot(damaged) == nil)
        }
        for count in bytes.indices { #expect(LedgerSnapshot(Array(bytes.prefix(count))) == nil) }
        #expect(LedgerSnapshot(bytes + bytes) == nil)
    }

    /// A snapshot as it was written when all rooms were in one line.
    private struct OneLine: Encodable {
        var position: JournalPosition, missing: Int, ledger: Ledger
    }

    @Test func `rooms are the same after a snapshot, in whichever pieces, and after one of a line`() {
        var ledger = Ledger(defaultRoom: "lobby")
        for number in 0..<40 {
            let room = RoomName(rawValue: "room\(number)") ?? "lobby"
            ledger.apply(.answered(AnsweredRequest(room: room, caller: "user:ann", request: "r", post: nil)))
        }
        ledger.apply(.dropped(DroppedRoom(room: "room7", head: 0, records: ["t"], caller: "user:ann", request: "d")))
        let snapshot = LedgerSnapshot(position: JournalPosition(segment: 2, offset: 5), missing: 1, ledger: ledger)
        for bytesMax in [1, 200, 1_000, .max] {
            var text = SnapshotText(snapshot), steps = 0
            while !text.isWhole {
                text.write(bytesMax: bytesMax)
                steps += 1
            }
            #expect(LedgerSnapshot(text.bytes) == snapshot, "\(bytesMax)")
            if bytesMax == 1 { #expect(steps == 40) }
            if bytesMax == .max { #expect(steps == 1) }
        }
        let old = Journal.line(of: [OneLine(position: snapshot.position, missing: 1, ledger: ledger)])
        #expect(LedgerSnapshot(old) == snapshot)
        // A line that is missing, or is there twice, is damage.
        let lines = snapshot.bytes.split(separator: UInt8(ascii: "\n")).map { Array($0) + [UInt8(ascii: "\n")] }
        #expect(LedgerSnapshot(Array(lines.dropLast().joined())) == nil)
        #expect(LedgerSnapshot(Array((lines + [lines[3]]).joined())) == nil)
        #expect(LedgerSnapshot(Array(lines.dropFirst().joined())) == nil)
    }

    @Test func `answers of every kind are the same after a snapshot, also when older ones were forgotten`() {
        var ledger = Ledger(defaultRoom: "lobby")
        func answer(_ request: String, post: Coordinator.Post.Reply? = nil, records: [RecordID]? = nil) {
            ledger.apply(
                .answered(
                    AnsweredRequest(
                        room: "lobby", caller: "user:ann", request: request, post: post, records: records)))
        }
        for number in 0...RoomsLimits.rememberedAnswersMax { answer("old \(number)") }
        answer(
            "12:x\n\u{0}ä", post: .init(room: "lobby", number: 7, turns: ["lobby.1", "lobby.2"], agents: ["a", "b c"]))
        answer("", post: .init(room: "lobby", number: 8, turns: []))
        answer("records", records: ["a/b", "c:d"])
        answer("none", records: [])
        ledger.apply(
            .joined(JoinedRoom(room: "kitchen", head: 0, text: "", agent: nil, caller: "user:ann", request: "j")))
        #expect(LedgerSnapshot(LedgerSnapshot(ledger: ledger).bytes)?.ledger == ledger)
    }
}
