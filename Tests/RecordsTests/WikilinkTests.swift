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
        #expect(Wikilink.all(in: body) == expected)
    }

    @Test func `a target counts once`() {
        #expect(Wikilink.targets(in: "[[b]] [[a]] [[b#x]] [[a|y]]") == ["b", "a"])
    }
}
