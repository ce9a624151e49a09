import JSON
import Services
import Testing

@testable import Records

@Suite struct ProblemBoundTests {
    @Test(arguments: [(0, 1), (3, 1), (500, 1), (501, 1), (20_000, 1), (20_000, 400), (3, 1 << 20), (500, 1 << 20)])
    func `what a move has left fits an answer, and the rest is counted`(count: Int, length: Int) {
        let message = String(repeating: "\u{1}", count: length)
        let problems = (0..<count).map { RecordProblem(path: "\($0).md", line: nil, message: message) }
        let bounded = RecordProblem.bounded(problems, of: "a.md")
        let told = bounded.prefix { $0.path != "a.md" }
        #expect(told.map(\.path) == problems.prefix(told.count).map(\.path))
        #expect(
            told.count == count
                || bounded.last?.message == "not listed: \(Counted.words(count - told.count, "more reference"))")
        #expect(bounded.count <= RecordLimits.problemsMax + 1 && JSON.encode(bounded).count < 900_000)
        #expect(count > RecordLimits.problemsMax || length > 1 || bounded == problems)
    }
}
