import Services
import Testing

@testable import Records

/// What is code, what is a title and what is hidden, as CommonMark has it.
@Suite struct MarkdownLinesTests {
    /// A letter a line: `b`lank, `t`ext, `+` for text that continues a paragraph, `c`ode, `x` hidden, or the level of a
    /// heading.
    private func kinds(_ body: String) -> String {
        MarkdownLines(body).map { line in
            switch line.kind {
            case .blank: "b"
            case .text: line.continues ? "+" : "t"
            case .code: "c"
            case .hidden: "x"
            case .heading(let level, _): String(level)
            }
        }.joined()
    }

    @Test(arguments: [
        ("- a\n  ```\n  b\n  ```\n- c", "tccct"), ("1. a\n\n   ```\n   # b\n\n   ```\nc", "tbcccct"),
        ("- ```\n  # a\n- b", "cct"), ("> ```\n> # a\n> ```\n# b", "ccc1"), ("> ```\n> # a\n# b", "cc1"),
        ("> [!tip]\n> ~~~\n> a\n>\n> ~~~\n> b", "tcccct"), ("- a\n\n      b\n\n  c", "tbcct"),
        ("a\n    b", "t+"), ("a\n\n    b\n\n    c\nd", "tbccct"), ("\ta", "c"), ("-\ta\n\n\tb\n\n\t\tc", "tbtbc"),
        ("> a\nb", "t+"), ("> a\n- b", "tt"), ("> a\n\nb", "tbt"), ("a\n> b", "tt"), ("- a\nb\n\nc", "t+bt"),
        ("```` a\n```\n````\nb", "ccct"), ("~~~ a`\nb\n```\n~~~", "cccc"), ("``` a`b\nc", "t+"), ("```", "c"),
        ("- - ```\n    a\n  b", "cct"), ("10) a\n    ```\n    b", "tcc"), ("-\n\n  a", "bbt"),
        ("-\n  a\n\n  ```", "btbc"),
    ])
    func `code is code, in items and quotes too`(body: String, expected: String) { #expect(kinds(body) == expected) }

    @Test(arguments: [
        ("a\n===\nb", "1t"), ("a\nb\n---\nc", "2t"), ("a\n\n---", "tbt"), ("---\na", "tt"), ("# a #\n## b\n#c", "12t"),
        ("> a\n---", "tt"), ("- a\n---", "tt"), ("- a\n  ===", "t+"), ("> # a", "t"), ("- # a", "t"), ("a\n # b", "t1"),
        ("a\n= =", "t+"), ("a\n--- -", "tt"), ("    a\n---", "ct"), ("####### a", "t"), ("```\na\n===\n```", "cccc"),
        ("<div>\n# a\n</div>\n\n# b", "t++b1"), ("| a | b |\n|---|---|\n| c | d |\n\ne", "tttbt"),
    ])
    func `headings have marks before them or a line below them`(body: String, expected: String) {
        #expect(kinds(body) == expected)
    }

    @Test(arguments: [
        ("<!-- a\n\n# b -->\n# c", "xxx1"), ("<!-- a --> b\nc", "xt"), ("a <!-- b\nc -->", "t+"), ("<!-->\na", "xt"),
        ("%%\n# a\n\nb\n%%\nc", "xxxxxt"), ("%% a %% b", "t"), ("a\n%%\nb\n%%\nc", "txxxt"),
        ("a %% b\n%% c\n\nd", "t+bt"), ("<pre>\n\n[[a]]\n</pre>\nb", "cccct"), ("<script>\na\n</script>", "xxx"),
        ("<?php\n\n?>\na", "xxxt"), ("<!DOCTYPE html>\na", "xt"), ("<![CDATA[\n>\n]]>\na", "xxxt"),
    ])
    func `comments are hidden`(body: String, expected: String) { #expect(kinds(body) == expected) }

    @Test func `a setext heading is one line, with the words of all its lines`() {
        let lines = Array(MarkdownLines("A long\n  title\r\n---\r\ntext"))
        #expect(lines.map(\.kind) == [.heading(level: 2, text: "A long title"), .text])
        #expect(lines.map { String($0.text) }.joined() == "A long\n  title\r\n---\r\ntext")
        let long = String(repeating: "word ", count: 200) + "\n---\n"
        #expect(kinds(long) == "t+", "too long for a title")
    }

    @Test(arguments: [
        ("#a #b/c #d-e_f", ["a", "b/c", "d-e_f"]), ("x#a (#b) #c, #d. #e/", ["c", "d", "e"]),
        ("#1984 #y1984 #20-1", ["y1984", "20-1"]),
        ("`#a` #été #日本語。 #🎉", ["été", "日本語", "🎉"]), ("[[a #b]] [c](d#e) \\#f #", []),
        ("# Title #a\n## Other #b #", ["a", "b"]),
        ("<b style=\"x #a\"> #b </b> <!-- #c -->", ["b"]), ("```\n#a\n```\n- #b\n> #c", ["b", "c"]), ("#A #a", ["A"]),
        ("$$ #a $$ %% #b %% #--", []),
    ])
    func `tags in the text are tags`(text: String, tags: [String]) {
        #expect(Record(path: "a.md", text: text).tags == tags)
    }

    @Test(arguments: [
        ("[a](b.md)", ["b.md"]), ("![a](<b c.png> 'd')", ["b c.png"]), ("[a](b%20c.md#d)", ["b%20c.md"]),
        ("[a](b(c).md)", ["b(c).md"]), ("[![a](b.png)](c.md)", ["b.png", "c.md"]), ("[a](b c.md)", []),
        ("[a](https://b.c/d.md) [e](//f/g) [h](C:\\\\i.md) [j](#k) [l](m/) [n](..)", []), ("[a]: b.md", ["b.md"]),
        ("[a]: b.md c", []), ("[^a]: b", []), ("[a] (b.md) \\[c](d.md)", []), ("[a](\nb.md\n)", ["b.md"]),
        ("- [ ] (a) [x]: done", []), ("`[a](b.md)`", []), ("[a](b.md?c=d)", ["b.md"]),
    ])
    func `links in Markdown's form lead to files`(text: String, targets: [String]) {
        #expect(Record(path: "x.md", text: text).pathLinks == targets)
    }

    @Test(
        .timeLimit(.minutes(1)),
        arguments: [
            "[", "[a](", "[a](<", "[](a \"", "<a \"", "<!-- ", "%% ", "$$ ", "<a b='", "![[a|", "`a``", "> ", "- ",
            ">\n", "-\n", "1. ",
            "#a", "[a]: ", "](", "\\", "<pre>\n", "a\n=", "- a\n ", "|-", "%%\n", "*\t", "[[a]](b) ", "#", "<", "\n",
        ])
    func `no text takes longer than its length`(unit: String) {
        let text = String(repeating: unit, count: 65_536 / unit.utf8.count)
        let record = Record(path: "a.md", text: text)
        #expect(record.body.utf8.count == text.utf8.count)
        #expect(RecordPassage.split(text, in: .markdown).allSatisfy { !$0.text.isEmpty })
    }

    @Test(.timeLimit(.minutes(1)), arguments: ["- ", "> ", "1. "])
    func `what is nested deeper than anybody reads costs the lines after it little`(mark: String) {
        let count = 60_000
        let text = String(repeating: mark, count: count) + "a" + String(repeating: "\n", count: count)
        #expect(Array(MarkdownLines(text)).count == count)
    }
}
