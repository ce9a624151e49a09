import Testing

@testable import Records

struct QuestionTests {
    @Test(arguments: [
        ("What did we decide about database backups?", ["decide", "database", "backups"]),
        ("Who are you?", []), ("What's in the note about Ann's e-mail?", ["ann", "e", "mail"]), ("Café CAFÉ", ["café"]),
        ("", []),
    ])
    func `a question is about its content words`(text: String, words: [String]) {
        #expect(Question(text).contentWords == words)
    }

    @Test(arguments: [
        ("foo-bar", "\"foo-bar\""), ("say \"hi\"", "\"say\" \"\"\"hi\"\"\""), ("* ^ -", nil as String?),
        ("a AND", "\"a\" \"AND\""),
    ])
    func `plain words mean nothing to FTS5`(text: String, query: String?) {
        #expect(Question.plainWordsQuery(text) == query)
    }

    @Test func `a rare word weighs more, and one that no note holds as much as the rarest`() {
        let relevance = Relevance(frequencies: [100, 1, 0], passages: 100)
        #expect(relevance.share([false, false, false]) == 0)
        #expect(relevance.share([true, true, true]) == 1)
        #expect(relevance.share([true, false, false]) < 0.1)
        #expect(relevance.share([false, true, false]) == relevance.share([false, false, true]))
        #expect(Relevance(frequencies: [], passages: 10).share([]) == 0)
    }
}
