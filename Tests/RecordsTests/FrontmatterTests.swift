import Services
import Testing

@testable import Records

/// Reads one key's value.
private func read(_ yaml: String, _ key: String = "value") -> JSONValue? {
    (try? Frontmatter(yaml: yaml))?.fields[key]
}

struct FrontmatterTests {
    @Test(arguments: [
        ("value: no", JSONValue.string("no")), ("value: on", .string("on")), ("value: yes", .string("yes")),
        ("value: true", .bool(true)), ("value: false", .bool(false)), ("value: True", .string("True")),
        ("value: 7", .integer(7)), ("value: -7", .integer(-7)), ("value: 0", .integer(0)),
        ("value: 010", .string("010")), ("value: 0x1f", .string("0x1f")), ("value: 1_000", .string("1_000")),
        ("value: +7", .string("+7")), ("value: 1e3", .string("1e3")), ("value: 1.10", .string("1.10")),
        ("value: 1.0", .string("1.0")), ("value: 0.5", .number(0.5)), ("value: .inf", .string(".inf")),
        ("value: 12:30:45", .string("12:30:45")), ("value: 2026-01-02", .string("2026-01-02")),
        ("value: 2026-01-02T10:00:00Z", .string("2026-01-02T10:00:00Z")),
        ("value: ~", .null), ("value: null", .null), ("value:", .null), ("value: ''", .string("")),
        ("value: '7'", .string("7")), ("value: \"true\"", .string("true")),
        ("value: a # comment", .string("a")), ("value: a#b", .string("a#b")), ("value: R&D", .string("R&D")),
        ("value: 5 * 3", .string("5 * 3")), ("value: Hello!", .string("Hello!")),
        ("value: |\n  * one\n  & two\n", .string("* one\n& two\n")),
        ("value: >-\n  one\n  two\nother: x", .string("one two")),
        ("value: [a, 2, no]", .array([.string("a"), .integer(2), .string("no")])),
        ("value:\n- a\n- b", .array([.string("a"), .string("b")])),
        ("value: {a: 1, b: [c]}", .object(["a": .integer(1), "b": .array([.string("c")])])),
        ("value: 99999999999999999999", .string("99999999999999999999")),
    ])
    func `a scalar is what it says, and never what YAML 1.1 makes of it`(yaml: String, expected: JSONValue) {
        #expect(read(yaml) == expected)
    }

    @Test(arguments: [
        ("id: 010", "id", JSONValue.string("010")), ("id: 42", "id", .string("42")),
        ("version: 3", "version", .string("3")),
        ("version: 1.10", "version", .string("1.10")), ("version: 0.5", "version", .string("0.5")),
        ("created: 2026-01-02", "created", .string("2026-01-02")), ("title: true", "title", .string("true")),
        ("date: 20260102", "date", .string("20260102")),
        ("tags: [1, true]", "tags", .array([.string("1"), .string("true")])),
        ("title:", "title", .null),
    ])
    func `ids, titles, versions and dates are text`(yaml: String, key: String, expected: JSONValue) {
        #expect(read(yaml, key) == expected)
    }

    @Test(arguments: [
        ("a: &x 1", 1, "anchor"), ("a: 1\nb: *x", 2, "alias"), ("a: !!int 1", 1, "tag"), ("- &x a", 1, "anchor"),
        ("a: [1, &x 2]", 1, "anchor"), ("a: {b: *x}", 1, "alias"), ("a: {b:&x 1}", 1, "anchor"),
        ("? a\n: b", 1, "complex key"),
        ("a:\n  - b\n  - *x", 3, "alias"), ("&x a: b", 1, "anchor"), ("%YAML 1.1", 1, "directive"),
        ("a: 'it''s' \nb: &x 1", 2, "anchor"), ("a: \"x\\\"\"\nb: &x 1", 2, "anchor"),
        ("a: 'one\n  two'\nb: &x 1", 3, "anchor"), ("a: |\n  &text\nb: &x 1", 3, "anchor"),
        ("- a: |\n    text\n  b: &x 1", 3, "anchor"), ("- |\n  text\n- &x b", 3, "anchor"),
        ("a: |2\n    x\n b: &x 1", 3, "anchor"),
        ("a: foo\n  'bar\nb: &x 1\nc: x'", 2, "quote"), ("a: # c\u{2028}b: &x 1", 1, "U+2028"),
        ("a: b\rc: &x 1", 1, "U+d"),
        ("a: # c\u{85}b: &x 1", 1, "U+85"), ("a: b\u{0}c", 1, "U+0"), ("a:\n |\n x: &x 1", 2, "text block"),
        ("a: {b: 1, 'c': &x 2}", 1, "anchor"), ("'a': &x 1", 1, "anchor"), ("a: [b, c]\nd: &x 1", 2, "anchor"),
    ])
    func `anchors, aliases, tags and all that could hide one are refused with their line`(
        yaml: String, line: Int, word: String
    ) {
        #expect(throws: FrontmatterError.self) { try FrontmatterGuard.check(yaml) }
        do { try FrontmatterGuard.check(yaml) } catch {
            #expect(error.line == line)
            #expect(error.message.contains(word), "\(error.message)")
        }
    }

    @Test(arguments: [
        (String(repeating: "[", count: 17), "nests"), (String(repeating: "- ", count: 17) + "a", "nests"),
        ("a: " + String(repeating: "b", count: 20_000), "longer"), ("a: [", "YAML"), ("a: b: c", "YAML"),
        ("just text", "list"),
        ("a: 1\na: 2", "twice"), ("1: a\n'1': b", "twice"), ("- a\n- b", "list"),
    ])
    func `what is too large, too deep or no mapping is refused`(yaml: String, word: String) {
        do {
            _ = try Frontmatter(yaml: yaml)
            Issue.record("it was read")
        } catch {
            #expect(error.message.contains(word), "\(error.message)")
        }
    }

    @Test func `a bomb of aliases never reaches the parser`() {
        var yaml = "a0: &a0 [x, x, x, x, x, x, x, x, x]\n"
        for level in 1...9 {
            let item = "*a\(level - 1)"
            yaml += "a\(level): &a\(level) [\(Array(repeating: item, count: 9).joined(separator: ", "))]\n"
        }
        #expect(throws: FrontmatterError(line: 1, "holds an anchor (&); put quotes round the value")) {
            try Frontmatter(yaml: yaml)
        }
    }

    @Test(arguments: ["", "\n", "# only a comment\n", "{}"])
    func `frontmatter without keys has none`(yaml: String) throws {
        #expect(try Frontmatter(yaml: yaml).fields == [:])
    }
}
