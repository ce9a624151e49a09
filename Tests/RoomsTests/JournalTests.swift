import Journal
import Services
import Testing

@testable import Rooms

struct JournalTests {
    /// Three commits of every kind of entry, and of every character that a line must not show as it is.
    static let commits: [[JournalEntry]] = [
        [
            .event(event(1, "first\nline \u{2028} \"quoted\" \\ 👋", from: "user:ann")),
            .queued(QueuedTurn(turn: "lobby.1", room: "lobby", agent: "agents/scout", cause: 1)),
            .answered(
                AnsweredRequest(
                    room: "lobby", caller: "user:ann", request: "r1",
                    post: Coordinator.Post.Reply(room: "lobby", number: 1, turns: ["lobby.1"]))),
        ],
        [.attempt(TurnAttempt(room: "lobby", turn: "lobby.1", attempt: 1, incarnation: 7, at: at))],
        [
            .lost(LostLease(room: "lobby", turn: "lobby.1", reason: .died, detail: "SIGKILL")),
            .suspended(SuspendedTurn(room: "lobby", turn: "lobby.1")),
            .ended(
                TurnEnd(
                    room: "lobby", turn: "lobby.1", outcome: .failed,
                    usage: TokenUsage(inputTokens: 12, outputTokens: 3))),
            .event(event(2, "gone", from: "coordinator", type: .notice)),
            .managed(ManagedRoom(room: "lobby", change: .mute, agent: "agents/scout")),
            .direct(DirectRoom(room: "lobby", agent: "agents/scout")),
            .saving(StartedSave(room: "lobby", caller: "user:ann", request: "r2", head: 2, at: at)),
            .dropped(DroppedRoom(room: "lobby", head: 2, records: ["a-001"], caller: "user:ann", request: "r2")),
            .joined(
                JoinedRoom(
                    room: "lobby", head: 1, text: "## 1 · now · user:ann · message\n\n> \u{1b}\n", agent: nil,
                    caller: "user:ann", request: "r3")),
        ],
    ]

    private static func read(_ bytes: [UInt8]) -> JournalReading<JournalEntry> {
        Journal.read(bytes, as: JournalEntry.self)
    }

    @Test func `every entry but a lease must be on the disk before anybody hears of it`() {
        let entries = Self.commits.flatMap { $0 }
        let kinds = Set(entries.map { "\($0)".prefix { $0 != "(" } })
        #expect(kinds.count == 12, "one of each kind: \(kinds)")
        for entry in entries {
            if case .attempt = entry {
                #expect(!entry.outlivesPowerCut)
            } else {
                #expect(entry.outlivesPowerCut, "\(entry)")
            }
        }
    }

    @Test func `the checksum is CRC-32C`() {
        #expect(CRC32C.checksum("123456789".utf8) == 0xE306_9283)
        #expect(String(decoding: CRC32C.hexadecimal(0x0000_9283), as: UTF8.self) == "00009283")
    }

    @Test func `what was written is read`() {
        let bytes = Self.commits.flatMap { Journal.line(of: $0) }
        #expect(
            Self.read(bytes) == JournalReading(entries: Self.commits.flatMap { $0 }, unreadable: [], tornTail: nil))
        #expect(bytes.count { $0 == UInt8(ascii: "\n") } == Self.commits.count)
        #expect(Self.read([]) == JournalReading(entries: [], unreadable: [], tornTail: nil))
    }

    @Test func `wherever a journal is cut, whole commits stay and a torn one is left out`() {
        let lines = Self.commits.map { Journal.line(of: $0) }
        let bytes = lines.flatMap { $0 }
        for length in 0...bytes.count {
            var whole = 0, end = 0
            while whole < lines.count, end + lines[whole].count <= length {
                end += lines[whole].count
                whole += 1
            }
            let expected = JournalReading(
                entries: Self.commits.prefix(whole).flatMap { $0 }, unreadable: [],
                tornTail: end < length ? end..<length : nil)
            #expect(Self.read(Array(bytes.prefix(length))) == expected, "cut at \(length)")
        }
    }

    @Test func `whichever byte goes bad, its commit alone is set aside`() {
        let lines = Self.commits.map { Journal.line(of: $0) }
        let bytes = lines.flatMap { $0 }, first = lines[0].count, second = first + lines[1].count
        for place in first..<second {
            var damaged = bytes
            damaged[place] ^= 0x10
            let reading = Self.read(damaged)
            // Without the line feed between them, two lines are one; no commit of theirs can be told any more.
            let isJoined = place == second - 1
            #expect(
                reading.entries == (isJoined ? Self.commits[0] : Self.commits[0] + Self.commits[2]), "byte \(place)")
            #expect(reading.unreadable == (isJoined ? [] : [first..<second]), "byte \(place)")
            #expect(reading.tornTail == (isJoined ? first..<bytes.count : nil), "byte \(place)")
        }
    }

    @Test func `in whatever pieces a journal is read, it says the same`() {
        let lines = Self.commits.map { Journal.line(of: $0) }
        let unknown = Array("00000000 [{}]\n\n0badc0de".utf8) + [0, 0, 0, 10]
        let json = Array(#"[{"invented":{}}]"#.utf8)
        let refused = CRC32C.hexadecimal(CRC32C.checksum(json)) + [UInt8(ascii: " ")] + json + [10]
        let journals = [
            lines[0] + unknown + lines[1] + refused, unknown + lines[2] + lines[1].dropLast(),
            lines[1] + [UInt8](repeating: 0, count: 40) + lines[2] + lines[0], Array(lines[0].prefix(5)), [],
        ]
        for bytes in journals {
            let whole = Self.read(bytes)
            for size in 1...40 {
                var reader = JournalReader<JournalEntry>(), entries: [JournalEntry] = []
                for start in stride(from: 0, to: bytes.count, by: size) {
                    reader.read(bytes[start..<min(start + size, bytes.count)]) {
                        entries += $0
                        return true
                    }
                }
                let tornTail = reader.finish()
                #expect(
                    JournalReading(entries: entries, unreadable: reader.unreadable, tornTail: tornTail) == whole,
                    "pieces of \(size) bytes")
            }
        }
    }

    @Test func `a part that cannot be read still names its rooms`() {
        var line = Journal.line(of: Self.commits[0])
        line[0] ^= 1
        let damaged = line + [0, 0, 0, UInt8(ascii: "\n")]
        let reading = Self.read(damaged + Journal.line(of: Self.commits[1]))
        #expect(reading.unreadable == [0..<damaged.count])
        #expect(UnreadablePart(damaged).rooms == ["lobby"])
        #expect(reading.entries == Self.commits[1])
    }

    @Test func `a kind of entry that is not known makes its line unreadable`() {
        let json = Array("[{\"invented\":{\"room\":\"lobby\"}}]".utf8)
        let line = CRC32C.hexadecimal(CRC32C.checksum(json)) + [UInt8(ascii: " ")] + json + [UInt8(ascii: "\n")]
        #expect(Self.read(line + Journal.line(of: Self.commits[1])).unreadable == [0..<line.count])
    }
}

let at = "2026-11-22T08:30:00.000Z"

func event(
    _ number: Int, _ text: String, from: Principal, in room: RoomName = "lobby", type: RoomEvent.Kind = .message,
    turn: TurnID? = nil
) -> RoomEvent {
    RoomEvent(number: number, at: at, room: room, type: type, from: from, text: text, turn: turn)
}
