import Services
import Testing

/// A query that takes long delays nobody else.
@Suite(.serialized) struct LongQueryTests {
    private static let words = (0..<24).map { "common\($0)" }

    /// Notes that all contain all of the words many times, so that ranking them takes long.
    private static func notes(_ count: Int) -> [String: String] {
        let body = String(repeating: words.joined(separator: " ") + "\n", count: 40)
        let notes = (0..<count).map { ("note\($0).md", "# Note\n\n\(body)\nunique\($0)\n") }
        return Dictionary(uniqueKeysWithValues: notes)
    }

    @Test func `short queries are answered before a long one that was asked first`() throws {
        let count = 600
        let node = try TestNode(records: Self.notes(count))
        try node.start()
        let person = try Person(node)
        #expect(
            try waits(for: 120) {
                let reply = try person.ask(Store.Search.self, .init(query: "unique\(count - 1)"))
                return !reply.rebuilding && reply.hits.count == 1
            })
        let index = try #require(node.pid(of: "index"))

        let long = Self.words.joined(separator: " OR "), short = (0..<20).map { "unique\($0)" }
        let answers = try person.searchAtOnce([long] + short)
        #expect(answers.last?.query == 0, "\(answers.map(\.query))")
        for answer in answers.dropLast() {
            #expect(try answer.answer.get().hits.map(\.record.id) == [RecordID("note\(answer.query - 1)")])
        }
        switch try #require(answers.last).answer {
        case .success(let reply): #expect(reply.hits.count == 10)
        case .failure(let failure): #expect(failure.code == .exhausted, "\(failure)")
        }

        // However long a query is, it is answered, and the index does not end.
        let endless = (0..<20_000).map { "common\($0)" }.joined(separator: " ")
        let others = try person.searchAtOnce([endless, endless, long, "unique7"])
        #expect(others.count == 4)
        #expect(try others.first { $0.query == 3 }?.answer.get().hits.map(\.record.id) == ["note7"])
        #expect(node.pid(of: "index") == index)
    }
}
