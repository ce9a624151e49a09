import Services
import Testing

@testable import Records

struct WikilinkTests {
    @Test(arguments: [
        ("[[a]]", [Wikilink(target: "a")]), ("[[a/b c]]", [Wikilink(target: "a/b c")]),
        ("[[a#Part one|text]]", [Wikilink(target: "a", fragment: "Part one", text: "text")]),
        ("[[ a | b ]] [[c.md]]", [Wikilink(target: "a", text: "b"), Wikilink(target: "c")]),
        ("![[a]]", [Wikilink(target: "a")]), ("[[#part]]", []), ("[[]]", []), ("[[a", []), ("[[a\nb]]", []),
        ("\\[[a]]", []), ("`[[a]]`", []), ("``[[a]] ` [[b]]`` [[c]]", [Wikilink(target: "c")]),
        ("`open [[a]]", [Wikilink(target: "a")]), ("[[[[a]]", [Wikilink(target: "a")]),
        ("| [[a\\|b]] |", [Wikilink(target: "a", text: "b")]), ("```\n[[a]]\n```\n[[b]]", [Wikilink(target: "b")]),
        ("~~~\n[[a]]\n```\n[[b]]\n~~~\n[[c]]", [Wikilink(target: "c")]),
        ("text\n\n    [[a]]\n\n[[b]]", [Wikilink(target: "b")]),
        ("- item\n\n    [[a]]", [Wikilink(target: "a")]), ("# [[a]]", [Wikilink(target: "a")]),
        ("$[[a]]$ [[b]]", [Wikilink(target: "b")]), ("$$[[a]]$$ [[b]]", [Wikilink(target: "b")]),
        ("$$\n[[a]]\n$$\n[[b]]", [Wikilink(target: "b")]),
        ("$$\n- [[a]]\n# [[c]]\n=\n> [[d]]\n$$\n\n[[b]]", [Wikilink(target: "b")]),
        ("> $$\n> + [[a]]\n> $$\n> [[b]]", [Wikilink(target: "b")]), ("text\n$$\n* [[a]]\n$$", []),
        ("$x_{[[a]]}$ and $5 [[b]] $6", [Wikilink(target: "b")]), ("$5 [[a]] or 6 $", [Wikilink(target: "a")]),
        ("$ [[a]] $", [Wikilink(target: "a")]), ("\\$[[a]]$", [Wikilink(target: "a")]),
        ("$a\n[[b]]$", [Wikilink(target: "b")]),
        ("$$ [[a]]\n\n- [[b]]", [Wikilink(target: "a"), Wikilink(target: "b")]),
        ("$x$[[a]]$y$", [Wikilink(target: "a")]),
        ("`$`[[a]]`$`", [Wikilink(target: "a")]), ("$\\$[[a]]$", []), ("it costs 5$ [[a]] 6$", [Wikilink(target: "a")]),
        ("````\n```\n[[a]]\n````\n[[b]]", [Wikilink(target: "b")]), ("```never closed\n[[a]]", []),
    ])
    func `a wikilink counts where a reader would follow it`(body: String, expected: [Wikilink]) {
        #expect(TextMarks(in: body, .markdown, path: "x.md").links.map(\.link) == expected)
    }

    @Test func `many signs of a currency take time in proportion`() {
        let text = String(repeating: "$a ", count: 200_000) + "[[x]]"
        #expect(TextMarks(in: text, .markdown, path: "x.md").links.count == 1)
    }

    @Test func `a target counts once`() {
        #expect(Record(path: "x.md", text: "[[b]] [[a]] [[b#x]] [[a|y]]").wikilinks == ["b", "a"])
    }

    @Test(arguments: [
        ("[[ops/broker]] and [[Broker#Limits|the broker]]", "[[net/bus]] and [[net/bus#Limits|the broker]]"),
        ("[[ ops/broker.md ]] `[[ops/broker]]` [[other/broker]]", "[[ net/bus.md ]] `[[ops/broker]]` [[other/broker]]"),
        ("```\n[[ops/broker]]\n```\n", "```\n[[ops/broker]]\n```\n"), ("nothing", "nothing"),
        (
            "---\nlinks: [ops/broker, x] # mine\ntitle: 't'\n---\nbody",
            "---\nlinks: [net/bus, x] # mine\ntitle: 't'\n---\nbody"
        ),
        ("---\ntitle: ops/broker\n---\nbody\r\n[[broker]]", "---\ntitle: ops/broker\n---\nbody\r\n[[net/bus]]"),
    ])
    func `links follow a record that gets another id`(text: String, expected: String) {
        let move = RecordMove(from: "ops/broker", to: "net/bus", in: "a.md")
        let moved = MarkdownText(text).retargetingLinks(move).text.text
        #expect(moved == expected)
        let record = Record(path: "a.md", text: moved)
        #expect(!(record.wikilinks + record.links).contains("ops/broker"))
    }

    @Test func `a link by name stays when the name does`() {
        let move = RecordMove(from: "ops/broker", to: "net/broker", in: "a.md")
        let text = MarkdownText("[[broker]] [[ops/broker]]").retargetingLinks(move).text
        #expect(text.text == "[[broker]] [[net/broker]]")
    }

    @Test(arguments: [
        (["broker"], "[[broker]] [[Broker]] [[ops/broker]]", "[[broker]] [[Broker]] [[net/bus]]"),
        (["a/broker"], "[[broker]]", "[[broker]]"), (["zoo/broker"], "[[broker]]", "[[net/bus]]"),
        (["z/broker"], "[[broker]]", "[[broker]]"),
    ])
    func `a link by name follows only when it means the record that moves`(
        others: [String], text: String, expected: String
    ) {
        let move = RecordMove(from: "ops/broker", to: "net/bus", in: "a.md", others: others)
        #expect(MarkdownText(text).retargetingLinks(move).text.text == expected)
    }

    @Test(.timeLimit(.minutes(1))) func `no line takes longer than its length`() {
        let ticks = "[" + (1...1_000).map { String(repeating: "`", count: $0) + " " }.joined()
        let brackets = String(repeating: "[[a][", count: 100_000)
        #expect(TextMarks(inParagraph: ticks[...], .markdown, path: "").links.isEmpty)
        #expect(TextMarks(inParagraph: brackets[...], .org, path: "").links.isEmpty)
        let drawers = String(repeating: ":x:\n", count: 100_000)
        #expect(TextMarks(in: drawers, .org, path: "").links.isEmpty)
    }
}

extension RecordMove {
    /// A move of a record by its id, from the view of the links of a file.
    ///
    /// - Parameter others: The ids of other records.
    init(
        from old: String, to new: String, format: RecordFormat = .markdown, in path: String? = nil,
        others: [String] = [], attachments: [String] = []
    ) {
        let file = RecordID.path(of: old, in: format), newFile = RecordID.path(of: new, in: format)
        let records = (others + [old]).map { (id: $0, path: RecordID.path(of: $0, in: format)) }
        self.init(
            of: file, to: newFile, path: path ?? file, newPath: path ?? newFile,
            table: LinkTable(records: records, attachments: attachments))
    }
}
