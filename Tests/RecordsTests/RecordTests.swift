import Services
import Testing

@testable import Records

struct RecordTests {
    @Test func `a record says everything that its file says`() {
        let text = """
            ---
            title: Broker outage
            class: inbox
            tags: [ops, "#broker"]
            links: [notes/a, "[[b#part|text]]"]
            author: ann
            created: 2026-01-02
            severity: 2
            ---

            See [[c]] and [[notes/a]].

            """
        let record = Record(path: "2026/outage.md", text: text)
        #expect(
            record.summary(updated: "2026-01-03T00:00:00.000Z")
                == RecordSummary(
                    id: "2026/outage", path: "2026/outage.md", title: "Broker outage", recordClass: .inbox,
                    tags: ["ops", "broker"], author: "ann", created: "2026-01-02", updated: "2026-01-03T00:00:00.000Z",
                    revision: Digest(of: text.utf8).hexadecimal))
        #expect(record.links == ["notes/a", "b"])
        #expect(record.wikilinks == ["c", "notes/a"])
        #expect(record.body == "See [[c]] and [[notes/a]].\n")
        #expect(record.fields["severity"] == .integer(2))
        #expect(record.problems == [])
    }

    @Test(arguments: [
        ("a/b.md", "text", "a/b", "a/b"), ("a.md", "# A title #\ntext", "a", "A title"),
        ("a.md", "```\n# no\n```\n## Yes", "a", "Yes"),
        ("a.md", "---\nid: own/id\n---\n", "own/id", "own/id"), ("a.md", "---\nid: 007\n---\n", "007", "007"),
        ("a.md", "---\ntitle: ''\n---\n# H", "a", "H"), ("a.md", "#no heading\n#\n# yes", "a", "yes"),
        ("a.md", "---\ntitle: 12\n---\n", "a", "12"), ("a.md", "\u{feff}# BOM", "a", "BOM"),
        ("a.MD", "\u{feff}---\ntitle: T\n---\n# H", "a", "T"), ("a.md", "\u{feff}---\nx: *y\n---\n# H", "a", "H"),
    ])
    func `id and title have their own, then the path's and the first heading's`(
        path: String, text: String, id: String, title: String
    ) {
        let record = Record(path: path, text: text)
        #expect(record.id == id)
        #expect(record.title == title)
    }

    @Test(arguments: [
        ("tags: [a, b]", ["a", "b"]), ("tags: a, b c", ["a", "b", "c"]), ("tags: '#a'", ["a"]),
        ("tags:\n- a\n- 1.10\n- no", ["a", "1.10", "no"]),
        ("tags: #a", []), ("tags:", []), ("tags: 2026", ["2026"]), ("tags: {a: b}", []),
    ])
    func `tags come as a list or as words`(yaml: String, tags: [String]) {
        #expect(Record(path: "a.md", text: "---\n\(yaml)\n---\n").tags == tags)
    }

    @Test(arguments: [
        ("links: [[a]]", ["a"]), ("links:\n- '[[a|x]]'\n- b.md", ["a", "b"]), ("links: a", ["a"]), ("links: []", []),
    ])
    func `links are targets, brackets or not`(yaml: String, links: [String]) {
        #expect(Record(path: "a.md", text: "---\n\(yaml)\n---\n").links == links)
    }

    @Test(arguments: [("durable", RecordClass.durable), ("skill", .skill), ("whatever", .durable), ("1", .durable)])
    func `an unknown class is durable`(name: String, expected: RecordClass) {
        #expect(Record(path: "a.md", text: "---\nclass: \(name)\n---\n").recordClass == expected)
    }

    @Test func `broken frontmatter makes a record plain text and is reported with file and line`() {
        let text = "---\ntitle: x\nwho: *ann\n---\n\n# Heading\n"
        let record = Record(path: "a.md", text: text)
        #expect(record.body == text)
        #expect(record.title == "Heading")
        #expect(record.fields == [:])
        #expect(record.isFrontmatterBroken)
        #expect(record.problems.map(\.path) == ["a.md"])
        #expect(record.problems.map(\.line) == [3])
    }

    @Test(arguments: ["/etc/passwd", "../up", "a/../b", ".hidden", "a//b", "a/", "a/.git/b", " a"])
    func `an id that would leave the directory is refused`(id: String) {
        #expect(RecordID.objection(to: id) != nil)
        let record = Record(path: "a.md", text: "---\nid: '\(id)'\n---\n")
        #expect(record.id == "a")
        #expect(record.problems.map(\.line) == [2])
    }

    @Test(arguments: [(" lead", "begins"), ("a/ lead", "begins"), ("lead ", "ends"), ("a /lead", "ends")])
    func `a space is told at the end where it is`(id: String, end: String) {
        #expect(RecordID.objection(to: id) == "has a part that \(end) with a space")
    }

    @Test(arguments: ["a", "a/b", "Ein Zettel", "2026-01-02", "日本", "a.b"])
    func `an id is a path without its extension`(id: String) { #expect(RecordID.objection(to: id) == nil) }

    @Test(arguments: [
        ("Broker Outage, 2026!", "broker-outage-2026"), ("  ", "note"), ("Ärger", "ärger"), ("../../etc", "etc"),
        ("a/b", "a-b"),
    ])
    func `a new id is made from the title`(title: String, slug: String) { #expect(RecordID.slug(of: title) == slug) }

    @Test func `a digest is FNV-1a`() {
        #expect(Digest(of: "".utf8).hexadecimal == "cbf29ce484222325")
        #expect(Digest(of: "a".utf8).hexadecimal == "af63dc4c8601ec8c")
        #expect(Digest(of: "foobar".utf8).hexadecimal == "85944171f73967e8")
    }
}
