import SeededRandom
import Services
import Testing

@testable import Rooms

/// Rooms as text, and back.
struct TranscriptTests {
    /// Words that could pass for something else.
    static let nasty: [String] = [
        "", "\n", "\n\n\n", "a", " ", "  a  ", "a \n b\t\n", "\r", "a\rb", "a\r\nb\r\n", "\r\n\r\n", "> quoted", ">",
        ">\n> a\n>> b", "# heading", "## 1 · now · user:ann · message", "\n## 2 · x · y · action\n\n> z\n", "---",
        "- [ ] a",
        "```\ncode\n```", "\u{0}\u{1}\u{1b}[2J\u{7f}", "\u{85}\u{9b}31m\u{2028}\u{2029}\u{feff}", "\u{202e}right",
        "␛", "␛{1b}", "␛{", "{1b}", "[[notes/x]]", "[[[[a]]]]", "[\\[a]]", "[\\\\[", "[\\", "\\[[", "[a[", "·", " · ",
        "ends in a newline\n", "\nbegins with one", "e\u{301}é", "👩‍👩‍👧‍👦 🇩🇪", "trailing  ",
        String(repeating: "\n", count: 5_000),
    ]

    private func text(_ events: [RoomEvent]) -> String { String(decoding: TranscriptText.write(events), as: UTF8.self) }

    /// Equal to the byte, not only for people.
    private func isSame(_ one: [RoomEvent], _ other: [RoomEvent]) -> Bool {
        func bytes(_ event: RoomEvent) -> [[UInt8]] {
            [event.at, event.from.rawValue, event.text, event.turn?.rawValue ?? "-"].map { Array($0.utf8) }
        }
        return one == other && zip(one, other).allSatisfy { bytes($0) == bytes($1) }
    }

    @Test func `a transcript reads well`() {
        let events = [
            event(1, "Hello\n\n# you", from: "user:ann"),
            event(2, "passes", from: "agent:team/scout", type: .action, turn: "lobby.1"),
        ]
        #expect(
            text(events) == """
                ## 1 · \(at) · user:ann · message

                > Hello
                >
                > # you

                ## 2 · \(at) · agent:team/scout · action · lobby.1

                > passes


                """)
    }

    @Test(arguments: nasty)
    func `whatever is said comes back to the byte, and is no structure`(words: String) throws {
        let events = [
            RoomEvent(
                number: 1, at: words, room: "lobby", type: .notice, from: .user("u" + words), text: words,
                turn: "lobby.1"),
            event(2, words, from: "user:ann"),
        ]
        let written = text(events)
        #expect(try isSame(TranscriptText.read(Array(written.utf8), room: "lobby"), events))
        for line in written.utf8.split(separator: UInt8(ascii: "\n")) {
            #expect(line.starts(with: "## ".utf8) || line.first == UInt8(ascii: ">"))
        }
        #expect(!written.contains("[[") && !written.unicodeScalars.contains("\r"))
        // However the file ends, begins, and ends its lines.
        let others = [
            "# lobby\n\n" + written, written + "\n\n", written.trimmingLineFeeds, written.withCarriageReturns,
        ]
        for other in others { #expect(try isSame(TranscriptText.read(Array(other.utf8), room: "lobby"), events)) }
    }

    @Test(arguments: 1...20 as ClosedRange<UInt64>)
    func `any events come back to the byte`(seed: UInt64) throws {
        var random = SplitMix64(state: seed)
        let scalars: [Unicode.Scalar] = [
            "a", " ", "\n", "\r", ">", "#", "[", "\\", "␛", "{", "}", "·", "\t", "\u{1}", "é", "\u{301}", "👋",
            "\u{2028}",
        ]
        func words() -> String {
            var text = String.UnicodeScalarView()
            for _ in 0..<random.below(40) { text.append(scalars[random.below(scalars.count)]) }
            return String(text)
        }
        let events = (1...60).map { number in
            RoomEvent(
                number: number, at: words(), room: "lobby", type: .message, from: .user("u" + words()), text: words(),
                turn: random.chance(1, in: 2) ? TurnID(room: "lobby", number: number) : nil)
        }
        #expect(try isSame(TranscriptText.read(TranscriptText.write(events), room: "lobby"), events))
    }

    @Test(arguments: [
        "## \n\n> a", "## 1 · now · user:ann · message", "## 1 · now · user:ann · song\n> a",
        "## 01 · now · user:ann · message\n> a", "## 1 · now · user:ann · message\n\na", "## 1 · a · b · message\n>a",
        "## 1 · a · b · message\n> ␛{d800}", "## 1 · a · b · message\n> ␛{1b", "## 1 · a · b · message · c · d\n> a",
    ])
    func `what is no transcript is not read as one`(text: String) {
        #expect(throws: TranscriptFault.self) { try TranscriptText.read(Array(text.utf8), room: "lobby") }
    }

    @Test(arguments: ["\n", "\u{1}", "\u{9f}", "\u{2028}", "␛", "\"", "[", "a"])
    func `the longest message fits into a record, and the record into a message of the bus`(character: String) {
        let words = String(repeating: character, count: RoomsLimits.textBytesMax / character.utf8.count)
        let events = (1...3).map { event($0, words, from: .agent(AgentID(String(repeating: "x", count: 180)))) }
        let room = Ledger(defaultRoom: "lobby", entries: events.map(JournalEntry.event))["lobby"]
        for record in TranscriptRecord.records(of: room ?? RoomLedger(name: "lobby"), head: 3, at: at) {
            #expect(record.body.utf8.count <= 496 * 1_024)
            let escaped = record.body.utf8.reduce(0) { $0 + ([0x22, 0x5C, 0x0A, 0x09].contains($1) ? 2 : 1) }
            #expect(escaped < 1_048_576 - 16_384)
        }
    }

    @Test func `a long room becomes parts that sort, name each other and hold it all`() throws {
        let words = String(repeating: "word ", count: 2_000)
        let events = (1...200).map { event($0, "\($0) \(words)", from: "user:ann") }
        let ledger = Ledger(defaultRoom: "lobby", entries: events.map(JournalEntry.event))
        let room = try #require(ledger["lobby"])
        let records = TranscriptRecord.records(of: room, head: 150, at: at)
        let base = "transcripts/lobby/20261122T083000000Z"
        #expect(records.map(\.id) == (1...4).map { RecordID("\(base)-00\($0)") })
        #expect(records[0].fields["links"] == .array([.string("\(base)-002")]))
        #expect(records[1].fields["links"] == .array([.string("\(base)-001"), .string("\(base)-003")]))
        #expect(records.map { $0.fields["part"] } == (1...4).map { .integer($0) })
        #expect(records.allSatisfy { $0.fields["parts"] == .integer(4) && $0.fields["head"] == .integer(150) })
        let read = try records.flatMap { try TranscriptText.read(Array($0.body.utf8), room: "lobby") }
        #expect(read == Array(events.prefix(150)))
        #expect(TranscriptRecord.records(of: room, head: 1, at: at).map(\.id) == [RecordID(base)])
    }
}

extension String {
    fileprivate var trimmingLineFeeds: String {
        var scalars = unicodeScalars
        while scalars.last == "\n" { scalars.removeLast() }
        return String(scalars)
    }

    fileprivate var withCarriageReturns: String {
        String(decoding: utf8.flatMap { $0 == 0x0A ? [0x0D, 0x0A] : [$0] }, as: UTF8.self)
    }
}
