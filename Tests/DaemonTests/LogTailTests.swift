import Testing

@testable import eggheadd

@Suite struct LogTailTests {
    private func take(_ text: String, _ tail: inout LogTail) -> String {
        String(decoding: tail.take(Array(text.utf8)[...]), as: UTF8.self)
    }

    @Test func `every line goes on with the child's name, and an unfinished one waits for its end`() {
        var tail = LogTail(child: "store")
        #expect(take("one\ntw", &tail) == "store: one\n")
        #expect(take("o", &tail) == "")
        #expect(take("\n\nthree", &tail) == "store: two\nstore: \n")
        #expect(String(decoding: tail.finishLine(), as: UTF8.self) == "store: three\n")
        #expect(tail.finishLine() == [])
        #expect(tail.text == "one\ntwo\n\nthree")
    }

    @Test func `control characters go on as text, and are kept as they were`() {
        var tail = LogTail(child: "a")
        #expect(take("\u{1B}[2J\t\u{7F}\u{0}é\n", &tail) == "a: \\u{1b}[2J\t\\u{7f}\\u{0}é\n")
        #expect(tail.text == "\u{1B}[2J\t\u{7F}\u{0}é\n")
    }

    @Test func `a line without an end is cut`() {
        let bytesMax = LogTail.lineBytesMax
        var tail = LogTail(child: "a")
        #expect(take(String(repeating: "x", count: bytesMax - 1), &tail) == "")
        #expect(take("x", &tail) == "a: " + String(repeating: "x", count: bytesMax) + "\n")
        #expect(take("y\n", &tail) == "a: y\n")
    }

    @Test func `the newest part is kept, and never much more`() {
        let bytesMax = LogTail.bytesMax, most = bytesMax + bytesMax / 2
        var tail = LogTail(child: "a")
        _ = take(String(repeating: "a", count: most), &tail)
        #expect(tail.text.utf8.count == most)
        _ = take("b", &tail)
        #expect(tail.text.utf8.count == bytesMax && tail.text.hasSuffix("ab"))
        for _ in 0..<20 {
            _ = take(String(repeating: "c", count: 40_000), &tail)
            #expect((bytesMax...most).contains(tail.text.utf8.count))
        }
        #expect(tail.text.allSatisfy { $0 == "c" })
    }
}
