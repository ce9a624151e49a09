import Services
import Testing

@testable import Records

struct OrgTextTests {
    @Test(arguments: [
        "", "text", ":PROPERTIES:\n", ":PROPERTIES:\n:ID: a\n", ":PROPERTIES:\n:ID: a\n:END:", "#+title: x",
        ":PROPERTIES:\r\n:ID: a\r\n:END:\r\n\r\nbody\r\n", "\u{feff}:properties:\n:ID: a\n:end:\nbody",
        "# comment\n\n:PROPERTIES:\n:END:\n#+title: x\n\n\nbody\n", "* heading\n:PROPERTIES:\n:ID: no\n:END:\n",
        ":PROPERTIES:\nno property\n:END:\n", "\n\n#+begin_src c\n#+title: no\n#+end_src\n",
    ])
    func `cut and joined, a text is the same bytes`(text: String) throws {
        let parts = OrgText(text, path: "a.org")
        #expect(Array(parts.text.utf8) == Array(text.utf8))
        if (try? parts.fields()) != nil {
            #expect(try parts.updating(fields: [:], body: nil).text == text)
        }
    }

    private static let original = """
        # Who wrote this, and why
        :PROPERTIES:
        :ID:       incidents/outage
        :class:    inbox
        :SEVERITY: 2
        :Links:    [[runbooks/broker]] [[ann's notes]]
        :note:     "two\\nlines"
        :list:     [1, 2.50, no]
        :END:
        #+TITLE: Broker outage
        #+filetags: :ops:broker:
        #+options: toc:nil
        #+date: 2026-03-14

        The text.

        """

    @Test func `the drawer and the settings at the top are keys`() throws {
        let record = Record(path: "a.org", text: Self.original)
        #expect(record.problems == [])
        #expect(record.id == "incidents/outage" && record.title == "Broker outage" && record.recordClass == .inbox)
        #expect(record.tags == ["ops", "broker"] && record.links == ["runbooks/broker", "ann's notes"])
        #expect(record.created == "2026-03-14" && record.body == "The text.\n")
        #expect(record.fields["severity"] == .integer(2) && record.fields["note"] == .string("two\nlines"))
        #expect(record.fields["list"] == .array([.integer(1), .string("2.50"), .string("no")]))
        #expect(OrgText(Self.original, path: "a.org").line(of: "severity") == 5)
    }

    @Test(arguments: [
        ("severity", JSONValue.integer(3), ":SEVERITY: 2", ":SEVERITY: 3"),
        ("title", .string("Another: one"), "#+TITLE: Broker outage", "#+TITLE: Another: one"),
        ("tags", .array([.string("web")]), "#+filetags: :ops:broker:", "#+filetags: :web:"),
        ("links", .array([.string("a b")]), "[[runbooks/broker]] [[ann's notes]]", "[[a b]]"),
        ("class", .null, ":class:    inbox\n", ""), ("title", .null, "#+TITLE: Broker outage\n", ""),
        ("note", .string("7"), "\"two\\nlines\"", "\"7\""), ("author", .string("ann"), ":END:", ":AUTHOR: ann\n:END:"),
        ("more", .object(["a": .array([.bool(true)])]), ":END:", ":MORE: {a: [true]}\n:END:"),
    ])
    func `an update changes one line`(key: String, value: JSONValue, old: String, new: String) throws {
        let text = try OrgText(Self.original, path: "a.org").updating(fields: [key: value], body: nil)
        #expect(text.text == Self.original.replacing(old, with: new))
        #expect(try text.fields()[key] == (value == .null ? nil : value))
    }

    @Test(
        arguments: [
            ("", "new", ":PROPERTIES:\n:K: v\n:END:\nnew\n"), ("body\n", nil, ":PROPERTIES:\n:K: v\n:END:\nbody\n"),
            ("* h\r\n", nil, ":PROPERTIES:\r\n:K: v\r\n:END:\r\n* h\r\n"),
            ("\u{feff}body", nil, "\u{feff}:PROPERTIES:\n:K: v\n:END:\nbody"),
            ("#+title: x\n\nold\n", "# new\n", ":PROPERTIES:\n:K: v\n:END:\n#+title: x\n\n# new\n"),
        ] as [(String, String?, String)])
    func `a file without a drawer gets one`(text: String, body: String?, expected: String) throws {
        let updated = try OrgText(text, path: "a.org").updating(fields: ["k": .string("v")], body: body).text
        #expect(updated == expected)
    }

    @Test(arguments: [
        ("a b", JSONValue.string("x")), ("a:b", .string("x")), ("", .string("x")), ("end", .string("x")),
        ("title", .string("two\nlines")),
    ])
    func `what cannot be written is refused`(key: String, value: JSONValue) {
        #expect(throws: RecordEditError.self) {
            try OrgText("#+title: x\n", path: "a.org").updating(fields: [key: value], body: nil)
        }
    }

    @Test func `a body that would be read as keys is refused`() {
        #expect(throws: RecordEditError.self) { try OrgText.create(fields: [:], body: "#+title: x\n") }
        #expect(throws: RecordEditError.self) {
            try OrgText("#+author: a\n", path: "a.org").updating(fields: [:], body: "#+title: x\n")
        }
    }

    @Test(arguments: [
        (":PROPERTIES:\n:ID: a\n", 2, "has no :END:"),
        (":PROPERTIES:\n:ID: a\nx\n:END:\n", 3, "holds a line that is not `:KEY: value`"),
        (":PROPERTIES:\n:A: 1\n:a: 2\n:END:\n", 3, "has the same key twice: a"),
    ])
    func `a broken drawer is told with its line, and the file is text`(text: String, line: Int, problem: String) {
        let record = Record(path: "a.org", text: text)
        #expect(record.problems.map(\.line) == [line] && record.problems[0].message.hasPrefix("the drawer \(problem)"))
        #expect(record.body == text && record.id == "a" && record.fields.isEmpty)
        #expect(throws: RecordEditError.self) {
            try OrgText(text, path: "a.org").updating(fields: ["k": .bool(true)], body: nil)
        }
    }

    @Test func `an agent may be written in it`() throws {
        let text = ":PROPERTIES:\n:CLASS: agent\n:TEMPERATURE: 0.3\n:MAX_TOKENS: 100\n:END:\nYou are Scout.\n"
        let agent = try #require(Record(path: "agents/scout.org", text: text).agent)
        #expect(agent.id == "agents/scout" && agent.temperature == 0.3 && agent.maxTokens == 100)
        let broken = Record(path: "a.org", text: text.replacing("0.3", with: "hot"))
        #expect(broken.agent == nil && broken.problems.map(\.line) == [3])
    }

    @Test func `passages have their headings, and what nobody sees is in none`() {
        let body = """
            Before.
            * TODO [#A] Limits :ops:bus:
            :PROPERTIES:
            :CUSTOM_ID: limits
            :END:
            # a comment
            #+name: x
            Sixty-five thousand.
            ** Why
            #+begin_src sh
            * no heading
            #+end_src
            *bold* text
            * Other
            : fixed
            """
        #expect(
            RecordPassage.split(body, in: .org) == [
                RecordPassage(headings: [], text: "Before."),
                RecordPassage(headings: ["Limits"], text: "Sixty-five thousand."),
                RecordPassage(headings: ["Limits", "Why"], text: "#+begin_src sh"),
                RecordPassage(headings: ["no heading"], text: "*bold* text"),
                RecordPassage(headings: ["Other"], text: ": fixed"),
            ])
        #expect(Record(path: "a.org", text: body).title == "Limits")
    }

    @Test(arguments: [
        ("[[a]] [[b/c][text]]", ["a", "b/c"]), ("[[id:ops/broker][x]] [[id:]]", ["ops/broker"]),
        (
            "[[file:x.org]] [[file:../y.md::*Part]] [[./z.org]] [[file:sub/./w.org::12][w]]",
            ["n/x", "y", "n/z", "n/sub/w"]
        ),
        ("[[file:../../out.org]] [[file:/etc/a.org]] [[file:~/a.org]] [[file:a.png]] [[file:.org]]", []),
        ("[[https://example.org/a.org][x]] [[mailto:a]] [[*Part]] [[#part]] [[doi:10.1/x]]", []),
        ("=[[a]]= ~[[b]]~ `[[c]]`", ["c"]), ("$[[a]]$ $$\n[[b]]\n$$ [[c]] $5", ["c"]),
        ("* [[a]]\n: [[b]]\n# [[c]]\n#+begin_example\n[[d]]\n#+end_example\n[[e]]", ["a", "e"]),
        ("[[a|b]] [[a", ["a"]), ("[[a\n]]", ["a"]), ("[[a][b [c] d]]", ["a"]), ("[[a\nb]]", []), ("[]] ]] [[", []),
    ])
    func `links lead to records as org-mode writes them`(body: String, targets: [String]) {
        #expect(Record(path: "n/here.org", text: body).wikilinks == targets)
    }

    @Test(arguments: [
        ("[[id:n/a][a]] [[a]] [[n/a]] [[b]]", "[[id:m/z][a]] [[m/z]] [[m/z]] [[b]]"),
        ("[[file:../n/a.org::*Part][x]] [[file:b.org]]", "[[file:../m/z.org::*Part][x]] [[file:b.org]]"),
        ("[[id:a]]", "[[id:m/z]]"),
        (":PROPERTIES:\n:LINKS: [[n/a]] [[c]]\n:END:\nx\n", ":PROPERTIES:\n:LINKS: [[m/z]] [[c]]\n:END:\nx\n"),
    ])
    func `links follow a record that moves`(text: String, expected: String) {
        let move = RecordMove(from: "n/a", to: "m/z", format: .org, in: "k/here.org")
        let moved = OrgText(text, path: move.path).retargetingLinks(move).text.text
        #expect(moved == expected)
    }

    @Test func `the links of a record that moves are seen from its new place`() {
        let move = RecordMove(from: "n/a", to: "m/deep/a", format: .org)
        let text = "[[file:b.org]] [[../m/c.md][c]] [[file:a.org::*X]] [[id:b]]"
        let expected = "[[file:../../n/b.org]] [[../c.md][c]] [[file:a.org::*X]] [[id:b]]"
        let moved = OrgText(text, path: move.path).retargetingLinks(move).text.text
        #expect(moved == expected)
    }

    @Test func `what Emacs writes is read as Emacs reads it`() {
        let text = """
            \u{feff}#+title: A long
            #+TITLE: name
            #+filetags: :a:
            #+filetags: :b:c:
            #+date: [2026-03-14 Sat 10:00]

            """
        let record = Record(path: "a.org", text: text)
        #expect(record.title == "A long name" && record.tags == ["a", "b", "c"])
        #expect(record.created == "[2026-03-14 Sat 10:00]" && record.problems == [])
        let code =
            ":PROPERTIES:\n:ID: x\n:header-args:python: :session py\n:header-args+: :a\n:header-args+: :b\n:END:\n"
        #expect(Record(path: "a.org", text: code).problems == [] && Record(path: "a.org", text: code).id == "x")
        let bracketed = Record(path: "a.org", text: "#+title: [draft]\n#+author: {x}\n")
        #expect(bracketed.title == "[draft]" && bracketed.author == "{x}")
    }

    @Test func `of several settings of one name the first is changed, and the others go`() throws {
        let text = OrgText("\u{feff}#+title: A long\n#+title: name\n#+author: ann\n", path: "a.org")
        #expect(
            try text.updating(fields: ["title": .string("B")], body: nil).text == "\u{feff}#+title: B\n#+author: ann\n")
        #expect(try text.updating(fields: ["title": .null], body: nil).text == "\u{feff}#+author: ann\n")
        #expect(try text.updating(fields: ["none": .null], body: nil).text == text.text)
    }

    @Test(arguments: [
        (":LINKS: [[id:ops/broker][Broker]] [[file:../x.org]]", ["ops/broker", "x"]),
        (":LINKS: a, b c", ["a", "b c"]), (":LINKS: \"a\"", ["a"]), (":LINKS: [a, \"b, c\"]", ["a", "b, c"]),
    ])
    func `the key links has links as a body has`(line: String, links: [String]) {
        #expect(Record(path: "n/a.org", text: ":PROPERTIES:\n\(line)\n:END:\n").links == links)
    }

    @Test(arguments: [
        ("[[id:n/a::*Limits][x]] [[id:n/a][the\nlong way]] [[id:n/a][limits [1/3]]]", ["n/a"]),
        ("[[~/a.org]] [[/etc/a.org]] [[file:c:/notes/x.org]] [[file:img/p.png]]", []),
        (":NOTES:\n[[a]]\n:END:\n[[b]]", ["b"]), (":LOGBOOK:\n[[a]]\n* x\n:END:\n[[b]]", ["a", "b"]),
        ("#+begin_comment\n[[a]]\n#+end_comment\n[[b]]", ["b"]),
    ])
    func `more links as org-mode writes them`(body: String, targets: [String]) {
        #expect(Record(path: "n/here.org", text: body).wikilinks == targets)
    }

    @Test(arguments: [
        ("n/a", "n/c", "[[./b.org][b]] [[./sub/c.org]] [[file:./b.org]]", nil),
        ("n/a", "m/a", "[[../m/c.md]] [[file:img/p.png]]", "[[../m/c.md]] [[file:../n/img/p.png]]"),
        ("n/a", "n/sub/a", "[[file:b.org]]", "[[file:../b.org]]"),
    ])
    func `files are named anew only where their names change`(old: String, new: String, text: String, expected: String?)
    {
        let move = RecordMove(from: old, to: new, format: .org)
        #expect(OrgText(text, path: move.path).retargetingLinks(move).text.text == expected ?? text)
    }

    @Test func `a record moves with the links of its drawer`() {
        let text = ":PROPERTIES:\n:LINKS: [[n/a]], see also [[c]]\n:END:\n"
        let move = RecordMove(from: "n/a", to: "m/z", format: .org, in: "k.org")
        #expect(OrgText(text, path: "k.org").retargetingLinks(move).text.text == text.replacing("n/a", with: "m/z"))
        let plain = ":PROPERTIES:\n:LINKS: \"n/a\"\n:END:\n"
        #expect(OrgText(plain, path: "k.org").retargetingLinks(move).text.text == plain.replacing("n/a", with: "m/z"))
    }

    @Test func `a text under tags and more keys than anybody has`() throws {
        let text = try OrgText.create(fields: ["tags": .string("ops broker")], body: "x")
        #expect(Record(path: "a.org", text: text.text).tags == ["ops", "broker"])
        let many = Dictionary(uniqueKeysWithValues: (0..<5_000).map { ("k\($0)", JSONValue.integer($0)) })
        #expect(throws: RecordEditError.self) { try OrgText.create(fields: many, body: "") }
        #expect(throws: RecordEditError.self) { try MarkdownText.create(fields: many, body: "") }
    }

    @Test func `headings nest as deep as eight`() {
        let body = (1...20).map { "\(String(repeating: "*", count: $0)) h\($0)\n" }.joined() + "text"
        #expect(RecordPassage.split(body, in: .org).map(\.headings) == [(13...20).map { "h\($0)" }])
    }
}
