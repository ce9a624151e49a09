import SampleNode
import Services
import Terminal
import Testing

struct TextTests {
    @Test(arguments: [
        ("plain \u{E9}\u{4E2D}", "plain \u{E9}\u{4E2D}"),
        ("\u{1B}]0;title\u{7}", "\\u{1b}]0;title\\u{7}"),
        ("a\u{9B}31mb", "a\\u{9b}31mb"),
        ("line\nbreak\ttab", "line\\u{a}break\\u{9}tab"),
        ("turned \u{202E}round", "turned \\u{202e}round"),
    ])
    func `control characters of other sources are escaped`(text: String, safe: String) {
        #expect(SafeText.line(text) == safe)
    }

    @Test func `a block of text keeps its line breaks and tabs`() {
        #expect(SafeText.block("a\n\tb\u{1B}") == "a\n\tb\\u{1b}")
    }

    @Test func `control characters that JSON permits are escaped in JSON`() {
        #expect(SafeText.json("{\"text\":\"a\u{9B}b\u{7F}\"}") == "{\"text\":\"a\\u009bb\\u007f\"}")
    }

    @Test(arguments: [
        ("one two three", 7, 0, ["one two", "three"]),
        ("one two three", 100, 0, ["one two three"]),
        ("abcdefgh", 3, 0, ["abc", "def", "gh"]),
        ("12:04 ann: one two", 12, 6, ["12:04 ann:", "      one", "      two"]),
        ("", 5, 0, [""]),
        ("\u{4E2D}\u{6587}\u{5B57}", 4, 0, ["\u{4E2D}\u{6587}", "\u{5B57}"]),
    ])
    func `a line is broken at a blank, or within a word that is longer than the line`(
        text: String, columns: Int, indent: Int, lines: [String]
    ) {
        let wrapped = LineBreaking.wrap([Span(text)], columns: columns, indent: indent, .byBlock)
        #expect(wrapped.map { $0.map(\.text).joined() } == lines)
    }

    @Test(arguments: [
        ("2026-11-22T12:00:00.000Z", "2026-11-22T12:00:07.900Z", "7s"),
        ("2026-11-22T12:00:00Z", "2026-11-22T12:04:05.000Z", "4m 5s"),
        ("2026-11-22T12:00:00.000Z", "2026-11-22T14:10:00.000Z", "2h 10m"),
        ("2026-11-19T08:00:00.000Z", "2026-11-22T12:00:00.000Z", "3d 4h"),
        ("2026-11-22T12:00:00.000Z", "2026-11-22T11:00:00.000Z", "0s"),
        ("yesterday", "2026-11-22T11:00:00.000Z", "-"),
    ])
    func `a span is formatted in its two largest units`(from: String, to: String, text: String) {
        #expect(TimeText.span(from: from, to: to) == text)
    }

    @Test func `all lines of an event after the first are indented`() {
        #expect(
            RoomEventText.plain(event(4, "hello\n\nworld\u{1B}[2J"), time: "12:04")
                == "12:04 ann: hello\n\n      world\\u{1b}[2J")
    }

    @Test(arguments: [
        ("hello", "ann: hello"), ("> quoted", "ann:\n> quoted"), ("- one\n- two", "ann:\n- one\n- two"),
        ("# Title", "ann:\n# Title"), ("```\ncode\n```", "ann:\n```\ncode\n```"), ("-1", "ann: -1"),
        ("#42 is fixed", "ann: #42 is fixed"),
    ])
    func `what means something only where a line begins stands below its speaker`(text: String, said: String) {
        #expect(RoomEventText.said(event(4, text)) == said)
        #expect(
            RoomEventText.plain(event(4, text), time: "12:04")
                == "12:04 " + said.replacing("\n", with: "\n      "))
    }
}
