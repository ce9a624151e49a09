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
        #expect(LinkPlace.all(in: body, .markdown, path: "x.md").map(\.link) == expected)
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
        let move = RecordMove(
            from: "ops/broker", to: "net/bus", path: "a.md", newPath: "a.md", names: .lastPart(except: []))
        let moved = try MarkdownText(text).retargetingLinks(move).text
        #expect(moved == expected)
        let record = Record(path: "a.md", text: moved)
        #expect(!(record.wikilinks + record.links).contains("ops/broker"))
    }

    @Test func `a link by name stays when the name does`() throws {
        let move = RecordMove(
            from: "ops/broker", to: "net/broker", path: "a.md", newPath: "a.md", names: .lastPart(except: []))
        let text = try MarkdownText("[[broker]] [[ops/broker]]").retargetingLinks(move)
        #expect(text.text == "[[broker]] [[net/broker]]")
    }

    @Test(arguments: [
        (["broker"], "[[broker]] [[Broker]] [[ops/broker]]", "[[broker]] [[Broker]] [[net/bus]]"),
        (["a/broker"], "[[broker]]", "[[broker]]"), (["z/broker"], "[[broker]]", "[[net/bus]]"),
    ])
    func `a link by name follows only when it means the record that moves`(
        others: [String], text: String, expected: String
    ) throws {
        var catalogue = Catalogue()
        for id in others + ["ops/broker"] { catalogue.put(Record(path: "\(id).md", text: "x"), stamp: .old) }
        let move = RecordMove(
            from: "ops/broker", to: "net/bus", path: "a.md", newPath: "a.md", names: catalogue.names(of: "ops/broker"))
        #expect(try MarkdownText(text).retargetingLinks(move).text == expected)
    }

    @Test(.timeLimit(.minutes(1))) func `no line takes longer than its length`() {
        let ticks = "[" + (1...1_000).map { String(repeating: "`", count: $0) + " " }.joined()
        let brackets = String(repeating: "[[a][", count: 100_000)
        #expect(LinkPlace.all(inLine: ticks[...], .markdown, path: "").isEmpty)
        #expect(LinkPlace.all(inLine: brackets[...], .org, path: "").isEmpty)
        let drawers = String(repeating: ":x:\n", count: 100_000)
        #expect(LinkPlace.all(in: drawers, .org, path: "").isEmpty)
    }
}
