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
        ("````\n```\n[[a]]\n````\n[[b]]", [Wikilink(target: "b")]), ("```never closed\n[[a]]", []),
    ])
    func `a wikilink counts where a reader would follow it`(body: String, expected: [Wikilink]) {
        #expect(Wikilink.places(in: body, .markdown, path: "x.md").map(\.link) == expected)
    }

    @Test func `a target counts once`() {
        #expect(Wikilink.targets(in: "[[b]] [[a]] [[b#x]] [[a|y]]", .markdown, path: "x.md") == ["b", "a"])
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
    func `links follow a record that gets another id`(text: String, expected: String) throws {
        let moved = try MarkdownText(text).retargetingLinks(
            RecordMove(from: "ops/broker", to: "net/bus", path: "a.md", newPath: "a.md")
        ).text
        #expect(moved == expected)
        let record = Record(path: "a.md", text: moved)
        #expect(!(record.wikilinks + record.links).contains("ops/broker"))
    }

    @Test func `a link by name stays when the name does`() throws {
        let text = try MarkdownText("[[broker]] [[ops/broker]]").retargetingLinks(
            RecordMove(from: "ops/broker", to: "net/broker", path: "a.md", newPath: "a.md"))
        #expect(text.text == "[[broker]] [[net/broker]]")
    }
}
