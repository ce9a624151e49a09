import Glibc
import Services
import Testing

@testable import Records

/// Rows of thousands of flags without an end. Two characters of Unicode make a flag, so Swift finds where one begins by
/// counting those before it: who walks over such a row by characters from a place in bytes takes time in its square.
@Suite struct LongRowTests {
    private static let row = String(repeating: "🇩🇪", count: 16_000)

    @Test(arguments: [
        ("", ""), ("a ", ""), ("# ", "\n"), ("[[", "]]"), ("[[a|", "]]"), ("[[a#", "]]"), ("[a](", ")"), ("[a](<", ">"),
        ("#", " x"),
        ("| ", " |"), ("- ", ""), ("> ", ""), ("    ", ""), ("`", "`"), ("[a]: ", ""), ("<img src='", "'>"),
        ("%%", "%%"),
        ("---\ntitle: x\n---\n", ""), ("---\n", "\n---\nbody\n"), ("<<<<<<< ", ""), ("x\n", "\n===\n"),
    ])
    func `a note with a long row of flags is read and moved at once`(before: String, after: String) {
        measure("n/a.md", before + Self.row + after)
    }

    @Test(arguments: [
        ("* ", "\n"), ("* x :", ":\n"), ("[[", "]]"), ("[[id:", "]]"), ("[[file:", "]]"), ("[[a][", "]]"),
        ("[[id:a::", "]]"),
        ("#+title: ", "\n"), (":PROPERTIES:\n:ID: ", "\n:END:\n"), ("- ", ""), ("# ", ""), ("| ", " |"),
        ("#+begin_", "\n"),
        ("* TODO ", ""), (": ", ""), ("a ", ""),
    ])
    func `a note in org-mode with a long row of flags is read and moved at once`(before: String, after: String) {
        measure("n/a.org", before + Self.row + after)
    }

    private func measure(_ path: String, _ text: String) {
        let took = processorTime {
            let record = Record(path: path, text: text)
            _ = RecordPassage.split(record.body, in: .of(path))
            _ = IndexText.cut(text)
            let table = LinkTable(records: [(id: "n/a", path: path)])
            let move = RecordMove(of: path, to: "m/b.md", path: path, newPath: "m/b.md", table: table)
            _ = RecordFormat.parts(of: text, at: path).retargetingLinks(move).text.text
            _ = move.stale(in: text)
        }
        // Without optimisation; the square of the length takes 4 s or more.
        #expect(took < .seconds(3), "\(took)")
    }

    /// The time that this thread has worked, whatever else the machine does.
    private func processorTime(of work: () -> Void) -> Duration {
        func now() -> Duration {
            var time = timespec()
            clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time)
            return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
        }
        let start = now()
        work()
        return now() - start
    }
}
