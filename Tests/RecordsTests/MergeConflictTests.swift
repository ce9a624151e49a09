import Services
import Testing

@testable import Records

struct MergeConflictTests {
    @Test(
        arguments: [
            ("<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n", 1), ("text\n\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x", 3),
            ("---\ntitle: t\n---\n\na\n<<<<<<< HEAD\na\n||||||| base\nc\n=======\nb\n>>>>>>> x\n", 6),
            ("---\n<<<<<<< HEAD\ntitle: t\n=======\ntitle: u\n>>>>>>> x\n---\n", 2),
            ("a\r\n<<<<<<< HEAD\r\na\r\n=======\r\nb\r\n>>>>>>> x\r\n", 2),
            ("- item\n<<<<<<< HEAD\n- a\n=======\n- b\n>>>>>>> x\n", 2),
            ("```\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n```\n", nil),
            ("    <<<<<<< HEAD\n    =======\n    >>>>>>> x\n", nil), ("<<<<<<< HEAD\na\n", nil),
            ("Title\n=======\n\n>>>>>>> deep quote\n", nil), ("a <<<<<<< b\n=======\n>>>>>>> x\n", nil),
            (">>>>>>> x\n=======\n<<<<<<< HEAD\n", nil), ("<<<<<<<\n=======\n>>>>>>>\n", nil), ("", nil),
        ] as [(String, Int?)])
    func `a conflict is told with the line of its first mark, outside of code`(text: String, line: Int?) {
        let problems = Record(path: "x.md", text: text).problems
        #expect(problems.filter { $0.message.contains("merge conflict") }.map(\.line) == (line.map { [$0] } ?? []))
    }

    @Test func `org-mode has the same marks`() {
        let text = ":PROPERTIES:\n<<<<<<< HEAD\n:title: t\n=======\n:title: u\n>>>>>>> x\n:END:\nText\n"
        let record = Record(path: "x.org", text: text)
        #expect(record.problems.first?.line == 2 && record.isFrontmatterBroken)
        let code = "#+begin_src\n<<<<<<< HEAD\na\n=======\nb\n>>>>>>> x\n#+end_src\n"
        #expect(Record(path: "x.org", text: code).problems == [])
    }
}
