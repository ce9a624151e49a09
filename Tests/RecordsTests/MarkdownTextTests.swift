import Services
import Testing

@testable import Records

struct MarkdownTextTests {
    @Test(arguments: [
        "", "text", "---\n", "---\na: 1\n", "---\na: 1\n---", "---\na: 1\n---\n", "---\na: 1\n---\n\nbody\n",
        "---\r\na: 1\r\n---\r\n\r\nbody\r\n", "\u{feff}---\na: 1\n---\nbody", "---\n---\n", "--- \na: 1\n... \nbody",
        "----\na: 1\n---\n", " ---\na: 1\n---\n", "---\n\n---\n---\n",
    ])
    func `cut and joined, a text is the same bytes`(text: String) {
        #expect(Array(MarkdownText(text).text.utf8) == Array(text.utf8))
    }

    @Test(arguments: [
        ("---\na: 1\n---\n\nbody\n", true, "body\n"), ("---\na: 1\n---\nbody\n", true, "body\n"),
        ("---\na: 1\n---\n\n\nbody\n", true, "\nbody\n"), ("---\nnever closed\n", false, "---\nnever closed\n"),
        ("text\n---\na: 1\n---\n", false, "text\n---\na: 1\n---\n"), ("---\na: 1\n---", true, ""),
        ("\u{feff}---\na: 1\n---\nbody", true, "body"),
    ])
    func `frontmatter is between two lines of dashes, the first of them the file's first`(
        text: String, hasFrontmatter: Bool, body: String
    ) {
        let parts = MarkdownText(text)
        #expect(parts.hasFrontmatter == hasFrontmatter)
        #expect(parts.body == body)
    }

    private static let original = """
        ---
        # Who wrote this, and why
        title: 'The broker''s outage'   # keep
        tags:
          - ops   # first
          - "broker"

        # What nobody else knows
        severity: 2
        note: |
          * line one
          line two
        created: 2026-01-02
        ---

        # Outage

        Text with [[link]].

        """

    @Test(arguments: [
        (["severity": JSONValue.integer(3)], "severity: 2\n", "severity: 3\n"),
        (["title": .string("Outage")], "title: 'The broker''s outage'   # keep\n", "title: Outage\n"),
        (
            ["tags": .array([.string("ops"), .string("7")])], "tags:\n  - ops   # first\n  - \"broker\"\n",
            "tags: [ops, \"7\"]\n"
        ),
        (["note": .null], "note: |\n  * line one\n  line two\n", ""),
        (["note": .string("a: b")], "note: |\n  * line one\n  line two\n", "note: \"a: b\"\n"),
        (["created": .string("2026-02-03")], "created: 2026-01-02\n", "created: 2026-02-03\n"),
        (["author": .string("ann")], "created: 2026-01-02\n", "created: 2026-01-02\nauthor: ann\n"),
        (["severity": .integer(2)], "severity: 2\n", "severity: 2\n"),
        (["missing": .null], "severity: 2\n", "severity: 2\n"),
    ])
    func `an update changes the lines of the keys that it names, and no others`(
        fields: [String: JSONValue], old: String, new: String
    ) throws {
        let range = try #require(Self.original.firstRange(of: old))
        let expected = Self.original.replacingCharacters(in: range, with: new)
        #expect(try MarkdownText(Self.original).updating(fields: fields, body: nil).text == expected)
    }

    @Test func `a comment behind a value stays`() throws {
        let text = MarkdownText("---\na: 1  # why\nb: 2\n---\n")
        #expect(try text.updating(fields: ["a": .integer(5)], body: nil).text == "---\na: 5  # why\nb: 2\n---\n")
    }

    @Test(arguments: [
        ("body\n", "---\na: 1\n---\n\nbody\n"), ("body\r\n", "---\r\na: 1\r\n---\r\n\r\nbody\r\n"),
        ("\u{feff}body\n", "\u{feff}---\na: 1\n---\n\nbody\n"), ("---\n---\nbody\n", "---\na: 1\n---\nbody\n"),
        ("---\r\nb: 2\r\n---\r\nbody", "---\r\nb: 2\r\na: 1\r\n---\r\nbody"),
        ("---\n{b: 2}\n---\nx", "---\na: 1\nb: 2\n---\nx"),
    ])
    func `a key is added where there were none, with the file's own line ends`(text: String, expected: String) throws {
        let updated = try MarkdownText(text).updating(fields: ["a": .integer(1)], body: nil)
        #expect(Array(updated.text.utf8) == Array(expected.utf8))
    }

    @Test(arguments: [
        ("---\na: 1\n---\n\nold\n", "new", "---\na: 1\n---\n\nnew\n"),
        ("---\na: 1\n---", "new", "---\na: 1\n---\nnew\n"),
        ("---\na: 1\n---\nold", "\nnew\n", "---\na: 1\n---\n\n\nnew\n"),
        ("old", "---\nx: 1\n---\n", "---\n---\n\n---\nx: 1\n---\n"),
        ("---\na: *x\n---\n", "plain", "plain"),
    ])
    func `a new body leaves the frontmatter as it is`(text: String, body: String, expected: String) throws {
        #expect(try MarkdownText(text).updating(fields: [:], body: body).text == expected)
    }

    @Test func `keys of broken frontmatter are left to a person`() {
        #expect(throws: RecordEditError.self) {
            try MarkdownText("---\na: *x\n---\n").updating(fields: ["b": .integer(1)], body: nil)
        }
    }

    @Test func `a new record's frontmatter is clean and in the order that people look for`() throws {
        let fields: [String: JSONValue] = [
            "zebra": .bool(true), "title": .string("A: title"), "tags": .array([.string("a b"), .string("no")]),
            "class": .string("inbox"), "model": .object(["name": .string("x"), "size": .integer(2)]), "nothing": .null,
            "created": .string("2026-01-02T03:04:05Z"), "version": .string("1.10"), "share": .number(0.5),
        ]
        #expect(
            try MarkdownText.create(fields: fields, body: "Body").text == """
                ---
                title: "A: title"
                class: inbox
                tags: [a b, "no"]
                created: 2026-01-02T03:04:05Z
                model: {name: x, size: 2}
                share: 0.5
                version: "1.10"
                zebra: true
                ---

                Body

                """)
    }

    @Test(arguments: [
        "", "plain", "no", "7", "1.10", "-", "- a", "a: b", "a #b", "#a", "*a", "&a", "!a", "[a]", "{a}", "'a'",
        "\"a\"", "a\nb",
        "a\\b", " a ", "~", "null", "2026-01-02", "2026-13", "12:30", "ünïcode", "日本", "tab\there", "\u{7f}",
        "\u{2028}", "a,b", "y", "?",
        "@a", "`a`", "%a", "|", ">", "é", "a:", "a: ", "---",
    ])
    func `every text comes back as it was written`(text: String) throws {
        for value in [JSONValue.string(text), .array([.string(text)]), .object(["k": .string(text)])] {
            let written = try MarkdownText.create(fields: ["key": value], body: "")
            #expect(try written.frontmatter().fields == ["key": value])
        }
        let key =
            text.isEmpty || text.unicodeScalars.contains { $0.properties.generalCategory == .control } ? "k" : text
        #expect(try MarkdownText.create(fields: [key: .integer(1)], body: "").frontmatter().fields.count == 1)
    }
}

extension String {
    fileprivate func replacingCharacters(in range: Range<String.Index>, with text: String) -> String {
        String(self[..<range.lowerBound]) + text + String(self[range.upperBound...])
    }
}
